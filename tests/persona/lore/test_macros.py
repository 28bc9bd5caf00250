"""Macros: each by hand, and none without bound."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleagent.persona.lore.macros import expand, hidden_keys, without_comments


def expanded(text: str, *, char: str = "Holmes", user: str = "Ann", seed: int = 0, pick: str = "") -> str:
    return expand(text, char=char, user=user, generator=random.Random(seed), seed_of_pick=pick)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("{{char}} and {{User}}", "Holmes and Ann"),
        ("<BOT> and <user> and <Char>", "Holmes and Ann and Holmes"),
        ("a{{// {{char}} said}}b{{comment: x}}c{{hidden_key:k}}d", "abcd"),
        ("{{reverse:abc}} {{reverse:{{user}}}}", "cba nnA"),
        ("{{random:a}} {{random::a}} {{random:a\\,b}}", "a a a,b"),
        ("{{roll:1}} {{roll:d1}} {{roll:3d1}} {{roll 1}}", "1 1 3 1"),
        ("{{roll:0}} {{roll:x}} {{roll}} {{random}} {{unknown:x}} {{}}",) * 2,
        ("{ {char} } {{char} } }}{{",) * 2,
        ("{{unknown:{{char}}}}", "{{unknown:Holmes}}"),
    ],
)
def test_a_macro_is_replaced_by_what_it_stands_for(text, result):
    """Whatever their case; what is unknown stays."""
    assert expanded(text) == result


def test_what_a_macro_puts_in_is_not_read_as_a_macro():
    """A user may be called anything."""
    assert expanded("{{user}} <user>", user="{{char}}") == "{{char}} {{char}}"


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


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="{}:/,<>charuseodm\\0123456789d", max_size=60))
def test_any_text_is_expanded(text):
    """Without an error, and the same for one seed."""
    assert expanded(text) == expanded(text)


def test_a_very_deep_nest_is_left_alone():
    """And quickly."""
    start = time.perf_counter()
    text = "{{reverse:" * 5_000 + "}}" * 5_000
    assert "reverse" in expanded(text)
    expanded("{{random:" + "a," * 50_000 + "}}" + "{{" * 50_000)
    assert time.perf_counter() - start < 2
