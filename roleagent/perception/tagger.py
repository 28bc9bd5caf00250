"""What a picture shows, as ImageNet class names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from roleagent.perception import Once, reporting
from roleagent.perception.media import open_image
from roleagent.types import Attachment, Observation

if TYPE_CHECKING:
    from PIL import Image
    from threadpoolctl import ThreadpoolController
    from torch import Tensor

    from roleagent.perception.efficientnet import EfficientNetLite0

MAX_TAGS = 5
MIN_PROBABILITY = 0.1
RENAMED = {"website": "page of text"}  # ImageNet's one class for any page, printed, written or on a screen
CENTRE = 0.875  # the part of the shorter side that the network was tested on


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    network: EfficientNetLite0
    labels: list[str]
    pools: ThreadpoolController


class Tagger:
    """Names what is in a picture: one observation with up to five tags, most probable first.

    The 1,000 tags are animals, tools, vehicles, food and household things. None is a person or a painting, so
    a picture of those gets a wrong tag of low probability, or none.
    """

    name = "tagger"
    media_types = ("image/*",)

    def __init__(self, folder: Path) -> None:
        """Prepare to load ``efficientnet-lite0.pth`` and ``labels.json`` from a folder."""
        self._model = Once(lambda: _load(folder))

    def warm_up(self) -> None:
        """Load the model now rather than at the first picture."""
        self._model()

    def perceive(self, attachment: Attachment) -> Sequence[Observation]:
        """Tag a picture.

        Raises:
            AttachmentError: the picture cannot be read.
            PerceptionError: the model failed.
        """
        picture = open_image(attachment)
        with reporting(self.name, attachment):
            tags = self._tags(picture)
        if not tags:
            return []
        text = ", ".join(f"{label} ({probability:.2f})" for label, probability in tags)
        confidence = round(tags[0][1], 3)
        return [
            Observation(
                kind="tags", text=text, source=self.name, attachment_id=attachment.id, confidence=confidence
            )
        ]

    def _tags(self, picture: Image.Image) -> list[tuple[str, float]]:
        import torch

        model = self._model()
        with torch.inference_mode(), _one_thread(model.pools):
            probabilities = model.network(_to_tensor(picture)).softmax(dim=1)[0]  # [1000]
        best = probabilities.topk(MAX_TAGS)
        tags: dict[str, float] = {}
        for index, value in zip(best.indices.tolist(), best.values.tolist(), strict=True):
            label = model.labels[index]
            tags[label] = tags.get(label, 0.0) + value  # a few classes share a name
        ranked = sorted(tags.items(), key=lambda tag: tag[1], reverse=True)
        return [(label, value) for label, value in ranked if value >= MIN_PROBABILITY]


def load_tagger(argument: str = "") -> Tagger:
    """Make a tagger from a catalogue name; empty for ``efficientnet-lite0``.

    Raises:
        ModelUnavailableError: its weights are not here.
    """
    from roleagent.weights import local_path

    return Tagger(local_path(argument or "efficientnet-lite0"))


def _load(folder: Path) -> _Model:
    from threadpoolctl import ThreadpoolController

    from roleagent.perception import efficientnet

    published = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    return _Model(
        labels=[RENAMED.get(label, label) for label in published],
        network=efficientnet.load(folder / "efficientnet-lite0.pth"),
        pools=ThreadpoolController(),
    )


def _one_thread(pools: ThreadpoolController) -> AbstractContextManager[object]:
    """Compute on the calling thread only, without changing torch's setting for other threads.

    A second thread gains little on so small a network, and on a busy machine the two wait for each other:
    0.2 s became 4 s on two cores while a language model was running.
    """
    import torch

    torch.get_num_threads()  # a new thread takes over torch's setting at its first call, so ours must follow
    limit: AbstractContextManager[object] = pools.limit(limits=1, user_api="openmp")
    return limit


def _to_tensor(picture: Image.Image) -> Tensor:
    """The centre of the picture, [1, 3, 224, 224], values -1 to 1."""
    import numpy as np
    import torch
    from PIL import Image, ImageOps

    from roleagent.perception.efficientnet import SIZE

    side = round(SIZE / CENTRE)
    fitted = ImageOps.fit(picture, (side, side), Image.Resampling.BICUBIC)
    edge = (side - SIZE) // 2
    pixels = np.asarray(fitted.crop((edge, edge, edge + SIZE, edge + SIZE)), dtype=np.float32)
    return torch.from_numpy(pixels / 127.5 - 1.0).permute(2, 0, 1).unsqueeze(0)
