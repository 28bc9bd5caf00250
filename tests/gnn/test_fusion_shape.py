"""What a fusion can be, and how large it is."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from roleagent.errors import InputError
from roleagent.gnn.fusion_shape import WAYS, FusionShape


def shape_of(way: str) -> FusionShape:
    return FusionShape(way=way, dims={"picture": 2, "voice": 3}, out_dim=5, hidden=8, tokens=2, heads=2)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"way": "sum"}, "no fusion 'sum'. Choose one of concat, decision, gated, cross-attention"),
        ({"dims": {}}, "needs a modality"),
        ({"dims": {"text": 0}}, "at least 1"),
        ({"dims": {"my.text": 3}}, "hold no dot"),
        ({"hidden": 18}, "hidden=18 cannot be cut into tokens=2"),
        ({"heads": 3}, "heads=3"),
    ],
)
def test_a_shape_that_cannot_be_built_is_refused(changes, told: str):
    """Before any training."""
    with pytest.raises(InputError, match=told):
        FusionShape(**(asdict(shape_of("gated")) | changes))


def test_weights_are_counted():
    """By hand, for two modalities of 2 and 3 numbers, states of 8 and vectors of 5."""
    encoders = (2 * 2 + 2 * 8 + 8 + 3 * 8) + (2 * 3 + 3 * 8 + 8 + 3 * 8)
    leave, deep = 8 * 5 + 5, 16 * 8 + 8
    attention = 2 * (4 * (4 * 4 + 4) + (4 * 8 + 8) + (8 * 4 + 4) + 4 * 4)
    mixers = {
        "concat": deep + leave,
        "decision": 2 * (8 * 8 + 8 + leave) + 2,
        "gated": 2 * (8 * 8 + 8) + (16 * 16 + 16) + leave,
        "cross-attention": attention + deep + leave,
    }
    for way in WAYS:
        sizes = shape_of(way).weights().values()
        assert sum(int(np.prod(size)) for size in sizes) == encoders + mixers[way]


def test_the_order_of_modalities_is_kept():
    """It is that of the columns of `Fused.shares`."""
    assert shape_of("gated").modalities == ("picture", "voice")
