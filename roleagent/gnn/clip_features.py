"""Pictures by CLIP (Radford et al., arXiv:2103.00020), run by transformers."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np

from roleagent.embedding.text_vectors import Vector
from roleagent.errors import InputError, ModelUnavailableError
from roleagent.gnn.turn_features import Picture


class ClipPicture:
    """The embedding of a picture by a CLIP checkpoint in the format of transformers, of unit length.

    It needs `Picture.image`. Only safetensors are read, and no code of the checkpoint is run.
    """

    def __init__(self, folder: Path, *, name: str = "") -> None:
        """Load a checkpoint.

        Args:
            folder: with ``config.json``, ``preprocessor_config.json`` and ``model.safetensors``.
            name: what a fusion knows the features by; the folder's name by default.

        Raises:
            ModelUnavailableError: the folder holds none.
        """
        from transformers import CLIPImageProcessor, CLIPModel

        self._lock = threading.Lock()
        self.name = f"clip:{name or folder.name}"
        try:  # Any: transformers' own types do not hold for what its objects return
            self._processor: Any = CLIPImageProcessor.from_pretrained(folder, local_files_only=True)
            model: Any = CLIPModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
        except (OSError, ValueError) as error:
            raise ModelUnavailableError(
                f"{str(folder)!r} holds no CLIP checkpoint that can be loaded: {error}"
            ) from error
        self._model = model.eval()

    @property
    def dim(self) -> int:
        """Length of the projection that pictures and texts share."""
        return int(self._model.config.projection_dim)

    def of(self, picture: Picture) -> Vector:
        """[dim].

        Raises:
            InputError: the picture has no pixels.
        """
        import torch

        if picture.image is None:
            raise InputError(
                f"{self.name!r} looks at pixels: pass Picture(image=…), as "
                "roleagent.perception.media.open_image gives it."
            )
        pixels = self._processor(images=picture.image.convert("RGB"), return_tensors="pt")["pixel_values"]
        with self._lock, torch.inference_mode():
            vector = self._model.get_image_features(pixel_values=pixels).pooler_output[0].numpy()
        unit: Vector = (vector / max(float(np.linalg.norm(vector)), 1e-12)).astype(np.float32)
        return unit
