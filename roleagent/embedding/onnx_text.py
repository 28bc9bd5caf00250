"""BERT-like networks in ONNX, run on text with their own tokenizer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from roleagent.errors import ModelUnavailableError
from roleagent.settings import get_settings

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TextOrPair = str | tuple[str, str]


class OnnxTextNetwork:
    """A network and its tokenizer, safe to call from any thread.

    Texts go through it one by one. In a batch, an 8-bit network scales its activations over all texts at
    once, so that a text's output would depend on its neighbours (by up to 1.3 of a reranker's score); and for
    texts of a hundred tokens a batch is slower. Several texts are spread over threads instead.

    Args:
        folder: with ``model.onnx`` and ``tokenizer.json``.
        max_tokens: where a text, or the longer of a pair, is cut; special tokens count.
        num_threads: how many texts to work on at once; by default `Settings.num_threads`.

    Raises:
        ModelUnavailableError: the files cannot be loaded.
    """

    def __init__(self, folder: Path, *, max_tokens: int, num_threads: int | None = None) -> None:
        self._tokenizer, self._session = _load(folder)
        self._tokenizer.no_padding()
        self._tokenizer.encode_special_tokens = True  # [SEP] in a text is text, and ends nothing
        self._tokenizer.enable_truncation(max_tokens)
        self._num_threads = num_threads or get_settings().num_threads or os.cpu_count() or 1

    def first_places(self, texts: Sequence[TextOrPair]) -> NDArray[np.float32]:
        """What the first output holds at the first place: [num_texts, dim] of vectors, [num_texts] of scores.

        Args:
            texts: one or more texts, or pairs of texts.
        """
        num_workers = min(self._num_threads, len(texts))
        if num_workers == 1:
            return np.stack([self._first_place(text) for text in texts])
        with ThreadPoolExecutor(num_workers) as pool:
            return np.stack(list(pool.map(self._first_place, texts)))

    def _first_place(self, text: TextOrPair) -> NDArray[np.float32]:
        encoding = self._tokenizer.encode(*([text] if isinstance(text, str) else text))
        inputs = {
            "input_ids": np.array([encoding.ids], np.int64),  # [1, num_tokens], as the other two
            "attention_mask": np.array([encoding.attention_mask], np.int64),
            "token_type_ids": np.array([encoding.type_ids], np.int64),
        }
        first: NDArray[np.float32] = self._session.run(None, inputs)[0][0, 0]
        return first


def _load(folder: Path) -> tuple[Tokenizer, Any]:  # Any: onnxruntime is untyped
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # it would keep the memory of the longest text ever seen
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        network = str(folder / "model.onnx")
        session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # neither library documents what it raises
        raise ModelUnavailableError(
            f"The network in {str(folder)!r} cannot be loaded: {error}. "
            "It needs a sound model.onnx and tokenizer.json; `roleagent models verify` finds damaged files."
        ) from error
    return tokenizer, session
