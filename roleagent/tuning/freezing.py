"""Which weights of a model are trained."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from roleagent.errors import ConfigurationError

if TYPE_CHECKING:
    from torch import nn

POLICIES = ("adapters", "top:N", "projector", "all")
_BLOCK = re.compile(r"(?:^|\.)(?:layers|h|blocks)\.(\d+)\.")
_PICTURES = re.compile(r"(?:^|\.)(?:vision_tower|vision_model|visual|image_encoder)\.")
_PROJECTOR = re.compile(r"(?:^|\.)(?:multi_modal_projector|connector|modality_projection|merger)\.")
NOT_TEXT = rf".*(?:{_PICTURES.pattern}|{_PROJECTOR.pattern}).*"
"""Matches the names of weights that read pictures, rather than text."""


def check_policy(policy: str) -> None:
    """Refuse what is no policy.

    Raises:
        ConfigurationError: with the known ones.
    """
    if policy not in ("adapters", "projector", "all") and not re.fullmatch(r"top:[1-9]\d*", policy):
        raise ConfigurationError(
            f"{policy!r} does not say what to train. Write adapters (LoRA), top:N (the last N blocks, "
            "such as top:4), projector (between pictures and text), or all."
        )


def freeze(model: nn.Module, policy: str) -> int:
    """Leave only the weights of a policy to be trained; those of pictures only under ``all``.

    Args:
        model: a transformers model.
        policy: ``top:N``, ``projector`` or ``all``; ``adapters`` freezes everything.

    Returns:
        How many weights are trained.

    Raises:
        ConfigurationError: the model has no such weights, or fewer blocks than N.
    """
    check_policy(policy)
    chosen = _chosen([name for name, _ in model.named_parameters()], policy)
    if not chosen and policy != "adapters":
        raise ConfigurationError(f"{type(model).__name__} has no weights for {policy!r}. Choose another.")
    num = 0
    for name, weights in model.named_parameters():
        weights.requires_grad_(name in chosen)
        num += weights.numel() if name in chosen else 0
    return num


def _chosen(names: list[str], policy: str) -> set[str]:
    if policy == "adapters":
        return set()
    if policy == "all":
        return set(names)
    if policy == "projector":
        return {name for name in names if _PROJECTOR.search(name)}
    blocks = {
        name: int(found[1]) for name in names if (found := _BLOCK.search(name)) and not _PICTURES.search(name)
    }
    if not blocks:
        return set()
    num_blocks, wanted = max(blocks.values()) + 1, int(policy.partition(":")[2])
    if wanted > num_blocks:
        raise ConfigurationError(f"{policy!r}: the model has only {num_blocks} blocks.")
    return {name for name, block in blocks.items() if block >= num_blocks - wanted}
