"""Backyard's archives are read, kept with their pictures, and written as the specification has them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.formats.archives import read_zip, write_zip
from roleagent.formats.format import Report
from roleagent.formats.load import bundled_personas, load_persona, recognised
from roleagent.formats.others.backyard import BACKYARD
from roleagent.persona.persona import Example
from roleagent.persona.problems import ReadError
from tests.formats import roundtrips

FOLDER = "characters/a1"
MANIFEST = {
    "schemaVersion": 1,
    "createdAt": "2025-06-12T19:03:56.873Z",
    "author": {"name": "Lord B", "backyardURL": "https://backyard.ai/b"},
    "characters": [f"{FOLDER}/character.json"],
    "scenarios": ["scenarios/one.json"],
}
CHARACTER = {
    "schemaVersion": 1,
    "id": "a1",
    "name": "Ada",
    "displayName": "Ada Lovelace",
    "isNSFW": False,
    "persona": "{character} counts for {user}.",
    "createdAt": "2025-06-12T19:03:56.873Z",
    "updatedAt": "2025-06-13T19:03:56.873Z",
    "loreItems": [{"key": "engine, mill", "value": "{character} describes the engine."}],
    "images": [{"path": "images/a.png", "label": "portrait"}, {"path": "images/b.png", "label": "at work"}],
}
SCENARIO = {
    "schemaVersion": 1,
    "title": "Study",
    "formattingInstructions": "Be brief.",
    "minP": 0.1,
    "temperature": 0.7,
    "backgroundImage": "scenarios/room.jpg",
    "exampleMessages": [
        {"characterID": "a1", "text": "#{user}: Can it think?\n#{character}: It cannot, {user}."}
    ],
    "firstMessages": [{"characterID": "a1", "text": "Do come in, {user}."}],
    "narrative": "{user} visits {character}.",
    "promptTemplate": None,
    "grammar": None,
    "messages": [],
}
PICTURES = {f"{FOLDER}/images/a.png": b"aaa", f"{FOLDER}/images/b.png": b"bbb", "scenarios/room.jpg": b"room"}
KEYS = [
    "name", "displayName", "persona", "loreItems", "key", "value", "images", "path", "label", "isNSFW",
    "createdAt", "updatedAt", "narrative", "firstMessages", "exampleMessages", "text", "backgroundImage",
    "formattingInstructions", "author", "characters", "scenarios",
]  # fmt: skip


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _archive(manifest: Any = None, character: Any = None, scenario: Any = None, **files: bytes) -> bytes:
    members = {
        "manifest.json": _json(MANIFEST if manifest is None else manifest),
        f"{FOLDER}/character.json": _json(CHARACTER if character is None else character),
        "scenarios/one.json": _json(SCENARIO if scenario is None else scenario),
    }
    return write_zip({**members, **PICTURES, **files})


def test_it_is_recognised() -> None:
    """By its manifest and a character; either alone is another program's."""
    assert recognised(_archive()) is BACKYARD
    assert not BACKYARD.recognises(write_zip({"manifest.json": b"{}"}), None)
    assert not BACKYARD.recognises(write_zip({f"{FOLDER}/character.json": b"{}"}), None)


def test_an_archive_comes_back() -> None:
    """JSON and pictures, at once and through a file of our own."""
    persona = roundtrips.check_comes_back(_archive(), BACKYARD)
    again = read_zip(roundtrips.write(persona, BACKYARD))
    before = read_zip(_archive())
    assert again.keys() == before.keys()
    assert all(again[path] == before[path] for path in PICTURES)


def test_every_text_has_its_place() -> None:
    """Backyard's macros become ours."""
    persona = roundtrips.read(_archive(), BACKYARD)
    assert (persona.name, persona.nickname) == ("Ada Lovelace", "Ada")
    assert persona.summary == "{{char}} counts for {{user}}."
    assert persona.scenario == "{{user}} visits {{char}}."
    assert persona.greeting == "Do come in, {{user}}."
    assert persona.system_prompt == "Be brief."
    assert persona.examples == (Example(user="Can it think?", reply="It cannot, {{user}}."),)
    assert persona.credits.creator == "Lord B"
    entry = persona.lorebooks[0].entries[0]
    assert (entry.keys, entry.content) == (("engine", "mill"), "{{char}} describes the engine.")
    assert [(asset.kind, asset.name, asset.path) for asset in persona.assets] == [
        ("icon", "main", "images/a.png"),
        ("icon", "at work", "images/b.png"),
        ("background", "main", "scenarios/room.jpg"),
    ]


def test_an_edit_changes_its_field_alone() -> None:
    """And is written in Backyard's macros."""

    def change(document: dict[str, Any]) -> None:
        document["greeting"] = "{{char}} nods to {{user}}."

    before = roundtrips.content(_archive(), BACKYARD)[0]
    changed = roundtrips.edited(_archive(), BACKYARD, change)
    assert changed["scenario"]["json"].pop("firstMessages") == [
        {"characterID": "a1", "text": "{character} nods to {user}."}
    ]
    before["scenario"]["json"].pop("firstMessages")
    assert changed == before


def test_a_picture_that_is_taken_out_leaves_the_list_too() -> None:
    """Backyard refuses an archive that names a picture which is not there."""

    def change(document: dict[str, Any]) -> None:
        del document["assets"][1]

    character = roundtrips.edited(_archive(), BACKYARD, change)["character"]["json"]
    assert character["images"] == [{"path": "images/a.png", "label": "portrait"}]


def test_further_characters_and_scenarios_are_kept_and_said() -> None:
    """The first is read; nothing is merged."""
    manifest = {
        **MANIFEST,
        "characters": [*MANIFEST["characters"], "characters/b2/character.json"],
        "scenarios": [*MANIFEST["scenarios"], "scenarios/two.json"],
    }
    more = {
        "characters/b2/character.json": _json({"name": "Bob"}),
        "scenarios/two.json": _json({"narrative": "x"}),
    }
    data = _archive(manifest, **more)
    report = Report()
    assert roundtrips.read(data, BACKYARD, report).name == "Ada Lovelace"
    assert [note.field for note in report.notes] == ["characters/b2/character.json", "scenarios/two.json"]
    roundtrips.check_comes_back(data, BACKYARD)


@pytest.mark.parametrize(
    "path",
    [
        "characters/none/character.json",
        "../../etc/character.json",
        "/etc/passwd",
        "characters/../character.json",
    ],
)
def test_a_manifest_that_points_elsewhere_is_not_followed(path: str) -> None:
    """The character that is there is read, and the odd path named."""
    report = Report()
    data = _archive({**MANIFEST, "characters": [path]})
    assert roundtrips.read(data, BACKYARD, report).name == "Ada Lovelace"
    assert any(repr(path) in note.message for note in report.notes)
    roundtrips.check_survives(data, BACKYARD)


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"manifest.json": b"{", f"{FOLDER}/character.json": b"{}"},
        {"manifest.json": b"[]", f"{FOLDER}/character.json": b"{}"},
        {"manifest.json": b"{}", f"{FOLDER}/character.json": b"[]"},
        {"manifest.json": b"{}", f"{FOLDER}/character.json": b"no JSON"},
        {"manifest.json": b"{}", "characters/character.json": b"{}"},
        {"manifest.json": b'{"a":' * 60 + b"1" + b"}" * 60, f"{FOLDER}/character.json": b"{}"},
    ],
)
def test_what_holds_no_character_is_refused(members: dict[str, bytes]) -> None:
    """With the one error there is."""
    with pytest.raises(ReadError):
        BACKYARD.layout.unpack(write_zip(members), Report())


@pytest.mark.parametrize(
    "changes",
    [
        {"displayName": None, "name": None}, {"persona": None}, {"persona": ["x"]}, {"loreItems": "x"},
        {"loreItems": [None, "x", {"key": 1, "value": None}]}, {"images": "x"}, {"createdAt": ""},
        {"images": [None, 5, {"path": "images/a.png"}]}, {"createdAt": 1e308}, {"isNSFW": "yes"},
        {"persona": "x" * 300_000}, {"displayName": "x" * 3_000},
    ],
)  # fmt: skip
def test_what_is_odd_is_read_and_kept(changes: dict[str, Any]) -> None:
    """A wrong field costs that field, never the character."""
    data = _archive(character={**CHARACTER, **changes})
    roundtrips.check_survives(data, BACKYARD)
    persona = roundtrips.read(data, BACKYARD)
    assert roundtrips.content(roundtrips.write(persona, BACKYARD), BACKYARD) == roundtrips.content(
        data, BACKYARD
    )


def test_a_picture_that_is_not_there_is_named_when_the_file_is_written() -> None:
    """The one thing that is mended: Backyard could not read the archive with it."""
    gone = [{"path": "images/gone.png", "label": "x"}]
    data = _archive(character={**CHARACTER, "images": gone})
    report = Report()
    raw = roundtrips.content(roundtrips.write(roundtrips.read(data, BACKYARD), BACKYARD, report), BACKYARD)[0]
    assert raw["character"]["json"]["images"] == []
    assert report.lost_fields == ("images[0]",)


@pytest.mark.parametrize("name", bundled_personas())
def test_personas_of_ours_travel_whole(name: str) -> None:
    """In a file of the archive that Backyard passes over."""
    roundtrips.check_travels_whole(load_persona(name), BACKYARD)


@pytest.mark.parametrize("name", bundled_personas())
def test_what_is_written_is_as_the_specification_has_it(name: str) -> None:
    """One character in the folder of its id, one scenario at least, all required keys."""
    persona = load_persona(name)
    members = read_zip(roundtrips.write(persona, BACKYARD))
    manifest = json.loads(members["manifest.json"])
    (path,), (scenario_path,) = manifest["characters"], manifest["scenarios"]
    character, scenario = json.loads(members[path]), json.loads(members[scenario_path])
    assert path == f"characters/{character['id']}/character.json"
    assert re.fullmatch(r"scenarios/[^/]+\.json", scenario_path)
    assert character.keys() == CHARACTER.keys()
    assert scenario.keys() >= {
        "schemaVersion", "formattingInstructions", "minP", "minPEnabled", "temperature", "repeatPenalty",
        "repeatLastN", "topK", "topP", "exampleMessages", "canDeleteExampleMessages", "firstMessages",
        "narrative", "promptTemplate", "grammar", "messages",
    }  # fmt: skip
    assert "{{char}}" not in json.dumps(character)
    assert all(item.keys() == {"key", "value"} for item in character["loreItems"])


def test_facts_of_ours_are_told_to_backyard() -> None:
    """It has no graph, so what is known of others becomes lore items, and secrets stay here."""
    members = read_zip(roundtrips.write(load_persona("holmes"), BACKYARD))
    character = next(json.loads(data) for path, data in members.items() if path.endswith("character.json"))
    assert any("Watson" in item["key"] for item in character["loreItems"])


def test_pictures_of_other_origin_get_a_place() -> None:
    """Wherever they lay in another program's archive."""
    uri = "data:image/png;base64,YWFh"
    document = {
        "roleagent": 1, "id": "ada", "name": "Ada", "summary": "You count.",
        "assets": [
            {"kind": "icon", "name": "main", "ext": "png", "uri": uri, "path": "assets/icon/images/1.png"},
            {"kind": "emotion", "name": "joy", "ext": "png", "uri": uri, "path": "../../joy.png"},
            {"kind": "background", "name": "main", "ext": "png", "uri": uri},
            {"kind": "icon", "name": "far", "uri": "https://example.org/a.png"},
        ],
        "nodes": [{"id": "ada", "type": "person", "label": "Ada"}],
    }  # fmt: skip
    archive = BACKYARD.layout.from_document(document, Report())
    assert list(archive.files) == [
        "images/icon-main.png",
        "images/emotion-joy.png",
        "scenarios/images/background-main.png",
    ]
    assert [each["path"] for each in archive.raw["character"]["json"]["images"]] == list(archive.files)[:2]
    assert archive.raw["scenario"]["json"]["backgroundImage"] == list(archive.files)[2]


_TABLES = st.dictionaries(st.sampled_from(KEYS), roundtrips.junk(KEYS), max_size=8)


@given(_TABLES, _TABLES, _TABLES)
def test_any_json_gives_a_persona_and_comes_back(manifest: Any, character: Any, scenario: Any) -> None:
    """Whatever stands where; of pictures only those that are there."""
    data = _archive(manifest, {**character, "images": CHARACTER["images"]}, scenario)
    roundtrips.check_survives(_archive(manifest, character, scenario), BACKYARD)
    back = roundtrips.write(roundtrips.read(data, BACKYARD), BACKYARD)
    assert repr(roundtrips.content(back, BACKYARD)) == repr(roundtrips.content(data, BACKYARD))


@given(st.data())
def test_a_damaged_archive_is_read_or_refused(data: st.DataObject) -> None:
    """Whatever byte is wrong."""
    sound = bytearray(_archive())
    for _ in range(data.draw(st.integers(1, 5))):
        sound[data.draw(st.integers(0, len(sound) - 1))] = data.draw(st.integers(0, 255))
    roundtrips.check_survives(bytes(sound), BACKYARD)
