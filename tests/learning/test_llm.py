"""A language model reads what patterns cannot, and is believed only as far as the text bears it out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from roleagent import registry
from roleagent.errors import ModelError
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS
from roleagent.learning import LlmUpdater
from roleagent.protocols import GraphUpdater
from roleagent.testing.fakes import ScriptedModel
from roleagent.types import GraphUpdate

EMPTY = PersonaGraph(nodes=(), facts=(), relations=CORE_RELATIONS)


def note(**more: Any) -> dict[str, Any]:
    return {"about": "the writer", "relation": "lives_in", "value": "Lyon", "holds": "now", **more}


def answer(*notes: dict[str, Any]) -> AIMessage:
    call = {"name": "notes", "args": {"notes": list(notes)}, "id": "1", "type": "tool_call"}
    return AIMessage(content="", tool_calls=[call])


AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def read(text: str, *notes: dict[str, Any]) -> tuple[GraphUpdate, ScriptedModel]:
    model = ScriptedModel([answer(*notes)])
    return LlmUpdater(model).propose(EMPTY, text, AT, ("e1",)), model


def test_it_fits_the_protocol_and_has_a_name():
    """An agent names its updater, with the model after the colon."""
    assert isinstance(LlmUpdater(ScriptedModel()), GraphUpdater)
    assert "llm" in registry.names("updater")


def test_what_the_model_notes_goes_through_the_rules():
    """The same rules judge it, with less trust than a pattern earns."""
    update, _ = read("You could say that Lyon has had me as a citizen since 2019.", note())
    (fact,) = update.added
    assert (fact.object, fact.valid_from, fact.layer) == ("place:Lyon", "2019", "learned")
    assert fact.confidence < 0.7


def test_a_value_that_is_not_in_the_text_is_dropped():
    """A model that invents must not fill the memory."""
    assert read("What a lovely day in the garden.", note(value="Paris"))[0] == GraphUpdate()


def test_a_value_that_does_not_look_like_its_relation_is_dropped():
    """A small model took a lovely day for a place to live in."""
    text = "What a lovely day it is in the garden."
    assert read(text, note(value="a lovely day"))[0] == GraphUpdate()


def test_what_is_said_of_others_is_dropped():
    """The user's sister lives in Lyon."""
    assert read("My sister is at home in Lyon.", note(about="somebody else"))[0] == GraphUpdate()


@pytest.mark.parametrize(
    "text", ["Do I live in Lyon?", "I live in Lyon. Just kidding!", '"I live in Lyon now."']
)
def test_what_is_not_said_in_earnest_is_not_even_shown(text):
    """A small model takes a question for a statement; what it does not see it cannot misread."""
    model = ScriptedModel([])
    assert LlmUpdater(model).propose(EMPTY, text, AT, ("e1",)) == GraphUpdate()
    assert model.num_calls == 0


def test_the_model_is_held_to_a_schema_of_known_relations():
    """A grammar cannot name what the graph has no word for."""
    _, model = read("Lyon is home.", note())
    (schema,) = [tool["function"]["parameters"] for tool in model.options[0]["tools"]]
    assert "lives_in" in schema["$defs"]["_Note"]["properties"]["relation"]["enum"]


def test_notes_outside_the_schema_are_an_error():
    """Nothing half understood is kept."""
    with pytest.raises(ModelError, match="do not fit the schema"):
        read("I eat Lyon.", note(relation="eats"))


def test_a_failing_model_is_an_error_of_ours():
    """Whoever consolidates catches one kind of error."""
    model = ScriptedModel([RuntimeError("out of memory")])
    with pytest.raises(ModelError, match="out of memory"):
        LlmUpdater(model).propose(EMPTY, "I live in Lyon.", AT, ("e1",))
