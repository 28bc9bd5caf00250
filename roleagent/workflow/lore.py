"""What the persona's lorebooks add to a turn."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from roleagent.errors import InputError
from roleagent.language.tokens import estimated_tokens
from roleagent.lore.activation import LoreSettings, LoreState, Message
from roleagent.lore.engine import activate
from roleagent.persona.persona import Persona
from roleagent.persona.spoken import name_of_user
from roleagent.types import Episode

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lore:
    """The lore that entered a prompt.

    Attributes:
        texts: in prompt order.
        sources: the entry's ``lore/NAME`` for each text.
        state: the timed effects after the reply, as JSON for `Episode.lore_state`.
        left_out: names of the persona's prompts that an entry switches off.
    """

    texts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    state: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """How long a conversation is, and which effects of lorebook entries last in it."""

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
    """Find the lorebook entries that the last messages trigger.

    Args:
        persona: cut to what the listener may know, its books included.
        history: the conversation before the turn, oldest first.
        said: the user's words and what is perceived in this turn.
        user: the user's name, if it is known.
        seed: equal seeds give equal random choices.
        max_tokens: how many tokens the texts may have together.
        now: for texts that contain the time, in UTC; None leaves the time out.
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
            sections=tuple(name for name in ("personality", "scenario") if getattr(persona, name)),
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
    """What the last reply kept; if none kept anything, counts of the history without effects."""
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
        _log.warning("The lorebooks' state %r cannot be read; they start without one.", kept[:80])
        return counted


def _message(episode: Episode, char: str, user: str) -> Message:
    if episode.speaker == "user":
        return Message(name=user, text=episode.text_and_seen)
    return Message(name=char, text=episode.text, role="assistant")


def _beside(persona: Persona) -> dict[str, str]:
    return {
        "description": persona.summary,
        "personality": persona.personality,
        "scenario": persona.scenario,
        "creator_notes": persona.credits.notes,
    }
