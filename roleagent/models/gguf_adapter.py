"""From peft's LoRA weights to the GGUF file from which llama.cpp reads an adapter.

llama.cpp computes ``W x + (alpha / rank) B A x``, with A in the tensor ``….lora_a`` and B in ``….lora_b``.
Its files of Llama models hold the rows of the query and key projections in another order than transformers
does (the two halves of each head interleaved, for the rotary embedding), so the rows of their B are put into
that order.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roleagent.errors import ModelError
from roleagent.models.adapters import CONFIG, WEIGHTS, Adapter
from roleagent.models.base_shape import BaseShape, Heads, shape_of_gguf
from roleagent.registry import import_extra
from roleagent.settings import get_settings

ARCHITECTURES = ("llama", "qwen2", "qwen3")
_PERMUTED = {"llama": ("q_proj", "k_proj")}
_LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
_PREFIX, _ENDS = "base_model.model.", {".lora_A.weight": "lora_a", ".lora_B.weight": "lora_b"}
# What peft may be told that GGUF cannot hold: the setting, and its name for people.
_REFUSED = {
    "use_dora": "DoRA",
    "modules_to_save": "whole modules beside the adapter (modules_to_save)",
    "rank_pattern": "a rank for each layer (rank_pattern)",
    "alpha_pattern": "an alpha for each layer (alpha_pattern)",
    "trainable_token_indices": "trained tokens (trainable_token_indices)",
    "alora_invocation_tokens": "activation by tokens (aLoRA)",
    "lora_bias": "a bias of its own (lora_bias)",
    "fan_in_fan_out": "transposed weights (fan_in_fan_out)",
    "layer_replication": "layers that stand several times (layer_replication)",
}


def gguf_adapter_for(adapter: Adapter, base: Path) -> Path:
    """An adapter as llama.cpp reads it: the GGUF file that comes with it, or one made once and kept.

    Args:
        adapter: what is to be used.
        base: the GGUF file of the model that it is to be used with.

    Raises:
        ModelError: the adapter holds what GGUF cannot, or does not fit the base.
        MissingExtraError: it has to be made, and the package gguf is not installed.
    """
    if adapter.gguf is not None:
        return adapter.gguf
    kept = get_settings().models_dir / "_adapters" / ".converted" / f"{adapter.fingerprint}.gguf"
    if not kept.is_file():
        shape, heads = shape_of_gguf(base)
        write_gguf_adapter(adapter.folder, kept, shape=shape, heads=heads)
    return kept


def check_convertible(architecture: str, targets: Sequence[str] = ()) -> None:
    """Refuse, before anything is trained, what `write_gguf_adapter` would refuse afterwards.

    Args:
        architecture: that of the base's GGUF file.
        targets: the layers that get an adapter, as peft calls them; empty for all linear ones of the blocks.

    Raises:
        ModelError: an adapter cannot be turned into a GGUF file.
    """
    if architecture not in ARCHITECTURES:
        raise ModelError(
            f"An adapter for the architecture {architecture!r} cannot be turned into a GGUF file. "
            f"Known: {', '.join(ARCHITECTURES)}. Use it through 'transformers:NAME' or vLLM."
        )
    if others := sorted(set(targets) - set(_LAYERS)):
        raise ModelError(
            f"An adapter of {others[0]!r} cannot be turned into a GGUF file. Take layers of "
            f"{', '.join(_LAYERS)}, or train a checkpoint ('transformers:NAME')."
        )


def write_gguf_adapter(
    folder: Path, out: Path, *, shape: BaseShape, heads: Heads, half: bool = False
) -> Path:
    """Convert the adapter that peft saved in a folder; return `out`.

    Args:
        folder: holds ``adapter_config.json`` and ``adapter_model.safetensors``.
        out: the file to write; its folder is made.
        shape: that of the base.
        heads: those of the base.
        half: write 16-bit floats instead of 32-bit ones.

    Raises:
        ModelError: the adapter holds what GGUF cannot, or is damaged.
        MissingExtraError: the package gguf is not installed.
    """
    gguf = import_extra("gguf", extra="train", what="A LoRA adapter for llama.cpp")
    config = _config_of(folder)
    check_convertible(shape.architecture)
    tensors = _tensors_of(folder, gguf, shape, heads)
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.parent / f".{out.name}.{os.getpid()}.part"
    writer = gguf.GGUFWriter(beside, shape.architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", _alpha_of(config))
    for name, values in tensors.items():
        writer.add_tensor(name, np.ascontiguousarray(values, dtype=np.float16 if half else np.float32))
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
    return out


def _config_of(folder: Path) -> dict[str, Any]:  # Any: JSON
    path = folder / CONFIG
    try:
        config: dict[str, Any] = json.loads(path.read_text("utf-8"))
        kind = config["peft_type"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{str(path)!r} cannot be read as peft's configuration: {error!r}.") from error
    found = [what for setting, what in _REFUSED.items() if config.get(setting)]
    if kind != "LORA":
        found.insert(0, f"the method {kind!r}")
    if config.get("bias", "none") != "none":
        found.append(f"trained biases (bias={config['bias']!r})")
    if found:
        raise ModelError(
            f"The adapter in {str(folder)!r} cannot be turned into a GGUF file, which holds plain LoRA "
            f"alone: it has {', '.join(found)}. Train it without, or use it through 'transformers:NAME' "
            "or vLLM."
        )
    return config


def _alpha_of(config: Mapping[str, Any]) -> float:
    """The alpha that llama.cpp divides by the rank; for rsLoRA, which divides by its root, a larger one."""
    alpha = float(config["lora_alpha"])
    return alpha * math.sqrt(config["r"]) if config.get("use_rslora") else alpha


def _tensors_of(folder: Path, gguf: Any, shape: BaseShape, heads: Heads) -> dict[str, NDArray[np.float32]]:
    """All tensors by their GGUF names, in the order of their rows there."""
    architecture = next(key for key, name in gguf.MODEL_ARCH_NAMES.items() if name == shape.architecture)
    names = gguf.get_tensor_name_map(architecture, shape.num_layers)
    found = {}
    for key, values in _read(folder / WEIGHTS).items():
        module, end = _module_of(key)
        name = names.get_name(module) if end else None
        if name is None or not name.startswith("blk."):
            raise ModelError(
                f"The adapter in {str(folder)!r} cannot be turned into a GGUF file: {key!r} is no LoRA "
                f"weight of a layer that a {shape.architecture!r} model of {shape.num_layers} layers has. "
                "Train the linear layers of the blocks alone, or use it through 'transformers:NAME' or vLLM."
            )
        last = module.rpartition(".")[2]
        if end == "lora_b" and last in _PERMUTED.get(shape.architecture, ()):
            num_heads = heads.num_heads if last == "q_proj" else heads.num_kv_heads
            values = permuted(values, num_heads)
        found[f"{name}.weight.{end}"] = values
    return found


def permuted(rows: NDArray[np.float32], num_heads: int) -> NDArray[np.float32]:
    """The rows of a query or key projection in the order of llama.cpp's files of Llama models.

    Transformers rotates row i of a head together with row i + half; llama.cpp rotates neighbours.

    Args:
        rows: [num_heads * head_size, width].
        num_heads: how many heads share the rows.

    >>> permuted(np.arange(8.0).reshape(8, 1), 2).ravel().tolist()
    [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0]
    """
    size = rows.shape[0] // num_heads
    return rows.reshape(num_heads, 2, size // 2, -1).swapaxes(1, 2).reshape(rows.shape)


def _module_of(key: str) -> tuple[str, str]:
    """A module's name in the base, and which of the two tensors a key means; empty if it is none."""
    for ending, kind in _ENDS.items():
        if key.endswith(ending) and key.startswith(_PREFIX):
            return key.removeprefix(_PREFIX).removesuffix(ending), kind
    return key, ""


def _read(path: Path) -> dict[str, NDArray[np.float32]]:
    """The tensors of a safetensors file as 32-bit floats; numpy has no bfloat16, so torch reads them."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return {name: tensor.float().numpy() for name, tensor in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{str(path)!r} cannot be read as weights: {error}.") from error
