"""Bad values become defaults, and the report names the field and what was done."""

from __future__ import annotations

import pytest

from roleagent.formats.format import Report
from roleagent.formats.lorebooks import lorebook_layout_of
from roleagent.formats.lorebooks.reading import UNLIMITED_DEPTH, Fields, split_keys


def read(raw):
    report = Report()
    return lorebook_layout_of(raw).read(raw, report), [
        f"{note.field}: {note.message}" for note in report.notes
    ]


@pytest.mark.parametrize(
    ("entry", "field", "value", "note"),
    [
        ({"keys": "a, b"}, "keys", ("a", "b"), "keys: is one text, not a list: split at its commas"),
        ({"keys": None}, "keys", (), "keys: is null, not a list: read as none"),
        ({"keys": ["a", None, 3]}, "keys", ("a", "3"), "keys[1]: is null, not text: read as ''"),
        ({"content": None}, "content", "", "content: is null, not text: read as ''"),
        ({"content": ["x"]}, "content", "", "content: is list, not text: read as ''"),
        ({"insertion_order": ""}, "order", 100,
         "insertion_order: is str '', not a number: left as by default"),
        ({"insertion_order": "7"}, "order", 7, "insertion_order: is the text '7': read as the number 7"),
        ({"insertion_order": 1e999}, "order", 100,
         "insertion_order: is float, not a number: left as by default"),
        ({"enabled": "false"}, "enabled", False, "enabled: is str 'false', not true or false: read as false"),
        ({"enabled": {}}, "enabled", True, "enabled: is dict, not true or false: read as nothing"),
        ({"position": "top"}, "position", "before_char",
         "position: is neither before_char nor after_char: read as before_char"),
        ({"extensions": []}, "depth", 4, "extensions: is list, not a table: ignored"),
        ({"extensions": {"probability": 150}}, "probability", 100,
         "extensions.probability: is 150: read as 100"),
        ({"extensions": {"position": 9}}, "position", "before_char",
         "extensions.position: is 9, which means nothing here: read as before_char"),
        ({"extensions": {"sticky": -2}}, "sticky", 0, "extensions.sticky: is -2: read as 0"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_what_was_made_of_it(entry, field, value, note):
    """Real files hold all of these."""
    book, notes = read({"entries": [{"keys": [], "content": "", **entry}]})
    assert getattr(book.entries[0], field) == value
    assert notes == [f"entries[0].{note}"]


def test_entries_that_are_none_are_read_as_none():
    """``entries: null`` is no error."""
    book, notes = read({"entries": None})
    assert book.entries == ()
    assert notes == ["entries: is null, not a list: read as none"]


def test_missing_and_double_ids_are_made_unique():
    """Each entry is told from the others; its place is its id where it has none."""
    book, notes = read({"entries": [{"content": "a"}, {"id": 5, "content": "b"}, {"id": 5, "content": "c"}]})
    assert [entry.id for entry in book.entries] == ["0", "5", "5-2"]
    assert notes == ["entries[2].id: '5' is the id of another entry too: read as '5-2'"]


def test_what_is_no_entry_keeps_its_place():
    """So that the entries after it are written where they were read."""
    book, notes = read({"entries": ["odd", {"content": "b"}]})
    assert [entry.enabled for entry in book.entries] == [False, True]
    assert notes == ["entries[0]: is str, not a table: kept as an entry that is turned off"]


def test_keys_are_parted_at_commas_outside_patterns():
    """A pattern may hold commas."""
    assert split_keys("cow, /a{1,2}/i ,, /no, pig") == ["cow", "/a{1,2}/i", "/no", "pig"]


def test_minus_one_is_no_limit():
    """Programs write it for as much as there is; read as 0 it would keep everything out."""
    report = Report()
    table = Fields({"a": -1, "b": "-1", "c": -2, "d": 5}, "", report)
    assert [table.optional_count(name, unlimited=9) for name in "abcd"] == [9, 9, 0, 5]
    assert table.optional_count("a") is None
    assert [note.field for note in report.notes] == ["c"]


@pytest.mark.parametrize(
    "raw",
    [
        {"entries": [{"use_regex": False}], "scan_depth": -1, "token_budget": -1},
        {"type": "risu", "data": [], "settings": {"scanDepth": -1, "tokenBudget": -1}},
    ],
)
def test_a_book_may_have_no_limits(raw):
    """Its own, that is; the reader's budget for all books holds."""
    book, notes = read(raw)
    assert (book.scan_depth, book.token_budget) == (UNLIMITED_DEPTH, None)
    assert not [note for note in notes if "-1" in note]
