"""The persona: the stable core of a character, beside its graph."""

from __future__ import annotations

from dataclasses import dataclass, field

from roleagent.graph.graph import PersonaGraph
from roleagent.lore.book import Lorebook


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An exchange that shows how the character talks; `user` is empty if it speaks unasked."""

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
class Chapter:
    """A named moment of the story, at which the persona can be placed.

    Attributes:
        date: ISO 8601 of any precision; a story without a calendar counts invented years.
    """

    id: str
    date: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A picture or other file that belongs to the character.

    Attributes:
        kind: ``icon``, ``background``, ``user_icon``, ``emotion``, or a name of one's own.
        name: ``main`` for the icon to show; for an emotion, which one.
        ext: file extension without the dot; ``unknown`` if there is none.
        uri: ``data:`` with the bytes, a path beside the persona's file, an address, or ``ccdefault:``.
        path: where it lay in the archive it came from.
    """

    kind: str
    name: str
    ext: str = "unknown"
    uri: str = "ccdefault:"
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    """Who made the persona, and for whom: never part of a prompt.

    Attributes:
        notes: the maker's words to those who use the persona.
        notes_in: the same in other languages, as (language code, notes).
        created_at: seconds since 1970.
        modified_at: seconds since 1970.
    """

    creator: str = ""
    notes: str = ""
    notes_in: tuple[tuple[str, str], ...] = ()
    version: str = ""
    tags: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    created_at: int | None = None
    modified_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """The persona in another language; whatever is empty stays as it is.

    Attributes:
        labels: (node id, label) of the nodes that are called otherwise.
        texts: (fact id, sentence) of the facts that the relations' templates would not say well.
    """

    language: str
    name: str = ""
    nickname: str = ""
    summary: str = ""
    personality: str = ""
    scenario: str = ""
    greeting: str = ""
    greetings: tuple[str, ...] = ()
    speech: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    fall_backs: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """What another program's file holds and a persona does not, kept for the way back.

    Attributes:
        name: the format's name, or the program's.
        text: JSON, kept letter by letter.
    """

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """A character: who speaks, how, from what knowledge, and how it declines.

    Attributes:
        id: short name, used in stores and on the command line.
        name: how the character is called.
        nickname: what it is called in talk, if otherwise.
        language: ISO 639-1 code of the language it speaks unless addressed in another.
        summary: who this is, in a paragraph addressed to the actor ("You are …").
        personality: its character in words, beside the traits of the graph.
        scenario: the scene in which the conversation takes place.
        node_id: the character's own node in `graph`.
        greeting: the first line of a conversation.
        greetings: other first lines.
        group_greetings: first lines for conversations of several characters.
        system_prompt: instructions that stand before everything; ``{{original}}`` stands for ours.
        post_history_instructions: instructions that stand after the conversation; likewise.
        fall_backs: the character's own ways of declining, used when no draft passes the critics.
        speech: rules of its way of speaking.
        rules: what it always or never does.
        lorebooks: texts that enter the prompt when the talk comes to them.
        source: path of the file it was read from; two personas may be equal and come from different files.
    """

    id: str
    name: str
    summary: str
    graph: PersonaGraph
    node_id: str
    nickname: str = ""
    language: str = "en"
    personality: str = ""
    scenario: str = ""
    greeting: str = ""
    greetings: tuple[str, ...] = ()
    group_greetings: tuple[str, ...] = ()
    system_prompt: str = ""
    post_history_instructions: str = ""
    fall_backs: tuple[str, ...] = ()
    speech: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    horizon: Horizon = Horizon()
    chapters: tuple[Chapter, ...] = ()
    lorebooks: tuple[Lorebook, ...] = ()
    assets: tuple[Asset, ...] = ()
    credits: Credits = Credits()
    renderings: tuple[Rendering, ...] = ()
    extensions: tuple[Extension, ...] = ()
    node_types: tuple[str, ...] = ()
    source: str = field(default="", compare=False)
