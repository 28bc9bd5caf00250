"""The published fake and the checks for perceptors do what they say."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from roleagent.testing.perceptors import FakePerceptor, check_perceptor, write_tiny_png, write_tiny_wav
from roleagent.types import Attachment, Observation

DOOR = Attachment(id="1", media_type="image/png", path="door.png", name="door.png", num_bytes=9)


def test_the_fake_says_what_it_was_told_and_keeps_what_it_saw() -> None:
    """Tests of a workflow ask both."""
    fake = FakePerceptor("a red door", "and a bell")
    assert [seen.text for seen in check_perceptor(lambda: fake, DOOR)] == ["a red door", "and a bell"]
    assert fake.seen == [DOOR, DOOR]  # the check looks twice


def test_the_fake_can_fail() -> None:
    """A workflow must bear perceptors that do."""
    with pytest.raises(OSError, match="lens cap"):
        FakePerceptor(error=OSError("lens cap")).perceive(DOOR)


def test_tiny_files_are_real_files(tmp_path: Path) -> None:
    """Decoders must take them."""
    with Image.open(write_tiny_png(tmp_path / "a.png", size=(3, 2), colour=(1, 2, 3))) as picture:
        assert (picture.size, picture.getpixel((0, 0))) == ((3, 2), (1, 2, 3))
    path = write_tiny_wav(tmp_path / "a.wav", seconds=0.5, rate_hz=8_000, channels=2)
    with wave.open(str(path)) as recording:
        assert (recording.getnframes(), recording.getnchannels()) == (4_000, 2)
        assert recording.getframerate() == 8_000


class Wrong:
    """A perceptor with one fault, set from outside."""

    name = "wrong"
    media_types = ("image/*",)

    def __init__(self, observation: Observation) -> None:
        self.observation = observation

    def perceive(self, attachment: Attachment) -> Sequence[Observation]:
        return [self.observation]


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"source": "somebody else"}, "is not 'wrong'"),
        ({"attachment_id": "2"}, "name its attachment"),
        ({"kind": ""}, "what kind"),
        ({"text": " "}, "must have text"),
        ({"confidence": 1.5}, "confidence is 0–1"),
        ({"region": (0.5, 0.1, 0.2, 0.9)}, "left and right"),
        ({"region": (0.1, 5.0, 0.2, 9.0)}, "top and bottom"),
        ({"span_s": (2.0, 1.0)}, "no span of time"),
    ],
)
def test_the_check_finds_each_fault(fault: dict[str, object], says: str) -> None:
    """A conformance suite that passes everything proves nothing."""
    right = {"kind": "caption", "text": "a door", "source": "wrong", "attachment_id": "1"}
    observation = Observation(**{**right, **fault})  # type: ignore[arg-type]
    with pytest.raises(AssertionError, match=says):
        check_perceptor(lambda: Wrong(observation), DOOR)


def test_the_check_finds_a_perceptor_that_changes_its_mind() -> None:
    """A retried node must see the same."""
    texts = iter(["a door", "a window"])

    class Fickle(Wrong):
        def perceive(self, attachment: Attachment) -> Sequence[Observation]:
            return [Observation(kind="caption", text=next(texts), source="wrong", attachment_id="1")]

    placeholder = Observation(kind="caption", text="-", source="wrong", attachment_id="1")
    with pytest.raises(AssertionError, match="second time"):
        check_perceptor(lambda: Fickle(placeholder), DOOR)
