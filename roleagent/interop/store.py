"""LangGraph's store over episodic memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from langgraph.store.base import (
    BaseStore,
    GetOp,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    Result,
    SearchOp,
    TTLConfig,
    validate_op_namespace,
)

from roleagent.concurrency.blocking import run_blocking
from roleagent.errors import InputError
from roleagent.interop.episodes import EpisodeView, refuse_values
from roleagent.interop.filters import check_filter
from roleagent.interop.items import ItemSearch, ItemView
from roleagent.interop.namespaces import Labels, Place, place_of
from roleagent.protocols import MemoryWithRecord
from roleagent.types import STRANGER, Owner, Sight


class MemoryStore(BaseStore):
    """A `BaseStore` for any compiled LangGraph graph, on disk and separate for each persona and user.

    Under ``("memories", PERSONA, USER, …)`` an application puts, gets, searches and deletes its own data.
    Under ``("episodes", PERSONA, USER, THREAD)`` it reads what was said, which the agent writes. A namespace
    without a persona and a user is refused before anything is read. Forgetting a user erases both.

    A batch reads first and writes then; what it writes for one persona and user is one transaction. An
    expired item is no longer returned, and the next write for its user erases it.

    Args:
        memory: provides the record and the embedder; it stays open when the store is closed.
        fields: paths of the values' texts that a search uses; ``$`` is the whole value.
        ttl: see LangGraph's `TTLConfig`. Expired items are never returned, whatever it says.
        sight: which listener the users are, and the moment of the story.
        now: returns the present, with a time zone.
    """

    supports_ttl = True
    __slots__ = ("_episodes", "_items", "_search", "_sight", "ttl_config")

    def __init__(
        self,
        memory: MemoryWithRecord,
        *,
        fields: Sequence[str] = ("$",),
        ttl: TTLConfig | None = None,
        sight: Sight = STRANGER,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.ttl_config = ttl
        self._sight = sight
        self._search = ItemSearch(memory.store.items, memory.embedder)
        self._items = ItemView(memory.store.items, self._search, fields=fields, now=now)
        self._episodes = EpisodeView(memory)

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Run operations: first the reads in order, then the writes, of which the last one for a key counts.

        Raises:
            InputError: a namespace names no persona and user, or an operation is invalid.
        """
        placed = [(op, self._place(op)) for op in ops]
        results = [None if isinstance(op, PutOp) else self._read(op, place) for op, place in placed]
        last = {(op.namespace, op.key): (op, place) for op, place in placed if isinstance(op, PutOp)}
        self._write(list(last.values()))
        return results

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """The same, in a worker thread."""
        return await run_blocking(lambda: self.batch(ops))

    def erase_expired(self, owner: Owner) -> int:
        """Erase expired items of a persona and user; return how many."""
        return self._items.erase_expired(owner)

    def close(self) -> None:
        """Drop what is cached in RAM; the memory stays open."""
        self._search.close()

    def _place(self, op: Op) -> Place:
        """The place of an operation; all operations are checked before any runs."""
        validate_op_namespace(op)
        place = place_of(_labels(op), self._sight)
        if isinstance(op, SearchOp):
            check_filter(op.filter)
        elif isinstance(op, PutOp) and place.root == "episodes":
            refuse_values(op)
        return place

    def _read(self, op: GetOp | SearchOp | ListNamespacesOp, place: Place) -> Result:
        view = self._items if place.root == "memories" else self._episodes
        if isinstance(op, GetOp):
            return view.get(op, place)
        if isinstance(op, SearchOp):
            return view.search(op, place)
        conditions = op.match_conditions or ()
        fitting = [each for each in view.namespaces(place) if all(_fits(each, one) for one in conditions)]
        return sorted({labels[: op.max_depth] for labels in fitting})[op.offset : op.offset + op.limit]

    def _write(self, ops: Sequence[tuple[PutOp, Place]]) -> None:
        of_owner: dict[Owner, list[tuple[PutOp, Place]]] = {}
        for op, place in ops:
            if place.root == "episodes":
                self._episodes.erase(op, place)
            else:
                of_owner.setdefault(place.owner, []).append((op, place))
        for owner, changes in of_owner.items():
            self._items.change(changes, owner)


def _labels(op: Op) -> Sequence[str]:
    """The namespace of an operation."""
    if isinstance(op, SearchOp):
        return op.namespace_prefix
    if isinstance(op, ListNamespacesOp):
        prefixes = (each.path for each in op.match_conditions or () if each.match_type == "prefix")
        return max(prefixes, key=len, default=())
    return op.namespace


def _fits(labels: Labels, condition: MatchCondition) -> bool:
    """Whether a namespace begins or ends as a condition says; a star there stands for any label."""
    path = condition.path
    if condition.match_type == "suffix":
        labels, path = labels[::-1], path[::-1]
    elif condition.match_type != "prefix":
        raise InputError(f"Namespaces are matched by prefix or suffix, not by {condition.match_type!r}.")
    return len(labels) >= len(path) and all(
        mine == other or other == "*" for mine, other in zip(labels, path, strict=False)
    )
