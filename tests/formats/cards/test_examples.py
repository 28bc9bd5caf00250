"""The talk that a card shows, read as pairs and written again."""

from __future__ import annotations

from roleagent.formats.format import Report
from roleagent.formats.parts import read_examples, write_examples


def read(talk):
    report = Report()
    pairs = read_examples(talk, ("Ada", "Countess"), "mes_example", report)
    return [(each.get("user", ""), each["reply"]) for each in pairs], [note.message for note in report.notes]


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


def test_what_is_said_unasked_is_an_example_too():
    """It shows the voice, and many cards have nothing else."""
    talk = "{{char}}: A.\n\nMore.\n<START>\nAda: B.\n{{user}}: C?\n{{char}}: D.\n< start >\n*She nods.*\n\nE."
    assert read(talk) == ([("", "A.\n\nMore."), ("", "B."), ("C?", "D."), ("", "*She nods.*\n\nE.")], [])


def test_what_nobody_answers_is_reported():
    """So is a preface, and the narration before somebody speaks."""
    talk = "Prose.\n<START>\nIt rains.\n{{char}}: Hello.\n{{user}}: A?\n{{char}}: B.\n{{user}}: C?"
    pairs, notes = read(talk)
    assert pairs == [("", "Hello."), ("A?", "B.")]
    assert notes == ["3 of its turns have no reply, or no speaker: kept, not used"]


def test_marks_and_names_are_known_however_they_are_written():
    """Blanks, stars, full-width colons, and the strangers of other programs."""
    talk = "[Start a new chat]\n{{ user }}\uff1aA?\n**Ada:** B.\n&lt;START&gt;\n"
    talk += "{{random_user_1}}: C?\n*Ada*\uff1a D.\n<START/>E."
    assert read(talk)[0] == [("A?", "B."), ("C?", "D."), ("", "E.")]


def test_what_was_written_is_read():
    """There and back."""
    pairs = [{"user": "A?", "reply": "B.\nC."}, {"user": "D?", "reply": "E."}, {"reply": "F."}]
    assert write_examples(pairs).startswith("<START>\n{{user}}: A?\n{{char}}: B.\nC.\n<START>\n")
    assert read_examples(write_examples(pairs), (), "", Report()) == pairs
