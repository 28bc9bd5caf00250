"""How a training runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from roleagent.tuning.objective import Objective


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraOptions:
    """The low-rank adapters (arXiv 2106.09685).

    Attributes:
        rank: of each pair of matrices.
        alpha: their product is scaled by alpha / rank.
        dropout: share 0–1 of their inputs that is dropped in training.
        targets: which linear layers, by the last part of their names; empty for all but the head.
    """

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.05
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a training runs.

    Attributes:
        policy: which weights are trained: ``adapters``, ``top:N``, ``projector`` or ``all``.
        lora: for ``adapters``.
        quantise: train adapters over 4-bit weights (QLoRA); CUDA only.
        objective: the loss.
        epochs: how often each dialogue is shown, at most.
        most_steps: of the optimiser, at most; 0 for no limit.
        most_tokens: of a sequence, in which several dialogues stand; those of pictures do not count.
        sequences_per_step: whose gradients are added up for a step of the optimiser.
        learning_rate: the highest.
        warm_up: share 0–1 of the steps in which it rises; then it falls along a cosine.
        weight_decay: of AdamW.
        clip: the longest gradient.
        check_every: steps between two looks at the held-out dialogues, each with a checkpoint; 0 for four looks
            an epoch.
        patience: looks without a better loss after which the training ends.
        half: compute in bfloat16 where it is faster; the trained weights stay float32.
        gradient_checkpointing: less memory, a third more time.
        seed: of the first weights, the order and the dropout.
        device: ``auto``, ``cpu``, ``cuda``, …
        threads: CPU threads; 0 leaves the number as it is.
    """

    policy: str = "adapters"
    lora: LoraOptions = field(default_factory=LoraOptions)
    quantise: bool = False
    objective: Objective = field(default_factory=Objective)
    epochs: int = 3
    most_steps: int = 0
    most_tokens: int = 1024
    sequences_per_step: int = 4
    learning_rate: float = 2e-4
    warm_up: float = 0.05
    weight_decay: float = 0.01
    clip: float = 1.0
    check_every: int = 0
    patience: int = 4
    half: bool = True
    gradient_checkpointing: bool = False
    seed: int = 0
    device: str = "auto"
    threads: int = 0
