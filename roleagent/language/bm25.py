"""Search by words: BM25 over an inverted index in memory to which texts can be added."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roleagent.language.tokens import STOP_WORDS, stem, terms

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


_SHORT_TAIL = 20_000  # terms: looking through them takes about 10 microseconds
_TAIL_SHARE = 8  # the tail holds at most one term in eight

Places = NDArray[np.uint32]
Counts = NDArray[np.float32]
_NO_PLACES: Places = np.zeros(0, np.uint32)
_NO_COUNTS: Counts = np.zeros(0, np.float32)


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
        part = slice(0, 0)
        if term + 1 < len(self._starts):
            part = slice(self._starts[term], self._starts[term + 1])
        if not len(self._tail_places):
            return self._places[part], self._counts[part]
        tail = self._tail_places[self._terms.values[self._num_sorted :] == term]
        firsts = np.flatnonzero(_is_first(tail))
        tail_counts = np.diff(firsts, append=len(tail)).astype(np.float32)
        return (
            np.concatenate([self._places[part], tail[firsts]]),
            np.concatenate([self._counts[part], tail_counts]),
        )

    def sort(self) -> None:
        """Make searches fast now, since no more texts will come soon."""
        self._take_in()
        if len(self._terms):
            self._sort()
            self._tail_places = _NO_PLACES

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


def query_terms(text: str) -> set[str]:
    """The stems a query is searched by: without stop words, unless it has nothing else.

    >>> sorted(query_terms("Where was she hiking?")), query_terms("Who are you?") == {"who", "are", "you"}
    (['hik'], True)
    """
    every = terms(text)
    return {stem(term) for term in every if term not in STOP_WORDS} or {stem(term) for term in every}


class LexicalIndex:
    """An inverted index: term -> the places of the texts that hold it. Not thread-safe by itself.

    Args:
        form: what terms are compared by; by default their English stem.
    """

    def __init__(self, form: Callable[[str], str] = stem) -> None:
        self._numbers = _Numbers(form)
        self._postings = Postings()
        self._norms: tuple[tuple[object, ...], NDArray[Any]] = ((), np.zeros(0))

    def __len__(self) -> int:
        """Number of texts."""
        return len(self._postings)

    @property
    def lengths(self) -> NDArray[np.uint32]:
        """Number of terms of each text: [num_texts]."""
        return self._postings.lengths

    def add(self, text: str) -> None:
        """Index one text; its place is the number of texts before it."""
        self._postings.add([self._numbers[term] for term in terms(text)])

    def sort(self) -> None:
        """Make searches fast now, since no more texts will come soon."""
        self._postings.sort()

    def of(self, word: str) -> tuple[Places, Counts]:
        """The places of the texts that hold a word in the index's form, rising, and how often each does."""
        number = self._numbers.of_form.get(word)
        return (_NO_PLACES, _NO_COUNTS) if number is None else self._postings.of(number)

    def norms(self, k1: float, b: float, mean_length: float, dtype: type[np.floating[Any]]) -> NDArray[Any]:
        """BM25's k1 (1 - b + b * length / mean length) of each text: [num_texts]; the last ones are kept."""
        key = (k1, b, mean_length, dtype, len(self))
        if self._norms[0] != key:
            self._norms = key, k1 * (1 - b + b / mean_length * self.lengths.astype(dtype))
        return self._norms[1]

    def scores(self, query: str) -> NDArray[np.float32]:
        """BM25 of every text for a query: [num_texts], 0 if no term is shared."""
        [scores] = joint_scores(query_terms(query), [Searched(self)])
        return scores


class _Numbers(dict[str, int]):
    """The number of each term, which is that of its form; new ones are numbered when they are asked for."""

    def __init__(self, form: Callable[[str], str]) -> None:
        self._form = form
        self.of_form: dict[str, int] = {}

    def __missing__(self, term: str) -> int:
        self[term] = number = self.of_form.setdefault(self._form(term), len(self.of_form))
        return number


@dataclass(frozen=True, slots=True)
class Searched:
    """An index, and which of its texts do not count.

    Attributes:
        hidden: places, each once.
    """

    index: LexicalIndex
    hidden: Sequence[int] = ()


def joint_scores(
    words: Iterable[str],
    parts: Sequence[Searched],
    *,
    k1: float = 0.9,
    b: float = 0.4,
    dtype: type[np.floating[Any]] = np.float32,
) -> list[NDArray[Any]]:
    """BM25 of the texts of several indexes, as if they were one.

    Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).

    Args:
        words: each once, in the form that the indexes have.
        parts: what is searched.
        k1: how much it matters that a word is repeated. Little in utterances, which are short.
        b: how much it matters how long a text is, 0–1. Little in utterances.
        dtype: in which numbers.

    Returns:
        For each part [num_texts], 0 for a text that shares no word or does not count.
    """
    lengths = [part.index.lengths for part in parts]
    totals = [np.zeros(len(part.index), dtype) for part in parts]
    num_texts = sum(len(part.index) - len(part.hidden) for part in parts)
    num_terms = sum(int(each.sum()) for each in lengths)
    seen: list[NDArray[np.bool_] | None] = [None] * len(parts)
    for number, part in enumerate(parts):
        if part.hidden:
            num_terms -= int(lengths[number][part.hidden].sum())
            seen[number] = counted = np.ones(len(part.index), bool)
            counted[part.hidden] = False
    mean_length = num_terms / max(num_texts, 1) or 1.0
    norms = [part.index.norms(k1, b, mean_length, dtype) for part in parts]
    for word in words:
        found = [_seen_of(part.index, word, counted) for part, counted in zip(parts, seen, strict=True)]
        num_with = sum(len(places) for places, _ in found)
        weight = math.log(1 + (num_texts - num_with + 0.5) / (num_with + 0.5)) * (k1 + 1)
        for total, norm, (places, counts) in zip(totals, norms, found, strict=True):
            if len(places):
                total[places] += weight * (counts / (counts + norm[places]))
    return totals


def _seen_of(index: LexicalIndex, word: str, counted: NDArray[np.bool_] | None) -> tuple[Places, Counts]:
    places, counts = index.of(word)
    if counted is None or not len(places):
        return places, counts
    kept = counted[places]
    return places[kept], counts[kept]
