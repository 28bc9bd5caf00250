"""A persona's version changes with what its file says, and with nothing else."""

from dataclasses import replace

import pytest

from roleagent.formats.load import load_persona
from roleagent.graph.graph import PersonaGraph
from roleagent.persona.persona import Persona
from roleagent.persona.version import persona_version


@pytest.fixture
def ada(write, small_text) -> Persona:
    return load_persona(write(small_text))


def test_layout_and_order_do_not_count(ada: Persona, write, small_text: str) -> None:
    """An adapter stays good when somebody adds a comment or sorts the file."""
    version = persona_version(ada)
    assert len(version) == 12
    assert persona_version(load_persona(write("# a comment\n" + small_text + "\n"))) == version
    graph = ada.graph
    turned = PersonaGraph(
        nodes=list(graph.nodes.values())[::-1],
        facts=list(graph.facts.values())[::-1],
        relations=graph.relations,
    )
    assert persona_version(replace(ada, graph=turned)) == version


def test_every_text_and_fact_counts(ada: Persona) -> None:
    """What the adapter was trained to say is no longer what the file says."""
    graph = ada.graph
    fact = next(iter(graph.facts.values()))
    fewer = PersonaGraph(
        nodes=graph.nodes.values(),
        facts=[each for each in graph.facts.values() if each is not fact],
        relations=graph.relations,
    )
    changed = [replace(ada, summary=f"{ada.summary}!"), replace(ada, graph=fewer), replace(ada, id="eve")]
    versions = [persona_version(each) for each in (ada, *changed)]
    assert len(set(versions)) == 4
