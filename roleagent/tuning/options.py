"""How a training runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from roleagent.errors import ConfigurationError
from roleagent.tuning.objective import Objective


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraOptions:
    """The low-rank adapters (arXiv 2106.09685).

    Attributes:
        rank: of each pair of matrices.
        alpha: their product is scaled by alpha / rank.
        dropout: share 0–1 of their inputs that is dropped in training.
        targets: which linear layers, by the last part of their names; empty for all but the head, and in a
            model that sees those that read text.
        strength: 0–1, how much of what was learned the saved adapter adds to the base: its alpha is scaled by
            it. Between the two a model keeps more of what it could before (arXiv 2109.01903).

    Raises:
        ConfigurationError: the strength is not above 0, or above 1.
    """

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.05
    targets: tuple[str, ...] = ()
    strength: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.strength <= 1:
            raise ConfigurationError(f"strength is {self.strength!r}; it must be above 0 and at most 1.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a training runs.

    Attributes:
        policy: which weights are trained: ``adapters``, ``top:N``, ``projector`` or ``all``.
        lora: for ``adapters``.
        adapter: the folder of an adapter to train further; its own rank and layers then count, not `lora`.
            Empty for a fresh one.
        quantise: train adapters over 4-bit weights (QLoRA, arXiv 2305.14314); CUDA only.
        objective: the loss.
        epochs: how often each dialogue is shown, at most.
        most_steps: of the optimiser, at most; 0 for no limit.
        most_tokens: of a sequence, in which several dialogues stand. Longer dialogues are left out. The
            tokens of pictures do not count.
        sequences_per_step: over which the gradient of a step of the optimiser is the mean, on all GPUs
            together.
        learning_rate: the highest.
        warm_up: share 0–1 of the steps in which it rises; then it falls along a cosine.
        weight_decay: of AdamW.
        clip: the longest gradient.
        check_every: steps between two looks at the held-out dialogues, each with a checkpoint; 0 for four
            looks an epoch.
        patience: looks without a better loss after which the training ends.
        half: compute in bfloat16 where the processor has instructions for it, as GPUs and some CPUs have; the
            trained weights stay float32.
        gradient_checkpointing: less memory, a third more time.
        seed: of the first weights, the order and the dropout.
        device: ``auto``, ``cpu``, ``cuda``, …
        threads: CPU threads; 0 leaves the number as it is.

    Raises:
        ConfigurationError: a number is out of its range, or weights other than adapters are to be trained in
            4 bit.
    """

    policy: str = "adapters"
    lora: LoraOptions = field(default_factory=LoraOptions)
    adapter: str = ""
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

    def __post_init__(self) -> None:
        for name in ("epochs", "most_tokens", "sequences_per_step", "patience"):
            if getattr(self, name) < 1:
                raise ConfigurationError(f"{name} is {getattr(self, name)!r}; it must be at least 1.")
        for name in ("most_steps", "check_every", "threads", "weight_decay", "warm_up"):
            if getattr(self, name) < 0:
                raise ConfigurationError(f"{name} is {getattr(self, name)!r}; it must not be negative.")
        for name in ("learning_rate", "clip"):
            if not getattr(self, name) > 0:
                raise ConfigurationError(f"{name} is {getattr(self, name)!r}; it must be above 0.")
        if self.quantise and self.policy != "adapters":
            raise ConfigurationError(
                f"Weights in 4 bit cannot be trained (policy {self.policy!r}). Train adapters over them."
            )
