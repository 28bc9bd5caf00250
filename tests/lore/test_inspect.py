"""The inspector says in words what the decisions hold."""

from __future__ import annotations

from roleagent.lore.activation import _REASONS, Decision, _row, activation_text, explain_activation


def test_every_entry_gets_a_row_and_the_text_names_what_was_brought_up(enter, entry):
    """Entered ones first."""
    entries = [
        entry("a", "cow", group="g", group_weight=1),
        entry("b", "cow", group="g", group_weight=9, probability=90, comment="The bull"),
        entry("c", "horse"),
        entry("d", "cow", secondary_keys=("red",), selective=True, content="@@flip\nx"),
        entry("e", "text", content="one two three four"),
        entry("f", constant=True),
    ]
    result = enter(entries, ["Ann: a cow"], token_budget=5, seed=0, book={"name": "Barn"})
    assert [row.entered for row in explain_activation(result)] == [False, True, False, False, False, True]
    assert activation_text(result).splitlines() == [
        "+ Barn: The bull [b]: key 'cow' in message 0, rolled 84.4 under 90, won the group 'g' "
        "by a draw of 7.6 from 10, 2 tokens",
        "+ Barn: f [f]: enters always, 2 tokens",
        "- Barn: cow [a]: key 'cow' in message 0, but lost the group 'g' by a draw of 7.6 from 10",
        "- Barn: cow [d]: key 'cow' in message 0, but the secondary keys do not agree",
        "    note: @@flip is ignored: it is unknown here",
        "- Barn: text [e]: key 'text' in the text of entry 'f', but its 4 tokens do not fit: 1 left, "
        "round 1 of recursion",
        "and 1 that nothing brought up",
    ]
    assert "- Barn: horse [c]: no key was found" in activation_text(result, all_entries=True)


def test_every_reason_has_words():
    """A reason without words would be an error before a person."""
    from typing import get_args

    from roleagent.lore.activation import Reason

    assert set(_REASONS) == set(get_args(Reason))
    for reason in get_args(Reason):
        decision = Decision(book="", entry="a", name="a", entered=False, reason=reason, roll=1.0)
        assert _row(decision).why


def test_decisions_are_a_sequence_made_when_asked_for(enter, entry):
    """Ten thousand entries cost nothing until somebody looks."""
    result = enter([entry(f"e{n}", f"key{n}") for n in range(10)], ["Ann: key3"])
    decisions = result.decisions
    assert len(decisions) == 10
    assert decisions[-1].entry == "e9"
    assert [each.entry for each in decisions[2:4]] == ["e2", "e3"]
    assert [each.entry for each in decisions.touched()] == ["e3"]
    assert [each.reason for each in decisions].count("no_match") == 9
