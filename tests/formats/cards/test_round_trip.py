"""Cards come back as they were, alone and by way of our own files, and edits show up in them."""

from __future__ import annotations

import dataclasses
import json

import pytest

from roleagent.formats.format import Report
from roleagent.formats.load import load_persona
from tests.formats.cards import making as m

FILES = {
    "card-v1": json.dumps(m.V1).encode(),
    "card-v2": json.dumps(m.v2(character_book=m.book())).encode(),
    "card-v3": json.dumps(m.v3(character_book=m.book())).encode(),
    "card-v1-png": m.png(m.V1),
    "card-v2-png": m.png(m.v2(character_book=m.book())),
    "card-v3-png": m.png(m.v2(), m.v3(character_book=m.book())),
    "charx": m.charx(m.v3(), {"assets/x.bin": b"\0\1", "module.risum": b"risu"}),
}
NAMES = tuple(FILES)


@pytest.mark.parametrize("name", NAMES)
def test_a_card_comes_back_as_it_was(name):
    """Somebody's card may not change because it passed through here."""
    before = m.unpacked(FILES[name])
    after = m.unpacked(m.write(m.read(FILES[name]), name))
    assert (m.name_of(FILES[name]), after.raw) == (name, before.raw)
    assert {path: data for path, data in after.files.items() if path != "/chara"} == {
        path: data for path, data in before.files.items() if path != "/chara"
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_card_comes_back_by_way_of_yaml(name):
    """Our own file keeps all that a card holds."""
    persona = m.read(FILES[name])
    again = m.through_yaml(persona)
    assert again == persona
    assert m.write(again, name) == m.write(persona, name)


@pytest.mark.parametrize("name", NAMES)
def test_an_edit_shows_up_and_nothing_else_changes(name):
    """Who mends a greeting keeps every other field of the card."""
    persona = dataclasses.replace(m.read(FILES[name]), greeting="Good night.")
    raw = m.unpacked(m.write(persona, name)).raw
    expected = json.loads(json.dumps(m.unpacked(FILES[name]).raw))
    (expected.get("data") or expected)["first_mes"] = "Good night."
    assert raw == expected


def test_a_new_name_shows_up_in_both_copies_of_a_picture():
    """The persona keeps its id, so it travels along; all else is as it was."""
    persona = dataclasses.replace(m.read(FILES["card-v3-png"]), name="Byron")
    found = m.unpacked(m.write(persona, "card-v3-png"))
    raw, old = found.raw, json.loads(found.files["/chara"])
    assert raw["data"]["extensions"].pop("roleagent")["id"] == persona.id
    assert raw == m.v3(character_book=m.book(), name="Byron")
    assert old == m.v2(name="Byron")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("card-v1", "card-v1-png")])
@pytest.mark.parametrize("who", ["holmes", "sunwukong"])
def test_a_native_persona_travels_whole(name, who):
    """What a card has no field for goes along where cards let programs keep what is theirs."""
    persona = load_persona(who)
    assert m.read(m.write(persona, name)) == persona


@pytest.mark.parametrize("name", ["card-v1", "card-v1-png"])
def test_the_first_version_names_what_it_cannot_hold(name):
    """Nothing is lost in silence."""
    persona, report = load_persona("holmes"), Report()
    back = m.read(m.write(persona, name, report))
    lost = {field.partition("[")[0].partition(".")[0] for field in report.lost_fields}
    assert {"id", "edges", "nodes", "relations", "horizon"} <= lost
    differ = {
        field.name
        for field in dataclasses.fields(persona)
        if getattr(persona, field.name) != getattr(back, field.name)
    }
    assert differ - {"graph", "node_id", "extensions", "source"} <= lost


def test_speech_and_rules_of_a_native_persona_are_in_the_description():
    """Another program plays the character from the description; what it does not see it does not obey."""
    persona = load_persona("holmes")
    description = m.unpacked(m.write(persona, "card-v2")).raw["data"]["description"]
    assert description.startswith(persona.summary)
    assert all(rule in description for rule in (*persona.speech, *persona.rules, *persona.fall_backs))


@pytest.mark.parametrize("name", ["card-v2", "card-v3"])
def test_every_key_that_a_card_must_have_is_there(name):
    """Readers of cards may count on them."""
    data = m.unpacked(m.write(load_persona("holmes"), name)).raw["data"]
    texts = [
        "name",
        "description",
        "personality",
        "scenario",
        "first_mes",
        "mes_example",
        "creator_notes",
        "system_prompt",
        "post_history_instructions",
        "creator",
        "character_version",
    ]
    assert all(isinstance(data[key], str) for key in texts)
    lists = ["alternate_greetings", "tags", *(["group_only_greetings"] if name == "card-v3" else [])]
    assert all(isinstance(data[key], list) for key in lists)
    assert isinstance(data["extensions"], dict)


@pytest.mark.parametrize("old", NAMES)
@pytest.mark.parametrize("new", NAMES)
def test_every_version_becomes_every_other(old, new):
    """A card in one layout is the base of the same card in another."""
    persona = m.read(FILES[old])
    back = m.read(m.write(persona, new))
    assert (back.name, back.summary, back.greeting, back.examples) == (
        persona.name,
        persona.summary,
        persona.greeting,
        persona.examples,
    )


def test_an_older_card_gets_the_keys_a_newer_one_must_have():
    """A card of version 1 lists no greetings, and one of version 3 must."""
    data = m.unpacked(m.write(m.read(FILES["card-v1"]), "card-v3")).raw["data"]
    assert (data["alternate_greetings"], data["group_only_greetings"], data["tags"]) == ([], [], [])


def test_what_nobody_knows_goes_along_from_version_to_version():
    """Another program's extensions are no business of ours."""
    raw = m.unpacked(m.write(m.read(FILES["card-v2"]), "card-v3")).raw
    assert raw["data"]["extensions"]["other/program"] == {"x": [1, None]}
    raw = m.unpacked(m.write(m.read(FILES["card-v1"]), "card-v2")).raw
    assert raw["metadata"] == {"tool": "an editor"}


def test_copies_beside_the_data_are_kept_up():
    """Some programs write the texts of version 1 once more for old readers."""
    raw = {**m.v2(), "name": "Ada", "first_mes": "Something else.", "avatar": "none"}
    persona = dataclasses.replace(m.read(json.dumps(raw).encode()), name="Byron")
    after = m.unpacked(m.write(persona, "card-v2")).raw
    assert (after["name"], after["data"]["name"]) == ("Byron", "Byron")
    assert (after["first_mes"], after["avatar"]) == ("Something else.", "none")


def test_an_edit_made_elsewhere_reaches_the_persona_that_travels_along():
    """A card that went through another program and came back is what that program made of it."""
    persona = load_persona("holmes")
    raw = m.unpacked(m.write(persona, "card-v2")).raw
    raw["data"]["name"] = "Sherlock"
    raw["data"]["description"] = raw["data"]["description"].replace("You ", "Thou ", 1)
    back = m.read(json.dumps(raw).encode())
    assert back.name == "Sherlock"
    assert back.summary == persona.summary.replace("You ", "Thou ", 1)
    assert (back.id, back.rules, len(back.graph.facts)) == (
        persona.id,
        persona.rules,
        len(persona.graph.facts),
    )
