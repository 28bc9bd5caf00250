"""Published fakes for what a turn teaches and which facts matter: small, and known beforehand."""

from __future__ import annotations

from collections.abc import Sequence

from roleagent.persona.graph import PersonaGraph
from roleagent.types import Fact, GraphUpdate, Observation, Turn


class FixedUpdater:
    """A `GraphUpdater` that proposes the same update after every turn."""

    def __init__(self, update: GraphUpdate | None = None) -> None:
        self._update = update or GraphUpdate()

    def propose(self, graph: PersonaGraph, turn: Turn, observations: Sequence[Observation]) -> GraphUpdate:
        """The update it was made with, whatever was said."""
        return self._update


class FirstFacts:
    """A `FactRanker` that takes the facts of the graph in the order in which they stand there."""

    def rank(self, graph: PersonaGraph, query: str, *, limit: int) -> Sequence[Fact]:
        """The first `limit` facts that hold, unscored."""
        return [fact for fact in graph.facts.values() if fact.valid_to is None][:limit]
