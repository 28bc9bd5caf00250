"""The screen speaks only above its threshold."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from roleagent import registry
from roleagent.perception.nsfw import NsfwScreen, _to_pixels
from roleagent.protocols import Perceptor
from roleagent.testing.perceptors import check_perceptor
from roleagent.types import Attachment


def shared_screen() -> Perceptor:
    return registry.get("perceptor", "nsfw")  # type: ignore[no-any-return]


def test_pixels_are_blue_green_red_with_the_mean_taken_off() -> None:
    """By hand for pure red: 0 - 104, 0 - 117, 255 - 123. In RGB order every score would be wrong."""
    pixels = _to_pixels(Image.new("RGB", (300, 200), (255, 0, 0)))
    assert pixels.shape == (1, 224, 224, 3)
    np.testing.assert_array_equal(pixels[0, 100, 100], [-104.0, -117.0, 132.0])


@pytest.mark.slow
def test_harmless_pictures_give_no_warning(coffee: Attachment, telegram: Attachment) -> None:
    """A false alarm on a letter would end a conversation."""
    assert check_perceptor(shared_screen, coffee) == []
    assert check_perceptor(shared_screen, telegram) == []


@pytest.mark.slow
def test_above_the_threshold_the_probability_is_said(coffee: Attachment) -> None:
    """With the threshold at 0 even a cup of coffee is above it; its probability must still be small."""
    from roleagent.weights import local_path

    weights = local_path("open-nsfw") / "open-nsfw.onnx"
    (warning,) = check_perceptor(lambda: NsfwScreen(weights, threshold=0.0), coffee)
    assert warning.kind == "nsfw"
    assert warning.confidence is not None
    assert warning.confidence < 0.1
    assert warning.text == f"{warning.confidence:.2f} likely not safe for work"
