"""The summaries of a memory: made from its record when asked to, found again when something is asked."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from langchain_core.embeddings import Embeddings

from roleagent.memory.summaries.extract import ExtractiveSummariser
from roleagent.memory.summaries.make import Workshop, bring_up_to_date
from roleagent.memory.summaries.policy import SummaryPolicy
from roleagent.memory.summaries.shelf import SummaryShelf, within_tokens
from roleagent.persona.graph import PersonaGraph
from roleagent.protocols import Cue, Summariser
from roleagent.store import Store
from roleagent.store.sight import may_see
from roleagent.types import Scope, Summary

_MAX_SHELVES = 32  # kept ready in RAM; others are read again when they are asked for


class SummaryKeeper:
    """The `Summaries` of a `RecordedMemory`.

    Args:
        store: the record.
        embedder: see `ExtractiveSummariser`.
        policy: how many summaries there are, and how long.
    """

    def __init__(
        self, store: Store, embedder: Embeddings | None, *, policy: SummaryPolicy | None = None
    ) -> None:
        self._store = store
        self._extract = ExtractiveSummariser(embedder)
        self._policy = policy or SummaryPolicy()
        self._shelves: OrderedDict[Scope, tuple[object, SummaryShelf]] = OrderedDict()
        self._lock = threading.Lock()

    def find(
        self,
        scope: Scope,
        cue: Cue | str | None = None,
        *,
        token_budget: int | None = None,
        besides: Collection[str] = (),
    ) -> list[Summary]:
        """See `Summaries.find`."""
        shelf = self._shelf(scope)
        text = cue.text if isinstance(cue, Cue) else cue
        found = shelf.latest_first if text is None else shelf.fitting(text, besides=frozenset(besides))
        return [*found] if token_budget is None else within_tokens(found, token_budget)

    def make(
        self,
        scope: Scope,
        *,
        graph_of: Callable[[Scope], PersonaGraph],
        now: datetime,
        summariser: Summariser | None = None,
        language: str = "en",
        stop: Callable[[], bool] = lambda: False,
    ) -> list[Summary]:
        """See `Summaries.make`."""
        return bring_up_to_date(
            Workshop(
                store=self._store,
                scope=scope,
                summariser=summariser or self._extract,
                extract=self._extract,
                graph_of=graph_of,
                policy=self._policy,
                language=language,
                now=now,
                stop=stop,
            )
        )

    def _shelf(self, scope: Scope) -> SummaryShelf:
        """What the scope may be given, as the record has it now."""
        state = self._store.owner(scope), self._store.summaries_state(scope)
        listener = replace(scope, thread_id="-")  # summaries of every thread
        with self._lock:
            known = self._shelves.pop(listener, None)
            if known is None or known[0] != state:
                seen = [each for each in self._store.summaries(scope) if may_see(scope, each.scope)]
                known = state, SummaryShelf(seen)
            self._shelves[listener] = known
            while len(self._shelves) > _MAX_SHELVES:
                self._shelves.popitem(last=False)
        return known[1]
