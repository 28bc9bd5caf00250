"""The fusions in torch: what is missing, and what learns."""

from __future__ import annotations

import pytest

from roleagent.errors import InputError
from roleagent.gnn.fusion_shape import WAYS

torch = pytest.importorskip("torch")
from roleagent.gnn.fusion_network import make_fusion, masked_softmax  # noqa: E402

pytestmark = pytest.mark.xdist_group("torch")
DIMS = {"picture": 4, "voice": 6}


@pytest.mark.parametrize("way", WAYS)
def test_the_vector_has_the_size_that_was_asked_for(way: str):
    """It goes into something else."""
    network = make_fusion(way, dims=DIMS, out_dim=5, hidden=16)
    given = {name: torch.ones(3, dim) for name, dim in DIMS.items()}
    assert network(given, torch.ones(3, 2, dtype=torch.bool)).shape == (3, 5)


@pytest.mark.parametrize("way", WAYS)
def test_every_weight_learns_and_gradients_are_finite(way: str):
    """Also with a modality missing, whose features are no numbers."""
    torch.manual_seed(0)
    network = make_fusion(way, dims=DIMS, out_dim=5, hidden=16)
    given = {name: torch.randn(8, dim) for name, dim in DIMS.items()}
    given["voice"][:4] = float("nan")
    present = torch.ones(8, 2, dtype=torch.bool)
    present[:4, 1] = False
    present[4:6, 0] = False
    network(given, present).square().sum().backward()
    gradients = {name: each.grad for name, each in network.named_parameters()}
    unmoved = {name for name, each in gradients.items() if each is None or not each.abs().sum() > 0}
    # Decision counts no vote of what is missing, and a gate between two has no choice if one is missing.
    # Equal biases of all keys do not change a softmax over them.
    expected = {f"encoders.{name}.absent" for name in DIMS} if way in ("decision", "gated") else set()
    assert {name for name in unmoved if ".key." not in name or name.endswith("weight")} == expected
    assert all(torch.isfinite(each).all() for each in gradients.values() if each is not None)


def test_a_way_that_is_not_known_is_refused():
    """With those that are."""
    with pytest.raises(InputError, match="Choose one of concat"):
        make_fusion("sum", dims=DIMS)


def test_a_softmax_over_nothing_is_zero():
    """Where all others are missing, nothing is heard."""
    scores = torch.tensor([[1.0, 1.0], [5.0, 1.0], [3.0, 3.0]])
    allowed = torch.tensor([[True, True], [False, True], [False, False]])
    assert torch.allclose(
        masked_softmax(scores, allowed, dim=1), torch.tensor([[0.5, 0.5], [0.0, 1.0], [0.0, 0.0]])
    )
