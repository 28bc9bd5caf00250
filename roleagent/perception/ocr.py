"""Text in pictures, read by PP-OCRv6 through the rapidocr library (extra ``ocr``)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roleagent.errors import MissingExtraError
from roleagent.perception import Once, reporting
from roleagent.perception.media import open_image
from roleagent.registry import is_installed
from roleagent.types import Attachment, Observation

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image
    from rapidocr import RapidOCR

MIN_SIDE, MAX_SIDE = 640, 1600
MAX_ASPECT = 8
MIN_CONFIDENCE = 0.6
MIN_LONE_CHARACTER = 0.95  # the model easily takes edges and rims for an 8 or an O

Region = tuple[float, float, float, float]


class TextReader:
    """Reads print and much handwriting in about 50 languages: one observation a line, top to bottom."""

    name = "ocr"
    media_types = ("image/*",)

    def __init__(self, folder: Path) -> None:
        """Prepare to load the detection, orientation and recognition models from a folder."""
        self._engine = Once(lambda: _load(folder))
        self._one_at_a_time = threading.Lock()  # the engine keeps a picture's state while it works

    def warm_up(self) -> None:
        """Load the models now rather than at the first picture."""
        self._engine()

    def perceive(self, attachment: Attachment) -> Sequence[Observation]:
        """Read a picture, scaled to at most 1,600 pixels a side first.

        Raises:
            AttachmentError: the picture cannot be read.
            PerceptionError: a model failed.
            MissingExtraError: the library is not installed.
        """
        import numpy as np

        picture = _fit(open_image(attachment))
        with reporting(self.name, attachment), self._one_at_a_time:
            bgr = np.ascontiguousarray(np.asarray(_pad(picture), dtype=np.uint8)[:, :, ::-1])
            found: Any = self._engine()(bgr)  # Any: a class for each set of stages
        if found.txts is None:
            return []
        lines = zip(found.txts, found.scores, found.boxes, strict=True)
        return [
            Observation(
                kind="text",
                text=text,
                source=self.name,
                attachment_id=attachment.id,
                confidence=round(float(score), 3),
                region=_region(box, picture.size),
            )
            for text, score, box in lines
            if len(text.strip()) > 1 or score >= MIN_LONE_CHARACTER
        ]


def load_ocr(argument: str = "") -> TextReader:
    """Make a reader from a catalogue name; empty for ``ppocr-v6``.

    Raises:
        ModelUnavailableError: its weights are not here.
        MissingExtraError: the library is not installed.
    """
    from roleagent.weights import local_path

    if not is_installed("rapidocr"):
        raise MissingExtraError("Reading text needs 'rapidocr'. Install it: pip install 'roleagent[ocr]'.")
    return TextReader(local_path(argument or "ppocr-v6"))


def _load(folder: Path) -> RapidOCR:
    """Load the library with our files, so that it fetches nothing, and without its log."""
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.text_score": MIN_CONFIDENCE,
            # The library would enlarge until the *short* side is 736: 11 GB for a strip of 10 × 1,600 pixels.
            "Det.limit_type": "max",
            "Det.limit_side_len": MAX_SIDE,
            "Det.model_path": str(folder / "PP-OCRv6_det_small.onnx"),
            "Cls.model_path": str(folder / "ch_ppocr_mobile_v2.0_cls_mobile.onnx"),
            "Rec.model_path": str(folder / "PP-OCRv6_rec_small.onnx"),
        }
    )


def _fit(picture: Image.Image) -> Image.Image:
    """Shrink a large picture, and enlarge a small one to read small print, but never beyond `MAX_SIDE`."""
    short, long = sorted(picture.size)
    scale = min(MAX_SIDE / long, max(1.0, MIN_SIDE / short))
    width, height = (max(1, round(side * scale)) for side in picture.size)
    return picture.resize((width, height))


def _pad(picture: Image.Image) -> Image.Image:
    """Put a narrow strip on white: the library would enlarge one of 1,600 × 1 pixels to 48,000 × 30."""
    from PIL import Image

    least = max(picture.size) // MAX_ASPECT
    paper = Image.new("RGB", (max(picture.width, least), max(picture.height, least)), "white")
    paper.paste(picture, (0, 0))  # at the origin, so that coordinates stay the same
    return paper


def _region(box: npt.NDArray[np.float32], size: tuple[int, int]) -> Region:
    """The upright rectangle around four corners [4, 2] in pixels, as fractions of the picture."""
    left, top = (box.min(axis=0) / size).clip(0, 1).tolist()
    right, bottom = (box.max(axis=0) / size).clip(0, 1).tolist()
    return round(left, 4), round(top, 4), round(right, 4), round(bottom, 4)
