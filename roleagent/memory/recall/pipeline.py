"""The stages of recall in their order. Each adds to one score for every episode in sight."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from roleagent.memory.ranking import Scores, best, information, recency, standardise
from roleagent.memory.recall.history import MAX_TURNS, need_of, with_history
from roleagent.memory.recall.layout import NOBODY, Layout
from roleagent.memory.recall.neighbours import blend_meaning, share_with_neighbours
from roleagent.memory.recall.pool import Pool, Vector
from roleagent.memory.recall.priors import importance_or_middle
from roleagent.memory.recall.profile import QUALITY, RecallProfile
from roleagent.memory.recall.questions import asks_when
from roleagent.memory.recall.reranking import rerank
from roleagent.memory.recall.script import can_read
from roleagent.memory.recall.sessions import best_of_session
from roleagent.memory.recall.speakers import said_by_named
from roleagent.memory.recall.spreading import spread
from roleagent.memory.recall.times.find import find_time
from roleagent.memory.recall.times.score import fit_of
from roleagent.memory.recall.times.span import Anchored, Span
from roleagent.protocols import Cue, Reranker

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

    Scores of different cues do not compare.
    """
    return Recall(pool, cue, limit=limit, profile=profile).ranked(reranker)


class Recall:
    """One recall under way: what several stages need, made once.

    After `search` nothing of the pool is needed but the texts of some episodes, which `ranked` reads: others
    may write to the memory meanwhile.
    """

    def __init__(self, pool: Pool, cue: Cue, *, limit: int, profile: RecallProfile) -> None:
        self.pool, self.cue, self.limit, self.profile = pool, cue, limit, profile

    @property
    def is_empty(self) -> bool:
        """Nothing can be found, or nothing is wanted."""
        return not len(self.pool) or self.limit <= 0

    def search(self) -> None:
        """Run the stages that look at the pool's arrays."""
        if not self.is_empty:
            _ = self.scores
            _ = self.layout if self.profile.has("rerank") else None

    def ranked(self, reranker: Reranker | None) -> list[tuple[int, float]]:
        """Places of the best episodes and their scores, best first, once a reranker has read them again."""
        if self.is_empty:
            return []
        scores = self.scores
        if reranker is not None and self.profile.has("rerank") and self.cue.text.strip():
            scores = scores + self.profile.rerank * self._read_again(reranker)
        return [(place, float(scores[place])) for place in best(scores, self.limit)]

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
        """All stages but the second reading: [num_episodes], higher is better."""
        profile = self.profile
        scores = self._shared(self._searched())
        scores = scores + self._hints()
        if profile.has("session"):
            scores = scores + profile.session * best_of_session(scores, self.layout.session)
        if profile.has("graph"):
            scores = scores + profile.graph * self._spread(scores)
        if profile.has("priors"):
            scores = scores + self._priors()
        return scores

    def _read_again(self, reranker: Reranker) -> Scores:
        return rerank(
            self.cue.text,
            self.scores,
            self.pool,
            self.layout.previous,
            reranker,
            top=self.profile.rerank_top,
            budget_s=self.profile.rerank_budget_s,
        )

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
        """Cosines with those of the neighbours of the best, which an index of the nearest does not tell."""
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
        """The cue's vector; None where there is nothing that could read it."""
        text = self.cue.text
        if not text.strip() or not can_read(self.pool.languages, text):
            return None
        need = need_of(text) if self.profile.has("history") else 0.0
        turns = [turn for turn in self.cue.history[-MAX_TURNS:] if turn.strip()] if need else []
        vectors = self.pool.embed([text, *turns])
        if not vectors.shape[1]:
            return None
        return with_history(vectors[0], vectors[1:], need * self.profile.history)

    def _shared(self, scores: Scores) -> Scores:
        if not self.profile.has("neighbours"):
            return scores
        profile = self.profile
        answer = profile.answer_when if asks_when(self.cue.text) else profile.answer
        return share_with_neighbours(
            scores, self.pool.asks, self.layout, answer=answer, before=profile.before
        )

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
        """The stretch of time that the cue speaks of; one told by an event begins with recalling it."""
        now = self.cue.at or datetime.fromtimestamp(float(self.pool.at.max()), UTC)
        found = find_time(self.cue.text, now.astimezone(UTC))
        if not isinstance(found, Anchored):
            return found
        place = self._place_of(found.event)
        return None if place is None else found.from_event(_moment(float(self.pool.at[place])))

    def _place_of(self, event: str) -> int | None:
        """Where an event is spoken of, searched without what could lead round in a circle."""
        profile = self.profile.without("time", "graph", "history", "rerank")
        found = rank(self.pool, Cue(text=event, at=self.cue.at), limit=1, profile=profile)
        return found[0][0] if found else None

    # ── what lies near the hits, and what always counts ──────────────────────────────────────

    def _spread(self, scores: Scores) -> Scores:
        seeds = self._seeds(scores) if self.pool.mentioned_at else {}
        if not seeds:
            return np.zeros(len(self.pool), np.float32)
        return spread(seeds, self.pool.mentioned_at, self.cue.graph, len(self.pool))

    def _seeds(self, scores: Scores) -> Mapping[str, float]:
        """Nodes that the cue names, and those of the best hits, the better the more."""
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

    def _priors(self) -> Scores:
        profile, pool = self.profile, self.pool
        freshness = recency(pool.at, profile.half_life_s)
        return profile.recency * freshness + profile.importance * importance_or_middle(pool.importance)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
