"""A perceptor without a model, tiny real files for it, and the checks that every perceptor must pass."""

from __future__ import annotations

import fnmatch
import time
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

from roleagent.protocols import Perceptor
from roleagent.types import Attachment, Observation


class FakePerceptor:
    """A perceptor that returns fixed observations and records its attachments in `seen`.

    >>> from roleagent.types import Attachment
    >>> door = Attachment(id="1", media_type="image/png", path="door.png", name="door.png", num_bytes=9)
    >>> [seen.text for seen in FakePerceptor("a red door").perceive(door)]
    ['a red door']
    """

    def __init__(
        self,
        *texts: str,
        kind: str = "caption",
        name: str = "fake",
        media_types: Sequence[str] = ("image/*", "audio/*"),
        delay_s: float = 0.0,
        error: Exception | None = None,
    ) -> None:
        """Return one observation for each text, after a delay, or raise `error`."""
        self.name = name
        self.media_types = tuple(media_types)
        self.seen: list[Attachment] = []
        self._texts, self._kind = texts, kind
        self._delay_s, self._error = delay_s, error

    def perceive(self, attachment: Attachment) -> Sequence[Observation]:
        """The fixed observations, about this attachment."""
        self.seen.append(attachment)
        time.sleep(self._delay_s)
        if self._error is not None:
            raise self._error
        return [
            Observation(kind=self._kind, text=text, source=self.name, attachment_id=attachment.id)
            for text in self._texts
        ]


def write_tiny_png(
    path: Path, *, size: tuple[int, int] = (8, 8), colour: tuple[int, int, int] = (200, 30, 30)
) -> Path:
    """Write a PNG of one colour (red, green, blue, 0–255); return the path."""
    from PIL import Image

    Image.new("RGB", size, colour).save(path, format="PNG")
    return path


def write_tiny_wav(
    path: Path,
    *,
    seconds: float = 0.1,
    rate_hz: int = 16_000,
    channels: int = 1,
    tone_hz: float = 440.0,
) -> Path:
    """Write a 16-bit WAV of a quiet tone, the same in each channel; return the path."""
    import numpy as np

    moments = np.arange(round(seconds * rate_hz)) / rate_hz
    tone = (8_000 * np.sin(2 * np.pi * tone_hz * moments)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.repeat(tone, channels).tobytes())
    return path


def check_perceptor(
    make: Callable[[], Perceptor], attachment: Attachment, *, repeatable: bool = True
) -> Sequence[Observation]:
    """Check a perceptor's contract on an attachment of a kind it accepts; return its observations.

    Args:
        make: makes the perceptor.
        attachment: the attachment to use.
        repeatable: whether a second call must return the same; false if a model samples its words.

    Raises:
        AssertionError: it breaks the contract; the message says where.
    """
    perceptor = make()
    assert isinstance(perceptor, Perceptor), f"{perceptor!r} lacks name, media_types or perceive"
    fits = any(fnmatch.fnmatch(attachment.media_type, pattern) for pattern in perceptor.media_types)
    assert fits, f"{perceptor.name!r} does not take {attachment.media_type}: show it another attachment"
    observations = list(perceptor.perceive(attachment))
    for observation in observations:
        _check_observation(observation, perceptor, attachment)
    if repeatable:
        again = list(perceptor.perceive(attachment))
        assert again == observations, f"{perceptor.name!r} perceived something else the second time"
    return observations


def _check_observation(observation: Observation, perceptor: Perceptor, attachment: Attachment) -> None:
    assert observation.source == perceptor.name, f"{observation.source!r} is not {perceptor.name!r}"
    assert observation.attachment_id == attachment.id, "an observation must name its attachment"
    assert observation.kind, "an observation must say of what kind it is"
    assert observation.text.strip(), "an observation must have text; perceiving nothing gives none"
    assert observation.confidence is None or 0 <= observation.confidence <= 1, "confidence is 0–1"
    if observation.region is not None:
        left, top, right, bottom = observation.region
        assert 0 <= left < right <= 1, f"left and right of {observation.region} are fractions, in order"
        assert 0 <= top < bottom <= 1, f"top and bottom of {observation.region} are fractions, in order"
    if observation.span_s is not None:
        start, end = observation.span_s
        assert 0 <= start <= end, f"{observation.span_s} is no span of time"
