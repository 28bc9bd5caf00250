"""What the model reads before it replies: the same prompt as in a conversation, without having one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from roleagent.persona.persona import Persona
from roleagent.protocols import Scene
from roleagent.tuning.dialogues import Message
from roleagent.types import Attachment, Episode, Fact, Grounds, Observation, Owner, Thread, Turn
from roleagent.workflow.prompt import Briefing, build_messages

_NOW = datetime(2026, 5, 4, 18, 30, tzinfo=UTC)
_FILES = {"caption": ("photo.jpg", "image/jpeg"), "transcript": ("recording.wav", "audio/wav")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A picture or a recording, as perception tells of it."""

    kind: Literal["caption", "transcript"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A moment of a conversation.

    Attributes:
        said: the user's words.
        before: what the user said and the character replied before, oldest first.
        facts: that were found for this turn, beside those that always stand in the prompt.
        remembered: what the user said in earlier conversations.
        lore: texts of lorebooks that the words bring up.
        shown: in this turn.
        tool: name and result of a tool that was called in this turn.
    """

    said: str
    before: Sequence[tuple[str, str]] = ()
    facts: Sequence[Fact] = ()
    remembered: Sequence[str] = ()
    lore: Sequence[str] = ()
    shown: Sequence[Shown] = ()
    tool: tuple[str, str] | None = None


def messages_for(persona: Persona, staged: Staged) -> tuple[Message, ...]:
    """The system message, the conversation so far, and the user's message with the notes for this turn."""
    roles = {"system": "system", "human": "user", "ai": "assistant"}
    messages = [
        Message(role=roles[each.type], text=str(each.text))  # type: ignore[arg-type]  # one of the three
        for each in build_messages(briefing_of(persona, staged))
    ]
    if staged.tool is not None:
        messages[-1] = Message(role="user", text=_with_result(messages[-1].text, *staged.tool))
    return tuple(messages)


def scene_of(persona: Persona, staged: Staged) -> Scene:
    """What critics compare a reply with."""
    briefing = briefing_of(persona, staged)
    return Scene(
        persona=persona,
        graph=persona.graph,
        turn=briefing.turn,
        grounds=briefing.grounds,
        history=tuple(briefing.history),
        looked_up=(staged.tool[1],) if staged.tool else (),
    )


def briefing_of(persona: Persona, staged: Staged) -> Briefing:
    """What the prompt of a moment is written from."""
    thread = Thread(owner=Owner(persona_id=persona.id, user_id="user"), thread_id="main")
    media = tuple(_attachment(number, each) for number, each in enumerate(staged.shown, 1))
    grounds = Grounds(
        facts=tuple(staged.facts),
        lore=tuple(staged.lore),
        episodes=tuple(_remembered(thread, number, text) for number, text in enumerate(staged.remembered, 1)),
        observations=tuple(
            Observation(kind=each.kind, text=each.text, source="suite", attachment_id=file.id)
            for each, file in zip(staged.shown, media, strict=True)
        ),
    )
    history = [
        _episode(thread, number, speaker, text)
        for number, pair in enumerate(staged.before)
        for speaker, text in zip(("user", "persona"), pair, strict=True)
    ]
    return Briefing(
        persona=persona,
        turn=Turn(thread=thread, text=staged.said, at=_NOW, attachments=media),
        grounds=grounds,
        history=tuple(history),
    )


def _with_result(text: str, name: str, result: str) -> str:
    """The result of a tool above the user's words, as `models.messages.tell_results` writes it."""
    notes, _, words = text.rpartition("\n\n")
    return "\n\n".join(filter(None, (notes, f"[{name}: {result}]", words)))


def _attachment(number: int, shown: Shown) -> Attachment:
    name, media_type = _FILES[shown.kind]
    return Attachment(id=f"shown {number}", media_type=media_type, path=name, name=name, num_bytes=1)


def _remembered(thread: Thread, number: int, text: str) -> Episode:
    return _episode(thread, -number, "user", text, days_ago=3 * number)


def _episode(thread: Thread, number: int, speaker: str, text: str, *, days_ago: int = 0) -> Episode:
    return Episode(
        id=f"{speaker} {number}",
        thread=thread,
        turn_id=str(number),
        speaker="user" if speaker == "user" else "persona",
        text=text,
        at=_NOW - timedelta(days=days_ago),
    )
