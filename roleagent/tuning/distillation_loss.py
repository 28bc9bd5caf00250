"""The loss of a student that is to foretell what its teacher foretells."""

from __future__ import annotations

import torch
from torch import Tensor


def distillation_loss(student: Tensor, teacher: Tensor, *, temperature: float) -> Tensor:
    """L_KD = T² · KL(softmax(z_teacher / T) ‖ softmax(z_student / T)), the mean over tokens.

    T softens both distributions, so that the student learns what else its teacher took for possible. T² makes
    up for the gradients, which shrink by as much (arXiv 1503.02531).

    Args:
        student: logits, ``[num_tokens, vocabulary]``.
        teacher: the same of the teacher; no gradient flows into them.
        temperature: T, above 0.
    """
    told = torch.log_softmax(teacher.detach() / temperature, dim=-1)
    learned = torch.log_softmax(student / temperature, dim=-1)
    divergence = (told.exp() * (told - learned)).sum(dim=-1)  # [num_tokens]
    return temperature**2 * divergence.mean()
