"""The stages of recall in their order. Each adds to one score for every episode in sight."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from roleagent.language.scripts import can_read
from roleagent.language.times import find_time
from roleagent.language.times.span import Anchored, Span
from roleagent.memory.recall.amendments import with_amendments
from roleagent.memory.recall.pool import (
    NOBODY,
    Layout,
    Pool,
    Scores,
    Vector,
    best,
    blend_meaning,
    information,
    recency,
    share_with_neighbours,
    standardise,
)
from roleagent.memory.recall.profile import QUALITY, RecallProfile
from roleagent.memory.recall.stages import MAX_TURNS, named_by, need_of, rerank, spread, with_history
from roleagent.protocols import Cue, Reranker

_NOBODY_JUDGED = 0.5


def importance_or_middle(importance: NDArray[np.float64]) -> Scores:
    """Importance above or below the middle: [num_episodes], -0.5–0.5; 0 if it was not judged.

    The second of the three signs of Park et al., "Generative Agents", arXiv:2304.03442.

    >>> importance_or_middle(np.array([1.0, np.nan])).tolist()
    [0.5, 0.0]
    """
    judged: Scores = np.nan_to_num(importance - _NOBODY_JUDGED, nan=0.0).astype(np.float32)
    return judged


_WHEN = re.compile(
    r"^\W*(?:when\b|since when|how long|(?:in |on |at )?(?:what|which) (?:date|day|month|year|time)\b)"
    r"|什么时候|啥时候|何时|哪(?:一)?[天年日]|几[月号点]|多久",
    re.IGNORECASE,
)


def asks_when(text: str) -> bool:
    """Whether a question is answered by a time.

    >>> asks_when("When did Ada leave?"), asks_when("你何时回来的？"), asks_when("Who left when it rained?")
    (True, True, False)
    """
    return _WHEN.search(text) is not None


def best_of_session(scores: Scores, session: NDArray[np.intp]) -> Scores:
    """The best score of each episode's session: [num_episodes].

    >>> best_of_session(np.array([1.0, 3.0, 2.0], np.float32), np.array([0, 0, 1])).tolist()
    [3.0, 3.0, 2.0]
    """
    if not scores.size:
        return scores
    highest = np.full(int(session.max()) + 1, -np.inf, np.float32)
    np.maximum.at(highest, session, scores)
    return highest[session]


_SPACED = re.compile(r"[a-z0-9]")


def said_by_named(text: str, speakers: Sequence[str], names: NDArray[np.int64]) -> NDArray[np.float32]:
    """1 for episodes whose speaker the text names, otherwise 0; all 0 if it names everybody or nobody.

    Args:
        text: a cue.
        speakers: names of all speakers; those whose episodes are out of sight do not count.
        names: [num_episodes], their numbers.

    >>> said_by_named("What did Ada paint?", ["Ada", "Milo"], np.array([0, 1, 0])).tolist()
    [1.0, 0.0, 1.0]
    """
    is_in_sight = np.bincount(names, minlength=len(speakers)) > 0
    known = [number for number, name in enumerate(speakers) if name and is_in_sight[number]]
    named = [number for number in known if _names(text, speakers[number])]
    if not named or len(named) == len(known) > 1:
        return np.zeros(len(names), np.float32)
    is_named = np.zeros(len(speakers), np.float32)
    is_named[named] = 1.0
    spoken: NDArray[np.float32] = is_named[names]
    return spoken


def _names(text: str, name: str) -> bool:
    """Whether a text contains a name, as a whole word in scripts with spaces."""
    text, name = text.casefold(), name.casefold()
    if not _SPACED.search(name):
        return name in text
    return re.search(rf"(?<!\w){re.escape(name)}(?![^\W_])", text) is not None


_HALF_LIFE_AFTER_S = 7 * 24 * 3600.0  # people tell what happened some days later


def fit_of(at: NDArray[np.float64], span: Span) -> Scores:
    """1 within the span, half as much a week after its end, and so on; 0 before it.

    Args:
        at: [num_episodes], seconds since 1970.
        span: the stretch of time that the cue names.
    """
    late_s = np.maximum(at - span.end.timestamp(), 0.0).astype(np.float32)
    fits: Scores = np.exp2(-late_s / np.float32(_HALF_LIFE_AFTER_S))
    fits[at < span.start.timestamp()] = 0.0
    return fits


_CANDIDATES = 100  # how many the vector index and the words each put forward, at least
_BESIDE = 50  # of the best by meaning, whose neighbours are looked at too
_SEED_EPISODES = 10  # the best hits, from whose nodes spreading begins
_CUE_SHARE = 0.5  # of the walk that begins at nodes which the cue names, where it names any


def rank(
    pool: Pool,
    cue: Cue,
    *,
    limit: int,
    profile: RecallProfile = QUALITY,
    reranker: Reranker | None = None,
) -> list[tuple[int, float]]:
    """Places of the best episodes and their scores, best first.

    Scores of different cues cannot be compared.
    """
    recall = Recall(pool, cue, limit=limit, profile=profile)
    return recall.amended(recall.ranked(reranker))


class Recall:
    """One recall in progress: values that several stages need are computed once.

    `search` and `amended` use the pool's arrays. `ranked` reads only the texts of some episodes, so
    that other threads may write to the memory meanwhile.
    """

    def __init__(self, pool: Pool, cue: Cue, *, limit: int, profile: RecallProfile) -> None:
        self.pool, self.cue, self.limit, self.profile = pool, cue, limit, profile

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to search for, or nothing to find."""
        return not len(self.pool) or self.limit <= 0

    def search(self) -> None:
        """Run the stages that use the pool's arrays."""
        if not self.is_empty:
            _ = self.scores
            _ = self.layout if self.profile.has("rerank") else None

    def ranked(self, reranker: Reranker | None) -> list[tuple[int, float]]:
        """Places of the best episodes and their scores, best first, after reranking."""
        if self.is_empty:
            return []
        scores = self.scores
        if reranker is not None and self.profile.has("rerank") and self.cue.text.strip():
            read_again = rerank(
                self.cue.text,
                scores,
                self.pool,
                self.layout.previous,
                reranker,
                top=self.profile.rerank_top,
                budget_s=self.profile.rerank_budget_s,
            )
            scores = scores + self.profile.rerank * read_again
        return [(place, float(scores[place])) for place in best(scores, self.limit)]

    def amended(self, ranked: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
        """The same with what was said later and takes back one of the best; uses the pool's arrays."""
        if self.is_empty or not self.profile.has("amendments"):
            return list(ranked)
        return with_amendments(ranked, self.cue.text, self.pool, limit=self.limit)

    @property
    def layout(self) -> Layout:
        """Which episode was said next to which."""
        return self.pool.layout

    @cached_property
    def words(self) -> Scores:
        """BM25 of the cue's words: [num_episodes]."""
        return self.pool.words(self.cue.text)

    @cached_property
    def scores(self) -> Scores:
        """The scores of all stages except reranking: [num_episodes], higher is better."""
        profile, pool = self.profile, self.pool
        scores = self._searched()
        if profile.has("neighbours"):
            answer = profile.answer_when if asks_when(self.cue.text) else profile.answer
            scores = share_with_neighbours(
                scores, pool.asks, self.layout, answer=answer, before=profile.before
            )
        scores = scores + self._hints()
        if profile.has("session"):
            scores = scores + profile.session * best_of_session(scores, self.layout.session)
        if profile.has("facts") and pool.mentioned_at and self.cue.in_mind:
            scores = scores + profile.facts * named_by(self.cue.in_mind, pool.mentioned_at, len(pool))
        if profile.has("graph") and pool.mentioned_at:
            reached = spread(self._seeds(scores), pool.mentioned_at, self.cue.graph, len(pool))
            scores = scores + profile.graph * reached
        if profile.has("priors"):
            freshness = recency(pool.at, profile.half_life_s)
            matters = importance_or_middle(pool.importance)
            scores = scores + profile.recency * freshness + profile.importance * matters
        return scores

    # ── what the searches say ────────────────────────────────────────────────────────────────

    def _searched(self) -> Scores:
        scores = np.zeros(len(self.pool), np.float32)
        if self.profile.has("words"):
            scores = scores + self.profile.words * information(self.words)
        if self.profile.has("meaning"):
            scores = scores + self.profile.meaning * self._meaning()
        return scores

    def _meaning(self) -> Scores:
        vector = self._vector()
        if vector is None:
            return np.zeros(len(self.pool), np.float32)
        reach = max(_CANDIDATES, 2 * self.limit)
        cosines = self.pool.cosines(vector, self.words, limit=reach)
        if self.profile.has("neighbours"):
            cosines = self._beside_the_best(cosines, vector)
        standard = standardise(cosines, self.pool.typical_cosines(vector))
        return blend_meaning(standard, self.layout) if self.profile.has("neighbours") else standard

    def _beside_the_best(self, cosines: Scores, vector: Vector) -> Scores:
        """Cosines, also of the neighbours of the best, which an index of the nearest does not return."""
        known = np.flatnonzero(~np.isnan(cosines))
        if len(known) == len(cosines):
            return cosines
        places = known[best(cosines[known], _BESIDE)]
        beside = np.concatenate([self.layout.previous[places], self.layout.following[places]])
        unknown = [int(place) for place in np.unique(beside) if place != NOBODY and np.isnan(cosines[place])]
        filled = cosines.copy()
        if unknown:
            filled[unknown] = self.pool.vectors(unknown) @ vector
        return filled

    def _vector(self) -> Vector | None:
        """The cue's vector; None if no embedder reads its language."""
        text = self.cue.text
        if not text.strip() or not can_read(self.pool.languages, text):
            return None
        need = need_of(text) if self.profile.has("history") else 0.0
        turns = [turn for turn in self.cue.history[-MAX_TURNS:] if turn.strip()] if need else []
        vectors = self.pool.embed([text, *turns])
        if not vectors.shape[1]:
            return None
        return with_history(vectors[0], vectors[1:], need * self.profile.history)

    # ── what the cue and the episodes hint at ────────────────────────────────────────────────

    def _hints(self) -> Scores:
        profile, pool = self.profile, self.pool
        hints = np.zeros(len(pool), np.float32)
        if profile.has("speaker"):
            hints = hints + profile.speaker * said_by_named(self.cue.text, pool.speakers, pool.names)
        if profile.has("questions"):
            hints = hints - profile.questions * pool.asks
        if profile.has("time") and (span := self._span()) is not None:
            hints = hints + profile.time * fit_of(pool.at, span)
        return hints

    def _span(self) -> Span | None:
        """The stretch of time that the cue names; if it is relative to an event, that is recalled first."""
        now = self.cue.at or datetime.fromtimestamp(float(self.pool.at.max()), UTC)
        found = find_time(self.cue.text, now.astimezone(UTC))
        if not isinstance(found, Anchored):
            return found
        profile = self.profile.without("time", "graph", "history", "rerank")  # "time" would come back here
        event = rank(self.pool, Cue(text=found.event, at=self.cue.at), limit=1, profile=profile)
        if not event:
            return None
        (place, _) = event[0]
        return found.from_event(datetime.fromtimestamp(float(self.pool.at[place]), UTC))

    # ── where the walk over the graph begins ─────────────────────────────────────────────────

    def _seeds(self, scores: Scores) -> Mapping[str, float]:
        """Nodes that the cue names, and those of the best hits, weighted by score."""
        seeds: dict[str, float] = {}
        named = self.cue.graph.mentioned_in(self.cue.text) if self.cue.graph is not None else ()
        for node in named:
            seeds[node] = _CUE_SHARE / len(named)
        places = best(scores, _SEED_EPISODES)
        weights = np.exp(scores[places] - scores[places].max())
        weights *= (1 - _CUE_SHARE if named else 1.0) / weights.sum()
        episodes = self.pool.episodes(places)
        for place, weight in zip(places, weights, strict=True):
            nodes = episodes[place].mentions if place in episodes else ()
            for node in nodes:
                seeds[node] = seeds.get(node, 0.0) + float(weight) / len(nodes)
        return seeds
