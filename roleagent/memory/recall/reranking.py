"""A second look at the best: a reranker reads each beside the cue, as long as there is time.

A cross-encoder (Nogueira and Cho, "Passage Re-ranking with BERT", arXiv:1901.04085) sees both texts at once
and so sees more than two vectors do, at a thousand times the cost. Its verdict is added to what the searches
said and does not replace it: they know of neighbours, speakers and sessions, which it does not.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from roleagent.embedding.rerankers import score
from roleagent.language.scripts import can_read
from roleagent.memory.recall.pool import NOBODY, Pool
from roleagent.memory.recall.ranking import Scores, best
from roleagent.memory.recall.text_form import index_text
from roleagent.protocols import Reranker
from roleagent.types import Episode

_BATCH = 10  # texts between two looks at the clock
_LOGIT_LIMIT = 12.0  # beyond it a reranker is sure; how sure says nothing more


def rerank(
    query: str,
    scores: Scores,
    pool: Pool,
    previous: NDArray[np.intp],
    reranker: Reranker,
    *,
    top: int,
    budget_s: float,
) -> Scores:
    """What the reranker adds: [num_episodes], logits above the lowest that counts, 0 where it read nothing.

    Args:
        query: what is asked.
        scores: [num_episodes]; the best are read first.
        pool: gives the texts.
        previous: [num_episodes], the place of what was said before each, which is read with it.
        reranker: reads them.
        top: how many it reads, at most.
        budget_s: it begins no batch that would probably end after so many seconds.
    """
    added = np.zeros_like(scores)
    if not can_read(reranker.languages, query):
        return added
    deadline = time.monotonic() + budget_s
    places = best(scores, top)
    texts = _texts(places, pool, previous, reranker.languages)
    for batch in _batches([*texts]):
        begun = time.monotonic()
        logits = score(reranker, query, [texts[place] for place in batch])
        added[batch] = np.clip(logits, -_LOGIT_LIMIT, _LOGIT_LIMIT) + _LOGIT_LIMIT
        if 2 * time.monotonic() - begun > deadline:  # the next would take as long
            break
    return added


def _texts(
    places: Sequence[int], pool: Pool, previous: NDArray[np.intp], languages: Sequence[str]
) -> dict[int, str]:
    """Each episode that can be read, with the one before it where that can be read too; the best first."""
    before = {place: int(previous[place]) for place in places}
    episodes = pool.episodes([*{*places, *before.values()} - {NOBODY}])
    lines = {place: _line(episode) for place, episode in episodes.items()}
    readable = {place: line for place, line in lines.items() if can_read(languages, line)}
    return {
        place: " ".join(readable[each] for each in (before[place], place) if each in readable)
        for place in places
        if place in readable
    }


def _line(episode: Episode) -> str:
    return index_text(episode.text_and_seen, episode.speaker_name)


def _batches(places: Sequence[int]) -> list[list[int]]:
    return [list(places[first : first + _BATCH]) for first in range(0, len(places), _BATCH)]
