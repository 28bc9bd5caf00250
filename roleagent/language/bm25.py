"""Search by words: BM25 over an inverted index in RAM that grows as episodes come.

Latin and other spaced scripts are cut into words; Chinese, Japanese and Korean, written without spaces or
with endings attached, into characters and pairs of them, which needs no dictionary and misses no name.
English words are brought to a stem, and those that say nothing are left out of a query.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roleagent.language.tokens import terms
from roleagent.language.word_forms import STOP_WORDS, stem

_FIRST_CAPACITY = 64


class Column:
    """Numbers, or vectors of one width, added in amortised constant time and removed from the front.

    >>> column = Column(np.float32)
    >>> column.extend([1.0, 2.0])
    >>> view = column.values
    >>> column.extend([3.0])
    >>> view.tolist(), column.values.tolist()
    ([1.0, 2.0], [1.0, 2.0, 3.0])
    """

    def __init__(self, dtype: type[np.generic]) -> None:
        self._buffer: NDArray[Any] = np.zeros(0, dtype)  # Any: the type of number is the column's
        self._num_rows = 0

    def __len__(self) -> int:
        """Number of rows."""
        return self._num_rows

    @property
    def values(self) -> NDArray[Any]:
        """[num_rows] or [num_rows, dim]; a view that stays as it is while the column grows."""
        return self._buffer[: self._num_rows]

    def extend(self, rows: Sequence[Any] | NDArray[Any]) -> None:
        """Add rows at the end."""
        if not len(rows):
            return
        added = np.asarray(rows, self._buffer.dtype)
        end = self._num_rows + len(added)
        if end > len(self._buffer) or added.shape[1:] != self._buffer.shape[1:]:
            self._grow(max(_FIRST_CAPACITY, end + end // 2), added.shape[1:])
        self._buffer[self._num_rows : end] = added
        self._num_rows = end

    def drop_first(self, count: int) -> None:
        """Remove rows from the front and give their memory back; views of them stay valid."""
        self._buffer = self.values[count:].copy()
        self._num_rows = len(self._buffer)

    def _grow(self, capacity: int, shape: tuple[int, ...]) -> None:
        larger = np.empty((capacity, *shape), self._buffer.dtype)
        if self._num_rows:
            larger[: self._num_rows] = self.values
        self._buffer = larger


_SHORT_TAIL = 20_000  # terms; to look through so many takes some 10 microseconds
_TAIL_SHARE = 8  # the tail is at most so small a part of all

Places = NDArray[np.uint32]
Counts = NDArray[np.float32]


class Postings:
    """Term numbers of texts by place. Not thread-safe by itself."""

    def __init__(self) -> None:
        self._terms = Column(np.uint32)  # of all texts, one after the other
        self._lengths = Column(np.uint32)
        self._new_terms = array("I")  # which lists of Python's numbers are added to faster
        self._new_lengths = array("I")
        self._num_texts = self._num_sorted = self._num_sorted_texts = 0
        self._starts: NDArray[np.intp] = np.zeros(1, np.intp)  # [num_terms + 1], into those below
        self._places: Places = np.zeros(0, np.uint32)
        self._counts: Counts = np.zeros(0, np.float32)
        self._tail_places: Places = np.zeros(0, np.uint32)

    def __len__(self) -> int:
        """Number of texts."""
        return self._num_texts

    @property
    def lengths(self) -> NDArray[np.uint32]:
        """Number of terms of each text: [num_texts]."""
        self._take_in()
        return self._lengths.values

    def add(self, terms: Sequence[int]) -> None:
        """Add a text by the numbers of its terms; its place is the number of texts before it."""
        self._new_terms.extend(terms)
        self._new_lengths.append(len(terms))
        self._num_texts += 1

    def of(self, term: int) -> tuple[Places, Counts]:
        """The places of the texts that hold a term, rising, and how often each does."""
        self._take_in()
        tail_places, tail_counts = self._in_tail(term)
        if term + 1 >= len(self._starts):
            return tail_places, tail_counts
        part = slice(self._starts[term], self._starts[term + 1])
        if not len(tail_places):
            return self._places[part], self._counts[part]
        return (
            np.concatenate([self._places[part], tail_places]),
            np.concatenate([self._counts[part], tail_counts]),
        )

    def _in_tail(self, term: int) -> tuple[Places, Counts]:
        places = self._tail_places[self._terms.values[self._num_sorted :] == term]
        firsts = np.flatnonzero(_is_first(places))
        return places[firsts], np.diff(firsts, append=len(places)).astype(np.float32)

    def _take_in(self) -> None:
        if self._new_lengths:
            self._terms.extend(self._new_terms)
            self._lengths.extend(self._new_lengths)
            self._new_terms, self._new_lengths = array("I"), array("I")
            if len(self._terms) - self._num_sorted > max(_SHORT_TAIL, self._num_sorted // _TAIL_SHARE):
                self._sort()
            self._tail_places = self._places_of_terms(self._num_sorted_texts)

    def _places_of_terms(self, first_text: int) -> Places:
        """The place of the text that each term stands in, from some text on: [num_terms_from_there]."""
        places = np.arange(first_text, len(self._lengths), dtype=np.uint32)
        return np.repeat(places, self._lengths.values[first_text:])

    def _sort(self) -> None:
        of_term = self._terms.values
        order = np.argsort(of_term, kind="stable")  # so that places rise within a term
        of_term = of_term[order]
        places = self._places_of_terms(0)[order]
        firsts = np.flatnonzero(_is_first(of_term) | _is_first(places))  # of those of one term in one text
        self._counts = np.diff(firsts, append=len(order)).astype(np.float32)
        self._places = places[firsts]
        self._starts = np.searchsorted(of_term[firsts], np.arange(int(of_term[-1]) + 2))
        self._num_sorted, self._num_sorted_texts = len(order), len(self._lengths)


def _is_first(values: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which differ from the one before."""
    is_first = np.ones(len(values), bool)
    is_first[1:] = values[1:] != values[:-1]
    return is_first


# BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009). Utterances are short: how
# often a word is repeated and how long the text is matter less than in documents, hence the small constants.
_K1, _B = 0.9, 0.4


def query_terms(text: str) -> set[str]:
    """The stems a query is searched by: without stop words, unless it has nothing else.

    >>> sorted(query_terms("Where was she hiking?")), query_terms("Who are you?") == {"who", "are", "you"}
    (['hik'], True)
    """
    every = terms(text)
    return {stem(term) for term in every if term not in STOP_WORDS} or {stem(term) for term in every}


class LexicalIndex:
    """An inverted index: term -> the places of the texts that hold it. Not thread-safe by itself."""

    def __init__(self) -> None:
        self._numbers = _Numbers()
        self._postings = Postings()

    def __len__(self) -> int:
        """Number of texts."""
        return len(self._postings)

    def add(self, text: str) -> None:
        """Index one text; its place is the number of texts before it."""
        self._postings.add([self._numbers[term] for term in terms(text)])

    def scores(self, query: str) -> NDArray[np.float32]:
        """BM25 of every text for a query: [num_texts], 0 where no term is shared."""
        total = np.zeros(len(self), np.float32)
        lengths = self._postings.lengths
        mean_length = max(float(lengths.mean()), 1.0) if len(lengths) else 1.0
        for term in query_terms(query) & self._numbers.of_stem.keys():
            places, counts = self._postings.of(self._numbers.of_stem[term])
            norms = _K1 * (1 - _B + _B / mean_length * lengths[places].astype(np.float32))
            total[places] += self._information(len(places)) * (_K1 + 1) * (counts / (counts + norms))
        return total

    def _information(self, num_with: int) -> float:
        return math.log(1 + (len(self) - num_with + 0.5) / (num_with + 0.5))


class _Numbers(dict[str, int]):
    """The number of each term, which is that of its stem; new ones are numbered when they are asked for."""

    def __init__(self) -> None:
        self.of_stem: dict[str, int] = {}

    def __missing__(self, term: str) -> int:
        self[term] = number = self.of_stem.setdefault(stem(term), len(self.of_stem))
        return number
