"""EfficientNet-Lite0 in plain torch, for inference (Tan & Le 2019, arXiv:1905.11946).

"Lite" means ReLU6 instead of swish, and no squeeze-and-excitation. The published weights came from
TensorFlow, hence its "same" padding, which puts the odd pixel right and below, and its epsilon of 0.001.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

SIZE = 224
NUM_CLASSES = 1000

# expansion, kernel, stride of the first block, channels out, blocks
_STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
_STEM, _HEAD = 32, 1280


class EfficientNetLite0(nn.Module):
    """Picture [batch, 3, 224, 224], values -1 to 1 -> logits [batch, 1000] over ImageNet-1k classes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_stem = _SameConv2d(3, _STEM, 3, stride=2)
        self.bn0 = _norm(_STEM)
        self.blocks = nn.Sequential(*_blocks())
        self.conv_head = _SameConv2d(_STAGES[-1][3], _HEAD, 1)
        self.bn1 = _norm(_HEAD)
        self.fc = nn.Linear(_HEAD, NUM_CLASSES)

    def forward(self, pixels: Tensor) -> Tensor:
        """Logits."""
        x = functional.relu6(self.bn0(self.conv_stem(pixels)))
        x = self.blocks(x)
        x = functional.relu6(self.bn1(self.conv_head(x)))
        logits: Tensor = self.fc(x.mean(dim=(2, 3)))
        return logits


class _Block(nn.Module):
    """Inverted bottleneck: widen, filter each channel by itself, narrow; add the input if shapes agree."""

    def __init__(self, channels_in: int, channels_out: int, *, expand: int, kernel: int, stride: int) -> None:
        super().__init__()
        wide = channels_in * expand
        self.expand_conv = _SameConv2d(channels_in, wide, 1) if expand > 1 else None
        self.bn0 = _norm(wide) if expand > 1 else None
        self.depthwise_conv = _SameConv2d(wide, wide, kernel, stride=stride, groups=wide)
        self.bn1 = _norm(wide)
        self.project_conv = _SameConv2d(wide, channels_out, 1)
        self.bn2 = _norm(channels_out)
        self.is_residual = stride == 1 and channels_in == channels_out

    def forward(self, x: Tensor) -> Tensor:
        y = x
        if self.expand_conv is not None and self.bn0 is not None:
            y = functional.relu6(self.bn0(self.expand_conv(y)))
        y = functional.relu6(self.bn1(self.depthwise_conv(y)))
        y = self.bn2(self.project_conv(y))
        return torch.add(x, y) if self.is_residual else y


class _SameConv2d(nn.Conv2d):
    """Convolution whose output is ceil(input / stride) wide, padded as TensorFlow does; square pictures."""

    def __init__(
        self, channels_in: int, channels_out: int, kernel: int, *, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__(channels_in, channels_out, kernel, stride=stride, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        size, kernel, stride = x.shape[-1], self.kernel_size[0], self.stride[0]
        short = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        before, after = short // 2, short - short // 2
        return super().forward(functional.pad(x, (before, after, before, after)))


def load(weights: Path) -> EfficientNetLite0:
    """Read published weights; the file may hold tensors only, never code.

    Raises:
        RuntimeError: the tensors do not fit this network.
    """
    tensors = torch.load(weights, map_location="cpu", weights_only=True)
    network = EfficientNetLite0()
    # The published ``_blocks.0._bn1.weight`` is our ``blocks.0.bn1.weight``.
    ours = {".".join(part.lstrip("_") for part in name.split(".")): value for name, value in tensors.items()}
    network.load_state_dict(ours)
    return network.eval()


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


def _blocks() -> list[_Block]:
    blocks, channels = [], _STEM
    for expand, kernel, first_stride, channels_out, repeats in _STAGES:
        for index in range(repeats):
            stride = first_stride if index == 0 else 1
            blocks.append(_Block(channels, channels_out, expand=expand, kernel=kernel, stride=stride))
            channels = channels_out
    return blocks
