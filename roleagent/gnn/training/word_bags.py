"""The words of comments for the training of an affect head: which are worth knowing, and batches of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from roleagent.embedding.text_vectors import Matrix
from roleagent.embedding.word_codes import codes_of, places_of
from roleagent.gnn.affect import word_share

_LEAST = 3  # texts that a word must be in


def telling_words(texts: Sequence[str], wanted: Matrix, num_words: int) -> Matrix:
    """The codes that tell most of some label, in rising order, [at most num_words].

    What one tells is the log-likelihood ratio (T. Dunning, "Accurate methods for the statistics of surprise
    and coincidence", 1993) of its texts with and without the label, against the share that all texts have.

    Args:
        texts: where they are looked for.
        wanted: 1 for each label of a text, [num_texts, num_labels].
        num_words: how many are kept.
    """
    rows = [codes_of(text) for text in texts]
    said = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    codes, places = np.unique(np.array([code for row in rows for code in row], np.int64), return_inverse=True)
    num = np.bincount(places, minlength=len(codes)).astype(float)
    merit = np.zeros(len(codes))
    for column in wanted.T:
        with_label = np.bincount(places, weights=column[said], minlength=len(codes)).astype(float)
        merit = np.maximum(merit, _surprise(with_label, num, float(column.mean())))
    merit[num < _LEAST] = 0
    best = np.argsort(-merit, kind="stable")[:num_words]
    known: Matrix = np.sort(codes[best[merit[best] > 0]]).astype(np.float32)
    return known


def _surprise(hits: NDArray[np.float64], num: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    expected, tiny = num * share, 1e-9
    rest = num - hits
    ratio: NDArray[np.float64] = 2 * (
        hits * np.log(np.maximum(hits, tiny) / np.maximum(expected, tiny))
        + rest * np.log(np.maximum(rest, tiny) / np.maximum(num - expected, tiny))
    )
    return ratio


class Bag(NamedTuple):
    """The words of a batch, as torch's ``EmbeddingBag`` takes them.

    Attributes:
        places: of the words among those that are known, one text after the other, [num].
        starts: where each text starts in them, [num_texts].
        shares: what each word is multiplied by, [num].
    """

    places: Tensor
    starts: Tensor
    shares: Tensor

    def to(self, device: torch.device | str) -> Bag:
        """The same on a device."""
        return Bag(*(each.to(device) for each in self))


class WordBags:
    """The known words of many texts."""

    def __init__(self, texts: Sequence[str], known: Matrix) -> None:
        rows = places_of(texts, known)
        self._nums = np.array([len(row) for row in rows])
        self._starts = np.cumsum(self._nums) - self._nums
        self._places = np.concatenate(rows)
        self._shares = np.array([word_share(num) for num in self._nums], np.float32)

    def take(self, texts: NDArray[np.int64]) -> Bag:
        """All words of some texts, by their places."""
        nums = self._nums[texts]
        starts = np.cumsum(nums) - nums
        places = self._places[np.repeat(self._starts[texts] - starts, nums) + np.arange(nums.sum())]
        shares = np.repeat(self._shares[texts], nums)
        return Bag(*(torch.from_numpy(each) for each in (places, starts, shares)))


def with_gaps(bag: Bag, *, words: float, texts: float, order: np.random.Generator) -> Bag:
    """The same without some of the words, and without any words of some texts.

    The words that are left count more, as in dropout. A network that must do without words at times still
    hears what the embedding alone says, which is all there is in Chinese.

    Args:
        bag: of some texts.
        words: share of the words that are left out, 0–1.
        texts: share of the texts that lose all of theirs, 0–1.
        order: draws them.
    """
    nums = np.diff(np.append(bag.starts.numpy(), len(bag.places)))
    is_kept = order.random(len(bag.places)) >= words
    is_heard = np.repeat(order.random(len(nums)) >= texts, nums)
    kept = torch.from_numpy((is_kept & is_heard).astype(np.float32)) / (1 - words)
    return bag._replace(shares=bag.shares * kept)
