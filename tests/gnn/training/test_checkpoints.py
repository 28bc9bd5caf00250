"""A checkpoint gives back what was put in, and is refused where it does not fit."""

from __future__ import annotations

import random

import pytest

from roleagent.errors import InputError, StoreError

pytestmark = pytest.mark.xdist_group("torch")

IDENTITY = {"option 'epochs'": "3", "data": "ab12"}


def some_checkpoint():
    import torch

    from roleagent.gnn.training.checkpoints import Checkpoint

    tensors = {"weights.a": torch.tensor([0.1, 0.2]), "step": torch.tensor(3.0)}
    return Checkpoint(tensors=tensors, values={"losses": [0.1, 1 / 3], "epochs": []})


def test_what_is_written_is_read(tmp_path):
    """To the last bit: losses go on as they were."""
    import torch

    from roleagent.gnn.training.checkpoints import read_checkpoint, write_checkpoint

    path, kept = tmp_path / "c.safetensors", some_checkpoint()
    write_checkpoint(path, kept, identity=IDENTITY)
    read = read_checkpoint(path, identity=IDENTITY)
    assert read.values == kept.values
    assert all(torch.equal(read.tensors[name], kept.tensors[name]) for name in kept.tensors)
    assert [each.name for each in tmp_path.iterdir()] == ["c.safetensors"]


def test_a_checkpoint_of_another_training_says_what_differs(tmp_path):
    """So that a user knows which option to set."""
    from roleagent.gnn.training.checkpoints import read_checkpoint, write_checkpoint

    path = tmp_path / "c.safetensors"
    write_checkpoint(path, some_checkpoint(), identity=IDENTITY)
    with pytest.raises(InputError, match=r"its option 'epochs' was '3' and is now '5'"):
        read_checkpoint(path, identity=IDENTITY | {"option 'epochs'": "5"})


@pytest.mark.parametrize(
    "content", [b"", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      ", b"no checkpoint at all"]
)
def test_a_damaged_file_is_named(tmp_path, content):
    """With what to do."""
    from roleagent.gnn.training.checkpoints import read_checkpoint

    path = tmp_path / "c.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"c.safetensors' cannot be read as a checkpoint.*Delete it"):
        read_checkpoint(path, identity=IDENTITY)


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    """As an error of ours."""
    from roleagent.gnn.training.checkpoints import write_checkpoint

    with pytest.raises(StoreError, match="cannot be written"):
        write_checkpoint(tmp_path / "no" / "c.safetensors", some_checkpoint(), identity=IDENTITY)


def test_generators_go_on_where_they_were():
    """Order and dropout are drawn from them."""
    import json

    import torch

    from roleagent.gnn.training.checkpoints import (
        python_randomness,
        set_python_randomness,
        set_torch_randomness,
        torch_randomness,
    )

    order = random.Random(7)
    order.random()
    torch.manual_seed(7)
    states = json.loads(json.dumps(python_randomness(order))), torch_randomness("cpu")
    drawn = order.random(), torch.rand(3).tolist()
    set_python_randomness(order, states[0])
    set_torch_randomness(states[1], "cpu")
    assert (order.random(), torch.rand(3).tolist()) == drawn
