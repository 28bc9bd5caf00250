"""The summaries of a memory: made from its record when asked to, found again when something is asked.

They are made one step at a time. If that is stopped, the next run goes on. Each summary is a transaction of
its own, under an id made of its sources. Nothing is dropped before everything that replaces it is there, so a
run that is stopped or killed leaves nothing twice and nothing half done.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from langchain_core.embeddings import Embeddings

from roleagent.errors import RoleAgentError
from roleagent.graph.graph import PersonaGraph
from roleagent.language.tokens import STOP_WORDS, estimated_tokens, stem, terms
from roleagent.memory.summaries.extract import ExtractiveSummariser, line_of_summary, lines_of, pick
from roleagent.memory.summaries.plan import (
    Planned,
    Session,
    SummaryPolicy,
    as_summary,
    cut_sessions,
    findings,
    plan,
)
from roleagent.protocols import Cue, Line, Passage, Summariser
from roleagent.store import EpisodeMark, Store
from roleagent.types import Owner, Sight, Summary

_log = logging.getLogger(__name__)

_MIN_SHARED = 0.2  # share of the information in a cue's words that a summary must hold to fit it
_LATEST = 0.1  # the score of the latest session, which fits any cue
_TOKENS_BESIDE = 12  # that the prompt spends on a summary's dates


class SummaryShelf:
    """The summaries that one listener may see, ready to be searched."""

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
            is_short = len(summary.sources) <= len(besides)  # else it is not worth building a set
            if summary.level != "reflection" and is_short and set(summary.sources).issubset(besides):
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


def _content(text: str) -> frozenset[str]:
    return frozenset(stem(term) for term in terms(text) if term not in STOP_WORDS)


def within_tokens(summaries: Sequence[Summary], num_tokens: int) -> list[Summary]:
    """The first summaries that fit together; one that does not fit is skipped."""
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


# ── making them ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What summaries are made with.

    Attributes:
        summariser: writes the summaries.
        extract: writes them if `summariser` fails or returns nothing.
        graph_of: returns the persona's graph as a listener meets it.
        language: of reflections.
        now: UTC.
        stop: returns whether to stop; called before every step.
    """

    store: Store
    owner: Owner
    summariser: Summariser
    extract: Summariser
    graph_of: Callable[[Sight], PersonaGraph]
    policy: SummaryPolicy
    language: str
    now: datetime
    stop: Callable[[], bool]


def bring_up_to_date(shop: Workshop) -> list[Summary]:
    """Make the summaries that are missing and drop those no longer planned; return the new ones."""
    marks = shop.store.episode_marks(shop.owner)
    sessions = cut_sessions(marks, pause=shop.policy.pause, now=shop.now)
    wanted = plan(sessions, shop.policy, shop.now)
    reflections = _reflections(shop, marks, sessions)
    kept = {summary.id: summary for summary in shop.store.summaries(shop.owner)}
    new: list[Summary] = []
    for summary in _missing(shop, wanted, kept):
        if shop.store.write_summaries(shop.owner, [summary]):
            new.append(summary)
        kept[summary.id] = summary
    if shop.stop():
        return new
    fresh = [each for each in reflections if each.id not in kept]
    wanted_ids = {*(each.id for each in wanted), *(each.id for each in reflections)}
    drop = [id_ for id_ in kept if id_ not in wanted_ids]
    if fresh or drop:
        shop.store.write_summaries(shop.owner, fresh, drop=drop)
    return [*new, *fresh]


def _missing(shop: Workshop, wanted: Sequence[Planned], kept: dict[str, Summary]) -> Iterator[Summary]:
    """The summaries that are planned and do not exist yet, each made when the caller asks for the next."""
    for planned in wanted:
        if planned.id in kept:
            continue
        if shop.stop():
            return
        summary = _make(shop, planned, kept)
        if summary is not None:
            yield summary


def _make(shop: Workshop, planned: Planned, kept: dict[str, Summary]) -> Summary | None:
    is_session = planned.level == "session"
    lines = _session_lines(shop, planned.sessions[0]) if is_session else _period_lines(shop, planned, kept)
    if not lines:
        return None
    max_tokens = shop.policy.session_tokens if is_session else shop.policy.period_tokens
    passage = Passage(lines=tuple(lines), max_tokens=max_tokens, stop=shop.stop)
    text, made_by = _sum_up(shop, passage)
    if not text:
        return None
    return Summary(
        id=planned.id,
        thread=planned.thread,
        sight=planned.sight,
        level=planned.level,
        text=text,
        sources=planned.sources,
        first_at=min(session.first_at for session in planned.sessions),
        last_at=planned.sessions[-1].last_at,
        made_at=shop.now,
        made_by=made_by,
    )


def _sum_up(shop: Workshop, passage: Passage) -> tuple[str, str]:
    """A summary and what made it; both empty if it was stopped, an empty text if nothing was worth it."""
    try:
        text = shop.summariser.summarise(passage)
    except RoleAgentError as error:
        _log.warning(
            "%s could not sum up, so sentences are taken as they were: %s", shop.summariser.name, error
        )
        text = ""
    if shop.stop():
        return "", ""
    if text:
        return text, shop.summariser.name
    return shop.extract.summarise(passage), shop.extract.name


def _session_lines(shop: Workshop, session: Session) -> list[Line]:
    episodes = shop.store.episodes_of(shop.owner, session.sources)
    facts = shop.graph_of(session.sight).facts.values()
    taught = {source for fact in facts if fact.layer == "learned" for source in fact.evidence}
    return list(lines_of(episodes, taught=taught))


def _period_lines(shop: Workshop, planned: Planned, kept: dict[str, Summary]) -> list[Line]:
    """Lines of the summaries that its sessions already have, and of its other sessions, in order of time."""
    left = set(planned.sources)
    parts: list[tuple[datetime, list[Line]]] = []
    covering = (each for each in kept.values() if each.level != "reflection")
    for summary in sorted(covering, key=lambda each: -len(each.sources)):
        if summary.sources and left.issuperset(summary.sources):
            left.difference_update(summary.sources)
            parts.append((summary.last_at, [line_of_summary(text) for text in summary.text.split("\n")]))
    for session in planned.sessions:
        if left.issuperset(session.sources):
            lines = pick(_session_lines(shop, session), max_tokens=shop.policy.session_tokens)
            parts.append((session.last_at, lines))
    return [line for _, lines in sorted(parts, key=lambda part: part[0]) for line in lines]


def _reflections(shop: Workshop, marks: Sequence[EpisodeMark], sessions: Sequence[Session]) -> list[Summary]:
    """What follows for each sight in which something was said; only the latest of all."""
    told: defaultdict[Sight, list[EpisodeMark]] = defaultdict(list)
    for mark in marks:
        told[mark.sight].append(mark)
    found = [
        as_summary(finding, now=shop.now)
        for sight, theirs in told.items()
        for finding in findings(
            shop.graph_of(sight),
            theirs,
            [session for session in sessions if session.sight == sight],
            shop.policy,
            language=shop.language,
        )
    ]
    found.sort(key=lambda each: (each.last_at, each.id))
    return found[max(len(found) - shop.policy.max_reflections, 0) :]
