"""Memories that change hands: kept under a character's former id, and wanted under its present one.

Ids that were made from names once named several characters. A persona and user is `settled` once a release
whose ids tell characters apart has written or used it: that is somebody's, and nobody takes it over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from roleagent.errors import InputError
from roleagent.store.owners import hold_owner
from roleagent.store.tables import CHARACTERS, EPISODES, OWNERS
from roleagent.types import Owner

_SETTLE = update(OWNERS).where(OWNERS.c.persona_id == bindparam("of_persona")).values(settled=1)
_UNSETTLED = (
    select(OWNERS.c.user_id)
    .where(OWNERS.c.persona_id == bindparam("of_persona"), OWNERS.c.settled == 0)
    .order_by(OWNERS.c.user_id)
)
_USERS = (
    select(OWNERS.c.user_id).where(OWNERS.c.persona_id == bindparam("of_persona")).order_by(OWNERS.c.user_id)
)
_NAMESAKES = select(CHARACTERS).where(CHARACTERS.c.name == bindparam("of_name"))
_NAMES = (
    select(EPISODES.c.speaker_name)
    .where(EPISODES.c.scope == bindparam("of_owner"), EPISODES.c.speaker == "persona")
    .distinct()
    .order_by(EPISODES.c.speaker_name)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """What became of memories under a former id.

    Attributes:
        moved: users whose memories are now under the present id.
        unclear: users whose memories may be another character's, with the names that spoke in them.
    """

    moved: tuple[str, ...] = ()
    unclear: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """What a file tells of a character whose id was made from it.

    Attributes:
        name: as names are compared (`persona.identity.name_key`).
        maker: the same; empty where none is named.
        marks: of its description: see `persona.identity`.
    """

    persona_id: str
    name: str
    maker: str
    marks: tuple[str, ...]


def adopt(
    connection: Connection, persona_id: str, former_id: str | None, is_own: Callable[[tuple[str, ...]], bool]
) -> Adoption:
    """Settle what is kept under an id, and move to it what is surely its own under the former one.

    Args:
        connection: in a transaction.
        persona_id: the present id.
        former_id: None where there was none.
        is_own: says whether memories belong to the character, by the names under which it spoke in them.
    """
    connection.execute(_SETTLE, {"of_persona": persona_id})
    if former_id is None:
        return Adoption()
    moved, unclear = [], []
    for user_id in connection.execute(_UNSETTLED, {"of_persona": former_id}).scalars().all():
        owner = Owner(persona_id=former_id, user_id=user_id)
        owner_id = hold_owner(connection, owner)
        spoke = tuple(connection.execute(_NAMES, {"of_owner": owner_id}).scalars())
        if is_own(spoke) and _is_free(connection, owner, persona_id):
            _move(connection, owner, persona_id)
            moved.append(user_id)
        else:
            unclear.append((user_id, tuple(filter(None, spoke))))
    return Adoption(moved=tuple(moved), unclear=tuple(unclear))


def earlier_versions(
    connection: Connection, character: Character, is_edited: Callable[[tuple[str, ...]], bool]
) -> tuple[str, ...]:
    """Ids under which the same character was kept before its file was edited; what is there moves to its own.

    The ids are known until `know_character`, so that what lies beside the record can follow it.

    Args:
        connection: in a transaction.
        character: as its file describes it now.
        is_edited: says whether other marks are of another version of the character.
    """
    rows = connection.execute(_NAMESAKES, {"of_name": character.name}).all()
    former = tuple(
        row.persona_id
        for row in rows
        if row.persona_id != character.persona_id
        and (row.maker == character.maker or "" in (row.maker, character.maker))
        and is_edited(tuple(json.loads(row.marks)))
    )
    for persona_id in former:
        for user_id in connection.execute(_USERS, {"of_persona": persona_id}).scalars().all():
            owner = Owner(persona_id=persona_id, user_id=user_id)
            hold_owner(connection, owner)
            if _is_free(connection, owner, character.persona_id):
                _move(connection, owner, character.persona_id)
    return former


def know_character(connection: Connection, character: Character, former: Collection[str]) -> None:
    """Remember what a character is, in place of its earlier versions of which nothing is kept any more."""
    for persona_id in former:
        if not connection.execute(_USERS, {"of_persona": persona_id}).first():
            connection.execute(delete(CHARACTERS).where(CHARACTERS.c.persona_id == persona_id))
    connection.execute(delete(CHARACTERS).where(CHARACTERS.c.persona_id == character.persona_id))
    row = {"name": character.name, "maker": character.maker, "marks": json.dumps(character.marks)}
    connection.execute(insert(CHARACTERS).values(persona_id=character.persona_id, **row))


def move_owner(connection: Connection, owner: Owner, persona_id: str) -> None:
    """Keep all of a persona and user under another persona's id.

    Raises:
        InputError: there is nothing, or something is kept under that id already.
    """
    if hold_owner(connection, owner) is None:
        raise InputError(f"Nothing is kept of user {owner.user_id!r} with persona {owner.persona_id!r}.")
    if not _is_free(connection, owner, persona_id):
        raise InputError(
            f"Something is kept of user {owner.user_id!r} with persona {persona_id!r} already, and two "
            "memories cannot be told apart once they are one: forget one of them first."
        )
    _move(connection, owner, persona_id)


def _is_free(connection: Connection, owner: Owner, persona_id: str) -> bool:
    other = Owner(persona_id=persona_id, user_id=owner.user_id)
    return hold_owner(connection, other) is None


def _move(connection: Connection, owner: Owner, persona_id: str) -> None:
    """The rows go by the owner's number, which stays; paths of files hold the owner's name."""
    owner_id = hold_owner(connection, owner)
    other = Owner(persona_id=persona_id, user_id=owner.user_id)
    connection.execute(
        update(EPISODES)
        .where(EPISODES.c.scope == owner_id, EPISODES.c.attachments != "[]")
        .values(attachments=func.replace(EPISODES.c.attachments, owner.name, other.name))
    )
    connection.execute(update(OWNERS).where(OWNERS.c.id == owner_id).values(persona_id=persona_id, settled=1))
