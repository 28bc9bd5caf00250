"""Says how likely a text asks for harm, from its embedding and its words, in numpy.

The head is a kernel machine: a text is compared with some of the texts that it was trained on, by a Gaussian
kernel on the principal axes of their embeddings, and what the words and pairs of words say is added (in
Chinese, runs of characters). Both parts were fitted together by kernel ridge regression (Saunders, Gammerman
and Vovk, "Ridge regression learning algorithm in dual variables", 1998). A logistic function that was fitted
on texts held out turns each output into a probability (Platt, "Probabilistic outputs for support vector
machines", 1999). `roleagent.critics.training.harm` trains it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from roleagent.critics.disguise import decoded, unmasked
from roleagent.critics.training.twins import CATEGORIES
from roleagent.embedding.text_vectors import Matrix, TextVectors
from roleagent.embedding.weight_files import Weights, check_shapes, read_weights
from roleagent.embedding.word_codes import codes_in_any_script, places_among
from roleagent.errors import ModelError, ModelUnavailableError
from roleagent.language.sentences import split_sentences

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

FORMAT = "harm 1"
"""Changes when the head reads other numbers or computes otherwise: older weights are then refused."""

WEIGHTS = Path(__file__).parent / "weights"

EMBEDDER = "use-m3"
"""Whose vectors the head reads that is asked where nothing else is chosen."""

HARM = "harm"
"""The output for any harm, beside those of `CATEGORIES`."""

OUTPUTS = (HARM, *CATEGORIES)

STEPS = 127
"""Entries of vectors are stored as whole numbers up to this."""

_LARGEST = 1e4  # of a weight
_WINDOW_CHARS = 300
_MAX_WINDOWS = 24
_MAX_KEPT = 2_000  # vectors of what users say come again only when a draft is repeated

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmHead:
    """A trained head.

    Attributes:
        weights: by name, see `shapes`.
        embedder: name of the embedder whose vectors it reads.
        languages: ISO 639-1 codes of the texts that it was trained on.
        width: γ of the kernel exp(−γ |u − v|²).
        threshold: probability of `HARM` from which a text counts as harmful. At most 2 % of the harmless
            twins that were held out exceed it, and at most 1 % of the everyday talk.
        version: a hash of the weights.
    """

    weights: Weights
    embedder: str
    languages: tuple[str, ...]
    width: float
    threshold: float
    version: str

    @classmethod
    def load(cls, path: Path) -> HarmHead:
        """Read weights from a safetensors file.

        Raises:
            ModelError: it is missing, damaged, of another version, or holds numbers that cannot be.
        """
        weights, told = read_weights(path, version=FORMAT, made_by="roleagent train critic safety")
        try:
            shape = told["shape"]
            check_shapes(
                path, weights, shapes(*(int(shape[name]) for name in ("texts", "dim", "axes", "words")))
            )
            made = cls(
                weights={**weights, "texts.vectors": weights["texts.vectors"] * weights["texts.step"]},
                embedder=told["embedder"],
                languages=tuple(map(str, shape["languages"])),
                width=float(shape["width"]),
                threshold=float(shape["threshold"]),
                version=_hash_of(weights),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path} does not say what it is: {error!r}.") from error
        if wrong := _out_of_range(made):
            raise ModelError(f"{path} is no harm head: {wrong}.")
        return made

    def read(self, texts: Sequence[str], vectors: Matrix) -> Matrix:
        """The probabilities of `OUTPUTS` for some texts, [num_texts, num_outputs].

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


class TrainedHarmScorer:
    """The `HarmScorer` over a head. It also gives the probability of any harm, under the name ``harm``.

    Disguises fall first: invisible characters, full-width letters, base64. A long text is read as a whole
    and in windows, and for each category the highest probability counts.

    Args:
        head: the weights.
        embedder: of the name that the head was trained for.

    Attributes:
        threshold: see `HarmHead`.
    """

    def __init__(self, head: HarmHead, embedder: Embeddings) -> None:
        self.name = f"harm-{head.embedder}@{head.version}"
        self.languages = head.languages
        self.threshold = head.threshold
        self._head = head
        self._vectors = TextVectors(embedder, max_kept=_MAX_KEPT)

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """For each text the probability 0–1 of each of `OUTPUTS`; 0 for a text without letters."""
        parts = [list(passages(text)) for text in texts]
        together = [part for each in parts for part in each]
        if not together:
            return [dict.fromkeys(OUTPUTS, 0.0) for _ in texts]
        found = self._head.read(together, self._vectors.of(together))
        scores, start = [], 0
        for each in parts:
            best = found[start : start + len(each)].max(axis=0, initial=0.0)
            scores.append(dict(zip(OUTPUTS, map(float, best), strict=True)))
            start += len(each)
        return scores

    def warm_up(self) -> None:
        """Embed something, so that the first turn need not load the embedder."""
        self._vectors.of(["…"])


class LateHarmScorer:
    """The shipped head, loaded when it is first asked; if it cannot be loaded, it says so once.

    Without the embedder's weights nothing can be scored: no category then has a probability.
    """

    languages: tuple[str, ...] = ("en", "zh")

    def __init__(self) -> None:
        self.name = "harm"
        self._lock = threading.Lock()
        self._loaded: TrainedHarmScorer | None = None
        self._is_missing = False

    def warm_up(self) -> None:
        """Load it, with its embedder."""
        with self._lock:
            if self._loaded is None and not self._is_missing:
                try:
                    self._loaded = load_harm_head(EMBEDDER)
                    self._loaded.warm_up()
                    self.name = self._loaded.name
                except ModelUnavailableError as error:
                    _log.warning("Harm is found by patterns alone: %s", error)
                    self._loaded, self._is_missing = None, True

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """For each text the probabilities, as of `TrainedHarmScorer.score`; none if it cannot be loaded."""
        self.warm_up()
        return self._loaded.score(texts) if self._loaded else [{} for _ in texts]


def passages(text: str) -> Iterator[str]:
    """What of a text is read: the whole, its windows if it is long, and what it says in base64.

    A window is as many sentences as fit 300 characters. Of a text with more than 24 windows the first and
    the last are read, so that the work is bounded.

    >>> list(passages("Good morning.")), list(passages("…"))
    (['Good morning.'], [])
    """
    plain_text = unmasked(text).strip()
    yield from (said for said in (plain_text, *decoded(plain_text)) if any(map(str.isalpha, said)))
    if len(plain_text) > _WINDOW_CHARS:
        yield from _some(list(_windows(plain_text)))


def _some(windows: list[str]) -> list[str]:
    half = _MAX_WINDOWS // 2
    return windows if len(windows) <= _MAX_WINDOWS else [*windows[:half], *windows[-half:]]


def _windows(text: str) -> Iterator[str]:
    window = ""
    for sentence in split_sentences(text):
        for start in range(0, len(sentence), _WINDOW_CHARS):
            piece = sentence[start : start + _WINDOW_CHARS]
            if window and len(window) + len(piece) > _WINDOW_CHARS:
                yield window
                window = ""
            window = f"{window} {piece}".strip()
    if any(map(str.isalpha, window)):
        yield window


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


def shapes(texts: int, dim: int, axes: int, words: int) -> Mapping[str, tuple[int, ...]]:
    """The sizes of a head's weights.

    Args:
        texts: that it compares with.
        dim: of the embeddings.
        axes: principal axes on which embeddings are compared.
        words: words and pairs of words that are known.
    """
    return {
        "axes": (dim, axes),
        "texts.vectors": (texts, axes),
        "texts.step": (1,),
        "texts.weight": (texts, len(OUTPUTS)),
        "words.codes": (words,),
        "words.weight": (words, len(OUTPUTS)),
        "bias": (len(OUTPUTS),),
        "scale": (len(OUTPUTS),),
        "shift": (len(OUTPUTS),),
    }


def shipped_head(embedder: str) -> HarmHead | None:
    """The head for an embedder's vectors; None, and a warning, if none is shipped for it."""
    path = WEIGHTS / f"harm-{embedder}.safetensors"
    if path.is_file():
        return HarmHead.load(path)
    _log.warning(
        "There is no trained harm scorer for the embedder %r. "
        "To train one: roleagent train critic safety --embedder NAME.",
        embedder,
    )
    return None


def load_harm_scorer(argument: str = "") -> TrainedHarmScorer | LateHarmScorer:
    """What the name ``head`` stands for: that of `use-m3`, loaded late, or `load_harm_head` of a name."""
    return load_harm_head(argument) if argument else LateHarmScorer()


def load_harm_head(argument: str) -> TrainedHarmScorer:
    """The head for the embedder of a name, or that of a file.

    Raises:
        ModelUnavailableError: no head is shipped for the embedder.
        ModelError: the file holds no such weights.
    """
    from roleagent import registry

    if argument.endswith(".safetensors"):
        head: HarmHead | None = HarmHead.load(Path(argument).expanduser())
    else:
        head = shipped_head(argument)
    if head is None:
        raise ModelUnavailableError(
            f"No harm scorer is shipped for the embedder {argument!r}. Use 'head' or 'head:bge-small-en', or "
            "train one: roleagent train critic safety --embedder NAME, then 'head:FILE.safetensors'."
        )
    return TrainedHarmScorer(head, registry.get("embedder", head.embedder))


def _out_of_range(head: HarmHead) -> str:
    """What of the weights cannot be, so that no probability could be computed; empty if nothing."""
    if not 0 < head.threshold < 1 or not head.width > 0:
        return "its threshold is not between 0 and 1, or its width is not above 0"
    if (np.diff(head.weights["words.codes"]) < 0).any():
        return "the codes of its words are not in order"
    others = (name for name in head.weights if name != "words.codes")
    large = [name for name in others if np.abs(head.weights[name]).max(initial=0) > _LARGEST]
    return f"{large[0]} holds numbers beyond {_LARGEST:g}" if large else ""


def _hash_of(weights: Weights) -> str:
    found = sha256()
    for name in sorted(weights):
        found.update(name.encode() + weights[name].astype("<f4").tobytes())
    return found.hexdigest()[:12]
