"""Whether a picture is likely not safe for work, by Yahoo's open_nsfw (2016)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from roleagent.perception import Once, reporting
from roleagent.perception.media import open_image
from roleagent.types import Attachment, Observation

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import onnxruntime
    from PIL import Image

THRESHOLD = 0.7

_RESIZED, _CROPPED = 256, 224
_MEAN_BGR = (104.0, 117.0, 123.0)  # of the pictures it was trained on


class NsfwScreen:
    """Warns of nudity and pornography: one observation above the threshold, none below.

    It knows nothing of violence or gore, and it can be wrong both ways: treat it as a hint.
    """

    name = "nsfw"
    media_types = ("image/*",)

    def __init__(self, weights: Path, *, threshold: float = THRESHOLD) -> None:
        """Prepare to load ``open-nsfw.onnx``; warn from this probability (0–1) on."""
        self._threshold = threshold
        self._session = Once(lambda: _load(weights))

    def warm_up(self) -> None:
        """Load the model now rather than at the first picture."""
        self._session()

    def perceive(self, attachment: Attachment) -> Sequence[Observation]:
        """Screen a picture.

        Raises:
            AttachmentError: the picture cannot be read.
            PerceptionError: the model failed.
        """
        picture = open_image(attachment)
        with reporting(self.name, attachment):
            session = self._session()
            (scores,) = session.run(None, {session.get_inputs()[0].name: _to_pixels(picture)})
            probability = float(scores[0][1])  # [safe, not safe]
        if probability < self._threshold:
            return []
        return [
            Observation(
                kind="nsfw",
                text=f"{probability:.2f} likely not safe for work",
                source=self.name,
                attachment_id=attachment.id,
                confidence=round(probability, 3),
            )
        ]


def load_nsfw_screen(argument: str = "") -> NsfwScreen:
    """Make a screen from a catalogue name; empty for ``open-nsfw``.

    Raises:
        ModelUnavailableError: its weights are not here.
    """
    from roleagent.weights import local_path

    return NsfwScreen(local_path(argument or "open-nsfw") / "open-nsfw.onnx")


def _load(weights: Path) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Threads that spin while they wait would take cores from the language model.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])


def _to_pixels(picture: Image.Image) -> npt.NDArray[np.float32]:
    """As in training: the centre of 256 × 256 pixels, blue-green-red, minus the mean; [1, 224, 224, 3]."""
    import numpy as np
    from PIL import Image

    edge = (_RESIZED - _CROPPED) // 2
    squeezed = picture.resize((_RESIZED, _RESIZED), Image.Resampling.BILINEAR)
    centre = squeezed.crop((edge, edge, edge + _CROPPED, edge + _CROPPED))
    bgr = np.asarray(centre, dtype=np.float32)[:, :, ::-1] - np.array(_MEAN_BGR, dtype=np.float32)
    return np.ascontiguousarray(bgr[np.newaxis])
