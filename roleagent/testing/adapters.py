"""Tiny adapters, and the tiny models beneath them as GGUF files, made on the spot with random weights."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from roleagent.models.adapters import Adapter, Base, ForPersona, write_manifest
from roleagent.models.base_shape import shape_of_config
from roleagent.models.checkpoint_adapters import without_noise
from roleagent.models.gguf_adapter import permuted
from roleagent.registry import import_extra

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

ALL_LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
_NORMAL, _CONTROL = 1, 3  # types of tokens in GGUF files


def build_tiny_adapter(
    checkpoint: Path,
    folder: Path,
    *,
    name: str,
    base: Base | None = None,
    persona: ForPersona | None = None,
    languages: Sequence[str] = (),
    spread: float = 0.3,
    seed: int = 0,
    **settings: Any,  # Any: what peft's LoraConfig takes
) -> Adapter:
    """Write a LoRA adapter of rank 4 with random weights, and its manifest.

    Args:
        checkpoint: directory of the base.
        folder: where the adapter goes.
        name: its name.
        base: what the manifest says of the base; by default the shape of the checkpoint.
        persona: whom it is for.
        languages: what the manifest says of them.
        spread: standard deviation of the second matrices: how much the adapter changes.
        seed: of the weights.
        **settings: replace those of peft's ``LoraConfig``.
    """
    import torch
    from transformers import AutoModelForCausalLM

    peft = import_extra("peft", extra="train", what="A LoRA adapter")
    model = AutoModelForCausalLM.from_pretrained(checkpoint)
    chosen = {"r": 4, "lora_alpha": 8, "target_modules": list(ALL_LINEAR), "task_type": "CAUSAL_LM"}
    with without_noise():
        adapted = peft.PeftModel(model, peft.LoraConfig(**(chosen | settings)))
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(seed)
        for key, weights in adapted.named_parameters():
            if ".lora_" in key:
                weights.normal_(std=spread)
    adapted.save_pretrained(folder)
    shape, _ = shape_of_config(model.config.to_dict(), where=str(checkpoint))
    return write_manifest(
        folder,
        name=name,
        base=base or Base(name=checkpoint.name, **shape.model_dump()),
        persona=persona,
        languages=languages,
        made_by="roleagent.testing.adapters.build_tiny_adapter",
    )


def build_tiny_gguf(checkpoint: Path, out: Path) -> Path:
    """Write the tiny text model of a directory as a GGUF file of 32-bit floats; return the file."""
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

    gguf = import_extra("gguf", extra="train", what="A GGUF file")
    model = AutoModelForCausalLM.from_pretrained(checkpoint)
    config, architecture = model.config, str(model.config.model_type)
    kind = next(key for key, name in gguf.MODEL_ARCH_NAMES.items() if name == architecture)
    names = gguf.get_tensor_name_map(kind, config.num_hidden_layers)
    writer = gguf.GGUFWriter(str(out), architecture)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    _add_tokenizer(writer, PreTrainedTokenizerFast.from_pretrained(checkpoint))
    for key, tensor in model.state_dict().items():
        values = tensor.float().numpy()
        heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
        module = key.split(".")[-2]
        if architecture == "llama" and module in heads:
            values = permuted(values, heads[module])
        writer.add_tensor(
            names.get_name(key, try_suffixes=(".weight", ".bias")), np.ascontiguousarray(values)
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return out


def _add_tokenizer(writer: Any, tokenizer: PreTrainedTokenizerFast) -> None:
    words = [word for word, _ in sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])]
    control = {str(token) for token in tokenizer.added_tokens_decoder.values()}
    merges = json.loads(tokenizer.backend_tokenizer.to_str())["model"]["merges"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_vocab_size(len(words))
    writer.add_token_list(words)
    writer.add_token_types([_CONTROL if word in control else _NORMAL for word in words])
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
    writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    writer.add_add_bos_token(False)
    writer.add_chat_template(str(tokenizer.chat_template))
