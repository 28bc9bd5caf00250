"""A small classifier of texts over their embeddings and words, in numpy.

It is a kernel machine: a text is compared with some of the texts that it was trained on, by a Gaussian kernel
on the principal axes of their embeddings, and what the words and pairs of words say is added (in Chinese,
runs of characters). Both parts were fitted together by kernel ridge regression (Saunders, Gammerman and Vovk,
"Ridge regression learning algorithm in dual variables", 1998). A logistic function that was fitted on texts
held out turns each output into a probability (Platt, "Probabilistic outputs for support vector machines",
1999). `roleagent.critics.training.kernel` trains it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from roleagent.embedding.text_vectors import Matrix
from roleagent.embedding.weight_files import Weights, check_shapes, hash_of, read_weights
from roleagent.embedding.word_codes import codes_in_any_script, places_among
from roleagent.errors import ModelError

FORMAT = "kernel 1"
"""Changes when the head reads other numbers or computes otherwise: older weights are then refused."""

WEIGHTS = Path(__file__).parent / "weights"

STEPS = 127
"""Entries of vectors are stored as whole numbers up to this."""

_LARGEST = 1e4  # of a weight


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelHead:
    """A trained head.

    Attributes:
        weights: by name, see `shapes`.
        embedder: name of the embedder whose vectors it reads.
        languages: ISO 639-1 codes of the texts that it was trained on.
        width: γ of the kernel exp(−γ |u − v|²).
        outputs: what it tells apart; the first is whether any of the others holds.
        threshold: probability of the first output from which it counts; few texts that were held out and
            are not meant exceed it (see the card).
        version: a hash of the weights.
    """

    weights: Weights
    embedder: str
    languages: tuple[str, ...]
    outputs: tuple[str, ...]
    width: float
    threshold: float
    version: str

    @classmethod
    def load(cls, path: Path, *, made_by: str) -> KernelHead:
        """Read weights from a safetensors file.

        Args:
            path: of the file.
            made_by: the command that trains such weights, for errors.

        Raises:
            ModelError: it is missing, damaged, of another version, or holds numbers that cannot be.
        """
        weights, told = read_weights(path, version=FORMAT, made_by=made_by)
        try:
            shape = told["shape"]
            outputs = tuple(map(str, shape["outputs"]))
            sizes = {name: int(shape[name]) for name in ("texts", "dim", "axes", "words")}
            check_shapes(path, weights, shapes(**sizes, outputs=len(outputs)))
            made = cls(
                weights={**weights, "texts.vectors": weights["texts.vectors"] * weights["texts.step"]},
                embedder=told["embedder"],
                languages=tuple(map(str, shape["languages"])),
                outputs=outputs,
                width=float(shape["width"]),
                threshold=float(shape["threshold"]),
                version=hash_of(weights),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path} does not say what it is: {error!r}.") from error
        if wrong := _out_of_range(made):
            raise ModelError(f"{path} is no such head: {wrong}.")
        return made

    def read(self, texts: Sequence[str], vectors: Matrix) -> Matrix:
        """The probabilities of `outputs` for some texts, [num_texts, num_outputs].

        Args:
            texts: what is said.
            vectors: its embeddings, of unit length, [num_texts, dim].

        Raises:
            ValueError: there are more or fewer texts than vectors.
        """
        if len(texts) != len(vectors):
            raise ValueError(f"There are {len(texts)} texts for {len(vectors)} vectors.")
        near = kernel(vectors @ self.weights["axes"], self.weights["texts.vectors"], self.width)
        raw = near @ self.weights["texts.weight"]
        raw += self.weights["bias"]
        for row, text in zip(raw, texts, strict=True):
            codes = codes_in_any_script(text)
            known = places_among(self.weights["words.codes"], codes)
            row += self.weights["words.weight"][known].sum(axis=0) * word_share(len(codes))
        return probabilities(raw, self.weights["scale"], self.weights["shift"])


def kernel(one: Matrix, other: Matrix, width: float) -> Matrix:
    """exp(−γ |u − v|²) for each pair of rows, [num_one, num_other]."""
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * (one @ other.T)
    near: Matrix = np.exp(-width * np.maximum(squares, 0), dtype=np.float32)
    return near


def word_share(num_codes: int) -> np.float32:
    """What each of so many words is multiplied by, so that long texts are not louder than short ones."""
    return np.float32(max(num_codes, 1) ** -0.5)


def probabilities(raw: Matrix, scale: Matrix, shift: Matrix) -> Matrix:
    """Outputs as probabilities, 0–1, by the logistic function of each."""
    odds: Matrix = (1 / (1 + np.exp(-np.clip(raw * scale + shift, -30, 30)))).astype(np.float32)
    return odds


def shapes(*, texts: int, dim: int, axes: int, words: int, outputs: int) -> Mapping[str, tuple[int, ...]]:
    """The sizes of a head's weights.

    Args:
        texts: that it compares with.
        dim: of the embeddings.
        axes: principal axes on which embeddings are compared.
        words: words and pairs of words that are known.
        outputs: what is told apart.
    """
    return {
        "axes": (dim, axes),
        "texts.vectors": (texts, axes),
        "texts.step": (1,),
        "texts.weight": (texts, outputs),
        "words.codes": (words,),
        "words.weight": (words, outputs),
        "bias": (outputs,),
        "scale": (outputs,),
        "shift": (outputs,),
    }


def _out_of_range(head: KernelHead) -> str:
    """What of the weights cannot be, so that no probability could be computed; empty if nothing."""
    if not 0 < head.threshold < 1 or not head.width > 0:
        return "its threshold is not between 0 and 1, or its width is not above 0"
    if (np.diff(head.weights["words.codes"]) < 0).any():
        return "the codes of its words are not in order"
    others = (name for name in head.weights if name != "words.codes")
    large = [name for name in others if np.abs(head.weights[name]).max(initial=0) > _LARGEST]
    return f"{large[0]} holds numbers beyond {_LARGEST:g}" if large else ""
