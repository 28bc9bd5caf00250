"""The words of an utterance as numbers, the same in every process and on every machine.

A word, or a pair of words that follow each other, becomes 24 bits of its CRC-32: its code. Chinese has no
spaces, so runs of one to three of its characters take the place of words. A head keeps the codes that it has
learned. Others are not heard, but for the few that happen to have the code of a learned
one: with 4,096 learned codes, one word in 4,096.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from roleagent.embedding.text_vectors import Matrix
from roleagent.language.scripts import HAN

_BITS = 24  # float32 holds such numbers exactly
_LETTERS = "a-zà-öø-ɏ"
# GoEmotions has placeholders such as [NAME], which are no words.
_TOKEN = re.compile(rf"(?<!\[)\b[{_LETTERS}]+(?:'[{_LETTERS}]+)*|[!?]+")
_MARKS, _START = "!?", "^"
_HAN_RUN = re.compile(f"[{HAN}]+")
_LONGEST = 3  # characters of Chinese


def codes_of(text: str) -> list[int]:
    """The numbers of the words of a text and of the pairs of them, each once; none without Latin letters.

    Upper case does not matter. Exclamation and question marks count as words, and in pairs the start of the
    text does too.
    """
    found = _TOKEN.findall(text.lower().replace("’", "'"))
    tokens = [token[0] if token[0] in _MARKS else token for token in found]  # "!!!" counts as "!"
    if all(token in _MARKS for token in tokens):
        return []
    pairs = (f"{one} {other}" for one, other in pairwise([_START, *tokens]))
    return list(dict.fromkeys(_code(each) for each in (*tokens, *pairs)))


def codes_in_any_script(text: str) -> list[int]:
    """The numbers of Latin words, as `codes_of` gives them, and of up to three Chinese characters in a row.

    Each number comes once. The start of a run of Chinese counts as a character.

    >>> len(codes_in_any_script("你好")), len(codes_in_any_script("OK，好"))
    (6, 5)
    """
    runs = (_START + run for run in _HAN_RUN.findall(text))
    pieces = (
        run[start : start + size]
        for run in runs
        for size in range(1, _LONGEST + 1)
        for start in range(len(run) - size + 1)
    )
    return list(dict.fromkeys([*codes_of(text), *map(_code, pieces)]))


def _code(piece: str) -> int:
    code: int = crc32(piece.encode()) & (2**_BITS - 1)
    return code


def places_of(texts: Iterable[str], known: Matrix) -> list[NDArray[np.int64]]:
    """For each text, where its codes stand among those that are known.

    Args:
        texts: utterances.
        known: codes in rising order, [num_words].
    """
    return [places_among(known, codes_of(text)) for text in texts]


def places_among(known: Matrix, codes: Sequence[int]) -> NDArray[np.int64]:
    """Where those of some codes that are known stand among them; `known` is as in `places_of`."""
    return _places(np.array(codes, np.float32), known)


def _places(codes: Matrix, known: Matrix) -> NDArray[np.int64]:
    if not len(known):
        return np.empty(0, np.int64)
    places = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    found: NDArray[np.int64] = places[known[places] == codes]
    return found
