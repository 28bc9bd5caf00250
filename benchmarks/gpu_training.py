"""A step of training: LoRA on a bfloat16 network, or on one whose weights are held in 4 bits (QLoRA)."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.report import Figure

RANK = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a step reads.

    Attributes:
        rows: texts in a batch.
        width: tokens of each.
        num_steps: steps that are timed, after one that is not.
        checkpointing: whether activations are computed again rather than kept (gradient checkpointing).
    """

    rows: int
    width: int
    num_steps: int
    checkpointing: bool


def train_lora(model: Any, step: Step, *, seed: int) -> dict[str, Figure]:
    """Seconds and tokens a second of forward, backward and AdamW; the model is left as it was.

    LoRA (arXiv 2106.09685) of rank 16 on every linear layer except the last, its weights in float32 under
    autocast to bfloat16, on random tokens. The model may lie on any device.
    """
    import torch

    device = model.device
    generator = torch.Generator(device).manual_seed(seed)
    size = (step.rows, step.width)
    tokens = torch.randint(model.config.vocab_size, size, device=device, generator=generator)
    with adapted(model, checkpointing=step.checkpointing) as network:
        trained = [weight for weight in network.parameters() if weight.requires_grad]
        optimizer = torch.optim.AdamW(trained, lr=1e-4)
        took = [_step_s(network, optimizer, tokens) for _ in range(step.num_steps + 1)][1:]
    return {
        "n": step.num_steps,
        "rows": step.rows,
        "width": step.width,
        "num_tokens": tokens.numel(),
        "trained_weights": sum(weight.numel() for weight in trained),
        "step_s": round(median(took), 4),
        "tokens_per_s": round(tokens.numel() / median(took), 1),
    }


@contextmanager
def adapted(model: Any, *, checkpointing: bool) -> Iterator[Any]:
    """The model in training mode with fresh LoRA layers; afterwards it is as before."""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules="all-linear", task_type="CAUSAL_LM")
    with warnings.catch_warnings():  # peft, too, uses the names of before transformers 5.23
        warnings.filterwarnings("ignore", ".*gradient_checkpointing.* is deprecated", FutureWarning)
        network = get_peft_model(model, config)
        try:
            if checkpointing:
                model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
            yield network.train()
        finally:
            if checkpointing:
                model.gradient_checkpointing_disable()
            network.unload()
            model.eval()


def _step_s(network: Any, optimizer: Any, tokens: Any) -> float:
    import torch

    _wait_for(tokens.device)
    began = time.perf_counter()
    with torch.autocast(tokens.device.type, dtype=torch.bfloat16):
        loss = network(input_ids=tokens, labels=tokens, use_cache=False).loss
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    _wait_for(tokens.device)
    took = time.perf_counter() - began
    if not torch.isfinite(loss):
        raise RuntimeError(f"the loss is {loss.item()}")
    return took


def _wait_for(device: Any) -> None:
    """Until the device has done what it was given."""
    import torch

    if device.type == "cuda":
        torch.cuda.synchronize(device)


def quantize(model: Any) -> None:
    """Hold the weights of every linear layer but the last in 4 bits (NF4, arXiv 2305.14314), in place."""
    import bitsandbytes as bnb
    import torch

    last = model.get_output_embeddings()
    names = [
        name
        for name, layer in model.named_modules()
        if isinstance(layer, torch.nn.Linear) and layer is not last
    ]
    for name in names:
        layer = model.get_submodule(name)
        small = bnb.nn.Linear4bit(
            layer.in_features,
            layer.out_features,
            bias=layer.bias is not None,
            compute_dtype=torch.bfloat16,
            quant_type="nf4",
            device="meta",
        )
        device = layer.weight.device
        small.weight = bnb.nn.Params4bit(layer.weight.data, requires_grad=False, quant_type="nf4").to(device)
        small.bias = layer.bias
        parent, _, attribute = name.rpartition(".")
        setattr(model.get_submodule(parent), attribute, small)
    model.is_loaded_in_4bit = True  # peft looks for it
