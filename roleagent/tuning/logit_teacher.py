"""A teacher whose logits a student learns from: both must read and write the same tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roleagent.errors import ConfigurationError
from roleagent.tuning.bases import Base

if TYPE_CHECKING:
    from torch import Tensor

    from roleagent.tuning.scoring import Inputs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogitTeacher:
    """A model that is not trained. `logit_teacher` makes one.

    Attributes:
        name: as the model was asked for.
        model: the network, in evaluation mode.
        num_tokens: of the vocabulary; networks may have room for more, and not for the same number.
    """

    name: str
    model: Any  # Any: a transformers model
    num_tokens: int

    def loss(self, inputs: Inputs, logits: Tensor, *, temperature: float) -> Tensor | None:
        """L_KD over the tokens of the replies to learn; None if there is none.

        Args:
            inputs: a sequence, on the device of both models.
            logits: the student's, as `logits_of` finds them.
            temperature: T.
        """
        import torch

        from roleagent.tuning.distillation_loss import distillation_loss
        from roleagent.tuning.scoring import logits_of

        standings = [answer.standing for answer in inputs.packed.answers for _ in answer.tokens]
        good = torch.tensor([standing == "good" for standing in standings], device=logits.device)
        if not good.any():
            return None
        with torch.no_grad():
            told = logits_of(self.model, inputs)[good]
        num = self.num_tokens
        return distillation_loss(logits[good][:, :num], told[:, :num], temperature=temperature)


def logit_teacher(base: Base, student: Base) -> LogitTeacher:
    """The teacher of a student.

    Args:
        base: the teacher's model; its gradients are switched off.
        student: who learns.

    Raises:
        ConfigurationError: their vocabularies are not the same, or the student sees and the teacher does not.
    """
    own, other = student.tokenizer.get_vocab(), base.tokenizer.get_vocab()
    if own != other:
        differ = sorted(token for token in own.keys() | other.keys() if own.get(token) != other.get(token))
        first = differ[0]
        raise ConfigurationError(
            f"{base.name!r} and {student.name!r} do not have the same vocabulary: {len(differ)} tokens "
            f"differ, such as {first!r} ({other.get(first)} and {own.get(first)}). Logits can only be "
            "learned from a model of the same family; learn from the teacher's replies instead: "
            "--level sequence."
        )
    if student.sees and not base.sees:
        raise ConfigurationError(
            f"{student.name!r} sees and {base.name!r} does not, so it has no logits for dialogues with "
            "pictures. Take a teacher that sees."
        )
    base.model.requires_grad_(False)
    base.model.eval()
    return LogitTeacher(name=base.name, model=base.model, num_tokens=max(own.values()) + 1)
