"""Whose something is, and who may see it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from roleagent.errors import InputError
from roleagent.language.unicode import repaired


def content_id(*parts: str) -> str:
    """Name a value by its content, so that writing it twice writes it once.

    >>> content_id("a", "b") == content_id("a", "b") != content_id("ab", "")
    True
    """
    joined = "\x1f".join(parts)
    return hashlib.sha256(joined.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose data a store call is about. Every part is required: a blank one raises.

    A memory belongs to one persona and one user; `thread_id` says which conversation.

    Attributes:
        listener: id of the person of the persona's world whom the user stands for; empty for a stranger.
            The application says so, never the user's words: it decides which secrets may be told.
        as_of: the date or moment of its story that the persona is placed at; empty for the end of it.
            Nothing that was said at a later one is recalled.
    """

    persona_id: str
    user_id: str
    thread_id: str
    listener: str = ""
    as_of: str = ""

    def __post_init__(self) -> None:
        """Fail closed: no store is ever asked about nobody."""
        for name in ("persona_id", "user_id", "thread_id"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value.strip():
                raise InputError(f"{name} is {value!r}: pass a non-empty string.")
            if "\x1f" in value or "\x00" in value:  # `content_id` joins by the one, Postgres keeps no other
                raise InputError(f"{name} is {value!r}, which holds a control character: leave it out.")
            if repaired(value) != value:
                raise InputError(f"{name} is {value!r}, which holds half a character: leave it out.")

    @property
    def owner_name(self) -> str:
        """A name for all of one user's data with one persona that is safe as a file name."""
        return content_id(self.persona_id, self.user_id)

    @property
    def checkpoint_id(self) -> str:
        """What the checkpoints of one conversation are filed under."""
        return f"{self.owner_name}/{self.thread_id}"
