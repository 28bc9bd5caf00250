"""Macros: each by hand, and none without bound."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.lore.macros import MAX_PUT_IN, Uses, expand, hidden_keys, uses_of, without_comments

NOW = datetime(2026, 5, 1, 9, 5, tzinfo=UTC)
TEXTS = {"personality": "dry", "description": "A sleuth."}


def expanded(text: str, *, user: str = "Ann", seed: int = 0, pick: str = "") -> str:
    values = {"char": "Holmes", "user": user, "texts": TEXTS, "now": NOW}
    return expand(text, **values, generator=random.Random(seed), seed_of_pick=pick)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("{{char}} and {{User}} and {{ char }}", "Holmes and Ann and Holmes"),
        ("<BOT> and <user> and <Char>", "Holmes and Ann and Holmes"),
        ("{{{char}}} {{charIfNotGroup}} {{group}} {{notChar}} {{user1}}", "{Holmes} Holmes Holmes Ann Ann"),
        ("a{{// {{char}} has {braces} }}b{{comment: x}}c{{hidden_key:k}}d{{noop}}", "abcd"),
        ("{{reverse:abc}} {{reverse::abc}} {{reverse:{{user}}}}", "cba cba nnA"),
        ("{{random:a}} {{random::a}} {{random:a\\,b}}", "a a a,b"),
        ("{{random:{{user}}}} {{random::{{char}}::{{char}}}}", "Ann Holmes"),
        ("{{roll:1}} {{roll:d1}} {{roll:3d1}} {{roll 1}}", "1 1 3 1"),
        ("{{roll:1d1+3}} {{roll d1-1}} {{roll: 2d1 + 3d1 - 4}}", "4 0 1"),
        ("{{personality}} {{Description}} {{charPersonality}}", "dry A sleuth. dry"),
        ("a{{newline}}b{{newline::2}}c{{space::3}}d{{space}}e", "a\nb\n\nc   d e"),
        ("a\n\n{{trim}}\r\n\nb {{trim}}{{trim}}\nc", "ab c"),
        ("{{? 1 + 1}} {{calc::2*(3+4)-1/2}}", "2 13.5"),
        ("{{#if personality}}is {{personality}}{{else}}is not{{/if}}", "is dry"),
        ("{{#if scenario}}x{{else}}y{{/if}}{{#if !scenario}}z{{/if}}{{#unless false}}!{{/unless}}", "yz!"),
        ("{{#if x}}a{{#if 0}}b{{:else}}c{{/if}}d{{/if}}{{#each y}}e{{/each}}", "acde"),
        ("{{time}}, {{weekday}}, {{date}}", "09:05 UTC, Friday, 1 May 2026"),
        (
            "{{isotime}} {{isodate}} {{time_UTC-10}} {{datetimeformat DD}}",
            "09:05 2026-05-01 23:05 1 May 2026 09:05 UTC",
        ),
    ],
)
def test_a_macro_is_replaced_by_what_it_stands_for(text, result):
    """Whatever their case, and however they are nested."""
    assert expanded(text) == result


@pytest.mark.parametrize(
    "macro",
    ["getvar::x", "setvar::a::b", "incvar::{{user}}", "outlet::zap", 'banned "x"', "lastMessage", "input",
     "model", "mesExamples",
     "persona", "idle_duration", "scenario", "random", "random::", "random: ", "pick", "roll",
     "roll:0", "roll:x", "roll:999d6", "calc::1/0", "calc::__import__('os')", "? x", "unknown", "unknown:x",
     "unknown::{{char}}", "cbs-fn::x", ".mood", "$mood", "get{{user}}::x", "original", "/if", "else"],
)  # fmt: skip
def test_a_macro_without_a_meaning_is_taken_out(macro):
    """Braces in a prompt teach a model to write braces."""
    assert expanded(f"a {{{{{macro}}}}}b") == "a b"


@pytest.mark.parametrize(
    "text",
    ["{{}}", "{{x}}", "{{the name of the place}}", '{{"key": 1}}', '{{key: "1"}}', "{{key:'1'}}",
     "{{ user.name }}",
     "\\frac{{1}}{{2}}", '{"a": {"b": {"c": 1}}}', "{ {char} } {{char} } }}{{", "{{char",
     "{{名字}}", "{user}"],
)  # fmt: skip
def test_braces_that_are_no_macro_stay(text):
    """Code, formulas and blanks to fill in are part of what a character may talk of."""
    assert expanded(text) == text
    assert uses_of(text) == Uses()


def test_the_author_can_be_told_what_is_taken_out():
    """Each name once, as it is written; and what says the time, which costs a prompt cache."""
    text = (
        "{{char}} {{getvar::a}} {{GetVar::b}} {{getvar::c}} {{roll:x}} {{isoTime}} {{// x}} {{personality}}"
    )
    found = uses_of(text, texts={"personality": "dry"})
    assert found == Uses(taken_out=("getvar", "GetVar", "roll"), of_time=("isoTime",))


def test_dates_are_said_in_the_language_of_the_persona():
    """And not at all where it is not known what time it is."""
    text = "{{date}} {{weekday}}"
    values = {"char": "", "user": "", "generator": random.Random(0), "seed_of_pick": ""}
    assert expand(text, **values, now=NOW, language="zh-Hans") == "2026年5月1日 星期五"
    assert expand(text, **values) == " "


def test_what_a_macro_puts_in_is_not_read_as_a_macro():
    """A user may be called anything."""
    assert expanded("{{user}} <user>", user="{{char}}") == "{{char}} {{char}}"
    assert expanded("{{random::{{user}}}}{{reverse:{{user}}}}", user="a,b::c") == "a,b::cc::b,a"
    assert expanded("{{ {{user}} }}", user="getvar::x") == "{{ getvar::x }}"


def test_random_is_drawn_anew_and_a_pick_stays():
    """For one seed and place; the two picks of one text may differ."""
    draws = {expanded("{{random:a,b,c}}", seed=seed) for seed in range(30)}
    assert draws == {"a", "b", "c"}
    picks = {expanded("{{pick:a,b,c}} {{pick:a,b,c}}", seed=seed, pick="p") for seed in range(30)}
    assert len(picks) == 1
    assert {expanded("{{pick::a::b,c}}", pick=str(seed)) for seed in range(30)} == {"a", "b,c"}


def test_dice_stay_within_their_sides():
    """Two dice of six give 2 to 12."""
    assert {int(expanded("{{roll:2d6}}", seed=seed)) for seed in range(300)} == set(range(2, 13))


def test_hidden_keys_and_comments_can_be_asked_for():
    """For the search through texts and messages."""
    assert hidden_keys("a{{hidden_key: cow }}{{HIDDEN_KEY:pig}}{{hidden_key:}}") == ("cow", "pig")
    assert without_comments("a{{// cow}}{{comment:pig}}{{char}}") == "a{{char}}"


@given(st.text(alphabet="{}:/,<>charuseodm\\0123456789d", max_size=60))
def test_any_text_is_expanded(text):
    """Without an error, and the same for one seed."""
    assert expanded(text) == expanded(text)


@pytest.mark.parametrize(
    "unit",
    ["{{", "}}", "{{a", "{{random:", "{{// ", "{{trim}}\n", "{{char}}", "{{#if x}}", "{{#if x}}a{{/if}}",
     "{{a-",
     "{{space::999999999}}", "{{description}}", "{{roll:100d6}}", "{{random:{{char}},b}}", "{", "<char",
     "{{:"],
)  # fmt: skip
def test_hostile_text_takes_time_in_proportion(unit):
    """A card is a stranger's: 50 kB of anything costs less than a second, and gives no megabytes."""
    for text in (unit * (50_000 // len(unit)), "x" + unit * 4_000 + "}}" * 4_000):
        start = time.thread_time()  # of this thread alone: another process must not fail the test
        assert len(expanded(text)) <= len(text) + MAX_PUT_IN
        assert time.thread_time() - start < 2


def test_a_very_deep_nest_is_left_alone():
    """Nobody means it."""
    text = "{{reverse:" * 5_000 + "}}" * 5_000
    assert "reverse" in expanded(text)
