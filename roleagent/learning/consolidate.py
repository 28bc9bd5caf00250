"""Idle consolidation: read episodes that were not read yet, and merge facts that were noted twice.

It runs in idle hours, never while a user waits.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime

from roleagent.errors import RoleAgentError
from roleagent.graph.graph import PersonaGraph
from roleagent.learning.rules import applied, merge_duplicates
from roleagent.protocols import GraphUpdater
from roleagent.types import Episode, Fact, GraphUpdate, HeldBack, Node

MAX_EPISODES = 20
TIMEOUT_S = 60.0


def consolidate(
    graph: PersonaGraph,
    episodes: Iterable[Episode],
    *,
    updater: GraphUpdater,
    at: datetime,
    max_episodes: int = MAX_EPISODES,
    timeout_s: float = TIMEOUT_S,
) -> GraphUpdate:
    """Run an updater over the user's episodes, oldest first, and merge near-duplicates among learned facts.

    The clock is read between episodes. An episode that has begun is finished, so a slow updater should limit
    its own time too. Canon and fixed facts stay as they are. Nothing is written; the caller commits.

    Args:
        graph: what is known.
        episodes: those not read yet; the persona's own are skipped, as they are no evidence.
        updater: what reads them, such as `LlmUpdater`.
        at: the present, UTC; it dates what is merged.
        max_episodes: how many are read at most.
        timeout_s: after so many seconds no further episode is read.

    Raises:
        RoleAgentError: the updater failed on the first episode; what was read before a later failure is kept.
    """
    own = sorted((each for each in episodes if each.speaker == "user"), key=lambda each: each.at)
    gathered = _Gathered(graph)
    deadline = time.monotonic() + timeout_s
    for number, episode in enumerate(own[: max(0, max_episodes)]):
        if time.monotonic() >= deadline:
            break
        try:
            update = updater.propose(gathered.graph, episode.text, episode.at, (episode.id,))
        except RoleAgentError:
            if number == 0:
                raise
            break
        gathered.take(update, at=episode.at)
    gathered.take(merge_duplicates(gathered.graph, at=at), at=at)
    return gathered.as_update()


class _Gathered:
    """Several updates as one: each was proposed on the graph as the ones before it leave it."""

    def __init__(self, graph: PersonaGraph) -> None:
        self._first = graph
        self.graph = graph
        self._nodes: dict[str, Node] = {}
        self._added: dict[str, Fact] = {}
        self._superseded: dict[str, Fact] = {}
        self._merged: dict[str, Fact] = {}
        self._held_back: list[HeldBack] = []

    def take(self, update: GraphUpdate, *, at: datetime) -> None:
        """Add one more update."""
        self.graph = applied(self.graph, update, at=at)
        self._nodes.update({node.id: node for node in update.nodes})
        self._held_back.extend(update.held_back)
        for fact in update.added:
            self._added[fact.id] = fact
        for fact in update.merged:
            self._put(fact, self._merged)
        for fact in update.superseded:
            self._merged.pop(fact.id, None)
            self._put(fact, self._superseded)

    def _put(self, fact: Fact, place: dict[str, Fact]) -> None:
        """Note a changed fact; if this update added it, change it there, or remove it if it is taken back."""
        if fact.id not in self._added:
            place[fact.id] = fact
        elif fact.superseded_at is None:
            self._added[fact.id] = fact
        else:
            del self._added[fact.id]

    def as_update(self) -> GraphUpdate:
        """All of it, for one commit."""
        needed = {end for fact in self._added.values() for end in (fact.subject, fact.object)}
        return GraphUpdate(
            nodes=tuple(node for node in self._nodes.values() if node.id in needed),
            added=tuple(self._added.values()),
            superseded=tuple(self._superseded.values()),
            merged=tuple(self._merged.values()),
            held_back=tuple(self._held_back),
        )
