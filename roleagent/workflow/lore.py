"""What the lorebooks of the persona add to a turn."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from roleagent.errors import InputError
from roleagent.language.tokens import estimated_tokens
from roleagent.lore.activation import LoreSettings, Message
from roleagent.lore.engine import activate
from roleagent.lore.state import LoreState
from roleagent.persona.persona import Persona
from roleagent.persona.spoken import name_of_user
from roleagent.types import Episode

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lore:
    """What entered a prompt.

    Attributes:
        texts: in prompt order.
        sources: ``lore/NAME`` of the entry of each.
        state: where the conversation stands after the reply, as JSON for `Episode.lore_state`.
        left_out: prompts of the persona that entries ask to leave out.
    """

    texts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    state: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """How far a conversation has come, and the effects that last in it."""

    num_messages: int
    num_replies: int
    effects: LoreState

    def as_json(self) -> str:
        return json.dumps([self.num_messages, self.num_replies, self.effects.to_json()], ensure_ascii=False)


def consult(
    persona: Persona,
    history: Sequence[Episode],
    said: str,
    *,
    user: str,
    seed: str,
    max_tokens: int,
    now: datetime | None = None,
) -> Lore:
    """Let the lorebooks look at the last messages.

    Args:
        persona: as the listener may meet it: its books hold nothing else.
        history: the conversation before the turn, oldest first.
        said: what the user says and shows now.
        user: the user's name, if it is known.
        seed: equal ones draw the same.
        max_tokens: what the texts may take together.
        now: for texts that say what time it is, in UTC; without it they do not.
    """
    before = _standing(history)
    char, user = persona.nickname or persona.name, name_of_user(persona, user)
    done = activate(
        persona.lorebooks,
        [*(_message(episode, char, user) for episode in history), Message(name=user, text=said)],
        state=before.effects,
        settings=LoreSettings(
            token_budget=max_tokens,
            char=char,
            user=user,
            sections=_sections(persona),
            now=now,
            language=persona.language,
        ),
        generator=random.Random(seed),  # noqa: S311 - draws of a book are no secrets
        count_tokens=estimated_tokens,
        texts=_beside(persona),
        num_messages=before.num_messages + 1,
        num_replies=before.num_replies,
    )
    after = _Standing(
        num_messages=before.num_messages + 2, num_replies=before.num_replies + 1, effects=done.state
    )
    entered = [each for each in done.insertions if each.text.strip()]
    return Lore(
        texts=tuple(each.text for each in entered),
        sources=tuple(f"lore/{each.name or each.entry}" for each in entered),
        state=after.as_json(),
        left_out=done.disabled_prompts,
    )


def _standing(history: Sequence[Episode]) -> _Standing:
    """What the last reply left; counted from the history where the books are new to the conversation."""
    kept = next((episode.lore_state for episode in reversed(history) if episode.lore_state), "")
    replies = sum(episode.speaker == "persona" for episode in history)
    counted = _Standing(num_messages=len(history), num_replies=replies, effects=LoreState())
    if not kept:
        return counted
    try:
        num_messages, num_replies, effects = json.loads(kept)
        return _Standing(
            num_messages=int(num_messages), num_replies=int(num_replies), effects=LoreState.from_json(effects)
        )
    except (ValueError, TypeError, InputError):  # of another version: the effects end, the talk goes on
        _log.warning("The state of the lorebooks %r cannot be read; it begins anew.", kept[:80])
        return counted


def _message(episode: Episode, char: str, user: str) -> Message:
    if episode.speaker == "user":
        return Message(name=user, text=episode.text_and_seen)
    return Message(name=char, text=episode.text, role="assistant")


def _sections(persona: Persona) -> tuple[str, ...]:
    return tuple(name for name in ("personality", "scenario") if getattr(persona, name))


def _beside(persona: Persona) -> dict[str, str]:
    return {
        "description": persona.summary,
        "personality": persona.personality,
        "scenario": persona.scenario,
        "creator_notes": persona.credits.notes,
    }
