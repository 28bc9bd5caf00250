"""Memories that move: to another id of their character, out of one record and into another.

In earlier releases, ids were made from names, so one id could mean several characters. A persona and user is
`settled` once a release with unique ids has written or used it; no other character takes it over after that.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from roleagent.errors import InputError
from roleagent.store.episodes import (
    EPISODE_COLUMNS,
    insert_episodes,
    insert_nodes,
    select_summaries,
    write_summaries,
)
from roleagent.store.items import StoredItem, row_to_item
from roleagent.store.relationships import add_setting, select_settings
from roleagent.store.rows import fact_to_row, row_to_episode, row_to_fact, row_to_node, time_to_text
from roleagent.store.tables import (
    CHARACTERS,
    EPISODES,
    FACTS,
    ITEMS,
    NODES,
    OWNERS,
    hold_owner,
    is_owned,
    make_owner,
    owner_values,
)
from roleagent.types import Episode, Fact, Node, Owner, RelationshipSetting, Summary

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
    """What happened to the memories under a former id.

    Attributes:
        moved: users whose memories are now under the present id.
        unclear: users whose memories may be another character's, with the names that spoke in them.
    """

    moved: tuple[str, ...] = ()
    unclear: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """What a file says about a character, if the id was made from the file.

    Attributes:
        name: as names are compared (`persona.identity.name_key`).
        maker: the same; empty where none is named.
        marks: hashes of its description, see `persona.identity`.
    """

    persona_id: str
    name: str
    maker: str
    marks: tuple[str, ...]


def adopt(
    connection: Connection, persona_id: str, former_id: str | None, is_own: Callable[[tuple[str, ...]], bool]
) -> Adoption:
    """Mark the data under an id as settled, and move to it what certainly belongs to it under the former id.

    Args:
        connection: in a transaction.
        persona_id: the present id.
        former_id: None if there was none.
        is_own: decides whether memories belong to the character, by the persona's names in them.
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
    """Ids of the same character before its file was edited; their memories move to its present id.

    These ids are returned until `know_character` is called, so that data outside the record can follow.

    Args:
        connection: in a transaction.
        character: as its file describes it now.
        is_edited: decides whether other marks belong to another version of the character.
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
    """Store a character's description, and drop its earlier versions that no longer have memories."""
    for persona_id in former:
        if not connection.execute(_USERS, {"of_persona": persona_id}).first():
            connection.execute(delete(CHARACTERS).where(CHARACTERS.c.persona_id == persona_id))
    connection.execute(delete(CHARACTERS).where(CHARACTERS.c.persona_id == character.persona_id))
    row = {"name": character.name, "maker": character.maker, "marks": json.dumps(character.marks)}
    connection.execute(insert(CHARACTERS).values(persona_id=character.persona_id, **row))


def move_owner(connection: Connection, owner: Owner, persona_id: str) -> None:
    """Move everything of a persona and user to another persona's id.

    Raises:
        InputError: there is nothing to move, or something is already kept under that id.
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
    """Rename the owner. Rows refer to its number, which stays; only file paths contain its name."""
    owner_id = hold_owner(connection, owner)
    other = Owner(persona_id=persona_id, user_id=owner.user_id)
    connection.execute(
        update(EPISODES)
        .where(EPISODES.c.scope == owner_id, EPISODES.c.attachments != "[]")
        .values(attachments=func.replace(EPISODES.c.attachments, owner.name, other.name))
    )
    connection.execute(update(OWNERS).where(OWNERS.c.id == owner_id).values(persona_id=persona_id, settled=1))


_ALL_NODES = select(NODES).where(is_owned(NODES)).order_by(NODES.c.seq)
_ALL_FACTS = select(FACTS).where(is_owned(FACTS)).order_by(FACTS.c.seq)
_ALL_EPISODES = select(*EPISODE_COLUMNS).where(is_owned(EPISODES)).order_by(EPISODES.c.seq)
_ALL_ITEMS = select(ITEMS).where(is_owned(ITEMS)).order_by(ITEMS.c.seq)
_VERSIONS = select(FACTS.c.id, FACTS.c.version).where(is_owned(FACTS))
_INSERT = insert(FACTS)
_SUPERSEDE = update(FACTS).where(
    FACTS.c.scope == bindparam("of_owner"),
    FACTS.c.id == bindparam("of_id"),
    FACTS.c.version == bindparam("of_version"),
    FACTS.c.superseded_at.is_(None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a fact.

    Attributes:
        name: the version's name, equal in every store, so that a repeated commit is recognised.
    """

    name: str
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRecord:
    """Everything that is kept of a user with a persona, except embeddings, which can be made again.

    Attributes:
        versions: of facts, in the order of the record, superseded ones included.
        episodes: of all threads and for all listeners, in the order of the record.
        items: what an application keeps of them, expired ones included; not taken in by `write_user`.
        settings: what an application set of the relationship.
    """

    user_id: str
    nodes: tuple[Node, ...] = ()
    versions: tuple[Version, ...] = ()
    episodes: tuple[Episode, ...] = ()
    summaries: tuple[Summary, ...] = ()
    items: tuple[StoredItem, ...] = ()
    settings: tuple[RelationshipSetting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """The result of an import.

    Attributes:
        kept: ids of facts on which the store and the import disagree: the store's version stays.
    """

    num_nodes: int = 0
    num_versions: int = 0
    num_episodes: int = 0
    num_summaries: int = 0
    kept: tuple[str, ...] = ()


def read_user(connection: Connection, owner: Owner) -> UserRecord:
    """All that is kept of the owner."""
    values = owner_values(owner)
    return UserRecord(
        user_id=owner.user_id,
        nodes=tuple(map(row_to_node, connection.execute(_ALL_NODES, values))),
        versions=tuple(
            Version(name=row.version, fact=row_to_fact(row)) for row in connection.execute(_ALL_FACTS, values)
        ),
        episodes=tuple(row_to_episode(row, owner) for row in connection.execute(_ALL_EPISODES, values)),
        summaries=select_summaries(connection, owner),
        items=tuple(map(row_to_item, connection.execute(_ALL_ITEMS, values))),
        settings=select_settings(connection, owner),
    )


def write_user(connection: Connection, owner: Owner, record: UserRecord) -> Restored:
    """Add what is missing. A fact with other versions in the store is not changed."""
    owner_id = make_owner(connection, owner)
    known: defaultdict[str, set[str]] = defaultdict(set)
    for fact_id, version in connection.execute(_VERSIONS, owner_values(owner)):
        known[fact_id].add(version)
    goes_on, kept = _compare(known, record.versions)
    versions = [version for version in record.versions if version.fact.id in goes_on]
    num_new = sum(_write_version(connection, owner_id, each, known) for each in versions)
    num_episodes = insert_episodes(connection, owner_id, [(each, None) for each in record.episodes], "")
    for setting in record.settings:
        add_setting(connection, owner_id, setting)
    return Restored(
        num_nodes=insert_nodes(connection, owner_id, record.nodes),
        num_versions=num_new,
        num_episodes=num_episodes,
        num_summaries=write_summaries(connection, owner, record.summaries, ()),  # after their sources
        kept=kept,
    )


def _compare(
    known: Mapping[str, set[str]], versions: Sequence[Version]
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Divide facts into those that the import continues, and those on which it disagrees."""
    coming: dict[str, set[str]] = defaultdict(set)
    for version in versions:
        coming[version.fact.id].add(version.name)
    here = {fact_id: known.get(fact_id, set()) for fact_id in coming}
    goes_on = frozenset(fact_id for fact_id, names in coming.items() if here[fact_id] < names)
    other = (id_ for id_, names in coming.items() if not (here[id_] < names or names <= here[id_]))
    return goes_on, tuple(other)


def _write_version(
    connection: Connection, owner_id: int, version: Version, known: Mapping[str, set[str]]
) -> bool:
    """Write a version unless it exists; return whether it is new. An existing one may become superseded."""
    fact = version.fact
    if version.name not in known.get(fact.id, ()):
        row = {**fact_to_row(fact), "scope": owner_id, "version": version.name}
        connection.execute(_INSERT, row)
        return True
    if fact.superseded_at is not None:
        of = {"of_owner": owner_id, "of_id": fact.id, "of_version": version.name}
        connection.execute(_SUPERSEDE, {**of, "superseded_at": time_to_text(fact.superseded_at)})
    return False
