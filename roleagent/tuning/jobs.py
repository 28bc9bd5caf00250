"""A training that is ready to run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from roleagent.tuning.checkpoints import Checkpoints
from roleagent.tuning.options import Options

if TYPE_CHECKING:
    from roleagent.tuning.bases import Base
    from roleagent.tuning.logit_teacher import LogitTeacher
    from roleagent.tuning.scoring import Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the trainer works on.

    Attributes:
        model: with the weights that are trained ready to be trained.
        sequences: of all epochs, in the order in which they are read.
        num_left_out: dialogues that were too long.
        steps_per_epoch: of the optimiser.
        teacher: whose logits are learned, if the objective has L_KD.
    """

    base: Base
    model: Any  # Any: a transformers model
    options: Options
    checkpoints: Checkpoints
    sequences: list[Inputs]
    held_out: list[Inputs]
    num_trained: int
    num_left_out: int
    steps_per_epoch: int
    teacher: LogitTeacher | None = None

    @property
    def fingerprint(self) -> dict[str, Any]:  # Any: JSON
        """What must be the same for a training to go on."""
        options = asdict(self.options)
        for free in ("threads", "patience", "device"):
            options.pop(free)
        return {
            "base": self.base.name,
            "dialogues": _hash(self.sequences),
            "held-out dialogues": _hash(self.held_out),
            "teacher": self.teacher.name if self.teacher else "",
            **options,
        }


def _hash(sequences: Iterable[Inputs]) -> str:
    told = [dialogue.as_dict() for inputs in sequences for dialogue in inputs.packed.dialogues]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
