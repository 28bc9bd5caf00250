"""Which texts hold a term and how often, as arrays: quick to add to by the text, and to ask by the term.

What was added lies in two parts: the larger, sorted by term, and a tail in the order of the texts, which is
looked through as a whole. When the tail has grown too long, all is sorted anew, as seldom as a list grows.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from roleagent.memory.columns import Column

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
