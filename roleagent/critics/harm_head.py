"""Says how likely a text asks for harm: a `KernelHead` over the embedding and the words of a text."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from roleagent.critics.disguise import decoded, unmasked
from roleagent.critics.kernel_head import WEIGHTS, KernelHead
from roleagent.critics.training.twins import CATEGORIES
from roleagent.embedding.text_vectors import TextVectors
from roleagent.errors import ModelUnavailableError
from roleagent.language.sentences import split_sentences

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

MADE_BY = "roleagent train critic safety"
EMBEDDER = "use-m3"
"""Whose vectors the head reads that is asked where nothing else is chosen."""

HARM = "harm"
"""The output for any harm, beside those of `CATEGORIES`."""

OUTPUTS = (HARM, *CATEGORIES)

_WINDOW_CHARS = 300
_MAX_WINDOWS = 24
_MAX_KEPT = 2_000  # vectors of what users say come again only when a draft is repeated

_log = logging.getLogger(__name__)


class TrainedHarmScorer:
    """The `HarmScorer` over a head. It also gives the probability of any harm, under the name ``harm``.

    Disguises fall first: invisible characters, full-width letters, base64. A long text is read as a whole
    and in windows, and for each category the highest probability counts.

    Args:
        head: the weights.
        embedder: of the name that the head was trained for.

    Attributes:
        threshold: see `KernelHead`.
    """

    def __init__(self, head: KernelHead, embedder: Embeddings) -> None:
        self.name = _name_of(head)
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
    """The shipped head, whose embedder is loaded when it is first asked; if it cannot be, it says so once.

    Without the embedder's weights nothing can be scored: no category then has a probability.
    """

    languages: tuple[str, ...] = ("en", "zh")

    def __init__(self) -> None:
        self._head = KernelHead.load(WEIGHTS / f"harm-{EMBEDDER}.safetensors", made_by=MADE_BY)
        self.name = _name_of(self._head)
        self._lock = threading.Lock()
        self._loaded: TrainedHarmScorer | None = None
        self._is_missing = False

    def warm_up(self) -> None:
        """Load it, with its embedder."""
        with self._lock:
            if self._loaded is None and not self._is_missing:
                try:
                    self._loaded = _scorer_of(self._head)
                    self._loaded.warm_up()
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


def shipped_head(embedder: str) -> KernelHead | None:
    """The head for an embedder's vectors; None, and a warning, if none is shipped for it."""
    path = WEIGHTS / f"harm-{embedder}.safetensors"
    if path.is_file():
        return KernelHead.load(path, made_by=MADE_BY)
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
    if argument.endswith(".safetensors"):
        head: KernelHead | None = KernelHead.load(Path(argument).expanduser(), made_by=MADE_BY)
    else:
        head = shipped_head(argument)
    if head is None:
        raise ModelUnavailableError(
            f"No harm scorer is shipped for the embedder {argument!r}. Use 'head' or 'head:bge-small-en', or "
            "train one: roleagent train critic safety --embedder NAME, then 'head:FILE.safetensors'."
        )
    return _scorer_of(head)


def _scorer_of(head: KernelHead) -> TrainedHarmScorer:
    from roleagent import registry

    return TrainedHarmScorer(head, registry.get("embedder", head.embedder))


def _name_of(head: KernelHead) -> str:
    return f"harm-{head.embedder}@{head.version}"
