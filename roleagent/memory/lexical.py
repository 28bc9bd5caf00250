"""Search by words: BM25 over an inverted index in RAM that grows as episodes come.

Latin and other spaced scripts are cut into words; Chinese, Japanese and Korean, written without spaces or
with endings attached, into characters and pairs of them, which needs no dictionary and misses no name.
English words are brought to a stem, and those that say nothing are left out of a query.
"""

from __future__ import annotations

import math
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from roleagent.memory.word_forms import STOP_WORDS, stem

# BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009). Utterances are short: how
# often a word is repeated and how long the text is matter less than in documents, hence the small constants.
_K1, _B = 0.9, 0.4
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003ffff"
_TERM = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_IS_CJK = re.compile(f"[{_CJK}]")


def terms(text: str) -> list[str]:
    """The terms of a text, in order, before they are stemmed.

    >>> terms("Milo's tea!")
    ['milo', 's', 'tea']
    >>> terms("我爱茶")
    ['我', '爱', '茶', '我爱', '爱茶']
    """
    return list(_terms(unicodedata.normalize("NFKC", text).casefold()))


def query_terms(text: str) -> set[str]:
    """The stems a query is searched by: without stop words, unless it has nothing else.

    >>> sorted(query_terms("Where was she hiking?")), query_terms("Who are you?") == {"who", "are", "you"}
    (['hik'], True)
    """
    every = terms(text)
    return {stem(term) for term in every if term not in STOP_WORDS} or {stem(term) for term in every}


def _terms(text: str) -> Iterator[str]:
    for match in _TERM.finditer(text):
        run = match.group()
        if _IS_CJK.match(run):
            yield from run
            yield from (run[place : place + 2] for place in range(len(run) - 1))
        else:
            yield run


class LexicalIndex:
    """An inverted index: term -> the places of the texts that hold it. Not thread-safe by itself."""

    def __init__(self) -> None:
        self._places: dict[str, array[int]] = {}
        self._counts: dict[str, array[int]] = {}
        self._lengths = array("I")

    def __len__(self) -> int:
        """Number of texts."""
        return len(self._lengths)

    def add(self, text: str) -> None:
        """Index one text; its place is the number of texts before it."""
        place = len(self._lengths)
        counts = Counter(map(stem, terms(text)))
        for term, count in counts.items():
            self._places.setdefault(term, array("I")).append(place)
            self._counts.setdefault(term, array("I")).append(count)
        self._lengths.append(counts.total())

    def scores(self, query: str) -> NDArray[np.float32]:
        """BM25 of every text for a query: [num_texts], 0 where no term is shared."""
        total = np.zeros(len(self), np.float32)
        norms = self._length_norms()
        for term in query_terms(query) & self._places.keys():
            places, counts = _as_arrays(self._places[term], self._counts[term])
            total[places] += self._information(term) * counts * (_K1 + 1) / (counts + norms[places])
        return total

    def _information(self, term: str) -> float:
        num_with = len(self._places[term])
        return math.log(1 + (len(self) - num_with + 0.5) / (num_with + 0.5))

    def _length_norms(self) -> NDArray[np.float32]:
        lengths = np.array(self._lengths, dtype=np.float32)
        norms: NDArray[np.float32] = _K1 * (
            1 - _B + _B * lengths / max(lengths.sum() / max(len(lengths), 1), 1.0)
        )
        return norms


def _as_arrays(places: array[int], counts: array[int]) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    # copies: an array that numpy still looks at refuses to grow
    return np.array(places, dtype=np.uint32), np.array(counts, dtype=np.float32)
