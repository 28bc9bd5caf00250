"""The summaries of a memory: made from its record when asked to, found again when something is asked."""

from __future__ import annotations

import math
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime

from langchain_core.embeddings import Embeddings

from roleagent.graph.graph import PersonaGraph
from roleagent.language.tokens import STOP_WORDS, estimated_tokens, stem, terms
from roleagent.memory.summaries.extract import ExtractiveSummariser
from roleagent.memory.summaries.make import Workshop, bring_up_to_date
from roleagent.memory.summaries.plan import SummaryPolicy
from roleagent.protocols import Cue, Summariser
from roleagent.store import Store
from roleagent.types import Owner, Sight, Summary

_MIN_SHARED = 0.2  # of what a cue's words tell, for a summary to fit it
_LATEST = 0.1  # the score of the latest session: it fits whatever is asked
_TOKENS_BESIDE = 12  # that the prompt spends on a summary's dates


class SummaryShelf:
    """The summaries that one listener may be given, ready to be looked through."""

    def __init__(self, summaries: Sequence[Summary]) -> None:
        self.latest_first = sorted(summaries, key=lambda each: (each.last_at, each.id), reverse=True)
        self._words_of = [_content(summary.text) for summary in self.latest_first]
        self._num_with = Counter(term for words in self._words_of for term in words)

    def fitting(self, cue: str, *, besides: Collection[str] = ()) -> list[Summary]:
        """Those whose words match a cue, best first, and the latest session; each with its score, 0–1.

        Summaries of only episodes that the caller already has (`besides`) are left out.
        """
        asked = _content(cue)
        whole = sum(map(self._information, asked)) or 1.0
        found: list[Summary] = []
        has_session = False
        for summary, words in zip(self.latest_first, self._words_of, strict=True):
            if summary.level != "reflection" and _is_at_hand(summary, besides):
                continue
            score = sum(map(self._information, asked & words)) / whole
            if score >= _MIN_SHARED:
                found.append(replace(summary, score=score))
            elif summary.level == "session" and not has_session:
                found.append(replace(summary, score=_LATEST))
            has_session = has_session or summary.level == "session"
        return sorted(found, key=lambda each: each.score or 0.0, reverse=True)  # of equals the later one

    def _information(self, term: str) -> float:
        num_with = self._num_with[term]
        return math.log(1 + (len(self.latest_first) - num_with + 0.5) / (num_with + 0.5))


def _is_at_hand(summary: Summary, besides: Collection[str]) -> bool:
    return len(summary.sources) <= len(besides) and set(summary.sources).issubset(besides)


def _content(text: str) -> frozenset[str]:
    return frozenset(stem(term) for term in terms(text) if term not in STOP_WORDS)


def within_tokens(summaries: Sequence[Summary], num_tokens: int) -> list[Summary]:
    """The first that fit together; one that does not is passed over for the next."""
    kept = []
    for summary in summaries:
        cost = estimated_tokens(summary.text) + _TOKENS_BESIDE
        if cost <= num_tokens:
            kept.append(summary)
            num_tokens -= cost
    return kept


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
        self._shelves: OrderedDict[tuple[Owner, Sight], tuple[object, SummaryShelf]] = OrderedDict()
        self._lock = threading.Lock()

    def find(
        self,
        owner: Owner,
        sight: Sight,
        cue: Cue | str | None = None,
        *,
        token_budget: int | None = None,
        besides: Collection[str] = (),
    ) -> list[Summary]:
        """See `Summaries.find`."""
        shelf = self._shelf(owner, sight)
        text = cue.text if isinstance(cue, Cue) else cue
        found = shelf.latest_first if text is None else shelf.fitting(text, besides=frozenset(besides))
        return [*found] if token_budget is None else within_tokens(found, token_budget)

    def make(
        self,
        owner: Owner,
        *,
        graph_of: Callable[[Sight], PersonaGraph],
        now: datetime,
        summariser: Summariser | None = None,
        language: str = "en",
        stop: Callable[[], bool] = lambda: False,
    ) -> list[Summary]:
        """See `Summaries.make`."""
        return bring_up_to_date(
            Workshop(
                store=self._store,
                owner=owner,
                summariser=summariser or self._extract,
                extract=self._extract,
                graph_of=graph_of,
                policy=self._policy,
                language=language,
                now=now,
                stop=stop,
            )
        )

    def _shelf(self, owner: Owner, sight: Sight) -> SummaryShelf:
        """What may be seen, as the record has it now."""
        state = self._store.state(owner), self._store.summaries_state(owner)
        with self._lock:
            known = self._shelves.pop((owner, sight), None)
            if known is None or known[0] != state:
                seen = [each for each in self._store.summaries(owner) if sight.may_see(each.sight)]
                known = state, SummaryShelf(seen)
            self._shelves[owner, sight] = known
            while len(self._shelves) > _MAX_SHELVES:
                self._shelves.popitem(last=False)
        return known[1]
