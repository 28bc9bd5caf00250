"""Who owns a piece of data, and who may see it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from roleagent.errors import InputError
from roleagent.language.dates import is_before
from roleagent.language.unicode import repaired


def content_id(*parts: str) -> str:
    """Name a value by its content, so that writing it twice writes it once.

    >>> content_id("a", "b") == content_id("a", "b") != content_id("ab", "")
    True
    """
    joined = "\x1f".join(parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:24]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A persona and a user: everything that is kept belongs to exactly one such pair.

    Both ids are required. A blank one raises, so no store is ever called without an owner.
    """

    persona_id: str
    user_id: str

    def __post_init__(self) -> None:
        """Refuse blank ids, and ids that could be taken for another.

        Raises:
            InputError: an id is blank, or contains a control character or half a character.
        """
        _check_id("persona_id", self.persona_id)
        _check_id("user_id", self.user_id)

    @property
    def name(self) -> str:
        """A name for this owner's data, safe as a file name."""
        return content_id(self.persona_id, self.user_id)

    def __str__(self) -> str:
        """Both ids in words, for messages."""
        return f"persona {self.persona_id!r} and user {self.user_id!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """One conversation of an owner."""

    owner: Owner
    thread_id: str

    def __post_init__(self) -> None:
        """Refuse an invalid id.

        Raises:
            InputError: it is blank, or contains a control character or half a character.
        """
        _check_id("thread_id", self.thread_id)

    @property
    def checkpoint_id(self) -> str:
        """The name under which this conversation's checkpoints are filed."""
        return f"{self.owner.name}/{self.thread_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Who listens and when in the story. It decides what they may be told and which episodes they may see.

    Attributes:
        listener: id of the person in the persona's world whom the user stands for; empty for a stranger. The
            application sets it, never the user's words: it decides which secrets may be told.
        as_of: the moment of its story at which the persona is placed; empty for the end. Nothing that was
            said at a later moment is recalled.
    """

    listener: str = ""
    as_of: str = ""

    def may_see(self, said: Sight) -> bool:
        """Whether something that was said in one sight may be given to whoever asks in this one.

        It was said to the same listener or to a stranger; and if this sight is placed at a moment of the
        story, it was said at a known moment that is not after it.
        """
        if said.listener not in ("", self.listener):
            return False
        return not self.as_of or (bool(said.as_of) and not is_before(self.as_of, said.as_of))


STRANGER = Sight()
"""A stranger, at the end of the persona's story."""


def _check_id(name: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{name} is {value!r}: pass a non-empty string.")
    if "\x1f" in value or "\x00" in value:  # `content_id` joins by the one, Postgres keeps no other
        raise InputError(f"{name} is {value!r}, which holds a control character: leave it out.")
    if repaired(value) != value:
        raise InputError(f"{name} is {value!r}, which holds half a character: leave it out.")
