"""A training that is ready to run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from roleagent.tuning.checkpoints import Checkpoints
from roleagent.tuning.options import Options

if TYPE_CHECKING:
    from roleagent.tuning.bases import Base
    from roleagent.tuning.dialogues import Dialogue
    from roleagent.tuning.logit_teacher import LogitTeacher
    from roleagent.tuning.scoring import Inputs

_FREE = ("threads", "patience", "device")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the trainer works on.

    Attributes:
        model: with the weights that are trained ready to be trained.
        fingerprint: what must be the same for the training to go on, by `fingerprint_of`.
        sequences: of all epochs, in the order in which they are read.
        num_left_out: dialogues that were too long.
        steps_per_epoch: of the optimiser.
        teacher: whose logits are learned, if the objective has L_KD.
    """

    base: Base
    model: Any  # Any: a transformers model
    options: Options
    checkpoints: Checkpoints
    fingerprint: Mapping[str, Any]  # Any: JSON
    sequences: list[Inputs]
    held_out: list[Inputs]
    num_trained: int
    num_left_out: int
    steps_per_epoch: int
    teacher: LogitTeacher | None = None


def fingerprint_of(
    base_name: str,
    dialogues: Sequence[Dialogue],
    held_out: Sequence[Dialogue],
    options: Options,
    *,
    teacher_name: str = "",
) -> dict[str, Any]:  # Any: JSON
    """What makes a training this one: base, data in their order, and options, but those that may change."""
    kept = {name: value for name, value in asdict(options).items() if name not in _FREE}
    return {
        "base": base_name,
        "dialogues": _hash(dialogues),
        "held-out dialogues": _hash(held_out),
        "teacher": teacher_name,
        **kept,
    }


def _hash(dialogues: Iterable[Dialogue]) -> str:
    told = [dialogue.as_dict() for dialogue in dialogues]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
