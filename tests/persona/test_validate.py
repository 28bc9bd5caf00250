"""Tests of what is said of a key that nobody knows: it names the keys of the place that it stands in."""

import copy
from typing import Any

import pytest

from roleagent.errors import PersonaFileError
from roleagent.formats.values import as_table
from roleagent.persona.build import build_persona
from roleagent.persona.document import (
    AssetEntry,
    ChapterEntry,
    CreditsEntry,
    EdgeEntry,
    ExampleEntry,
    HorizonEntry,
    NodeEntry,
    PersonaDocument,
    RelationEntry,
    RenderingEntry,
)
from roleagent.persona.fields import LorebookModel, LoreEntryModel

DOCUMENT: dict[str, Any] = {
    "roleagent": 1,
    "id": "tess",
    "name": "Tess",
    "summary": "You are Tess.",
    "nodes": [{"id": "tess", "type": "person", "label": "Tess"}],
    "edges": [{"source": "tess", "relation": "likes", "value": "clocks"}],
    "examples": [{"user": "Hi.", "reply": "Hello."}],
    "horizon": {"until": "1900"},
    "chapters": [{"id": "one", "date": "1880"}],
    "assets": [{"kind": "icon", "name": "main"}],
    "credits": {"creator": "qa"},
    "relations": {"mends": {"text": {"en": "{subject} mends {object}"}}},
    "renderings": {"de": {"name": "Tess", "examples": [{"user": "Na?", "reply": "Tja."}]}},
    "lorebooks": [{"name": "b", "entries": [{"id": "g", "keys": ["debt"], "content": "Ask."}]}],
}
PLACES = [
    ((), PersonaDocument),
    (("nodes", 0), NodeEntry),
    (("edges", 0), EdgeEntry),
    (("examples", 0), ExampleEntry),
    (("horizon",), HorizonEntry),
    (("chapters", 0), ChapterEntry),
    (("assets", 0), AssetEntry),
    (("credits",), CreditsEntry),
    (("relations", "mends"), RelationEntry),
    (("renderings", "de"), RenderingEntry),
    (("renderings", "de", "examples", 0), ExampleEntry),
    (("lorebooks", 0), LorebookModel),
    (("lorebooks", 0, "entries", 0), LoreEntryModel),
]


def error_of(place: tuple[str | int, ...], key: str) -> str:
    document = copy.deepcopy(DOCUMENT)
    table = document
    for step in place:
        table = table[step]
    table[key] = "x"
    with pytest.raises(PersonaFileError) as caught:
        build_persona(as_table(document), source="tess.yaml")
    return str(caught.value)


@pytest.mark.parametrize(("place", "model"), PLACES)
def test_an_unknown_key_is_told_the_keys_of_its_place(place, model):
    """Those of the header, which were named for all, are refused there too."""
    assert f"Known: {', '.join(sorted(model.model_fields))}." in error_of(place, "zzzzz")


@pytest.mark.parametrize(("place", "model"), PLACES)
def test_a_mistyped_key_is_told_which_was_meant(place, model):
    """At every place, with a letter too many."""
    meant = max(model.model_fields, key=len)
    assert f"Did you mean {meant!r}?" in error_of(place, f"{meant}x")
