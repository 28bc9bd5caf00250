"""Which facts stand at the start of every prompt, where the model reads them once and not in every turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roleagent.language.tokens import estimated_tokens
from roleagent.types import Fact

if TYPE_CHECKING:
    from roleagent.graph.graph import PersonaGraph
    from roleagent.persona.persona import Persona

_CORE_TOKENS = 900  # of all facts of a small persona
_MAX_CORE = 60


def facts_in_core(persona: Persona, graph: PersonaGraph | None = None) -> tuple[Fact, ...]:
    """The facts at the start of every prompt: all of a small persona, else those of `facts_of_self`.

    The start stays in the model's cache, so that what stands there is read once and not in every turn.
    """
    graph = persona.graph if graph is None else graph
    every = tuple(fact for fact in graph.facts.values() if fact.layer != "learned" and fact.valid_to is None)
    if len(every) <= _MAX_CORE and sum(estimated_tokens(fact.text) + 2 for fact in every) <= _CORE_TOKENS:
        return every
    return facts_of_self(persona, graph)


def facts_of_self(persona: Persona, graph: PersonaGraph | None = None) -> tuple[Fact, ...]:
    """The functional facts of the persona that hold now: home, age, kin. They belong to its stable core.

    Learned facts are not included, except facts of the layer `current`, such as where the character is.
    """
    graph = persona.graph if graph is None else graph
    return tuple(
        fact
        for fact in graph.facts_of(persona.node_id)
        if fact.subject == persona.node_id
        and fact.valid_to is None
        and fact.layer != "learned"
        and graph.is_functional(fact.relation)
        and fact.relation not in ("is_called", "has_gender")
    )
