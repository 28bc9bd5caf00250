"""The loss of distillation: its value and its gradient against ones worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from roleagent.tuning.distillation_loss import distillation_loss

pytestmark = pytest.mark.xdist_group("torch")


def test_value_and_gradient_by_hand() -> None:
    """Two tokens, T = 2: softmax(z / 2) is (3/4, 1/4) for the teacher, and even for the student.

    KL = 3/4 ln(3/2) + 1/4 ln(1/2), and L = 4 KL. dL/dz = T² (q - p) / T = 2 (q - p) = (-1/2, 1/2).
    """
    teacher = torch.tensor([[2 * math.log(3), 0.0]])
    student = torch.zeros(1, 2, requires_grad=True)
    loss = distillation_loss(student, teacher, temperature=2.0)
    assert loss.item() == pytest.approx(4 * (0.75 * math.log(1.5) + 0.25 * math.log(0.5)))
    loss.backward()
    torch.testing.assert_close(student.grad, torch.tensor([[-0.5, 0.5]]))


def test_it_is_the_mean_over_tokens() -> None:
    """Long replies weigh no more than short ones; a token on which both agree adds nothing."""
    teacher = torch.tensor([[2 * math.log(3), 0.0], [1.0, 1.0]])
    alone = distillation_loss(torch.zeros(1, 2), teacher[:1], temperature=2.0)
    both = distillation_loss(torch.zeros(2, 2), teacher, temperature=2.0)
    assert both.item() == pytest.approx(alone.item() / 2)


def test_it_is_never_negative_and_nothing_flows_to_the_teacher() -> None:
    """It is a divergence, and the teacher is not trained."""
    torch.manual_seed(0)
    teacher = torch.randn(5, 7, requires_grad=True)
    student = torch.randn(5, 7, requires_grad=True)
    loss = distillation_loss(student, teacher, temperature=1.0)
    loss.backward()
    assert loss.item() > 0
    assert teacher.grad is None
    assert distillation_loss(teacher + 3, teacher, temperature=1.0).item() == pytest.approx(0, abs=1e-6)


def test_it_agrees_with_torch() -> None:
    """Two ways of computing the same."""
    torch.manual_seed(0)
    student, teacher = torch.randn(5, 7), torch.randn(5, 7)
    theirs = torch.nn.functional.kl_div(
        (student / 3).log_softmax(-1), (teacher / 3).log_softmax(-1), log_target=True, reduction="batchmean"
    )
    torch.testing.assert_close(distillation_loss(student, teacher, temperature=3.0), 9 * theirs)
