"""The words, pictures and voices of a turn as numbers."""

from __future__ import annotations

import numpy as np
import pytest

from roleagent.errors import InputError, ModelError
from roleagent.gnn import prosody
from roleagent.gnn.turn_features import (
    EmbeddedText,
    HeardVoice,
    ObservedPicture,
    Picture,
    PictureFeatures,
    TurnFeatures,
    Voice,
    VoiceFeatures,
    tags_of,
)
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import Observation

DIM = 64
TONE = np.sin(np.arange(prosody.RATE_HZ) / 20).astype(np.float32)


def seen(kind: str, text: str, **more) -> Observation:
    return Observation(kind=kind, text=text, source="test", attachment_id="a", **more)


def embedder() -> HashEmbedder:
    return HashEmbedder(DIM)


def vector(text: str) -> np.ndarray:
    return np.asarray(embedder().embed_query(text), np.float32)


class Three:
    """An encoder of somebody's own."""

    name = "three"
    dim = 3

    def __init__(self, numbers=(1.0, 2.0, 3.0)):
        self.numbers = numbers

    def of(self, given):
        return np.asarray(self.numbers, np.float32)


def test_an_encoder_of_ones_own_fits_both_protocols():
    """There is no base class."""
    assert isinstance(Three(), PictureFeatures)
    assert isinstance(Three(), VoiceFeatures)
    assert isinstance(ObservedPicture(embedder()), PictureFeatures)
    assert isinstance(HeardVoice(), VoiceFeatures)


def test_text_is_embedded():
    """By any embedder; a text without words is zero."""
    text = EmbeddedText(embedder())
    assert (text.name, text.dim) == ("hash", DIM)
    assert np.allclose(text.of("a black cat"), vector("a black cat"))
    assert not text.of("  ").any()


def test_tags_and_their_probabilities_are_read():
    """As the tagger writes them; a label may hold a comma."""
    assert tags_of(seen("tags", "pier, dock (0.50), sea (0.25)")) == [("pier, dock", 0.5), ("sea", 0.25)]
    assert tags_of(seen("tags", "a boat", confidence=0.4)) == [("a boat", 0.4)]


def test_a_picture_has_a_place_for_each_kind_of_observation():
    """What it shows, the text in it and faces must not be mistaken for each other."""
    features = ObservedPicture(embedder())
    numbers = features.of(
        Picture(
            observations=[
                seen("tags", "violin (0.80), bow (0.20)", confidence=0.8),
                seen("text", "COME AT ONCE"),
                seen("text", "if convenient"),
                seen("face", "happy", region=(0.0, 0.0, 0.5, 0.5)),
                seen("nsfw", "fine"),
            ]
        )
    )
    assert features.name == "observed:hash"
    assert numbers.shape == (features.dim,) == (3 * DIM + 4,)
    shown = 0.8 * vector("violin") + 0.2 * vector("bow")
    assert np.allclose(numbers[:DIM], shown / np.linalg.norm(shown), atol=1e-6)
    assert np.allclose(numbers[DIM : 2 * DIM], vector("COME AT ONCE if convenient"), atol=1e-6)
    assert np.allclose(numbers[2 * DIM : 3 * DIM], vector("happy"), atol=1e-6)
    assert np.allclose(numbers[3 * DIM :], [0.8, np.log(3), np.log(2), 0.25])


def test_a_picture_in_which_nothing_was_found_is_zero():
    """That nothing was found says something too; it is not missing."""
    assert not ObservedPicture(embedder()).of(Picture()).any()


def test_a_caption_counts_as_a_sure_tag():
    """A captioner gives no probability."""
    numbers = ObservedPicture(embedder()).of(Picture(observations=[seen("caption", "A red square.")]))
    assert np.allclose(numbers[:DIM], vector("A red square."), atol=1e-6)


def test_a_voice_is_its_sound_and_its_words():
    """How it is said, and what."""
    said = [seen("transcript", "Come at once"), seen("transcript", "if convenient.")]
    heard = HeardVoice(embedder()).of(Voice(samples=TONE, observations=said))
    assert np.allclose(heard[: prosody.DIM], HeardVoice().of(Voice(samples=TONE)))
    assert np.allclose(heard[prosody.DIM :], vector("Come at once if convenient."), atol=1e-6)


def test_a_voice_at_another_rate_is_refused():
    """It would be heard at another pitch."""
    with pytest.raises(InputError, match="8000 Hz"):
        HeardVoice().of(Voice(samples=TONE, rate_hz=8_000))


def test_what_a_turn_lacks_is_left_out():
    """A fusion is told what is missing, not given zeros."""
    features = TurnFeatures(text=embedder(), picture=Three(), voice=HeardVoice())
    assert features.dims == {"text": DIM, "picture": 3, "voice": prosody.DIM}
    assert features.names == {"text": "hash", "picture": "three", "voice": "prosody-1"}
    assert set(features.of(text="Hello.")) == {"text"}
    assert set(features.of(picture=Picture(), voice=Voice(samples=TONE))) == {"picture", "voice"}
    assert features.of(text=" ") == {}
    assert set(TurnFeatures(voice=Three()).of(text="Hello.", voice=Voice(samples=TONE))) == {"voice"}


def test_an_encoder_that_breaks_its_word_is_named():
    """Its numbers would reach the turn vector."""
    for wrong in ((1.0, 2.0), (1.0, 2.0, float("nan"))):
        with pytest.raises(ModelError, match="'three' returned numbers"):
            TurnFeatures(picture=Three(wrong)).of(picture=Picture())


def test_features_of_nothing_are_refused():
    """A mistake in the call, found at once."""
    with pytest.raises(InputError, match="Pass an embedder"):
        TurnFeatures()
