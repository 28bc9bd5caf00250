"""Letta's agent files: the persona's block is read; programs, messages and secrets are left alone."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.formats.format import Report
from roleagent.formats.load import bundled_personas, load_persona, recognised
from roleagent.formats.others.letta import LETTA
from roleagent.formats.others.voxta import VOXTA
from roleagent.persona.as_document import persona_document
from roleagent.persona.problems import ReadError
from tests.formats import roundtrips

SOURCE = "import os; os.remove('everything')"
AGENT = {
    "id": "agent-0",
    "name": "sam",
    "system": "<base>",
    "block_ids": ["b0", "b1", "b2"],
    "memory_blocks": [],
    "tags": ["kind"],
    "tool_ids": ["tool-0"],
    "messages": [{"role": "user", "content": "Hi"}],
    "tool_exec_environment_variables": {},
    "llm_config": {"model": "small", "max_tokens": 5},
}
FILE = {
    "agents": [AGENT, {"name": "other"}],
    "groups": [],
    "blocks": [
        {"id": "b0", "label": "human", "value": "The user is Chad.", "limit": 9},
        {"id": "b3", "label": "persona", "value": "I am another agent's.", "limit": 9},
        {"id": "b1", "label": "notes", "value": "to do", "limit": 9},
        {"id": "b2", "label": "persona", "value": "\nI am Sam.\nI listen.\n", "limit": 9},
    ],
    "tools": [{"name": "x", "source_code": SOURCE}],
    "metadata": {"revision_id": "1"},
    "created_at": "2025-11-21T03:05:34.611233+00:00",
}
KEYS = [
    "agents", "blocks", "label", "value", "id", "block_ids", "memory_blocks", "name", "tags", "tools",
    "messages", "created_at", "metadata", "extensions",
]  # fmt: skip


def _bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_it_is_recognised_in_both_encodings() -> None:
    """Some files hold their JSON inside a JSON text."""
    assert recognised(_bytes(FILE)) is LETTA
    assert recognised(_bytes(json.dumps(FILE))) is LETTA
    assert not LETTA.recognises(b"", '"agents" in a text that is no JSON')
    assert not LETTA.recognises(b"", {"agents": []})


@pytest.mark.parametrize("data", [_bytes(FILE), _bytes(json.dumps(FILE))])
def test_a_file_comes_back(data: bytes) -> None:
    """Blocks in their places, and text in JSON where it was so."""
    persona = roundtrips.check_comes_back(data, LETTA)
    assert json.loads(roundtrips.write(persona, LETTA)) == json.loads(data) or isinstance(
        json.loads(data), str
    )
    once = json.loads(roundtrips.write(persona, LETTA))
    assert (json.loads(once) if isinstance(once, str) else once) == FILE


def test_the_persona_is_its_own_block() -> None:
    """Not another agent's, and not what is known of one user."""
    report = Report()
    persona = roundtrips.read(_bytes(FILE), LETTA, report)
    assert (persona.name, persona.summary) == ("sam", "I am Sam.\nI listen.")
    assert persona.credits.notes == "The user is Chad."
    assert persona.credits.tags == ("kind",)
    assert persona.credits.created_at == 1763694334
    said = [note.field for note in report.notes]
    assert said == [
        "agents[1]",
        "block human",
        "agents[0].messages",
        "agents[0].system",
        "tools",
        "blocks[0]",
        "blocks[1]",
    ]


def test_programs_are_data() -> None:
    """A tool's source is kept for the way back, and is no part of the persona."""
    document = persona_document(roundtrips.read(_bytes(FILE), LETTA))
    del document["extensions"]
    assert "everything" not in json.dumps(document)


def test_secrets_stay_in_the_file_they_are_in() -> None:
    """Environment variables of tools hold keys."""
    agent = {
        **AGENT,
        "tool_exec_environment_variables": {"KEY": "hush"},
        "secrets": [{"key": "K", "value": "hush"}],
    }
    report = Report()
    persona = roundtrips.read(_bytes({**FILE, "agents": [agent]}), LETTA, report)
    assert report.lost_fields == ("agents[0].tool_exec_environment_variables", "agents[0].secrets")
    assert "hush" not in json.dumps(persona_document(persona))
    assert b"hush" not in roundtrips.write(persona, LETTA)


def test_an_edit_changes_its_block_alone() -> None:
    """Found by its label, wherever in the list it stands; the character's id stays."""

    def change(document: dict[str, Any]) -> None:
        document["summary"] = "I am Samantha."

    persona = roundtrips.read(_bytes(FILE), LETTA)
    document = persona_document(persona)
    change(document)
    raw = roundtrips.edited(_bytes(FILE), LETTA, change)
    assert raw["persona"]["block"] == {**FILE["blocks"][3], "value": "I am Samantha."}
    before = roundtrips.content(_bytes(FILE), LETTA)[0]
    extensions = raw["file"].pop("extensions")  # the new text alone would make another id
    assert extensions["roleagent"]["id"] == persona.id
    assert {**raw, "persona": before["persona"]} == before


def test_blocks_inside_the_agent_are_read_too() -> None:
    """Where a file was written by hand."""
    agent = {"name": "sam", "memory_blocks": [{"label": "persona", "value": "I am Sam."}]}
    data = _bytes({"agents": [agent], "blocks": []})
    assert roundtrips.check_comes_back(data, LETTA).summary == "I am Sam."


@pytest.mark.parametrize("name", bundled_personas())
def test_personas_of_ours_travel_whole(name: str) -> None:
    """The persona in its block, and all of it beside the agents."""
    data = roundtrips.check_travels_whole(load_persona(name), LETTA)
    raw = json.loads(data)
    assert {
        "agents",
        "groups",
        "blocks",
        "files",
        "sources",
        "tools",
        "mcp_servers",
        "metadata",
    } <= raw.keys()
    assert raw["agents"][0]["block_ids"] == [block["id"] for block in raw["blocks"]]


@pytest.mark.parametrize(
    "value", [[], None, {}, {"agents": []}, {"agents": [None]}, {"agents": {}}, "no JSON", json.dumps("{}")]
)
def test_what_holds_no_agent_is_refused(value: Any) -> None:
    """There is nothing to make a persona of."""
    with pytest.raises(ReadError):
        LETTA.layout.unpack(_bytes(value), Report())


@given(
    st.dictionaries(st.sampled_from(KEYS), roundtrips.junk(KEYS), max_size=6),
    st.lists(
        st.fixed_dictionaries(
            {"label": st.sampled_from(["persona", "human", "x"])},
            optional={"id": st.sampled_from("ab"), "value": roundtrips.junk(["a"])},
        ),
        max_size=4,
    ),
    st.dictionaries(st.sampled_from(KEYS), roundtrips.junk(KEYS), max_size=4),
)
def test_any_json_gives_a_persona_and_comes_back(agent: Any, blocks: Any, rest: Any) -> None:
    """Whatever stands where."""
    data = _bytes({**rest, "agents": [agent], "blocks": blocks})
    roundtrips.check_survives(data, LETTA)
    back = roundtrips.write(roundtrips.read(data, LETTA), LETTA)
    assert repr(roundtrips.content(back, LETTA)) == repr(roundtrips.content(data, LETTA))


def test_what_is_kept_of_the_file_goes_through_other_programs() -> None:
    """A way there and back must not cost the agent its tools, even where the persona itself fits."""
    persona = roundtrips.read(_bytes(FILE), LETTA)
    again = roundtrips.read(roundtrips.write(persona, VOXTA), VOXTA)
    assert again == persona
    assert json.loads(roundtrips.write(again, LETTA)) == FILE


OLD = {
    "agent_type": "memgpt_agent",
    "core_memory": [
        {"label": "notes", "value": "to do", "limit": 5000},
        {"label": "persona", "value": "I am Sam.", "limit": 5000, "template_name": None},
        {"label": "human", "value": "The user is Chad.", "limit": 5000},
    ],
    "created_at": "2025-04-01T03:47:27",
    "in_context_message_indices": [0],
    "messages": [{"role": "system", "content": "<base>"}],
    "name": "sam",
    "system": "<base>",
    "tags": [],
    "tools": [{"name": "x", "source_code": SOURCE}],
    "tool_exec_environment_variables": [],
    "version": "0.6.47",
}
SHAPES = {
    "core_memory": OLD,
    "memory_blocks": {**{k: OLD[k] for k in OLD if k != "core_memory"}, "memory_blocks": OLD["core_memory"]},
    "memory.blocks": {
        **{k: OLD[k] for k in OLD if k != "core_memory"},
        "memory": {"blocks": OLD["core_memory"], "prompt_template": ""},
    },
    "block_ids": {
        **{k: OLD[k] for k in OLD if k != "core_memory"},
        "block_ids": ["b1", "b2"],
        "blocks": [
            {"id": "b0", "label": "persona", "value": "I am another."},
            {"id": "b1", "label": "persona", "value": "I am Sam."},
            {"id": "b2", "label": "human", "value": "The user is Chad."},
        ],
    },
}


@pytest.mark.parametrize("shape", list(SHAPES))
@pytest.mark.parametrize("num_texts", [0, 1, 2])
def test_a_single_agent_is_read_and_comes_back(shape: str, num_texts: int) -> None:
    """As files were at first, and as Letta's server says an agent; also as JSON in a text in a text."""
    value: Any = SHAPES[shape]
    for _ in range(num_texts):
        value = json.dumps(value)
    data = _bytes(value)
    assert recognised(data) is LETTA
    persona = roundtrips.check_comes_back(data, LETTA)
    assert (persona.name, persona.summary) == ("sam", "I am Sam.")
    assert (persona.credits.notes, persona.credits.created_at) == ("The user is Chad.", 1743479247)
    back = json.loads(roundtrips.write(persona, LETTA))
    for _ in range(num_texts):
        back = json.loads(back)
    assert back == SHAPES[shape]


@pytest.mark.parametrize("shape", list(SHAPES))
def test_an_edit_of_a_single_agent_changes_that_alone(shape: str) -> None:
    """And what has no place travels along beside the agent's keys."""
    persona = roundtrips.read(_bytes(SHAPES[shape]), LETTA)
    edited = dataclasses.replace(persona, summary="I am Samantha.", greeting="Hello.")
    data = roundtrips.write(edited, LETTA)
    back = json.loads(data)
    assert back.pop("extensions").keys() == {"roleagent"}
    assert json.dumps(back) == json.dumps(SHAPES[shape]).replace("I am Sam.", "I am Samantha.")
    read = roundtrips.read(data, LETTA)
    assert dataclasses.replace(read, extensions=()) == dataclasses.replace(edited, extensions=())


def test_what_is_odd_about_a_single_agent_is_said_where_it_stands() -> None:
    """There is no list of agents to speak of."""
    report = Report()
    roundtrips.read(_bytes(OLD), LETTA, report)
    said = [note.field for note in report.notes]
    assert said == ["block human", "messages", "system", "tools", "core_memory[0]"]


def test_a_new_block_goes_among_those_of_a_single_agent() -> None:
    """The list that agents share is not in such a file."""
    old = {**OLD, "core_memory": OLD["core_memory"][:2]}
    persona = roundtrips.read(_bytes(old), LETTA)
    credits = dataclasses.replace(persona.credits, notes="The user is Ada.")
    back = json.loads(roundtrips.write(dataclasses.replace(persona, credits=credits), LETTA))
    assert [block["label"] for block in back["core_memory"]] == ["notes", "human", "persona"]
    assert "blocks" not in back


def test_a_persona_block_may_have_a_name_of_its_own() -> None:
    """Agents that keep several say whose it is; one that is plainly called so comes first."""
    blocks = [{"label": "zeitgeist", "value": "calm"}, {"label": "void-persona", "value": "I am Void."}]
    agent = {"name": "void", "agent_type": "memgpt_agent", "core_memory": blocks}
    assert roundtrips.check_comes_back(_bytes(agent), LETTA).summary == "I am Void."
    agent["core_memory"] = [*blocks, {"label": "persona", "value": "I am myself."}]
    assert roundtrips.check_comes_back(_bytes(agent), LETTA).summary == "I am myself."


@pytest.mark.parametrize(
    "value",
    [{"agent_type": "x"}, {"core_memory": [{"label": "persona"}]}, {"agent_type": "x", "core_memory": {}}],
)
def test_other_tables_are_no_agent(value: Any) -> None:
    """Both a sign of Letta and a block are asked for."""
    assert not LETTA.recognises(b"", value)
    with pytest.raises(ReadError):
        LETTA.layout.unpack(_bytes(value), Report())


@given(
    st.dictionaries(st.sampled_from([*KEYS, *SHAPES, "memory"]), roundtrips.junk(KEYS), max_size=6),
    st.sampled_from(["core_memory", "memory_blocks"]),
)
def test_any_single_agent_gives_a_persona_and_comes_back(agent: Any, place: str) -> None:
    """Whatever stands beside its blocks."""
    agent = {**agent, "agent_type": "x", place: [{"label": "persona", "value": "I am."}, agent]}
    agent.pop("agents", None)
    data = _bytes(agent)
    roundtrips.check_survives(data, LETTA)
    back = roundtrips.write(roundtrips.read(data, LETTA), LETTA)
    assert repr(roundtrips.content(back, LETTA)) == repr(roundtrips.content(data, LETTA))
