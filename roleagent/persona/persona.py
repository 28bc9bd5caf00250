"""The persona: the stable core of a character, beside its graph."""

from __future__ import annotations

from dataclasses import dataclass, field

from roleagent.persona.graph import PersonaGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An exchange that shows how the character talks."""

    user: str
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """Where the character's knowledge ends.

    Attributes:
        until: last date known, ISO 8601 of any precision.
        unknown: terms, beyond what follows from the date, that mean nothing to the character.
        known: terms that the critics would take for unknown, and are not.
    """

    until: str | None = None
    unknown: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """A character: who speaks, how, from what knowledge, and how it declines.

    Attributes:
        id: short name, used in stores and on the command line.
        name: how the character is called.
        language: ISO 639-1 code of the language it speaks unless addressed in another.
        summary: who this is, in a paragraph addressed to the actor ("You are …").
        node_id: the character's own node in `graph`.
        greeting: the first line of a conversation.
        fall_backs: the character's own ways of declining, used when no draft passes the critics.
        speech: rules of its way of speaking.
        rules: what it always or never does.
        source: path of the file it was read from; two personas may be equal and come from different files.
    """

    id: str
    name: str
    summary: str
    graph: PersonaGraph
    node_id: str
    language: str = "en"
    greeting: str = ""
    fall_backs: tuple[str, ...] = ()
    speech: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    horizon: Horizon = Horizon()
    source: str = field(default="", compare=False)
