"""What is remembered: utterances, summaries of them, and files that were shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from roleagent.types.identity import STRANGER, Owner, Sight, Thread
from roleagent.types.relationship import Tone
from roleagent.types.turn import Attachment, Observation

Speaker = Literal["user", "persona"]
SummaryLevel = Literal["session", "period", "reflection"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One remembered utterance: what the user said (and showed), or what the persona replied.

    Attributes:
        sight: to whom it was said, and when in the story.
        turn_id: the turn it belongs to; the user's and the persona's episode of a turn share it.
        text: what was said, in the speaker's own words.
        at: UTC.
        attachments: pictures and recordings that came with it.
        speaker_name: the speaker's name; empty if it is not known.
        observations: what was perceived in the attachments; never counts as the speaker's words.
        mentions: ids of the nodes in the persona graph that it names.
        importance: 0–1, how important it is to remember this; None if it was not judged.
        lore_state: timed effects of lorebook entries after this utterance, as JSON; see `lore`.
        tone: what the user's words say of how they feel and how they treat the persona; None if nothing heard
            it.
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
    tone: Tone | None = None
    score: float | None = None

    @property
    def owner(self) -> Owner:
        """The persona and the user."""
        return self.thread.owner

    @property
    def text_and_seen(self) -> str:
        """The text that recall searches: the words, then a line in brackets for each observation."""
        return "\n".join(part for part in (self.text, *_in_brackets(self.observations)) if part.strip())


def words_without_seen(text: str, observations: Sequence[Observation]) -> str:
    r"""The inverse of `Episode.text_and_seen`; any other text is returned unchanged.

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
    """A summary of many episodes, made when no turn was running. It is derived and never counts as evidence.

    Attributes:
        level: ``session`` (one conversation up to a pause), ``period`` (many sessions) or ``reflection``
            (what follows from them).
        thread: that of a session; of a period, the latest one.
        sight: to whom, and when in the story, all of its sources were said.
        sources: ids of the episodes it rests on, at every level.
        first_at: when the first of its sources was, UTC.
        last_at: when the last of its sources was.
        made_at: UTC.
        made_by: a model's name, ``extract`` if its sentences are the sources' own, or ``facts`` if it was
            made from learned facts.
        score: 0–1, how well it fits the cue; None if there was no cue.
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
    """A picture or recording from an earlier turn that a reply shows again.

    Attributes:
        episode_id: the utterance that it came with.
        shown_at: when, UTC.
        seen: what was perceived in it then.
        found_by: the observation that answers the request best; its `span_s` says where in a recording. None
            if the file's name or the words said with it matched, or the request named nothing in particular.
    """

    attachment: Attachment
    episode_id: str
    shown_at: datetime
    seen: tuple[Observation, ...] = ()
    found_by: Observation | None = None
