"""Whose memory a command is about: options, the character they name, and the home it is in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roleagent.cli.options import RECORD_NAME, open_record
from roleagent.errors import InputError, PersonaNotFoundError
from roleagent.persona.identity import former_id
from roleagent.types import Owner, Sight

if TYPE_CHECKING:
    from roleagent.store import Store

CharacterName = Annotated[
    str,
    typer.Option(
        "--persona", "-p", help="A persona's name or file, or the id that its memories are kept under."
    ),
]
OneThread = Annotated[str, typer.Option("--thread", "-t", help="One conversation; default: all.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A character and a user.

    Attributes:
        name: the character's name.
        language: the character's, ISO 639-1.
        owner: both, for stores.
        sight: who asks, and when in the story.
    """

    name: str
    language: str
    owner: Owner
    sight: Sight

    def __str__(self) -> str:
        return f"{self.name} and {self.owner.user_id}"


def find_pair(persona: str, user: str, *, listener: str = "", as_of: str = "") -> Pair:
    """The character of a name, and a user.

    If no persona has the name, it counts as an id, because memories outlive their persona's file.

    Raises:
        InputError: `listener` is not a person of the persona's world, or `as_of` not a moment of its story.
    """
    from roleagent.formats.load import load_persona
    from roleagent.persona.view import check_listener, resolve_moment

    try:
        found = load_persona(persona)
    except PersonaNotFoundError:
        if Path(persona).suffix:
            raise
        owner, sight = Owner(persona_id=persona, user_id=user), Sight(listener=listener, as_of=as_of)
        return Pair(name=persona, language="en", owner=owner, sight=sight)
    check_listener(found, listener)
    return Pair(
        name=found.name,
        language=found.language,
        owner=Owner(persona_id=found.id, user_id=user),
        sight=Sight(listener=listener, as_of=resolve_moment(found, as_of)),
    )


def find_home(home: Path | None) -> Path:
    """The folder of the memories.

    Raises:
        InputError: nothing was ever kept there. (Opening it would create an empty home for a mistyped name.)
    """
    from roleagent.settings import get_settings

    folder = home or get_settings().home
    if get_settings().record_url is None and not (folder / RECORD_NAME).exists():
        raise InputError(
            f"Nothing is kept in {str(folder)!r} yet. Talk to a character first (`roleagent chat holmes`), "
            "or name another folder with --home."
        )
    return folder


@contextmanager
def open_pair(pair: Pair, home: Path | None) -> Iterator[Store]:
    """The record of a home in which something of this pair is kept.

    Raises:
        InputError: nothing is kept of them.
        StoreError: another process uses the home, or it cannot be read.
    """
    with open_record(find_home(home)) as store:
        if store.state(pair.owner) is None:
            raise nothing_kept(pair, store)
        yield store


def nothing_kept(pair: Pair, store: Store) -> InputError:
    """The error for a pair of which nothing is kept."""
    owner = pair.owner
    former = former_id(owner.persona_id, pair.name)
    is_under_former = former and store.state(replace(owner, persona_id=former)) is not None
    hint = (
        f"Something is kept under {former!r}, as earlier releases called it: talk to the character once, and "
        "it takes over what is surely its own; or use that id."
    )
    return InputError(
        f"Nothing is kept of user {owner.user_id!r} with persona {owner.persona_id!r}. "
        f"{hint if is_under_former else '`roleagent memory stats` lists who is kept.'}"
    )
