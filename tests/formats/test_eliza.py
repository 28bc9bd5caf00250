"""ElizaOS characters of both generations are read, kept, and written as the other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.formats.format import Report
from roleagent.formats.load import bundled_personas, load_persona, recognised
from roleagent.formats.others.eliza import CURRENT, OLD
from roleagent.persona.as_document import persona_document
from roleagent.persona.persona import Example
from tests.formats import roundtrips

NEW_ADA = {
    "name": "Ada",
    "username": "ada",
    "system": "You are Ada.",
    "bio": ["counts", "writes"],
    "messageExamples": [
        [
            {"name": "{{name1}}", "content": {"text": "Can it think?"}},
            {"name": "Ada", "content": {"text": "It cannot.", "actions": ["REPLY"]}},
        ]
    ],
    "postExamples": ["Notes are out."],
    "topics": ["engines"],
    "adjectives": ["proud"],
    "knowledge": ["The engine has no pretensions.", "docs/notes.md", {"path": "a.txt", "shared": True}],
    "plugins": ["@elizaos/plugin-sql"],
    "settings": {"model": "small"},
    "style": {"all": ["be precise"], "chat": ["be brief"], "post": ["no tags"]},
}
OLD_ADA = {
    "name": "Ada",
    "bio": ["counts"],
    "lore": ["wrote the first program"],
    "messageExamples": [
        [
            {"user": "Ada", "content": {"text": "Good day."}},
            {"user": "{{user1}}", "content": {"text": "Can it think?"}},
            {"user": "Ada", "content": {"text": "It cannot.", "action": "CONTINUE"}},
            {"user": "Ada", "content": {"text": "It never will."}},
        ]
    ],
    "postExamples": [],
    "adjectives": ["proud"],
    "topics": ["engines"],
    "knowledge": [{"id": "x", "path": "notes.txt", "content": "The engine weaves."}],
    "style": {"all": ["be precise"], "chat": [], "post": []},
    "clients": ["discord"],
}
KEYS = [
    "name", "bio", "lore", "messageExamples", "user", "content", "text", "style", "all", "chat", "topics",
    "adjectives", "knowledge", "path", "settings", "secrets", "system", "postExamples",
]  # fmt: skip


def _bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_the_two_generations_are_told_apart() -> None:
    """By who speaks in an example, else by the lore that only the older one has."""
    assert recognised(_bytes(NEW_ADA)) is CURRENT
    assert recognised(_bytes(OLD_ADA)) is OLD
    assert recognised(_bytes({"name": "A", "bio": "b"})) is CURRENT
    assert recognised(_bytes({"name": "A", "bio": [], "lore": []})) is OLD


@pytest.mark.parametrize(("value", "form"), [(NEW_ADA, CURRENT), (OLD_ADA, OLD)])
def test_a_character_comes_back(value: Any, form: Any) -> None:
    """Every field, mapped or not."""
    roundtrips.check_comes_back(_bytes(value), form)


def test_the_lists_are_a_graph() -> None:
    """Adjectives are traits; lore, knowledge and topics are known; posts are what it often says."""
    persona = roundtrips.read(_bytes(OLD_ADA), OLD)
    facts = {(fact.relation, fact.text) for fact in persona.graph.facts.values()}
    assert facts == {
        ("has_trait", "Ada has the trait proud."),
        ("knows", "Ada knows engines."),
        ("knows", "wrote the first program"),
        ("knows", "The engine weaves."),
    }
    assert persona.summary == "counts"
    answer = Example(user="Can it think?", reply="It cannot.\nIt never will.")
    assert persona.examples == (Example(user="", reply="Good day."), answer)


def test_style_is_speech() -> None:
    """What holds in chats alone says so, for the way back."""
    report = Report()
    persona = roundtrips.read(_bytes(NEW_ADA), CURRENT, report)
    assert persona.speech == ("be precise", "In chat: be brief")
    assert persona.system_prompt == "You are Ada."
    assert [note.field for note in report.notes] == ["knowledge[1]", "knowledge[2]"]


def test_secrets_stay_in_the_file_they_are_in() -> None:
    """They are never read, so no file of ours, no log and no other program gets them."""
    value = {
        **NEW_ADA,
        "secrets": {"K": "hush"},
        "settings": {"secrets": {"K": "hush"}, "OPENAI_API_KEY": "hush"},
    }
    report = Report()
    persona = roundtrips.read(_bytes(value), CURRENT, report)
    assert report.lost_fields == ("settings.secrets", "settings.OPENAI_API_KEY", "secrets")
    assert "hush" not in json.dumps(persona_document(persona)) + "".join(report.lines())
    assert b"hush" not in roundtrips.write(persona, CURRENT)


def test_a_new_trait_is_one_more_adjective() -> None:
    """And nothing else changes."""

    def change(document: dict[str, Any]) -> None:
        document["nodes"].append({"id": "wit", "type": "trait", "label": "witty"})
        document["edges"].append({"source": "ada", "relation": "has_trait", "target": "wit"})

    changed = roundtrips.edited(_bytes(NEW_ADA), CURRENT, change)
    assert changed["adjectives"] == ["proud", "witty"]
    assert {**changed, "adjectives": ["proud"]} == {**NEW_ADA, "settings": changed["settings"]}


def test_a_new_name_goes_to_the_examples_too() -> None:
    """A speaker of another name would not be the character; its id stays, among the settings."""

    def change(document: dict[str, Any]) -> None:
        document["name"] = document["nodes"][0]["label"] = "Augusta"

    changed = roundtrips.edited(_bytes(NEW_ADA), CURRENT, change)
    messages = changed["messageExamples"][0]
    assert messages[1] == {"name": "Augusta", "content": {"text": "It cannot.", "actions": ["REPLY"]}}
    assert changed["name"] == "Augusta"
    kept = changed["settings"].pop("roleagent")["id"]
    assert kept == roundtrips.read(_bytes(NEW_ADA), CURRENT).id
    assert {**changed, "name": "Ada", "messageExamples": NEW_ADA["messageExamples"]} == NEW_ADA


def test_an_old_character_becomes_a_current_one_with_all_it_has() -> None:
    """Speakers are renamed, and what neither list holds goes along."""
    persona = roundtrips.read(_bytes(OLD_ADA), OLD)
    raw = roundtrips.content(roundtrips.write(persona, CURRENT), CURRENT)[0]
    assert [message["name"] for message in raw["messageExamples"][0]] == ["Ada", "{{name1}}", "Ada", "Ada"]
    assert raw["clients"] == ["discord"]
    assert "lore" not in raw
    assert raw["settings"]["roleagent"]["name"] == "Ada"


def test_a_current_character_becomes_an_old_one_with_every_required_key() -> None:
    """The old program takes no file without them."""
    raw = roundtrips.content(
        roundtrips.write(roundtrips.read(_bytes({"name": "A", "bio": "b"}), CURRENT), OLD), OLD
    )[0]
    required = ("bio", "lore", "messageExamples", "postExamples", "adjectives", "topics", "style")
    assert all(key in raw for key in required)
    assert raw["bio"] == ["b"]


@pytest.mark.parametrize("name", bundled_personas())
@pytest.mark.parametrize("form", [CURRENT, OLD])
def test_personas_of_ours_travel_whole(name: str, form: Any) -> None:
    """Among the settings, which may hold anything."""
    roundtrips.check_travels_whole(load_persona(name), form)


def test_only_keys_that_the_current_program_knows_are_written() -> None:
    """It refuses a file with any other."""
    known = {
        "id", "name", "username", "system", "templates", "bio", "messageExamples", "postExamples", "topics",
        "adjectives", "knowledge", "plugins", "settings", "secrets", "style",
    }  # fmt: skip
    for name in bundled_personas():
        raw = json.loads(roundtrips.write(load_persona(name), CURRENT))
        assert raw.keys() <= known
        assert {"name", "bio"} <= raw.keys()


@pytest.mark.parametrize(
    "changes",
    [
        {"name": None}, {"name": 5}, {"bio": None}, {"bio": 7}, {"bio": {"a": 1}}, {"bio": ["x", None, []]},
        {"lore": "one"}, {"style": []}, {"style": {"all": "one", "chat": 5}}, {"topics": {"a": 1}},
        {"messageExamples": "none"}, {"messageExamples": [None, [None, {"user": 1, "content": 2}]]},
        {"knowledge": "text"}, {"knowledge": [None, 5, {"content": 7}, "x" * 5_000]}, {"adjectives": [""]},
        {"name": "x" * 3_000, "system": "y" * 300_000},
    ],
)  # fmt: skip
def test_what_is_odd_is_read_and_kept(changes: dict[str, Any]) -> None:
    """A wrong field costs that field, never the character."""
    data = _bytes({**OLD_ADA, **changes})
    roundtrips.check_survives(data, OLD)
    assert roundtrips.content(roundtrips.write(roundtrips.read(data, OLD), OLD), OLD)[0] == json.loads(data)


@given(st.dictionaries(st.sampled_from(KEYS), roundtrips.junk(KEYS), max_size=8))
def test_any_json_gives_a_persona_and_comes_back(raw: dict[str, Any]) -> None:
    """Whatever stands where, without its secrets."""
    for form in (CURRENT, OLD):
        data = _bytes(raw)
        roundtrips.check_survives(data, form)
        back = roundtrips.write(roundtrips.read(data, form), form)
        assert json.dumps(json.loads(back)) == json.dumps(roundtrips.content(data, form)[0])
