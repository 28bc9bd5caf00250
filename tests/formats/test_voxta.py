"""Voxta's packages are read with their books, kept whole, and written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.formats.archives import read_zip, write_zip
from roleagent.formats.format import Report
from roleagent.formats.load import bundled_personas, load_persona, recognised
from roleagent.formats.others.voxta import VOXTA
from roleagent.persona.persona import Example
from roleagent.persona.problems import ReadError
from tests.formats import roundtrips

CHARACTER = {
    "$type": "character",
    "Id": "c1",
    "Name": "Ada",
    "Label": "Countess",
    "Description": "Small, dark-haired.",
    "Profile": "{{ char }} counts for {{ user }}.",
    "Personality": "proud",
    "Scenario": "A study.",
    "FirstMessage": "Do come in, {{ user }}.",
    "AlternativeFirstMessages": ["Go away."],
    "MessageExamples": "<START>\n{{ user }}: Can it think?\n{{ char }}: It cannot.",
    "SystemPrompt": "Be brief.",
    "PostHistoryInstructions": "Stay Ada.",
    "Context": "1843",
    "Culture": "en-GB",
    "MemoryBooks": ["b1", "b2", "gone"],
    "Tags": ["history"],
    "Creator": "B",
    "CreatorNotes": "Enjoy.",
    "TextToSpeech": [{"Voice": {"label": "v"}}],
    "DateCreated": "1971-01-01T00:00:00Z",
}
BOOKS = {
    "b1": {"$type": "book", "Id": "b1", "Name": "World", "Items": [
        {"Id": "i1", "Keywords": ["engine"], "Text": "The engine.", "Weight": 5},
        {"Id": "i1", "Keywords": ["mill"], "Text": "The mill.", "Deleted": True},
    ]},
    "b2": {"$type": "book", "Id": "b2", "Name": "People", "Items": []},
}  # fmt: skip
PACKAGE = {"$type": "package", "Id": "p", "Name": "Ada's", "EntryResource": {"Kind": 1, "Id": "c1"}}
FILES = {
    "Characters/c1/thumbnail.png": b"icon",
    "Characters/c1/Assets/Avatars/x.webp": b"x",
    "Scenarios/s/t.png": b"t",
}
KEYS = [
    "Name", "Label", "Description", "Profile", "Personality", "MessageExamples", "MemoryBooks", "Items", "Id",
    "Keywords", "Text", "Weight", "Deleted", "Tags", "Culture", "DateCreated", "EntryResource", "Kind",
    "AlternativeFirstMessages",
]  # fmt: skip


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _package(character: Any = None, package: Any = None, **more: bytes) -> bytes:
    members = {
        "package.json": _json(PACKAGE if package is None else package),
        "Characters/c0/character.json": _json({"Name": "Bob"}),
        "Characters/c1/character.json": _json(CHARACTER if character is None else character),
        **{f"Books/{each}/book.json": _json(book) for each, book in BOOKS.items()},
        "Books/b3/book.json": _json({"Name": "Bob's"}),
        "Scenarios/s/scenario.json": _json({"Name": "S"}),
    }
    return write_zip({**members, **FILES, **more})


def test_it_is_recognised() -> None:
    """By a character in its folder."""
    assert recognised(_package()) is VOXTA
    assert not VOXTA.recognises(write_zip({"package.json": b"{}"}), None)


def test_a_package_comes_back() -> None:
    """All characters, books, scenarios and files, at once and through a file of our own."""
    persona = roundtrips.check_comes_back(_package(), VOXTA)
    again, before = (read_zip(data) for data in (roundtrips.write(persona, VOXTA), _package()))
    assert again.keys() == before.keys()
    assert all(
        json.loads(again[path]) == json.loads(before[path]) for path in before if path.endswith("json")
    )
    assert all(again[path] == before[path] for path in FILES)


def test_every_text_has_its_place() -> None:
    """The character that the package opens with is read, with its own books, one by one."""
    report = Report()
    persona = roundtrips.read(_package(), VOXTA, report)
    assert (persona.name, persona.nickname, persona.language) == ("Ada", "Countess", "en")
    assert persona.summary == "{{char}} counts for {{user}}.\n\nLooks: Small, dark-haired."
    assert (persona.personality, persona.scenario) == ("proud", "A study.")
    assert (persona.greeting, persona.greetings) == ("Do come in, {{user}}.", ("Go away.",))
    assert persona.examples == (Example(user="Can it think?", reply="It cannot."),)
    assert (persona.system_prompt, persona.post_history_instructions) == ("Be brief.", "Stay Ada.")
    assert (persona.credits.creator, persona.credits.created_at) == ("B", 31_536_000)
    assert [book.name for book in persona.lorebooks] == ["World", "People"]
    entries = [(each.id, each.keys, each.order, each.enabled) for each in persona.lorebooks[0].entries]
    assert entries == [("i1", ("engine",), 5, True), ("item-2", ("mill",), 100, False)]
    assert [(asset.kind, asset.path) for asset in persona.assets] == [
        ("icon", "thumbnail.png"), ("x_file", "Assets/Avatars/x.webp"), ("x_file", "Scenarios/s/t.png"),
    ]  # fmt: skip
    said = [note.field for note in report.notes]
    assert said == [
        "MemoryBooks", "Characters/c0/character.json", "Books/b3/book.json",
        "Characters/c1/character.json: Context",
    ]  # fmt: skip


def test_an_edit_changes_its_field_alone() -> None:
    """And is written in Voxta's macros."""

    def change(document: dict[str, Any]) -> None:
        document["greeting"] = "{{char}} nods."

    before = roundtrips.content(_package(), VOXTA)[0]
    changed = roundtrips.edited(_package(), VOXTA, change)
    assert changed["character"]["json"]["FirstMessage"] == "{{ char }} nods."
    changed["character"]["json"]["FirstMessage"] = before["character"]["json"]["FirstMessage"]
    assert changed == before


def test_a_book_that_is_taken_out_leaves_the_others_alone() -> None:
    """The character names the books that it still has, by their own ids."""

    def change(document: dict[str, Any]) -> None:
        del document["lorebooks"][0]

    changed = roundtrips.edited(_package({**CHARACTER, "MemoryBooks": ["b1", "b2"]}), VOXTA, change)
    assert changed["character"]["json"]["MemoryBooks"] == ["b2"]
    assert changed["books"] == [{"path": "Books/b2/book.json", "json": BOOKS["b2"]}]


def test_a_new_book_is_one_more() -> None:
    """With an id that the character names."""

    def change(document: dict[str, Any]) -> None:
        document["lorebooks"].append({"name": "New", "entries": [{"id": "1", "keys": ["x"], "content": "y"}]})

    changed = roundtrips.edited(_package({**CHARACTER, "MemoryBooks": ["b1", "b2"]}), VOXTA, change)
    names = changed["character"]["json"]["MemoryBooks"]
    assert names[:2] == ["b1", "b2"]
    assert changed["books"][2]["path"] == f"Books/{names[2]}/book.json"
    assert changed["books"][2]["json"]["Id"] == names[2]


@pytest.mark.parametrize("name", bundled_personas())
def test_personas_of_ours_travel_whole(name: str) -> None:
    """In a file of the package that Voxta passes over."""
    roundtrips.check_travels_whole(load_persona(name), VOXTA)


@pytest.mark.parametrize(
    "members",
    [
        {"package.json": b"{}"},
        {"Characters/a/character.json": b"[]"},
        {"Characters/a/character.json": b"no JSON"},
        {"Characters/a/b/character.json": b"{}"},
    ],
)
def test_what_holds_no_character_is_refused(members: dict[str, bytes]) -> None:
    """With the one error there is."""
    with pytest.raises(ReadError):
        VOXTA.layout.unpack(write_zip(members), Report())


@pytest.mark.parametrize(
    "changes",
    [
        {"Name": None}, {"Name": 5}, {"Profile": None}, {"Profile": "x" * 300_000}, {"Culture": 5},
        {"Culture": "??"},
        {"MemoryBooks": "b1"}, {"MemoryBooks": [None, 5, "../../x"]}, {"AlternativeFirstMessages": "one"},
        {"Tags": {}}, {"DateCreated": ""}, {"DateCreated": 1e308}, {"MessageExamples": []},
    ],
)  # fmt: skip
def test_what_is_odd_is_read_and_kept(changes: dict[str, Any]) -> None:
    """A wrong field costs that field, never the character."""
    data = _package({**CHARACTER, **changes})
    roundtrips.check_survives(data, VOXTA)
    back = roundtrips.write(roundtrips.read(data, VOXTA), VOXTA)
    assert roundtrips.content(back, VOXTA) == roundtrips.content(data, VOXTA)


@pytest.mark.parametrize("package", [[], {"EntryResource": {"Kind": 1, "Id": "../x"}}, {"EntryResource": 5}])
def test_an_odd_package_opens_with_the_first_character(package: Any) -> None:
    """Whatever it points to."""
    data = _package(package=package)
    assert roundtrips.read(data, VOXTA).name == "Bob"
    roundtrips.check_comes_back(data, VOXTA)


_TABLES = st.dictionaries(st.sampled_from(KEYS), roundtrips.junk(KEYS), max_size=8)


@given(_TABLES, _TABLES, _TABLES)
def test_any_json_gives_a_persona_and_comes_back(package: Any, character: Any, book: Any) -> None:
    """Whatever stands where."""
    members = {
        "package.json": _json(package),
        "Characters/a/character.json": _json({"MemoryBooks": ["b"], **character}),
        "Books/b/book.json": _json(book),
    }
    data = write_zip(members)
    roundtrips.check_survives(data, VOXTA)
    back = roundtrips.write(roundtrips.read(data, VOXTA), VOXTA)
    assert repr(roundtrips.content(back, VOXTA)) == repr(roundtrips.content(data, VOXTA))
