"""Books of a card stay apart, and each goes back to where it was."""

from __future__ import annotations

import dataclasses
import json

import pytest

from roleagent.formats.format import Report
from roleagent.lore.book import Lorebook, LoreEntry
from tests.formats.cards import making as m

RISU = {
    "type": "risu",
    "data": [{"key": "loom, thread", "content": "It weaves.", "mode": "normal", "insertorder": 1}],
}
CARD = m.v2(
    character_book=m.book("engine"),
    extensions={
        "additional_lorebooks": ["not a book", m.book("mill"), RISU],
        "chub": {"linked_lorebooks": [{"path": "elsewhere"}, m.book("card")]},
        "depth_prompt": {"prompt": "Be brief.", "depth": 2, "role": "user", "odd": 1},
    },
)


def read(card=CARD):
    return m.read(json.dumps(card).encode())


def test_all_books_are_read_and_never_merged():
    """Each book has settings of its own."""
    books = read().lorebooks
    assert [[entry.content for entry in book.entries] for book in books] == [
        ["The engine counts."],
        ["The mill counts."],
        ["It weaves."],
        ["The card counts."],
        ["Be brief."],
    ]
    note = books[-1].entries[0]
    assert (note.constant, note.position, note.depth, note.role) == (True, "at_depth", 2, "user")


def test_each_goes_back_to_its_place():
    """What is no book keeps its place too."""
    assert m.unpacked(m.write(m.through_yaml(read()), "card-v2")).raw == CARD


def test_an_edit_of_one_book_changes_that_book_alone():
    """Here the third, which is in another program's layout."""
    persona = read()
    books = list(persona.lorebooks)
    entry = dataclasses.replace(books[2].entries[0], content="It spins.")
    books[2] = dataclasses.replace(books[2], entries=(entry,))
    raw = m.unpacked(m.write(dataclasses.replace(persona, lorebooks=tuple(books)), "card-v2")).raw
    expected = json.loads(json.dumps(CARD))
    expected["data"]["extensions"]["additional_lorebooks"][2]["data"][0]["content"] = "It spins."
    assert raw == expected


def test_new_books_go_where_there_is_room():
    """First into the card's own place, then among the further ones."""
    entry = LoreEntry(id="1", keys=("a",), content="A.")
    books = tuple(Lorebook(name=name, entries=(entry,)) for name in ("one", "two", "three"))
    card = m.v2(character_book=None)
    persona = dataclasses.replace(read(card), lorebooks=books)
    data = m.unpacked(m.write(persona, "card-v2")).raw["data"]
    assert data["character_book"]["name"] == "one"
    assert [book["name"] for book in data["extensions"]["additional_lorebooks"]] == ["two", "three"]
    assert m.read(m.write(persona, "card-v2")).lorebooks == books


def test_an_entry_gets_the_key_that_the_newest_version_demands():
    """Readers of version 3 may count on `use_regex`."""
    book = m.book()
    del book["entries"][0]["use_regex"]
    raw = m.unpacked(m.write(read(m.v2(character_book=book)), "card-v3")).raw
    assert raw["data"]["character_book"]["entries"][0]["use_regex"] is False


@pytest.mark.slow
def test_a_book_too_long_is_bounded():
    """A card of megabytes may not take minutes."""
    report = Report()
    card = m.v2(character_book={"entries": [{}] * 10_001})
    persona = m.read(json.dumps(card).encode(), report)
    assert len(persona.lorebooks[0].entries) == 10_000
    assert "more than 10000" in str(report.notes)
