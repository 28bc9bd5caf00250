"""What a turn holds, as numbers for a fusion: the words, a picture, and a voice.

An encoder of your own plugs in as any object with a name, a size and a method `of`. Those here need no model
but a text embedder: they read what perceptors observe, and listen to how something is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from langchain_core.embeddings import Embeddings

from roleagent.embedding.embedders import embedder_name
from roleagent.embedding.text_vectors import TextVectors, Vector
from roleagent.errors import InputError, ModelError
from roleagent.gnn import prosody
from roleagent.gnn.prosody import Samples, voice_features
from roleagent.types import Observation

if TYPE_CHECKING:
    from PIL import Image

_TAG = re.compile(r"(.+?) \((\d\.\d+)\)(?:, |$)")  # as `roleagent.perception.tagger` writes them
_SHOWS, _SAYS, _FACES = ("tags", "caption"), ("text",), ("face",)
_NUM_COUNTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of a turn.

    Attributes:
        observations: what perceptors found in it.
        image: its pixels, for encoders that look at them.
    """

    observations: Sequence[Observation] = ()
    image: Image.Image | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A recording of a turn.

    Attributes:
        samples: -1 to 1, [num_samples].
        rate_hz: samples a second; `roleagent.perception.media.read_audio` gives 16,000.
        observations: what perceptors heard in it.
    """

    samples: Samples
    rate_hz: int = prosody.RATE_HZ
    observations: Sequence[Observation] = ()


@runtime_checkable
class PictureFeatures(Protocol):
    """Turns a picture into numbers."""

    @property
    def name(self) -> str:
        """Is saved with a fusion that was trained on these features; another name is refused."""

    @property
    def dim(self) -> int:
        """How many numbers."""

    def of(self, picture: Picture) -> Vector:
        """[dim], finite."""


@runtime_checkable
class VoiceFeatures(Protocol):
    """Turns a voice into numbers; see `PictureFeatures`."""

    @property
    def name(self) -> str:
        """Is saved with a fusion that was trained on these features; another name is refused."""

    @property
    def dim(self) -> int:
        """How many numbers."""

    def of(self, voice: Voice) -> Vector:
        """[dim], finite."""


class EmbeddedText:
    """Words, by a text embedder."""

    def __init__(self, embedder: Embeddings) -> None:
        """Use any langchain-core embedder."""
        self._vectors = TextVectors(embedder)
        self.name = embedder_name(embedder)

    @property
    def dim(self) -> int:
        """Length of the vectors; the embedder is asked once."""
        return int(self._vectors.of(["a"]).shape[1])

    def of(self, text: str) -> Vector:
        """[dim], of unit length, or zero for a text without words.

        Raises:
            ModelError: the embedder failed.
        """
        if not text.strip():
            return np.zeros(self.dim, np.float32)
        vector: Vector = self._vectors.of([text])[0]
        return vector


class ObservedPicture:
    """What perceptors found in a picture, by a text embedder.

    The numbers are three embeddings, each zero if there is nothing to embed: what the picture shows (tags,
    weighed by their probability, and captions), the text in it, and the faces; then the probability of the
    first tag, log(1 + lines of text), log(1 + faces), and the share of the picture that the largest face
    fills. Faces are observations of kind ``face``, one for each.
    """

    def __init__(self, embedder: Embeddings) -> None:
        """Use any langchain-core embedder."""
        self._text = EmbeddedText(embedder)
        self.name = f"observed:{self._text.name}"

    @property
    def dim(self) -> int:
        """Three embeddings and four numbers."""
        return 3 * self._text.dim + _NUM_COUNTS

    def of(self, picture: Picture) -> Vector:
        """[dim].

        Raises:
            ModelError: the embedder failed.
        """
        seen = picture.observations
        lines, faces = _of_kind(seen, _SAYS), _of_kind(seen, _FACES)
        tags = [tag for each in _of_kind(seen, ("tags",)) for tag in tags_of(each)]
        counts = [
            max((probability for _, probability in tags), default=0.0),
            np.log1p(len(lines)),
            np.log1p(len(faces)),
            max((_area(face) for face in faces), default=0.0),
        ]
        parts = [self._shown(seen), self._joined(lines), self._joined(faces), np.asarray(counts, np.float32)]
        return np.concatenate(parts)

    def _shown(self, seen: Sequence[Observation]) -> Vector:
        """The weighed mean of what tags and captions say, brought to unit length."""
        weighed = [
            pair
            for each in _of_kind(seen, _SHOWS)
            for pair in (tags_of(each) if each.kind == "tags" else [(each.text, 1.0)])
        ]
        total: Vector = np.zeros(self._text.dim, np.float32)
        for text, weight in weighed:
            total = total + np.float32(weight) * self._text.of(text)
        norm = float(np.linalg.norm(total))
        return total / np.float32(norm) if norm else total

    def _joined(self, seen: Sequence[Observation]) -> Vector:
        return self._text.of(" ".join(each.text for each in seen))


class HeardVoice:
    """How something was said (`roleagent.gnn.prosody`) and, with an embedder, what the transcript says."""

    def __init__(self, embedder: Embeddings | None = None) -> None:
        """Use any langchain-core embedder, or none for the sound alone."""
        self._text = EmbeddedText(embedder) if embedder else None
        self.name = f"prosody-1:{self._text.name}" if self._text else "prosody-1"

    @property
    def dim(self) -> int:
        """Numbers of the sound, then those of the words."""
        return prosody.DIM + (self._text.dim if self._text else 0)

    def of(self, voice: Voice) -> Vector:
        """[dim].

        Raises:
            InputError: the samples cannot be heard; see `voice_features`.
            ModelError: the embedder failed.
        """
        sound = voice_features(voice.samples, voice.rate_hz)
        if self._text is None:
            return sound
        words = " ".join(each.text for each in _of_kind(voice.observations, ("transcript",)))
        return np.concatenate([sound, self._text.of(words)])


class TurnFeatures:
    """The features of a turn, by modality: ``text``, ``picture`` and ``voice``."""

    def __init__(
        self,
        *,
        text: Embeddings | None = None,
        picture: PictureFeatures | None = None,
        voice: VoiceFeatures | None = None,
    ) -> None:
        """Use what is given.

        Raises:
            InputError: nothing is.
        """
        if text is None and picture is None and voice is None:
            raise InputError("Pass an embedder as text, or what makes features of a picture or a voice.")
        self._text = None if text is None else EmbeddedText(text)
        self._picture, self._voice = picture, voice

    @property
    def dims(self) -> dict[str, int]:
        """Length of each modality's features."""
        return {name: each.dim for name, each in self._used().items()}

    @property
    def names(self) -> dict[str, str]:
        """Name of what makes them."""
        return {name: each.name for name, each in self._used().items()}

    def _used(self) -> Mapping[str, EmbeddedText | PictureFeatures | VoiceFeatures]:
        all_of_them = {"text": self._text, "picture": self._picture, "voice": self._voice}
        return {name: each for name, each in all_of_them.items() if each is not None}

    def of(
        self, *, text: str = "", picture: Picture | None = None, voice: Voice | None = None
    ) -> dict[str, Vector]:
        """Features of what the turn holds; what it lacks, or what nothing here reads, is left out.

        Raises:
            InputError: the samples of the voice cannot be heard.
            ModelError: an encoder failed, or did not return what it should.
        """
        found: dict[str, Vector] = {}
        if self._text is not None and text.strip():
            found["text"] = self._text.of(text)
        if self._picture is not None and picture is not None:
            found["picture"] = _checked(self._picture.of(picture), self._picture)
        if self._voice is not None and voice is not None:
            found["voice"] = _checked(self._voice.of(voice), self._voice)
        return found


def tags_of(seen: Observation) -> list[tuple[str, float]]:
    """Tags and their probabilities; the whole text with its confidence if it does not list them.

    >>> seen = Observation(kind="tags", text="violin (0.71), bow (0.12)", source="tagger", attachment_id="a")
    >>> tags_of(seen)
    [('violin', 0.71), ('bow', 0.12)]
    """
    found = [(label, float(probability)) for label, probability in _TAG.findall(seen.text)]
    return found or [(seen.text, 1.0 if seen.confidence is None else seen.confidence)]


def _of_kind(seen: Sequence[Observation], kinds: tuple[str, ...]) -> list[Observation]:
    return [each for each in seen if each.kind in kinds]


def _area(face: Observation) -> float:
    if face.region is None:
        return 0.0
    left, top, right, bottom = face.region
    return (right - left) * (bottom - top)


def _checked(vector: Vector, made_by: PictureFeatures | VoiceFeatures) -> Vector:
    given = np.asarray(vector, np.float32)
    if given.shape != (made_by.dim,) or not np.isfinite(given).all():
        raise ModelError(
            f"{made_by.name!r} returned numbers of shape {list(given.shape)} instead of [{made_by.dim}], "
            "or some that are not finite."
        )
    return given
