"""The persona's texts with their macros expanded: ``{{char}}`` and ``{{user}}`` become names."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from roleagent.persona.lore.macros import expand
from roleagent.persona.persona import Example, Persona

_TOLD = ("summary", "personality", "scenario", "system_prompt", "post_history_instructions")
_TOLD_LISTS = ("speech", "rules")
_SAID_LISTS = ("greetings", "group_greetings", "fall_backs")
_NAMELESS = {"zh": ("用户", "你"), "en": ("the user", "you")}


def spoken(persona: Persona, *, user: str = "", seed: str = "") -> Persona:
    """A persona without macros; the very same one where it has none.

    Args:
        persona: as the listener may meet it.
        user: the user's name; where it is not known, the persona says "you", and the texts that are about the
            user, not to them, say "the user".
        seed: equal ones draw the same, so that a conversation keeps its beginning.
    """
    about, to = _nameless(persona)
    told = _Names(char=persona.nickname or persona.name, user=user or about, seed=seed)
    said = _Names(char=told.char, user=user or to, seed=seed)
    changes: dict[str, Any] = {name: told.put_into(getattr(persona, name)) for name in _TOLD}
    changes |= {name: told.put_into_all(getattr(persona, name)) for name in _TOLD_LISTS}
    changes |= {name: said.put_into_all(getattr(persona, name)) for name in _SAID_LISTS}
    changes["greeting"] = said.put_into(persona.greeting)
    changes["examples"] = tuple(
        Example(user=told.put_into(shown.user), reply=said.put_into(shown.reply))
        for shown in persona.examples
    )
    is_same = all(getattr(persona, name) == value for name, value in changes.items())
    return persona if is_same else replace(persona, **changes)


def name_of_user(persona: Persona, user: str = "") -> str:
    """What the user is called in texts about them."""
    return user or _nameless(persona)[0]


def _nameless(persona: Persona) -> tuple[str, str]:
    return _NAMELESS["zh" if persona.language.startswith("zh") else "en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    char: str
    user: str
    seed: str

    def put_into(self, text: str) -> str:
        """Always the same for one text and seed."""
        if "{{" not in text and "<" not in text:
            return text  # no macro, and no generator to seed
        generator = random.Random(f"{self.seed}\x1f{text}")  # noqa: S311 - draws of a card are no secrets
        return expand(text, char=self.char, user=self.user, generator=generator, seed_of_pick=self.seed)

    def put_into_all(self, texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(self.put_into, texts))
