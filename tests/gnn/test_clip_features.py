"""CLIP as an encoder of pictures: a tiny one of the true architecture, made on the spot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from roleagent.errors import InputError, ModelUnavailableError
from roleagent.gnn.clip_features import ClipPicture
from roleagent.gnn.turn_features import Picture, PictureFeatures, TurnFeatures

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("torch")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint with random weights."""
    import torch
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

    torch.manual_seed(0)
    size = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    text = {"vocab_size": 100, "max_position_embeddings": 16, "bos_token_id": 0, "eos_token_id": 1}
    vision = {"image_size": 32, "patch_size": 8}
    config = CLIPConfig(text_config=size | text, vision_config=size | vision, projection_dim=24)
    path = tmp_path_factory.mktemp("clip") / "tiny-clip"
    CLIPModel(config).save_pretrained(path)
    side = {"height": 32, "width": 32}
    CLIPImageProcessor(size={"shortest_edge": 32}, crop_size=side).save_pretrained(path)
    return path


def picture(colour: str, size: tuple[int, int] = (50, 40)) -> Picture:
    return Picture(image=Image.new("RGB", size, colour))


def test_clip_plugs_in(folder: Path):
    """A user who has one gets better pictures from one argument."""
    clip = ClipPicture(folder)
    assert isinstance(clip, PictureFeatures)
    assert (clip.name, clip.dim) == ("clip:tiny-clip", 24)
    features = TurnFeatures(picture=clip).of(picture=picture("red"))
    assert features["picture"].shape == (24,)
    assert np.linalg.norm(features["picture"]) == pytest.approx(1, abs=1e-5)


def test_it_looks_at_the_pixels(folder: Path):
    """The same picture gives the same numbers, another one others."""
    clip = ClipPicture(folder)
    red, again, blue = (clip.of(picture(colour)) for colour in ("red", "red", "blue"))
    assert np.array_equal(red, again)
    assert not np.allclose(red, blue, atol=1e-3)
    assert np.isfinite(clip.of(picture("red", (1, 200)))).all()


def test_it_computes_what_transformers_computes(folder: Path):
    """With the checkpoint's own preprocessing."""
    import torch
    from transformers import CLIPImageProcessor, CLIPModel

    image = picture("green").image
    pixels = CLIPImageProcessor.from_pretrained(folder)(images=image, return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        wanted = CLIPModel.from_pretrained(folder).get_image_features(pixel_values=pixels).pooler_output[0]
    wanted = (wanted / wanted.norm()).numpy()
    assert np.allclose(ClipPicture(folder).of(Picture(image=image)), wanted, atol=1e-5)


def test_a_picture_without_pixels_is_refused(folder: Path):
    """Observations alone are not enough for it."""
    with pytest.raises(InputError, match=r"pass Picture\(image=…\)"):
        ClipPicture(folder).of(Picture())


def test_a_folder_without_a_checkpoint_is_refused(tmp_path: Path):
    """And nothing is downloaded."""
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ModelUnavailableError, match="holds no CLIP checkpoint"):
            ClipPicture(path)
