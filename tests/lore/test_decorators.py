"""Decorators: one test a name, and the rules that hold for all."""

from __future__ import annotations

import pytest

from roleagent.lore.activation import LoreState
from roleagent.lore.book import LoreEntry
from roleagent.lore.decorators import Directives, carry_out, decorators_of


def decorated(*lines: str, sections: tuple[str, ...] = ()):
    entry = LoreEntry(id="a", content="\n".join((*lines, "", "Moo.")))
    return carry_out(entry, sections=sections)


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("@@depth 2", {"position": "at_depth", "depth": 2}),
        ("@@end", {"position": "at_depth", "depth": 0}),
        ("@@role user", {"role": "user"}),
        ("@@scan_depth 7", {"scan_depth": 7}),
        ("@@position after_desc", {"position": "after_char"}),
        ("@@position before_desc", {"position": "before_char"}),
        ("@@probability 30", {"probability": 30}),
        ("@@priority 5", {"priority": 5}),
        ("@@match_full_word", {"whole_words": True}),
        ("@@match_partial_word", {"whole_words": False}),
        ("@@unrecursive", {"prevent_recursion": True}),
        ("@@no_recursive_search", {"exclude_recursion": True}),
        ("  @@DEPTH  2 ", {"position": "at_depth", "depth": 2}),
    ],
)
def test_a_decorator_changes_a_field(line, fields):
    """And is not written into the prompt."""
    result = decorated(line)
    assert {name: getattr(result.entry, name) for name in fields} == fields
    assert result.entry.content == "Moo."
    assert result.notes == ()


@pytest.mark.parametrize(
    ("line", "directives"),
    [
        ("@@activate", Directives(activate=True)),
        ("@@dont_activate", Directives(dont_activate=True)),
        ("@@keep_activate_after_match", Directives(keep_after_match=True)),
        ("@@dont_activate_after_match", Directives(once=True)),
        ("@@activate_only_after 3", Directives(only_after=3)),
        ("@@activate_only_every 2", Directives(only_every=2)),
        ("@@is_greeting 1", Directives(greeting=1)),
        ("@@reverse_depth 3", Directives(reverse_depth=3)),
        ("@@additional_keys red, old", Directives(additional_keys=("red", "old"))),
        ("@@exclude_keys red", Directives(exclude_keys=("red",))),
        ("@@exclude_keys_all red,old", Directives(exclude_keys_all=("red", "old"))),
        ("@@ignore_on_max_context", Directives(ignore_on_max_context=True)),
        ("@@disable_ui_prompt system_prompt", Directives(disabled_prompts=("system_prompt",))),
    ],
)
def test_a_decorator_gives_a_directive(line, directives):
    """What an entry has no field for."""
    assert decorated(line).directives == directives


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("@@inject_lore x", "it is unknown here"),
        ("@@depth", "it needs a number"),
        ("@@depth -1", "the number must be 0 to 1000000"),
        ("@@activate_only_every 0", "the number must be 1 or more"),
        ("@@role king", "it knows assistant, system, user only"),
        ("@@additional_keys ,", "it needs one name or more"),
        ("@@instruct_depth 3", "the prompt is a chat, whose depth is counted in messages"),
        ("@@reverse_instruct_depth 3", "the prompt is a chat, whose depth is counted in messages"),
        ("@@instruct_scan_depth 3", "the prompt is a chat, whose depth is counted in messages"),
        ("@@is_user_icon x", "users have no icons here"),
        ("@@position scenario", "the prompt has no place for the scenario of its own"),
        ("@@disable_ui_prompt jailbreak", "it knows post_history_instructions, system_prompt only"),
    ],
)
def test_a_decorator_that_cannot_be_used_is_left_aside_and_named(line, why):
    """It is not written into the prompt either."""
    result = decorated(line)
    assert result.notes == (f"{line} is ignored: {why}",)
    assert result.entry == LoreEntry(id="a", content="Moo.")


def test_fall_backs_are_tried_in_turn_to_any_depth():
    """The seventh is the first that can be used; what follows it is not looked at."""
    lines = ["@@unknown_0 1", *(f"@@@unknown_{n} 1" for n in range(1, 7)), "@@@depth 3", "@@@role user"]
    result = decorated(*lines)
    assert (result.entry.depth, result.entry.role) == (3, "system")
    assert len(result.notes) == 7


def test_a_fall_back_of_what_can_be_used_is_not_looked_at():
    """Nor does it hide the next decorator."""
    result = decorated("@@depth 5", "@@@scan_depth 1", "@@role user")
    assert (result.entry.depth, result.entry.scan_depth, result.entry.role) == (5, None, "user")


def test_the_first_of_two_counts():
    """The other is noted."""
    result = decorated("@@depth 5", "@@depth 6")
    assert result.entry.depth == 5
    assert result.notes == ("@@depth 6 is ignored: there is one of this name already",)


def test_a_position_goes_before_a_depth_and_a_depth_before_a_reversed_one():
    """In whatever order they stand."""
    result = decorated("@@reverse_depth 1", "@@depth 5", "@@position scenario", sections=("scenario",))
    assert (result.entry.position, result.directives.reverse_depth) == ("scenario", None)
    result = decorated("@@reverse_depth 1", "@@depth 5")
    assert (result.entry.depth, result.directives.reverse_depth) == (5, None)


def test_decorators_stand_at_the_top_only():
    """A line further down is text, and so is a content that is none."""
    assert decorators_of("Moo.\n@@depth 4") == ((), "Moo.\n@@depth 4")
    assert [str(each) for each in decorators_of("\n@@depth 4\n\n@@role user\n\n\nMoo.\n@@x")[0]] == [
        "@@depth 4", "@@role user",
    ]  # fmt: skip
    assert decorators_of("@@depth 4\n\n\nMoo.\n@@x")[1] == "Moo.\n@@x"


# ── what the engine makes of them ────────────────────────────────────────────────────────────


def test_activate_wins_over_everything_but_being_off(enter, entry, why):
    """`@@dont_activate` is then ignored."""
    top = "@@activate\n@@dont_activate\nMoo."
    entries = [
        entry("a", content=top, probability=0, delay=99, triggers=("swipe",)),
        entry("off", content=top, enabled=False),
        entry("never", "cow", content="@@dont_activate\nMoo.", constant=True),
    ]
    assert why(enter(entries, ["Ann: cow"])) == {"a": "activate", "off": "disabled", "never": "dont_activate"}


def test_replies_are_counted(enter, entry, why):
    """After so many, and every so many."""
    entries = [
        entry("after", "cow", content="@@activate_only_after 2\nx"),
        entry("every", "cow", content="@@activate_only_every 2\nx"),
    ]
    one, two = ["Holmes: cow"], ["Holmes: cow", "Holmes: cow"]
    assert why(enter(entries, one)) == {"after": "only_after", "every": "only_every"}
    assert why(enter(entries, two)) == {"after": "key", "every": "key"}


def test_a_match_is_remembered(enter, entry, why):
    """To stay for good, or never to come again; unless the chat goes back behind it."""
    entries = [
        entry("keep", "cow", content="@@keep_activate_after_match\nx"),
        entry("once", "cow", content="@@dont_activate_after_match\nx"),
    ]
    first = enter(entries, ["Ann: cow"])
    state = LoreState.from_json(first.state.to_json())
    assert why(first) == {"keep": "key", "once": "key"}
    later = ["Ann: cow", "Ann: x", "Ann: cow"]
    assert why(enter(entries, later, state=state)) == {"keep": "kept", "once": "once"}
    assert why(enter(entries, ["Ann: cow"], state=state)) == {"keep": "key", "once": "key"}


def test_additional_and_excluding_keys(enter, entry, why):
    """Beside the keys proper."""
    entries = [
        entry("more", "cow", content="@@additional_keys red, old\nx"),
        entry("less", "cow", content="@@exclude_keys red\nx"),
        entry("all", "cow", content="@@exclude_keys_all red, old\nx"),
        entry("regex", "horse", use_regex=True, content="@@additional_keys re[dx]\nx"),
    ]
    assert why(enter(entries, ["Ann: cow"])) == {
        "more": "additional", "less": "key", "all": "key", "regex": "no_match",
    }  # fmt: skip
    assert why(enter(entries, ["Ann: red cow"])) == {
        "more": "key", "less": "excluded", "all": "key", "regex": "key",
    }  # fmt: skip
    assert why(enter(entries, ["Ann: old red cow"]))["all"] == "excluded"


def test_a_greeting_is_asked_for_where_it_is_known(enter, entry, why):
    """Else the decorator is ignored, and the decision says so."""
    entries = [entry("a", "cow", content="@@is_greeting 1\nx")]
    assert why(enter(entries, ["Ann: cow"], greeting=0)) == {"a": "greeting"}
    assert why(enter(entries, ["Ann: cow"], greeting=1)) == {"a": "key"}
    decision = enter(entries, ["Ann: cow"]).decisions[0]
    assert decision.entered
    assert decision.notes == ("@@is_greeting is ignored: the greeting is not known",)


def test_a_reversed_depth_counts_from_the_beginning(enter, entry):
    """Of five messages, one from the beginning is four from the end."""
    result = enter([entry("a", "cow", content="@@reverse_depth 1\nx")], ["Ann: cow"], num_messages=5)
    assert (result.insertions[0].position, result.insertions[0].depth) == ("at_depth", 4)


def test_what_goes_first_makes_room_for_the_rest(enter, entry, ids, why):
    """`@@ignore_on_max_context`, whatever its priority."""
    entries = [
        entry("first", constant=True, priority=999, content="@@ignore_on_max_context\none two grass"),
        entry("direct", "cow", content="one two"),
        entry("later", "grass", content="three"),
    ]
    assert sorted(ids(enter(entries, ["Ann: cow"], token_budget=6))) == ["direct", "first", "later"]
    result = enter(entries, ["Ann: cow"], token_budget=5)
    assert why(result) == {"first": "budget", "direct": "key", "later": "key"}


def test_prompts_that_an_entry_turns_off_are_named(enter, entry):
    """The prompt's maker decides."""
    content = "@@disable_ui_prompt system_prompt\nx"
    assert enter([entry("a", "cow", content=content)], ["Ann: cow"]).disabled_prompts == ("system_prompt",)
    assert enter([entry("a", "cow", content=content)], ["Ann: pig"]).disabled_prompts == ()
