"""What is remembered: utterances, summaries of them, and files that were shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from roleagent.types.identity import STRANGER, Owner, Sight, Thread
from roleagent.types.turn import Attachment, Observation

Speaker = Literal["user", "persona"]
SummaryLevel = Literal["session", "period", "reflection"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One utterance that is remembered: what the user said (and showed), or what the persona replied.

    Attributes:
        sight: to whom it was said, and when in the story.
        turn_id: the turn it belongs to; a user's and a persona's episode share one.
        text: what was said, in the speaker's own words.
        at: UTC.
        attachments: what was shown or played.
        speaker_name: how others call the speaker; empty where nobody knows.
        observations: what was perceived in the attachments. Nobody's words: see `text_and_seen`.
        mentions: ids of the nodes of the persona's graph that it names.
        importance: 0–1, how much it matters that this is remembered; None where nobody judged.
        lore_state: timed effects of lorebook entries after this utterance, as JSON; see `lore`.
        score: how well it answers the query, higher is better; set by recall, else None.
    """

    id: str
    thread: Thread
    sight: Sight = STRANGER
    turn_id: str
    speaker: Speaker
    text: str
    at: datetime
    attachments: tuple[Attachment, ...] = ()
    speaker_name: str = ""
    observations: tuple[Observation, ...] = ()
    mentions: tuple[str, ...] = ()
    importance: float | None = None
    lore_state: str = ""
    score: float | None = None

    @property
    def owner(self) -> Owner:
        """The persona and the user."""
        return self.thread.owner

    @property
    def text_and_seen(self) -> str:
        """What recall finds it by: the words, then a line in brackets for each observation."""
        return "\n".join(part for part in (self.text, *_in_brackets(self.observations)) if part.strip())


def words_without_seen(text: str, observations: Sequence[Observation]) -> str:
    r"""The inverse of `Episode.text_and_seen`; what does not end in the observations comes back as it is.

    >>> seen = Observation(kind="text", text="I am Bob.", source="ocr", attachment_id="a")
    >>> words_without_seen("Look!\n[text: I am Bob.]", [seen])
    'Look!'
    """
    shown = "\n".join(_in_brackets(observations))
    if not shown or not text.endswith(shown):
        return text
    words = text.removesuffix(shown)
    return words.removesuffix("\n") if not words or words.endswith("\n") else text


def _in_brackets(observations: Sequence[Observation]) -> Iterator[str]:
    return (f"[{seen.kind}: {seen.text}]" for seen in observations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was made of many episodes when nobody was waiting. Derived: never evidence of anything.

    Attributes:
        level: ``session`` (one conversation up to a pause), ``period`` (many of these) or ``reflection``
            (what follows from them).
        thread: that of a session; of a period, the latest one.
        sight: to whom, and when in the story, all of its sources were said.
        sources: ids of the episodes it rests on, at every level.
        first_at: when the first of its sources was, UTC.
        last_at: when the last was.
        made_at: UTC.
        made_by: what made it: a model's name, ``extract`` where its sentences are the sources' own, or
            ``facts`` where it follows from what was learned.
        score: 0–1, how well it fits what was asked; set where something was.
    """

    id: str
    thread: Thread
    sight: Sight = STRANGER
    level: SummaryLevel
    text: str
    sources: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    made_at: datetime
    made_by: str
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedBack:
    """A picture or recording that was shown before, and that a reply gives back.

    Attributes:
        episode_id: the utterance that it was shown with.
        shown_at: when, UTC.
        seen: what was perceived in it then.
        found_by: which of that answers best what was asked; its `span_s` says where in a recording. None
            where its name or the words beside it do, or where nothing in particular was asked for.
    """

    attachment: Attachment
    episode_id: str
    shown_at: datetime
    seen: tuple[Observation, ...] = ()
    found_by: Observation | None = None
