"""What was said later and takes back what was recalled.

A correction often does not fit the question: "From the zither I changed to the bagpipes" says nothing of
"What do I practise?". But it names what it corrects, and so it is found from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from roleagent.language.changes import key_terms, taken_back
from roleagent.memory.recall.pool import Pool, best
from roleagent.types import Episode

_MOST_FOLLOWED = 4  # of the best episodes, and of what takes them back
_MOST_ADDED = 2  # the newest: later ones take back earlier ones
_CANDIDATES = 6  # later ones that share the most with an episode


def with_amendments(
    ranked: Sequence[tuple[int, float]], cue: str, pool: Pool, *, limit: int
) -> list[tuple[int, float]]:
    """The same episodes in the same order, and last those that take back one of the best.

    They take the last places: what answers best is still found first.

    Args:
        ranked: places and scores, best first.
        cue: what is asked.
        pool: the episodes in sight.
        limit: how many to return at most.
    """
    if not ranked:
        return []
    found: set[int] = set()
    asked = key_terms(cue)
    followed = [place for place, _ in ranked[:_MOST_FOLLOWED]]
    said = dict(pool.episodes(followed))
    for place in followed:  # grows: what takes something back may be taken back itself
        if place not in said or len(followed) > 2 * _MOST_FOLLOWED:
            continue
        for later in _taking_back(place, said[place], asked, pool, said):
            found.add(later)
            if later not in followed:
                followed.append(later)
    newest = sorted(found, reverse=True)[:_MOST_ADDED]
    scores, kept = dict(ranked), list(ranked)
    missing = [place for place in newest if place not in scores]
    for pair in reversed(ranked):
        if len(kept) > max(limit - len(missing), 1) and pair[0] not in newest:
            kept.remove(pair)
    least = ranked[-1][1]
    return [*kept, *((place, least) for place in missing[: limit - len(kept)])]


def _taking_back(
    place: int, episode: Episode, asked: frozenset[str], pool: Pool, said: dict[int, Episode]
) -> Sequence[int]:
    """Places of later utterances of the same speaker that take this one back."""
    old = key_terms(episode.text) - asked
    if not old:
        return ()
    shared = pool.words(" ".join(sorted(old)))[place + 1 : len(pool)]
    near = [place + 1 + at for at in best(shared, _CANDIDATES) if shared[at] > 0]
    found: Mapping[int, Episode] = pool.episodes([each for each in near if each not in said])
    said.update(found)
    return [
        each
        for each in near
        if each in said and said[each].speaker == episode.speaker and taken_back(said[each].text, old)
    ]
