"""The bilinear scorers by hand, and attention that starts from nothing."""

from __future__ import annotations

import pytest
import torch

from roleagent.gnn.completion import CompletionNetwork, CompletionShape, moduli, times

pytestmark = pytest.mark.xdist_group("torch")


def test_complex_is_the_real_part_of_a_product():
    """(1 + 2i)(3 + 4i) = -5 + 10i, and with the conjugate of (1 + i) its real part is 5."""
    one, other, third = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]), torch.tensor([1.0, 1.0])
    product = times(one, other, "complex")
    assert product.tolist() == [-5.0, 10.0]
    assert float(product @ third) == 5.0
    assert moduli(other, "complex").tolist() == [pytest.approx(5.0)]


def test_distmult_is_a_plain_product():
    """It cannot tell a subject from an object; ComplEx can."""
    one, other = torch.tensor([1.0, 2.0]), torch.tensor([3.0, -4.0])
    assert times(one, other, "distmult").tolist() == [3.0, -8.0]
    assert moduli(other, "distmult").tolist() == [3.0, 4.0]


def network(*, attention: bool) -> CompletionNetwork:
    torch.manual_seed(0)
    shape = CompletionShape(num_entities=5, num_relations=4, dim=8, low=4, heads=2, attention=attention)
    return CompletionNetwork(shape).eval()


def inputs() -> tuple[torch.Tensor, ...]:
    neighbour = torch.tensor([[1, 2], [3, 4]])
    told = torch.tensor([[True, True], [True, False]])
    return torch.tensor([0, 1]), torch.tensor([0, 3]), torch.tensor([[0, 1], [2, 3]]), neighbour, told


def test_attention_starts_from_the_scorer_alone():
    """So what it learns is what it adds."""
    with torch.no_grad():
        alone, heard = network(attention=False)(*inputs()), network(attention=True)(*inputs())
    assert alone.shape == (2, 5)
    assert torch.allclose(alone, heard)


def test_a_neighbour_that_is_not_told_is_not_heard():
    """A hidden edge must not show."""
    ours = network(attention=True)
    torch.nn.init.normal_(ours.attention.leave.weight)
    subject, asked, relation, neighbour, told = inputs()
    other = neighbour.clone()
    other[1, 1] = 0
    with torch.no_grad():
        one = ours(subject, asked, relation, neighbour, told)
        same = ours(subject, asked, relation, other, told)
        different = ours(subject, asked, relation, other, torch.ones_like(told))
    assert torch.allclose(one, same)
    assert not torch.allclose(one[1], different[1])
