"""Tests of running ONNX networks on text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from roleagent.embedding.onnx_text import OnnxTextNetwork
from roleagent.errors import ModelUnavailableError
from roleagent.weights import local_path


def test_a_damaged_network_is_one_clear_error(tmp_path: Path) -> None:
    """Two libraries read the files; neither's own error says what to do."""
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "model.onnx").write_bytes(b"no network")
    with pytest.raises(ModelUnavailableError, match=r"cannot be loaded.*roleagent models verify"):
        OnnxTextNetwork(tmp_path, max_tokens=8)


@pytest.mark.slow
def test_texts_give_the_same_on_any_number_of_threads_and_are_cut() -> None:
    """What a memory holds must not hang on how busy the machine was."""
    folder = local_path("bge-small-en")
    texts = ["One.", "word " * 100, "word " * 200, ""]
    alone = OnnxTextNetwork(folder, max_tokens=32, num_threads=1).first_places(texts)
    spread = OnnxTextNetwork(folder, max_tokens=32, num_threads=3).first_places(texts)
    assert alone.shape == (4, 384)
    assert np.array_equal(alone, spread)
    assert np.array_equal(alone[1], alone[2])
    assert not np.array_equal(alone[0], alone[1])


@pytest.mark.slow
def test_control_tokens_in_a_text_are_text() -> None:
    """A message could otherwise end the question that a reranker compares it with."""
    network = OnnxTextNetwork(local_path("bge-small-en"), max_tokens=32)
    encoding = network._tokenizer.encode("who [SEP] is [CLS] it [PAD]", "x")
    assert [token for token in encoding.tokens if token.startswith("[") and len(token) > 1] == [
        "[CLS]",
        "[SEP]",
        "[SEP]",
    ]
