"""Samples come out mono at 16 kHz, whatever went in."""

from __future__ import annotations

import io
import struct
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from roleagent.errors import AttachmentError, MissingExtraError
from roleagent.perception import recordings
from roleagent.perception.kinds import media_type_of
from roleagent.testing.perceptors import write_tiny_wav


def encoded(samples: np.ndarray, rate_hz: int, subtype: str = "PCM_16") -> bytes:
    with io.BytesIO() as file:
        soundfile.write(file, samples, rate_hz, format="WAV", subtype=subtype)
        return file.getvalue()


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_rate_and_channels_give_the_same_tone(tmp_path: Path, rate_hz: int, channels: int) -> None:
    """Telephones record at 8 kHz, cameras in stereo at 48: the same sound must reach the model."""
    path = write_tiny_wav(tmp_path / "a.wav", seconds=1.0, rate_hz=rate_hz, channels=channels, tone_hz=500)
    samples = recordings.decode(path.read_bytes(), "audio/wav", "a.wav")
    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(16_000, abs=20)
    spectrum = np.abs(np.fft.rfft(samples[:16_000]))
    assert spectrum.argmax() == pytest.approx(500, abs=2)  # one bin a hertz


def test_channels_are_averaged() -> None:
    """Speech on one side only must be heard, and two sides must not clip."""
    left_only = np.stack([np.full(1600, 0.5), np.zeros(1600)], axis=1)
    samples = recordings.decode(encoded(left_only, 16_000), "audio/wav", "a.wav")
    assert samples[800] == pytest.approx(0.25, abs=0.01)


def test_blocks_join_without_a_seam() -> None:
    """Resampling block by block must equal resampling at once."""
    import soxr

    time = np.arange(3 * recordings._BLOCK) / 44_100
    tone = (0.5 * np.sin(2 * np.pi * 300 * time)).astype(np.float32)
    whole = soxr.resample(tone, 44_100, 16_000)
    samples = recordings.decode(encoded(tone, 44_100, "FLOAT"), "audio/wav", "a.wav")
    np.testing.assert_allclose(samples[: len(whole)], whole[: len(samples)], atol=1e-3)


def test_not_a_number_and_infinity_become_silence() -> None:
    """A float recording may hold them, and one of them would spoil every sample the model computes."""
    samples = np.array([np.nan, np.inf, -np.inf, 0.5] * 400, dtype=np.float32)
    decoded = recordings.decode(encoded(samples, 16_000, "FLOAT"), "audio/wav", "a.wav")
    assert np.isfinite(decoded).all()
    assert np.abs(decoded).max() <= 1.0


@pytest.mark.parametrize(("rate_hz", "channels"), [(1_000, 1), (500_000, 1), (16_000, 16)])
def test_odd_rates_and_channels_are_refused(rate_hz: int, channels: int) -> None:
    """A tiny file may claim a rate that would take the memory of the machine."""
    with pytest.raises(AttachmentError, match=f"{channels} channels at {rate_hz} Hz"):
        recordings.decode(encoded(np.zeros((100, channels)), rate_hz), "audio/wav", "odd.wav")


def test_too_long_a_recording_says_how_long_it_is() -> None:
    """The way out is to cut it."""
    with pytest.raises(AttachmentError, match=r"2 s long, more than 1 s. Cut it"):
        recordings.decode(encoded(np.zeros(32_000), 16_000), "audio/wav", "long.wav", max_seconds=1)


def with_sizes(data: bytes, riff: int, sound: int) -> bytes:
    at = data.index(b"data")
    size = struct.pack("<I", sound)
    return data[:4] + struct.pack("<I", riff) + data[8 : at + 4] + size + data[at + 8 :]


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFF000])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_U8", "FLOAT", "ULAW"])
def test_a_streamed_wav_does_not_know_its_length(size: int, subtype: str) -> None:
    """A program that writes to a pipe cannot go back to its header."""
    tone = 0.5 * np.sin(np.arange(16_000) / 10)
    streamed = with_sizes(encoded(tone, 16_000, subtype), size, size)
    assert len(recordings.decode(streamed, "audio/wav", "a.wav")) == pytest.approx(16_000, abs=4)


def test_a_wav_of_64_bit_sizes_is_read_with_and_without_them() -> None:
    """RF64, as sound programs write it."""
    with io.BytesIO() as file:
        soundfile.write(file, np.full(16_000, 0.25), 16_000, format="RF64", subtype="PCM_16")
        data = file.getvalue()
    at = data.index(b"ds64") + 8
    unknown = data[:at] + bytes(24) + data[at + 24 :]
    for each in (data, unknown):
        assert len(recordings.decode(each, "audio/wav", "a.wav")) == 16_000


def test_an_empty_recording_with_a_note_behind_it_stays_empty() -> None:
    """What follows the sound is no sound."""
    note = b"LIST" + struct.pack("<I", 12) + b"INFOISFT\0\0\0\0"
    empty = encoded(np.zeros(0), 16_000)
    with pytest.raises(AttachmentError, match="0 s long"):
        recordings.decode(empty[: empty.index(b"data") + 8] + note, "audio/wav", "a.wav")


def recorded(form: str, codec: str, rate_hz: int, *, seconds: float = 1.0, channels: int = 1) -> bytes:
    """A tone, as a telephone or a browser writes it."""
    tone = (0.5 * np.sin(2 * np.pi * 500 * np.arange(int(seconds * rate_hz)) / rate_hz)).astype(np.float32)
    with io.BytesIO() as file:
        with av.open(file, "w", format=form) as container:
            stream = container.add_stream(codec, rate=rate_hz, layout="mono" if channels == 1 else "stereo")
            planes = np.stack([tone] * channels)
            frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=stream.layout.name)
            frame.sample_rate = rate_hz
            for packet in (*stream.encode(frame), *stream.encode(None)):
                container.mux(packet)
        return file.getvalue()


@pytest.mark.parametrize(
    ("form", "codec", "rate_hz"),
    [("ipod", "aac", 44_100), ("mp4", "aac", 48_000), ("adts", "aac", 22_050), ("webm", "libopus", 48_000),
     ("matroska", "libopus", 48_000)],
)  # fmt: skip
@pytest.mark.parametrize("channels", [1, 2])
def test_what_telephones_and_browsers_record_is_read(
    form: str, codec: str, rate_hz: int, channels: int
) -> None:
    """M4A from a voice memo, WebM from a web page."""
    data = recorded(form, codec, rate_hz, channels=channels)
    samples = recordings.decode(data, media_type_of(data, "x"), "memo")
    assert len(samples) == pytest.approx(16_000, abs=2_000)
    middle = samples[4_000:12_000]
    assert np.abs(np.fft.rfft(middle)).argmax() == pytest.approx(250, abs=2)  # two hertz a bin
    with pytest.raises(AttachmentError, match=r"(more|longer) than 0\.5 s"):
        recordings.decode(data, media_type_of(data, "x"), "memo", max_seconds=0.5)


def test_half_a_recording_gives_one_clear_error_or_its_half() -> None:
    """Whatever the decoder of the other library raises."""
    data = recorded("ipod", "aac", 44_100)
    with pytest.raises(AttachmentError, match="damaged"):
        recordings.decode(data[: len(data) // 2], "audio/mp4", "memo.m4a")
    with pytest.raises(AttachmentError, match="damaged"):
        recordings.decode(b"\x1aE\xdf\xa3" + bytes(100), "audio/webm", "memo.webm")


def test_a_film_is_no_recording() -> None:
    """The character would hear it and not see it."""
    with io.BytesIO() as file:
        with av.open(file, "w", format="mp4") as container:
            stream = container.add_stream("mpeg4", rate=5)
            stream.width = stream.height = 16
            frame = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
            for packet in (*stream.encode(frame), *stream.encode(None)):
                container.mux(packet)
        data = file.getvalue()
    with pytest.raises(AttachmentError, match="is a film"):
        recordings.decode(data, "audio/mp4", "clip.mp4")


@pytest.mark.parametrize(
    ("module", "media_type"), [("av", "audio/mp4"), ("soundfile", "audio/wav"), ("soxr", "audio/wav")]
)
def test_without_the_library_the_extra_is_named(
    module: str, media_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agent that only reads and writes does without."""
    data = encoded(np.zeros(100), 16_000)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"needs '{module}'.*roleagent\[speech\]"):
        recordings.decode(data, media_type, "memo")
