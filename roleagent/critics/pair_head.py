"""A small network that compares two lines, in numpy: their embeddings, their clues, their pairs of words.

Both embeddings u and v are projected, and the network reads u, v, u·v and |u − v|, as Conneau et al.
(arXiv:1705.02364) do for natural-language inference, with the clues of `roleagent.critics.pair_clues` beside
them. Pairs of words, one of each line, add weights of their own. `roleagent.critics.training.pair_training`
trains it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from roleagent.critics.pair_clues import CLUES, VERSION, Line, clue_rows, pair_codes, read_line
from roleagent.embedding.text_vectors import Matrix
from roleagent.embedding.weight_files import Weights, check_shapes, hash_of, read_weights
from roleagent.errors import ModelError

FORMAT = f"pairs 1, clues {VERSION}"
"""Changes when the network reads other numbers or computes otherwise: older weights are then refused."""

WEIGHTS = Path(__file__).parent / "weights"

_EPSILON = 1e-5  # of the normalisation, as torch has it
_LARGEST = 1e4  # of a weight


@dataclass(frozen=True, slots=True, kw_only=True)
class PairHead:
    """A trained network.

    Attributes:
        weights: by name, see `shapes`.
        embedder: name of the embedder whose vectors it reads.
        classes: what it tells apart, in the order of its numbers.
        temperature: by which the scores are divided, so that they are probabilities.
        version: a hash of the weights.
    """

    weights: Weights
    embedder: str
    classes: tuple[str, ...]
    temperature: float
    version: str

    @classmethod
    def load(cls, path: Path, *, made_by: str) -> PairHead:
        """Read weights from a safetensors file.

        Args:
            path: of the file.
            made_by: the command that trains such weights, for errors.

        Raises:
            ModelError: it is missing, damaged, of another version, or holds numbers that are not finite.
        """
        weights, told = read_weights(path, version=FORMAT, made_by=made_by)
        try:
            shape = told["shape"]
            classes = tuple(map(str, shape["classes"]))
            sizes = {name: int(shape[name]) for name in ("dim", "low", "hidden", "codes")}
            check_shapes(path, weights, shapes(**sizes, classes=len(classes)))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path} does not say what it is: {error!r}.") from error
        if any(
            np.abs(each).max(initial=0) > _LARGEST for name, each in weights.items() if name != "pairs.codes"
        ):
            raise ModelError(f"{path} holds numbers beyond {_LARGEST:g}. Train it again: {made_by}.")
        return cls(
            weights=weights,
            embedder=told["embedder"],
            classes=classes,
            temperature=told["temperature"],
            version=hash_of(weights),
        )

    def read(self, pairs: Sequence[tuple[str, str]], earlier: Matrix, later: Matrix) -> Matrix:
        """The probability of each class for each pair, [num_pairs, num_classes]; rows sum to 1.

        Args:
            pairs: the earlier line and the later one.
            earlier: embeddings of the earlier lines, of unit length, [num_pairs, dim].
            later: those of the later ones, [num_pairs, dim].

        Raises:
            ValueError: there are more or fewer vectors than pairs.
        """
        if not len(pairs) == len(earlier) == len(later):
            raise ValueError(f"{len(pairs)} pairs have {len(earlier)} and {len(later)} vectors.")
        lines = [(read_line(one), read_line(other)) for one, other in pairs]
        u, v = (side @ self.weights["project.weight"].T for side in (earlier, later))
        clues = clue_rows(lines, (earlier * later).sum(axis=1).tolist())
        low = u.shape[1]
        x = np.concatenate([u, v, u * v * np.float32(low**0.5), np.abs(u - v), clues], axis=1)
        x = self._normalised(np.maximum(self._linear("enter", x), 0))
        x = x + np.maximum(self._linear("deepen", x), 0)
        scores = self._linear("leave", x) + self._of_words(lines)
        odds = np.exp((scores - scores.max(axis=1, keepdims=True)) / np.float32(self.temperature))
        probabilities: Matrix = odds / odds.sum(axis=1, keepdims=True)
        return probabilities

    def _of_words(self, lines: Sequence[tuple[Line, Line]]) -> Matrix:
        """What the pairs of words that it knows add, [num_pairs, num_classes]."""
        known, table = self.weights["pairs.codes"], self.weights["pairs.weight"]
        found = np.zeros((len(lines), table.shape[1]), np.float32)
        for row, pair in zip(found, lines, strict=True):
            places = code_places(pair_codes(*pair), known)
            if len(places):
                row[:] = table[places].sum(axis=0) * word_share(len(places))
        return found

    def _linear(self, name: str, x: Matrix) -> Matrix:
        y: Matrix = x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return y

    def _normalised(self, x: Matrix) -> Matrix:
        centred = x - x.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + _EPSILON)
        y: Matrix = scaled * self.weights["norm.weight"] + self.weights["norm.bias"]
        return y


def shapes(*, dim: int, low: int, hidden: int, codes: int, classes: int) -> Mapping[str, tuple[int, ...]]:
    """The sizes of a head's weights.

    Args:
        dim: of the embeddings.
        low: of their projections.
        hidden: width of the hidden layers.
        codes: pairs of words that are known.
        classes: how many classes it tells apart.
    """
    return {
        "project.weight": (low, dim),
        "enter.weight": (hidden, 4 * low + len(CLUES)),
        "enter.bias": (hidden,),
        "norm.weight": (hidden,),
        "norm.bias": (hidden,),
        "deepen.weight": (hidden, hidden),
        "deepen.bias": (hidden,),
        "leave.weight": (classes, hidden),
        "leave.bias": (classes,),
        "pairs.codes": (codes,),
        "pairs.weight": (codes, classes),
    }


def code_places(codes: Sequence[int], known: Matrix) -> Matrix:
    """Where codes stand among those that are known, which are in rising order; the others are left out."""
    if not len(known) or not codes:
        return np.empty(0, np.int64)
    wanted = np.array(codes, np.float32)
    places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    found: Matrix = places[known[places] == wanted]
    return found


def word_share(num_pairs: int) -> np.float32:
    """What each of so many pairs of words is multiplied by, so that long lines are not louder."""
    return np.float32(max(num_pairs, 1) ** -0.5)
