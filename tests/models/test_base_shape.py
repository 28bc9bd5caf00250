"""The shape of a model is the same whichever of its files it is read from."""

from pathlib import Path

import pytest

from roleagent.errors import ModelError
from roleagent.models.base_shape import BaseShape, Heads, shape_of_config, shape_of_gguf
from roleagent.testing.adapters import build_tiny_gguf

CONFIG = {
    "model_type": "mistral",
    "hidden_size": 64,
    "num_hidden_layers": 3,
    "vocab_size": 500,
    "num_attention_heads": 8,
}


def test_a_gguf_file_and_its_checkpoint_have_the_same_shape(tiny_text: Path, tmp_path: Path) -> None:
    """An adapter trained on one is used on the other."""
    from transformers import AutoConfig

    found = shape_of_gguf(build_tiny_gguf(tiny_text, tmp_path / "tiny.gguf"))
    config = AutoConfig.from_pretrained(tiny_text)
    assert found == shape_of_config(config.to_dict(), where="tiny")
    assert found == (
        BaseShape(architecture="llama", hidden_size=32, num_layers=2, vocab_size=config.vocab_size),
        Heads(num_heads=4, num_kv_heads=2),
    )


def test_the_language_model_counts_in_one_that_sees_and_names_are_those_of_gguf() -> None:
    """llama.cpp calls Mistral's architecture llama."""
    shape, heads = shape_of_config({"model_type": "llava", "text_config": CONFIG}, where="x")
    assert shape == BaseShape(architecture="llama", hidden_size=64, num_layers=3, vocab_size=500)
    assert heads == Heads(num_heads=8, num_kv_heads=8)


def test_a_configuration_or_file_that_does_not_say_it_is_refused(tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(ModelError, match=r"'x' does not say what shape.*hidden_size"):
        shape_of_config({"model_type": "llama"}, where="x")
    file = tmp_path / "empty.gguf"
    file.write_bytes(b"GGUF\3\0\0\0" + bytes(16))
    with pytest.raises(ModelError, match=r"empty.gguf' does not say what shape"):
        shape_of_gguf(file)
