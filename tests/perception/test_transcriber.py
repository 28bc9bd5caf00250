"""Speech becomes words with their time; silence and noise become nothing."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from roleagent import registry
from roleagent.perception import transcriber
from roleagent.perception.media import load_attachment, read_audio
from roleagent.perception.transcriber import Transcriber, load_transcriber
from roleagent.protocols import Perceptor
from roleagent.testing.perceptors import check_perceptor
from roleagent.types import Attachment

SENTENCE = (
    "mr holmes my name is violet harper i live in winchester "
    "and for three weeks a man has been following me on a bicycle"
)


TIME = np.arange(80_000) / 16_000
BUZZ = sum(np.sin(2 * np.pi * 200 * k * TIME) / k for k in range(1, 8))


def shared_tiny() -> Perceptor:
    return registry.get("perceptor", "whisper:whisper-tiny.en")  # type: ignore[no-any-return]


def plain(text: str) -> str:
    return " ".join("".join(c for c in text.lower() if c.isalnum() or c == " ").split())


@pytest.mark.parametrize(
    ("no_speech", "log_probability", "compression", "text", "kept"),
    [
        (0.1, -0.3, 1.2, " Good day.", True),
        (0.9, -0.3, 1.2, " Good day.", True),  # sure of the words, whatever it thinks of the sound
        (0.9, -1.5, 1.2, " Thank you.", False),  # what Whisper likes to hear in silence
        (0.1, -0.3, 5.0, " la la la la la la", False),  # looping
        (0.1, -0.3, 1.0, "  ", False),
        (0.1, -0.3, 1.0, " . …", False),  # no word
        (0.86, -0.6, 1.4, " . .", False),
        (0.85, -0.99, 0.6, " Thank you.", False),  # measured on a hum of 200 Hz
        (0.91, -0.94, 0.3, " You", False),
        (0.5, -0.5, 0.6, " Thanks for watching!", False),
        (0.05, -0.5, 0.6, " Thank you.", True),  # somebody does say so
        (0.05, -1.3, 0.6, " Thank you.", False),
        (0.5, -0.5, 1.0, " 请不吝点赞 订阅 转发 打赏支持明镜与点点栏目", False),
        (0.5, -0.5, 1.0, " 字幕由Amara.org社区提供", False),
        (0.02, -0.3, 1.0, " 谢谢。", True),
        (0.7, -0.8, 1.0, " Would you come to Winchester?", True),  # quiet, and on a bad line
        (0.98, -0.8, 1.0, " Would you come to Winchester?", False),
        (0.1, -0.3, 1.0, " 221", True),
    ],
)
def test_segments_that_whisper_doubts_are_dropped(
    no_speech: float, log_probability: float, compression: float, text: str, kept: bool
) -> None:
    """Invented words would be taken for the user's."""
    segment = SimpleNamespace(
        text=text, no_speech_prob=no_speech, avg_logprob=log_probability, compression_ratio=compression
    )
    assert transcriber._is_speech(segment) is kept


@pytest.mark.slow
def test_the_client_is_understood_word_for_word(client: Attachment) -> None:
    """The demo's recording, with times in order and within its 8.3 seconds."""
    segments = check_perceptor(shared_tiny, client)
    assert plain(" ".join(segment.text for segment in segments)) == SENTENCE
    spans = [segment.span_s for segment in segments if segment.span_s]
    assert spans == sorted(spans)
    assert spans[-1][1] <= 8.5
    assert {segment.language for segment in segments} == {"en"}
    assert min(segment.confidence or 0 for segment in segments) > 0.5


@pytest.mark.slow
def test_telephone_stereo_is_understood_too(client: Attachment, tmp_path: Path) -> None:
    """8 kHz and two channels are what many devices record."""
    import soxr

    narrow = soxr.resample(read_audio(client), 16_000, 8_000)
    path = tmp_path / "phone.wav"
    soundfile.write(path, np.stack([narrow, narrow], axis=1), 8_000)
    segments = check_perceptor(shared_tiny, load_attachment(path))
    assert "winchester" in plain(" ".join(segment.text for segment in segments))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["silence", "noise", "tone", "a click", "a hum that swells", "a buzz"])
def test_without_a_voice_nothing_is_heard(tmp_path: Path, kind: str) -> None:
    """Whisper alone answers silence with "Thank you." and noise with applause."""
    generator = np.random.default_rng(0)
    sounds = {
        "silence": np.zeros(48_000),
        "noise": 0.1 * generator.standard_normal(48_000),
        "tone": 0.3 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 16_000),
        "a click": np.ones(1),
        "a hum that swells": 0.3 * np.sin(2 * np.pi * 150 * TIME) * (1 + np.sin(2 * np.pi * 2 * TIME)) / 2,
        "a buzz": 0.15 * BUZZ * (1 + np.sin(2 * np.pi * 4 * TIME)) / 2,
    }
    path = tmp_path / "sound.wav"
    soundfile.write(path, sounds[kind], 16_000)
    assert check_perceptor(shared_tiny, load_attachment(path)) == []


@pytest.mark.slow
def test_where_the_first_device_cannot_work_the_next_one_does(
    client: Attachment, caplog: pytest.LogCaptureFixture
) -> None:
    """A GPU without its libraries is common; hearing slowly beats not hearing."""
    from roleagent.weights import local_path

    hearing = Transcriber(local_path("whisper-tiny.en"), devices=("no such device", "cpu"))
    with caplog.at_level(logging.WARNING):
        assert hearing.perceive(client)
    assert "cannot run on 'no such device'" in caplog.text


def test_the_better_whisper_is_taken_where_both_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Base hears other languages too; tiny is English only."""
    asked: list[str] = []
    present = {"whisper-tiny.en"}
    monkeypatch.setattr("roleagent.weights.is_present", lambda name: name in present)
    monkeypatch.setattr("roleagent.weights.local_path", lambda name: asked.append(name) or tmp_path)
    load_transcriber("")
    present.add("whisper-base")
    load_transcriber("")
    load_transcriber("whisper-tiny.en")
    assert asked == ["whisper-tiny.en", "whisper-base", "whisper-tiny.en"]
