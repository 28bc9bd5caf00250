"""The input of a turn: words, pictures and recordings, and what is perceived in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from roleagent.types.identity import STRANGER, Owner, Sight, Thread, content_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A picture or recording that comes with the user's words; made by `perception.media.load_attachment`.

    Attributes:
        id: sha256 of the bytes, hexadecimal.
        media_type: MIME type found from the bytes, such as ``image/png``.
        path: the file that holds the bytes.
        name: the file's name as the user knows it.
        num_bytes: size in bytes.
    """

    id: str
    media_type: str
    path: str
    name: str
    num_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one user said at one moment in one conversation with one persona.

    Attributes:
        sight: whom the user stands for, and the moment of the story.
        text: what the user typed; once the turn was perceived, also what they said in `voice`.
        at: when, in UTC, with its time zone.
        attachments: pictures and recordings; material, never the user's own words.
        voice: a recording in which the user speaks to the persona, if the application says that it is one.
    """

    thread: Thread
    sight: Sight = STRANGER
    text: str
    at: datetime
    attachments: tuple[Attachment, ...] = ()
    voice: Attachment | None = None

    @property
    def id(self) -> str:
        """A hash of everything in the turn; who listens, and when in the story, does not count."""
        owner = self.thread.owner
        whose = (owner.persona_id, owner.user_id, self.thread.thread_id)
        media = (attachment.id for attachment in self.media)
        return content_id(*whose, self.at.isoformat(), self.text, *media)

    @property
    def owner(self) -> Owner:
        """The persona and the user."""
        return self.thread.owner

    @property
    def media(self) -> tuple[Attachment, ...]:
        """All pictures and recordings: the attachments, then the voice."""
        return self.attachments if self.voice is None else (*self.attachments, self.voice)

    def is_said(self, seen: Observation) -> bool:
        """Whether an observation is the user's own speech, heard in `voice` and not in an attachment."""
        return self.voice is not None and seen.kind == "transcript" and seen.attachment_id == self.voice.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One thing perceived in an attachment. Data for the prompt, never instructions.

    Attributes:
        kind: ``caption``, ``tags``, ``text`` (found in a picture), ``transcript``, ``nsfw``, or ``failure``
            if a perceptor failed.
        text: what was perceived, in words.
        source: the perceptor's name.
        confidence: 0–1, or None if the perceptor reports none.
        region: (left, top, right, bottom) as fractions 0–1 of the picture.
        span_s: (start, end) in seconds of the recording.
        language: ISO 639-1 code, if recognised.
    """

    kind: str
    text: str
    source: str
    attachment_id: str
    confidence: float | None = None
    region: tuple[float, float, float, float] | None = None
    span_s: tuple[float, float] | None = None
    language: str | None = None
