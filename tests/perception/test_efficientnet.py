"""The network has the published shape and pads as the published weights expect."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("torch")


def test_a_batch_of_pictures_gives_a_row_of_logits_each() -> None:
    """1,000 classes, whatever the batch."""
    import torch

    from roleagent.perception.efficientnet import EfficientNetLite0

    network = EfficientNetLite0().eval()
    with torch.inference_mode():
        assert network(torch.zeros(2, 3, 224, 224)).shape == (2, 1000)


def test_it_has_the_published_number_of_parameters() -> None:
    """4.65 million (the Lite paper's table): a wrong stage would not go unseen."""
    from roleagent.perception.efficientnet import EfficientNetLite0

    assert sum(weights.numel() for weights in EfficientNetLite0().parameters()) == 4_652_008


def test_the_odd_pixel_of_padding_goes_right_and_below() -> None:
    """By hand: 4 wide, kernel 3, stride 2 needs one pixel more; put left, the sums would be 1+2 and 2+3+4."""
    import torch

    from roleagent.perception import efficientnet

    convolution = efficientnet._SameConv2d(1, 1, 3, stride=2)
    torch.nn.init.zeros_(convolution.weight)
    with torch.no_grad():
        convolution.weight[0, 0, 0] = 1.0  # sums three neighbours in the kernel's top row
        row = torch.tensor([1.0, 2.0, 3.0, 4.0]).repeat(4, 1)[None, None]
        assert convolution(row)[0, 0, 0].tolist() == [1 + 2 + 3, 3 + 4 + 0]


def test_published_names_lose_their_underscores(tmp_path: Path) -> None:
    """The published file names parts as private attributes: ``_blocks.0._bn1.running_mean``."""
    import torch

    from roleagent.perception import efficientnet
    from roleagent.perception.efficientnet import EfficientNetLite0

    tensors = EfficientNetLite0().state_dict()
    published = {f"_{name.replace('.bn', '._bn')}": each for name, each in tensors.items()}
    torch.save(published, tmp_path / "published.pth")
    loaded = efficientnet.load(tmp_path / "published.pth").state_dict()
    assert "_blocks.0._bn1.running_mean" in published
    assert loaded.keys() == tensors.keys()
