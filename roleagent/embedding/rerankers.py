"""Rerankers: read a query and a text together and score how well the text answers the query."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roleagent.embedding.onnx_text import OnnxTextNetwork
from roleagent.errors import ConfigurationError, ModelError, ModelUnavailableError
from roleagent.protocols import Reranker
from roleagent.settings import get_settings, without_telemetry

MAX_CHARS = 2_000  # of a longer text only the start is read; the cut in tokens would drop the rest
_MAX_TOKENS = 256  # of query and text together: time grows with them, and an utterance is seldom longer


class OnnxReranker:
    """A cross-encoder in ONNX; its scores are logits.

    Args:
        folder: with ``model.onnx`` and ``tokenizer.json``.
        name: what it is called in messages.
        languages: ISO 639-1 codes that it reads; empty for all.

    Raises:
        ModelUnavailableError: the files cannot be loaded.
    """

    def __init__(self, folder: Path, *, name: str, languages: Sequence[str]) -> None:
        self.name = name
        self.languages = tuple(languages)
        self._network = OnnxTextNetwork(folder, max_tokens=_MAX_TOKENS)

    def score(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        """One logit for each text."""
        if not texts:
            return []
        scores: list[float] = self._network.first_places(_pairs(query, texts)).tolist()
        return scores


class CrossEncoderReranker:
    """Any cross-encoder of the sentence-transformers library that returns one score, a plain logit.

    Args:
        model: folder, or name on the hub.
        name: what it is called in messages.

    Raises:
        ModelUnavailableError: it is not on this machine and cannot be fetched.
        ConfigurationError: it returns several scores for each pair.
    """

    languages: tuple[str, ...] = ()  # the library does not know what a model reads

    def __init__(self, model: str, *, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._model = _load_cross_encoder(model)

    def score(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        """One logit for each text."""
        from torch.nn import Identity

        if not texts:
            return []
        with self._lock:
            rows = self._model.predict(
                _pairs(query, texts), activation_fn=Identity(), show_progress_bar=False
            )
        scores: list[float] = np.asarray(rows, np.float32).tolist()
        return scores


def load_reranker_l12() -> OnnxReranker:
    """The reranker `reranker-l12`: MiniLM (Wang et al., arXiv:2002.10957) trained on MS MARCO, English.

    Raises:
        ModelUnavailableError: its weights are not here.
    """
    from roleagent.weights import local_path

    return OnnxReranker(local_path("reranker-l12"), name="reranker-l12", languages=("en",))


def load_cross_encoder(argument: str) -> CrossEncoderReranker:
    """The reranker `sentence-transformers:NAME`: a folder, or a name of the hub."""
    folder = Path(argument).expanduser()
    if folder.is_dir():
        return CrossEncoderReranker(str(folder), name=f"sentence-transformers:{folder.resolve()}")
    if not argument or folder.is_absolute() or argument.startswith("."):
        raise ModelUnavailableError(_unavailable(argument, "no such folder"))
    return CrossEncoderReranker(argument, name=f"sentence-transformers:{argument}")


def score(reranker: Reranker, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
    """Score texts: [num_texts], higher is better.

    Raises:
        ModelError: the reranker raised, or did not return one finite number for each text.
    """
    if not texts:
        return np.zeros(0, np.float32)
    try:
        scores = np.asarray(reranker.score(query, texts), dtype=np.float32)
    except Exception as error:
        raise ModelError(f"Reranker {reranker.name!r} raised {error!r} on {len(texts)} texts.") from error
    if scores.shape != (len(texts),) or not np.isfinite(scores).all():
        raise ModelError(
            f"Reranker {reranker.name!r} returned an array of shape {scores.shape} "
            f"for {len(texts)} texts: it must return one finite number for each."
        )
    return scores


def _pairs(query: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    return [(query[:MAX_CHARS], text[:MAX_CHARS]) for text in texts]


def _load_cross_encoder(model: str) -> Any:  # Any: the class is untyped
    without_telemetry()
    from sentence_transformers import CrossEncoder

    local_only = get_settings().offline or Path(model).is_dir()
    try:
        loaded = CrossEncoder(
            model, device="cpu", max_length=_MAX_TOKENS, local_files_only=local_only, trust_remote_code=False
        )
    except (OSError, ValueError) as error:
        raise ModelUnavailableError(_unavailable(model, str(error).partition("\n")[0].rstrip("."))) from error
    if loaded.num_labels != 1:
        raise ConfigurationError(
            f"The cross-encoder {model!r} returns {loaded.num_labels} scores for each pair, but a reranker "
            "must return one. Pass a model trained for reranking."
        )
    return loaded


def _unavailable(model: str, reason: str) -> str:
    return (
        f"The reranker {model!r} is not on this machine and could not be fetched: {reason}. "
        "Pass a folder of a sentence-transformers cross-encoder, its name on the hub, or use 'reranker-l12'."
    )
