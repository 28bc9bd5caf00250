"""Characters of text-generation-webui and of Pygmalion."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.formats.format import Report
from roleagent.formats.load import bundled_personas, load_persona, recognised
from roleagent.formats.others.oobabooga import OOBABOOGA, PYGMALION
from roleagent.persona.persona import Example
from roleagent.persona.problems import ReadError
from tests.formats import roundtrips

YAML = b"""name: Ada
greeting: Do come in.
context: |-
  Ada's Persona: counts, and knows it.
  {{user}} visits her.
example_dialogue: |-
  {{user}}: Can it think?
  {{char}}: It cannot.
  You: Never?
  Ada: Never.
turn_template: <|user|>x<|bot|>
your_name: Reader
"""
JSON = {
    "char_name": "Ada",
    "char_persona": "counts",
    "world_scenario": "a study",
    "char_greeting": "Do come in.",
    "example_dialogue": "You: Can it think?\nAda: It cannot.",
    "extra": [1],
}
KEYS = ["char_name", "char_persona", "world_scenario", "char_greeting", "example_dialogue", "extensions"]


def test_they_are_recognised() -> None:
    """And nothing else is taken for them, for their keys are plain words."""
    assert recognised(YAML) is OOBABOOGA
    assert recognised(YAML.replace(b"name:", b"bot:")) is OOBABOOGA
    assert recognised(json.dumps(JSON).encode()) is PYGMALION
    assert not OOBABOOGA.recognises(b"", {"name": "A", "context": "b", "spec": "chara_card_v2"})
    assert not OOBABOOGA.recognises(b"", {"name": "A", "context": ["b"]})


def test_a_yaml_character_is_read() -> None:
    """Every text at its place."""
    persona = roundtrips.check_comes_back(YAML, OOBABOOGA)
    assert persona.name == "Ada"
    assert persona.greeting == "Do come in."
    assert persona.summary == "Ada's Persona: counts, and knows it.\n{{user}} visits her."
    assert persona.examples == (
        Example(user="Can it think?", reply="It cannot."),
        Example(user="Never?", reply="Never."),
    )


def test_a_json_character_is_read() -> None:
    """Every text at its place."""
    persona = roundtrips.check_comes_back(json.dumps(JSON).encode(), PYGMALION)
    assert (persona.summary, persona.scenario) == ("counts", "a study")
    assert persona.examples == (Example(user="Can it think?", reply="It cannot."),)


def test_an_edit_changes_its_field_alone() -> None:
    """The dialogue keeps the file's own way of naming speakers."""

    def change(document: dict[str, Any]) -> None:
        document["greeting"] = "Go away."

    before = roundtrips.content(YAML, OOBABOOGA)[0]
    assert roundtrips.edited(YAML, OOBABOOGA, change) == {**before, "greeting": "Go away."}
    data = json.dumps(JSON).encode()
    assert roundtrips.edited(data, PYGMALION, change) == {**JSON, "char_greeting": "Go away."}


@pytest.mark.parametrize("name", bundled_personas())
@pytest.mark.parametrize("form", [OOBABOOGA, PYGMALION])
def test_personas_of_ours_travel_whole(name: str, form: Any) -> None:
    """Under a key that the programs pass over."""
    data = roundtrips.check_travels_whole(load_persona(name), form)
    assert recognised(data) is form


@pytest.mark.parametrize(
    "data", [b"name: [", b"\xff", b"- a", b"name: &a b", b'{"name": "\\ud800", "context": ""}']
)
def test_what_is_no_such_file_is_refused(data: bytes) -> None:
    """With the one error there is."""
    with pytest.raises(ReadError):
        OOBABOOGA.layout.unpack(data, Report())


@pytest.mark.parametrize(
    "changes",
    [
        {"char_name": None}, {"char_name": ""}, {"char_name": ["a"]}, {"char_persona": 1e308},
        {"char_greeting": {}}, {"example_dialogue": "You: Hello."}, {"example_dialogue": "x" * 300_000},
        {"world_scenario": True},
    ],
)  # fmt: skip
def test_what_is_odd_is_read_said_and_kept(changes: dict[str, Any]) -> None:
    """A wrong field costs that field, never the character."""
    data = json.dumps({**JSON, **changes}).encode()
    report = Report()
    back = roundtrips.write(roundtrips.read(data, PYGMALION, report), PYGMALION)
    assert json.loads(back) == json.loads(data)
    assert report.notes or changes == {"char_persona": 1e308}


@given(st.dictionaries(st.sampled_from(KEYS), roundtrips.junk(KEYS), max_size=6))
def test_any_json_gives_a_persona_and_comes_back(raw: dict[str, Any]) -> None:
    """Whatever stands where."""
    data = json.dumps(raw).encode()
    roundtrips.check_survives(data, PYGMALION)
    back = roundtrips.write(roundtrips.read(data, PYGMALION), PYGMALION)
    assert json.dumps(json.loads(back)) == json.dumps(raw)


@given(st.binary(max_size=60), st.sampled_from(["name: ", "context: ", "\n", "- ", "{", "'"]))
def test_any_bytes_are_read_or_refused(tail: bytes, word: str) -> None:
    """A YAML reader meets a stranger's text."""
    roundtrips.check_survives(b"name: A\ncontext: b\n" + word.encode() + tail, OOBABOOGA)
