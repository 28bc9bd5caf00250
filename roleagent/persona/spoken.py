"""The persona's texts with their macros filled in or taken out: no macro reaches a model, or a user."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from roleagent.lore.macros import expand
from roleagent.persona.persona import Example, Persona

_TEXTS = {"description": "summary", "personality": "personality", "scenario": "scenario"}  # macro -> field
_INSTRUCTIONS = ("system_prompt", "post_history_instructions")
_TOLD_LISTS = ("speech", "rules")
_SAID_LISTS = ("greetings", "group_greetings", "fall_backs")
_NAMELESS = {"zh": ("用户", "你"), "en": ("the user", "you")}
_ORIGINAL = {"original": "{{original}}"}  # which `prompt` fills in


def spoken(persona: Persona, *, user: str = "", seed: str = "", now: datetime | None = None) -> Persona:
    """A persona without macros but ``{{original}}`` in its instructions; the very same one if it has none.

    Args:
        persona: as the listener may meet it.
        user: the user's name; if it is unknown, the persona says "you", and the texts that are about the
            user, not to them, say "the user".
        seed: equal ones draw the same, so that a conversation keeps its beginning.
        now: for macros of time, in UTC; without it they are taken out.
    """
    about, to = _nameless(persona)
    named = _Macros(char="", user=user or about, seed=seed, now=now, language=persona.language)
    changes: dict[str, Any] = {name: named.put_into(getattr(persona, name)) for name in ("name", "nickname")}
    told = replace(named, char=changes["nickname"] or changes["name"])
    alone = {macro: told.put_into(getattr(persona, name)) for macro, name in _TEXTS.items()}
    for macro, name in _TEXTS.items():  # each may use the others, not itself
        others = {each: text for each, text in alone.items() if each != macro}
        changes[name] = replace(told, texts=others).put_into(getattr(persona, name))
    told = replace(told, texts={macro: changes[name] for macro, name in _TEXTS.items()})
    said = replace(told, user=user or to)
    instructions = replace(told, texts={**told.texts, **_ORIGINAL})
    changes |= {name: instructions.put_into(getattr(persona, name)) for name in _INSTRUCTIONS}
    changes |= {name: told.put_into_all(getattr(persona, name)) for name in _TOLD_LISTS}
    changes |= {name: said.put_into_all(getattr(persona, name)) for name in _SAID_LISTS}
    changes["greeting"] = said.put_into(persona.greeting)
    examples = (
        Example(user=told.put_into(shown.user), reply=said.put_into(shown.reply))
        for shown in persona.examples
    )
    changes["examples"] = tuple(shown for shown in examples if shown.reply)
    is_same = all(getattr(persona, name) == value for name, value in changes.items())
    return persona if is_same else replace(persona, **changes)


def name_of_user(persona: Persona, user: str = "") -> str:
    """What the user is called in texts about them."""
    return user or _nameless(persona)[0]


def _nameless(persona: Persona) -> tuple[str, str]:
    return _NAMELESS["zh" if persona.language.startswith("zh") else "en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Macros:
    """What macros stand for; see `expand`."""

    char: str
    user: str
    seed: str
    now: datetime | None
    language: str
    texts: Mapping[str, str] = field(default_factory=dict)

    def put_into(self, text: str) -> str:
        """Always the same for one text and seed."""
        if "{{" not in text and "<" not in text:
            return text  # no macro, and no generator to seed
        made = expand(
            text,
            char=self.char,
            user=self.user,
            generator=random.Random(f"{self.seed}\x1f{text}"),  # noqa: S311 - draws of a card are no secrets
            seed_of_pick=self.seed,
            texts=self.texts,
            now=self.now,
            language=self.language,
        )
        return text if made == text else made.strip()

    def put_into_all(self, texts: Iterable[str]) -> tuple[str, ...]:
        """The texts without those of which nothing is left."""
        return tuple(filter(None, map(self.put_into, texts)))
