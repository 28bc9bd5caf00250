"""The JSON Schema in the repository is that of the code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from roleagent.formats import find
from roleagent.formats.convert import bytes_in
from roleagent.formats.format import Report
from roleagent.formats.values import as_table
from roleagent.persona.build import build_persona
from roleagent.persona.document import bounded_id, json_schema, literal_id
from tests.formats.kinds import NOTATIONS

SCHEMA = Path(__file__).parents[2] / "personas" / "persona.schema.json"


def test_the_schema_file_is_up_to_date():
    """Editors check against it; `roleagent persona schema > personas/persona.schema.json` renews it."""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == json_schema()


def test_ids_are_bounded_and_stay_apart():
    """A fact of the longest text is named like any other."""
    assert bounded_id("a" * 2_000) == "a" * 2_000
    assert literal_id("short") == "literal:short"
    one, other = (literal_id("a" * 1_999 + end) for end in "bc")
    assert one != other
    assert len(one) == 2_000


@pytest.mark.parametrize("name", NOTATIONS)
def test_the_longest_values_and_ids_come_back(name):
    """Graph tools are given the id of each edge, which is made of three others."""
    node_id = "b" * 2_000
    document = {
        "roleagent": 1,
        "id": "ada",
        "name": "Ada",
        "summary": "You are Ada.",
        "nodes": [
            {"id": "ada", "type": "person", "label": "Ada"},
            {"id": node_id, "type": "person", "label": "Babbage"},
        ],
        "edges": [
            {"source": "ada", "relation": "knows", "value": "x" * 2_000},
            {"source": "ada", "relation": "friend_of", "target": node_id, "valid_from": "1833"},
            {"source": "ada", "relation": "friend_of", "target": node_id, "valid_from": "1840"},
        ],
    }
    persona = build_persona(as_table(document), source="")
    data = bytes_in(persona, name, Report())
    assert build_persona(find(name).read(data, Report()), source="") == persona
