"""The talk that a card shows, read as pairs and written again."""

from __future__ import annotations

from roleagent.persona.formats.cards.examples import read_examples, write_examples
from roleagent.persona.formats.report import Report


def read(talk):
    report = Report()
    pairs = read_examples(talk, ("Ada", "Countess"), "mes_example", report)
    return [(each["user"], each["reply"]) for each in pairs], [note.message for note in report.notes]


def test_blocks_and_names_are_told_apart():
    """Macros, old macros and names, in any letter case."""
    talk = "<START>\n{{User}}: A?\n{{char}}: B.\n<start>\n<USER>: C?\n<BOT>: D.\n"
    talk += "You: E?\nada: F.\nuser:G?\nCountess: H."
    assert read(talk) == ([("A?", "B."), ("C?", "D."), ("E?", "F."), ("G?", "H.")], [])


def test_lines_without_a_name_go_on_with_the_turn():
    """A reply may have several lines, and a colon in them."""
    assert read("{{user}}: A\nmore: A\n{{char}}: B\n\nmore B\n{{char}}: even more") == (
        [("A\nmore: A", "B\n\nmore B\neven more")],
        [],
    )


def test_what_forms_no_pair_is_reported():
    """A line that answers nothing is no example of an answer."""
    pairs, notes = read("Prose.\n<START>\n{{char}}: Hello.\n{{user}}: A?\n{{char}}: B.\n{{user}}: C?")
    assert pairs == [("A?", "B.")]
    assert notes == ["3 of its turns form no pair of user and reply: kept, not used"]


def test_what_was_written_is_read():
    """There and back."""
    pairs = [{"user": "A?", "reply": "B.\nC."}, {"user": "D?", "reply": "E."}]
    assert write_examples(pairs).startswith("<START>\n{{user}}: A?\n{{char}}: B.\nC.\n<START>\n")
    assert read_examples(write_examples(pairs), (), "", Report()) == pairs
