"""Leave out dialogues that say again what another one says."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import chain

from roleagent.language.scripts import has_unspaced
from roleagent.language.tokens import words
from roleagent.language.unicode import folded
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.said import learned_part, parted

NEAR = 0.8
"""Share of common shingles from which two dialogues are near duplicates."""
_WORDS = 2  # of a shingle, in scripts with spaces
_CHARS = 3  # of a shingle, in Chinese, Japanese and Korean
_MOST_SHARED = 4  # shingles that two prefixes must share; more make longer prefixes
_RARE = 20  # a shingle in less than one set of so many does not make a prefix slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is left without duplicates.

    Attributes:
        dialogues: in their order; of duplicates, the first.
        num_exact: how many were left out because another says the same, but for case, width and punctuation.
        num_near: how many were left out because another says nearly the same.
    """

    dialogues: tuple[Dialogue, ...]
    num_exact: int
    num_near: int


def without_duplicates(dialogues: Iterable[Dialogue], *, near: float = NEAR) -> Kept:
    """The dialogues without those that repeat an earlier one of the same character.

    Compared is what is learned: the user's words before a reply, without notes, and the reply; of a
    conversation all of it from there on. The system message does not count, nor do rejected replies. Do this
    before `roleagent.tuning.augmentation.augmented`, whose variants are near duplicates on purpose.

    Near is a Jaccard similarity of shingles, two words or three characters long, of at least `near`. It is
    exact, not estimated: candidates come from an inverted index over the rarest shingles of each dialogue, of
    which two that are near share several (prefix filtering; Wang, Li and Feng, SIGMOD 2012).

    Args:
        dialogues: all of them.
        near: similarity from which the later one is left out, over 0; above 1 only exact duplicates are.
    """
    told = tuple(dialogues)
    seen: set[tuple[str, str]] = set()
    different: list[int] = []
    tokens = [_tokens(each) for each in told]
    for at, dialogue in enumerate(told):
        key = (dialogue.character, " ".join(tokens[at]))
        if key not in seen:
            seen.add(key)
            different.append(at)
    by_persona: dict[str, list[int]] = defaultdict(list)
    for at in different:
        by_persona[told[at].character].append(at)
    repeated: set[int] = set()
    if near <= 1:
        for places in by_persona.values():
            shingles = [_shingles(tokens[at]) for at in places]
            repeated |= {places[number] for number in _near_earlier(shingles, near)}
    return Kept(
        dialogues=tuple(told[at] for at in different if at not in repeated),
        num_exact=len(told) - len(different),
        num_near=len(repeated),
    )


def _tokens(dialogue: Dialogue) -> list[str]:
    """The words of what is learned, with a mark between the messages."""
    found: list[str] = []
    for message in learned_part(dialogue):
        said = parted(message.text)[1] if message.role == "user" else message.text
        found += [*words(folded(said)), "\n"]
    return found


def _shingles(tokens: Sequence[str]) -> frozenset[tuple[str, ...]]:
    size = _CHARS if sum(map(has_unspaced, tokens)) * 2 > len(tokens) else _WORDS
    return frozenset(tuple(tokens[at : at + size]) for at in range(max(1, len(tokens) - size + 1)))


def _near_earlier(sets: Sequence[Set[tuple[str, ...]]], near: float) -> set[int]:
    """Places of the sets that are near an earlier one that is not itself left out."""
    counts = Counter(shingle for each in sets for shingle in each)
    most = len(sets) // _RARE
    index: dict[tuple[str, ...], list[int]] = defaultdict(list)
    shared: list[int] = []  # of each set: how many shingles of its prefix one near to it has in its own
    repeated: set[int] = set()
    for at, shingles in enumerate(sets):
        rarest = sorted(shingles, key=lambda each: (counts[each], each))
        least = max(1, math.ceil(near * len(shingles)))
        start = len(shingles) - least + 1
        more = sum(counts[each] <= most for each in rarest[start : start + _MOST_SHARED - 1])
        shared.append(min(1 + more, least))
        prefix = rarest[: start - 1 + shared[at]]
        met = Counter(chain.from_iterable(index[each] for each in prefix if each in index))
        own = shared[at]
        candidates = [other for other, num in met.items() if num >= own or num >= shared[other]]
        if any(_are_near(shingles, sets[other], near) for other in candidates):
            repeated.add(at)
            continue
        for shingle in prefix:
            index[shingle].append(at)
    return repeated


def _are_near(one: Set[tuple[str, ...]], other: Set[tuple[str, ...]], near: float) -> bool:
    if min(len(one), len(other)) < near * max(len(one), len(other)):
        return False
    common = len(one & other)
    return common >= near * (len(one) + len(other) - common)
