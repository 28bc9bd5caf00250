"""What recall sees of episodes: their texts, arrays by place, and scores on one scale.

A cosine is given in standard deviations above the mean of all episodes, and BM25 as how nearly the shared
words single out one episode. Neither depends on how many episodes there are, so one set of weights serves a
memory of a week and one of years. A weighted sum of calibrated scores serves better than fusing ranks
(Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", arXiv:2210.11934).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from roleagent.language.dates import MONTHS
from roleagent.language.tokens import estimated_tokens
from roleagent.types import Episode

Scores = NDArray[np.float32]
Vector = NDArray[np.float32]

RECENCY_HALF_LIFE_S = 30 * 24 * 3600.0
_FLAT = 1e-6  # a spread below this is rounding: nothing stands out
_SENTENCE_END = re.compile(r"(?<=[.!?。！？…])\s*")


# ── texts ────────────────────────────────────────────────────────────────────────────────────────


def index_text(text: str, speaker_name: str) -> str:
    """What an embedder sees of an episode: who says it, and what.

    The date is left out: it drew the vectors of one day together and cost recall.

    Args:
        text: what was said.
        speaker_name: who said it; empty if that is not known.

    >>> index_text("My cat is Milo.", "Ada")
    'Ada: My cat is Milo.'
    """
    return f"{speaker_name}: {text}" if speaker_name else text


def words_text(text: str, speaker_name: str, at: float) -> str:
    """What the search by words sees of an episode: its day as well, which people ask for by name.

    >>> words_text("My cat is Milo.", "Ada", 0.0)
    '1 January 1970 Ada: My cat is Milo.'
    """
    day = datetime.fromtimestamp(at, UTC)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year} {index_text(text, speaker_name)}"


def share_of_questions(text: str) -> float:
    """How much of a text asks, 0–1, by characters of its sentences.

    >>> share_of_questions("Hi! How are you?"), share_of_questions("你好吗？"), share_of_questions("Fine.")
    (0.8, 1.0, 0.0)
    """
    if "?" not in text and "？" not in text:
        return 0.0
    sentences = [sentence for sentence in _SENTENCE_END.split(text) if sentence]
    asking = sum(len(sentence) for sentence in sentences if sentence.endswith(("?", "？")))
    return asking / max(sum(map(len, sentences)), 1)


def within_budget(episodes: Sequence[Episode], num_tokens: int) -> list[Episode]:
    """The first episodes whose texts fit; one that does not is skipped."""
    kept: list[Episode] = []
    for episode in episodes:
        cost = estimated_tokens(episode.text_and_seen)
        if cost <= num_tokens:
            kept.append(episode)
            num_tokens -= cost
    return kept


# ── scores ───────────────────────────────────────────────────────────────────────────────────────


def information(words: Scores) -> Scores:
    """BM25 as a share of the information that singles out one episode: [num_episodes], about 0–2.

    BM25 sums inverse document frequencies, which are in nats; one out of n is singled out by ln n of them. So
    a score means the same whether there are a hundred episodes or a million.

    >>> information(np.full(9, math.log(10.0), np.float32)).round(3).tolist()[0]
    1.0
    """
    share: Scores = words / np.float32(math.log(1 + max(len(words), 1)))
    return share


def standardise(scores: Scores, usual: Scores | None = None) -> Scores:
    """Standard deviations above the mean; 0 for NaN, and for all if none stands out.

    Args:
        scores: [num_episodes], NaN where it is not known.
        usual: scores of a sample of episodes, if only the best scores are known.

    >>> standardise(np.array([1.0, 3.0, np.nan], np.float32)).tolist()
    [-1.0, 1.0, 0.0]
    >>> standardise(np.array([9.0, np.nan], np.float32), usual=np.array([1.0, 3.0], np.float32)).tolist()
    [7.0, 0.0]
    """
    known = usual if usual is not None and usual.size else scores[~np.isnan(scores)]
    spread = known.std() if known.size else 0.0
    if spread < _FLAT:
        return np.zeros_like(scores)
    standard: Scores = np.nan_to_num((scores - known.mean()) / spread, copy=False, nan=0.0)
    return standard


def recency(at: NDArray[np.float64], half_life_s: float = RECENCY_HALF_LIFE_S) -> Scores:
    """1 for the newest episode, half of that for one that is a half-life (30 days) older, and so on.

    >>> recency(np.array([0.0, 30 * 24 * 3600.0])).tolist()
    [0.5, 1.0]
    """
    if not at.size:
        return np.zeros(0, np.float32)
    half_lives = ((at - at.max()) / half_life_s).astype(np.float32)
    freshness: Scores = np.exp2(half_lives)
    return freshness


def best(scores: Scores, limit: int) -> list[int]:
    """Places of the highest scores, best first; of equals the later place, which is the newer episode.

    >>> best(np.array([0.1, 0.9, 0.9], np.float32), 2)
    [2, 1]
    """
    limit = min(max(limit, 0), scores.size)
    if not limit:
        return []
    floor = np.partition(scores, scores.size - limit)[scores.size - limit]
    candidates = np.flatnonzero(scores >= floor)[::-1]  # later places first, kept so by the stable sort
    order = np.argsort(-scores[candidates], kind="stable")[:limit]
    return [int(place) for place in candidates[order]]


# ── episodes by place ────────────────────────────────────────────────────────────────────────────

PAUSE_S = 8 * 3600.0  # after a longer pause a thread's next utterance begins a new session
NOBODY = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which places come before and after each other.

    Attributes:
        previous: [num_episodes], the place of the previous utterance in its session, `NOBODY` for the first.
        following: [num_episodes], the place of the next utterance.
        session: [num_episodes], numbers of sessions.
    """

    previous: NDArray[np.intp]
    following: NDArray[np.intp]
    session: NDArray[np.intp]


def layout_of(threads: NDArray[np.int64], at: NDArray[np.float64]) -> Layout:
    """The layout of episodes in the order in which they were written.

    Args:
        threads: [num_episodes], numbers of conversations.
        at: [num_episodes], seconds.

    >>> made = layout_of(np.array([1, 2, 1]), np.zeros(3))
    >>> made.previous.tolist(), made.following.tolist(), made.session.tolist()
    ([-1, -1, 0], [2, -1, -1], [0, 1, 0])
    """
    order = np.argsort(threads, kind="stable")
    goes_on = (np.diff(threads[order]) == 0) & (np.diff(at[order]) <= PAUSE_S)
    earlier, later = order[:-1][goes_on], order[1:][goes_on]
    previous = np.full(len(threads), NOBODY, np.intp)
    following = previous.copy()
    previous[later], following[earlier] = earlier, later
    session = np.zeros(len(threads), np.intp)
    session[order[1:]] = np.cumsum(~goes_on)
    return Layout(previous=previous, following=following, session=session)


class Pool(Protocol):
    """Episodes by place 0 … num_episodes - 1, in the order in which they were written."""

    @property
    def at(self) -> NDArray[np.float64]:
        """When each was said: [num_episodes], seconds since 1970."""

    @property
    def layout(self) -> Layout:
        """Which episode was said next, and where a session ends."""

    @property
    def names(self) -> NDArray[np.int64]:
        """Numbers, in `speakers`, of who spoke: [num_episodes]."""

    @property
    def speakers(self) -> Sequence[str]:
        """Names of all speakers; ``""`` for an unknown name."""

    @property
    def importance(self) -> NDArray[np.float64]:
        """0–1, NaN if it was not judged: [num_episodes]."""

    @property
    def asks(self) -> NDArray[np.float32]:
        """How much of each is a question, 0–1: [num_episodes]."""

    @property
    def languages(self) -> Sequence[str]:
        """ISO 639-1 codes that the embedder reads; empty for all."""

    @property
    def mentioned_at(self) -> Mapping[str, NDArray[np.intp]]:
        """Node of the persona's graph -> places of the episodes that name it."""

    def __len__(self) -> int: ...

    def words(self, query: str) -> NDArray[np.float32]:
        """BM25 of each: [num_episodes]."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of unit length: [num_texts, dim]; dim is 0 without an embedder."""

    def cosines(self, vector: Vector, words: NDArray[np.float32], *, limit: int) -> NDArray[np.float32]:
        """Cosines: [num_episodes], known at least for the nearest and the best by `words`, otherwise NaN."""

    def typical_cosines(self, vector: Vector) -> NDArray[np.float32]:
        """Cosines of a sample of episodes: [num_typical]; empty if `cosines` knows all of them."""

    def vectors(self, places: Sequence[int]) -> NDArray[np.float32]:
        """Vectors of some episodes: [num_places, dim]."""

    def episodes(self, places: Sequence[int]) -> Mapping[int, Episode]:
        """Some episodes by place, without those that turn out not to be in sight."""


_MEANING_BEFORE, _MEANING_AFTER = 0.4, 0.2  # how much of its neighbours' meaning an utterance has


def blend_meaning(cosines: Scores, layout: Layout) -> Scores:
    """Blend the cosines of neighbouring utterances, and restore their original spread.

    This approximates embedding each utterance together with the one before it, at no cost when writing.

    Args:
        cosines: [num_episodes], standardised.
        layout: which utterances are neighbours.
    """
    mixed = (
        cosines
        + _MEANING_BEFORE * _taken(cosines, layout.previous)
        + _MEANING_AFTER * _taken(cosines, layout.following)
    )
    spread = mixed.std() if mixed.size else 0.0
    blended: Scores = mixed * (cosines.std() / spread) if spread > 0 else mixed
    return blended


def share_with_neighbours(
    scores: Scores, asks: NDArray[np.float32], layout: Layout, *, answer: float, before: float
) -> Scores:
    """Add shares of the neighbours' scores: a question passes its score to its answer.

    Args:
        scores: [num_episodes].
        asks: [num_episodes], how much of each is a question, 0–1; any question at all counts.
        layout: which utterances are neighbours.
        answer: share of a question's score that goes to the next utterance.
        before: share of an episode's score that goes to the one before.
    """
    questions = np.where(asks > 0, scores, np.float32(0))
    shared: Scores = (
        scores + answer * _taken(questions, layout.previous) + before * _taken(scores, layout.following)
    )
    return shared


def _taken(scores: Scores, places: NDArray[np.intp]) -> Scores:
    """The scores of each episode's neighbour, 0 for `NOBODY`: [num_episodes]."""
    if not scores.size:
        return scores
    taken: Scores = np.where(places == NOBODY, np.float32(0), scores[places])
    return taken
