"""The shape of a language model, read from a GGUF file's head or from a checkpoint's configuration.

An adapter fits one base only. Its shape is compared where the bytes of the base cannot be.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from roleagent.errors import ModelError
from roleagent.models.gguf import read_head
from roleagent.weights.entry import Value

# The library's model type -> llama.cpp's name for the same architecture.
_NAME_IN_GGUF = {"mistral": "llama"}
_NUM_WORDS = "tokenizer.ggml.tokens"


class BaseShape(Value):
    """What a base must be like for an adapter to fit.

    Attributes:
        architecture: as GGUF files name it, such as ``llama`` or ``qwen2``.
        hidden_size: the width of a layer's input and output.
        num_layers: transformer blocks.
        vocab_size: tokens of the vocabulary.
    """

    architecture: str = Field(pattern=r"^[a-z0-9_.-]+$")
    hidden_size: int = Field(gt=0)
    num_layers: int = Field(gt=0)
    vocab_size: int = Field(gt=0)


class Heads(Value):
    """Attention heads: of the queries, and of the keys and values that they share."""

    num_heads: int = Field(gt=0)
    num_kv_heads: int = Field(gt=0)


def shape_of_gguf(path: Path) -> tuple[BaseShape, Heads]:
    """The shape of the model in a GGUF file.

    Raises:
        ModelError: the file's head cannot be read, or does not say it.
    """
    architecture = read_head(path, ("general.architecture",)).get("general.architecture", "")
    width, layers = f"{architecture}.embedding_length", f"{architecture}.block_count"
    heads, kv_heads = f"{architecture}.attention.head_count", f"{architecture}.attention.head_count_kv"
    words = f"{architecture}.vocab_size"
    head = read_head(path, (width, layers, words, heads, kv_heads, _NUM_WORDS))
    try:
        num_heads = head[heads]
        shape = BaseShape(
            architecture=architecture,
            hidden_size=head[width],
            num_layers=head[layers],
            vocab_size=head.get(words) or len(head[_NUM_WORDS]),
        )
        return shape, Heads(num_heads=num_heads, num_kv_heads=head.get(kv_heads, num_heads))
    except (KeyError, ValueError) as error:
        raise ModelError(
            f"{str(path)!r} does not say what shape its model has ({error}), so no adapter can "
            "be fitted to it."
        ) from error


def shape_of_config(config: Mapping[str, Any], *, where: str) -> tuple[BaseShape, Heads]:
    """The shape of a transformers checkpoint; of one that sees, that of its language model.

    Args:
        config: the content of ``config.json``.
        where: names the checkpoint in messages.

    Raises:
        ModelError: the configuration does not say it.
    """
    text = {**config, **(config.get("text_config") or {})}
    model_type = str(text.get("model_type", ""))
    try:
        shape = BaseShape(
            architecture=_NAME_IN_GGUF.get(model_type, model_type),
            hidden_size=text["hidden_size"],
            num_layers=text["num_hidden_layers"],
            vocab_size=text["vocab_size"],
        )
        num_heads = text["num_attention_heads"]
        return shape, Heads(num_heads=num_heads, num_kv_heads=text.get("num_key_value_heads") or num_heads)
    except (KeyError, ValueError) as error:
        raise ModelError(
            f"The configuration of {where!r} does not say what shape the model has ({error}), so no adapter "
            "can be fitted to it."
        ) from error
