"""Items: an application's own data about a user, by namespace and key, in addition to what was said.

A namespace is a path of labels, none of which holds a full stop. An item is JSON; the texts by which it is
found are kept with their embeddings, several for one item if need be. An expired item is no longer returned,
and the next write erases it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, or_, select, update

from roleagent.errors import InputError
from roleagent.store.engine import RecordDatabase
from roleagent.store.rows import Row, Values, Vector, bytes_to_vector, time_to_text, vector_to_bytes
from roleagent.store.tables import ITEM_TEXTS, ITEMS, is_owned, make_owner, owner_state, owner_values
from roleagent.types import Owner

Labels = tuple[str, ...]
_SEPARATOR = "."
_AFTER_SEPARATOR = "/"  # the character that sorts right after the separator

_IN_NAMESPACE = ITEMS.c.namespace == bindparam("of_namespace")
_BELOW_NAMESPACE = (ITEMS.c.namespace >= bindparam("from_namespace")) & (
    ITEMS.c.namespace < bindparam("to_namespace")
)
_IS_IN_TIME = or_(ITEMS.c.expires_at.is_(None), ITEMS.c.expires_at > bindparam("of_now"))
_OF_KEY = ITEMS.c.key == bindparam("of_key")
_BY_KEY = select(ITEMS).where(is_owned(ITEMS), _IN_NAMESPACE, _OF_KEY, _IS_IN_TIME)
_SEQ_BY_KEY = select(ITEMS.c.seq).where(is_owned(ITEMS), _IN_NAMESPACE, _OF_KEY)
_NEWEST_FIRST = (ITEMS.c.updated_at.desc(), ITEMS.c.seq.desc())
_ALL = select(ITEMS).where(is_owned(ITEMS), _IS_IN_TIME).order_by(*_NEWEST_FIRST)
_IS_BELOW = or_(_IN_NAMESPACE, _BELOW_NAMESPACE)
_AT = _ALL.where(ITEMS.c.seq.in_(bindparam("of_seqs", expanding=True)))
_NAMESPACES = select(ITEMS.c.namespace).where(is_owned(ITEMS), _IS_IN_TIME).distinct()
_EXPIRED = select(ITEMS.c.seq).where(is_owned(ITEMS), ITEMS.c.expires_at <= bindparam("of_now"))
_TEXTS_AFTER = (
    select(ITEM_TEXTS, ITEMS.c.updated_at)
    .join(ITEMS, ITEMS.c.seq == ITEM_TEXTS.c.item)
    .where(is_owned(ITEM_TEXTS), ITEM_TEXTS.c.seq > bindparam("after"))
    .order_by(ITEM_TEXTS.c.seq)
)
_TEXTS_STATE = select(func.count(), func.max(ITEM_TEXTS.c.seq)).where(is_owned(ITEM_TEXTS))
_TEXT_SEQS = select(ITEM_TEXTS.c.seq, ITEM_TEXTS.c.item).where(is_owned(ITEM_TEXTS))
_SET_EMBEDDING = update(ITEM_TEXTS).where(is_owned(ITEM_TEXTS), ITEM_TEXTS.c.seq == bindparam("of_seq"))
_UPDATE = update(ITEMS).where(is_owned(ITEMS), ITEMS.c.seq == bindparam("of_seq"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItem:
    """One item.

    Attributes:
        seq: its position in the record; does not change with the value.
        namespace: labels below the persona and the user.
        lifetime: how long it is kept after it was last read or written; None for ever.
    """

    seq: int
    namespace: Labels
    key: str
    value: Mapping[str, Any]  # Any: what JSON may hold
    created_at: datetime
    updated_at: datetime
    lifetime: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemText:
    """A text by which an item is found.

    Attributes:
        seq: its position in the record; a rewritten text gets a new one.
        item: `StoredItem.seq`.
        at: when the item was written.
        embedder: name of the embedder that made the embedding; empty if there is none.
    """

    seq: int
    item: int
    text: str
    at: datetime
    embedder: str
    embedding: Vector | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChange:
    """The new value for a key.

    Attributes:
        value: None to erase what is there.
        texts: the texts that a search uses, each with its embedding if there is one.
        lifetime: see `StoredItem`.
    """

    namespace: Labels
    key: str
    value: Mapping[str, Any] | None  # Any: what JSON may hold
    texts: tuple[tuple[str, Vector | None], ...] = ()
    lifetime: timedelta | None = None


class Items:
    """The items of a store of record; reached as `Store.items`.

    Raises:
        StoreError: from every method, when the database cannot be read or written.
    """

    def __init__(self, record: RecordDatabase) -> None:
        self._record = record

    def write(self, owner: Owner, changes: Sequence[ItemChange], *, now: datetime, embedder: str = "") -> int:
        """Make all changes in one transaction; return how many items were erased, including expired ones.

        Raises:
            InputError: a value is not JSON.
        """
        rows = [None if each.value is None else _value_to_text(each) for each in changes]
        with self._record.writing() as connection:
            num_erased = _erase_items(connection, owner, _expired(connection, owner, now))
            for change, value in zip(changes, rows, strict=True):
                if value is None:
                    num_erased += _erase_items(connection, owner, _seqs_by_key(connection, owner, change))
                else:
                    owner_id = make_owner(connection, owner)
                    seq = _write_item(connection, owner, owner_id, change, value, now)
                    _write_texts(connection, owner_id, seq, change, embedder)
        if num_erased:
            self._record.erase_traces()
        return num_erased

    def erase_expired(self, owner: Owner, *, now: datetime) -> int:
        """Erase expired items; nothing is written if there are none."""
        with self._record.reading() as connection:
            if not _expired(connection, owner, now):
                return 0
        return self.write(owner, [], now=now)

    def touch(self, owner: Owner, items: Sequence[StoredItem], *, now: datetime) -> None:
        """Restart the lifetimes of these items."""
        rows = [
            {**owner_values(owner), "of_seq": item.seq, "expires_at": _expiry(item.lifetime, now)}
            for item in items
            if item.lifetime is not None
        ]
        if rows:
            with self._record.writing() as connection:
                connection.execute(_UPDATE, rows)

    def set_embeddings(self, owner: Owner, vectors: Mapping[int, Vector], *, embedder: str) -> None:
        """Replace the embeddings of the texts of these `seq`s."""
        rows = [
            {
                **owner_values(owner),
                "of_seq": seq,
                "embedding": vector_to_bytes(vector),
                "embedder": embedder,
            }
            for seq, vector in vectors.items()
        ]
        if rows:
            with self._record.writing() as connection:
                connection.execute(_SET_EMBEDDING, rows)

    def get(self, owner: Owner, namespace: Labels, key: str, *, now: datetime) -> StoredItem | None:
        """The item under a key, None if there is none."""
        with self._record.reading() as connection:
            row = connection.execute(
                _BY_KEY, {**owner_values(owner), **_key_values(namespace, key), **_now_value(now)}
            ).one_or_none()
        return None if row is None else row_to_item(row)

    def below(self, owner: Owner, prefix: Labels, *, now: datetime) -> list[StoredItem]:
        """The items in a namespace and all below it, the latest written first."""
        with self._record.reading() as connection:
            query, values = _below(_ALL, owner, prefix, now)
            return [row_to_item(row) for row in connection.execute(query, values)]

    def seqs_below(self, owner: Owner, prefix: Labels, *, now: datetime) -> list[int]:
        """The `seq`s of the items that `below` returns, in its order."""
        with self._record.reading() as connection:
            query, values = _below(_ALL.with_only_columns(ITEMS.c.seq), owner, prefix, now)
            return list(connection.execute(query, values).scalars())

    def at(self, owner: Owner, seqs: Sequence[int], *, now: datetime) -> dict[int, StoredItem]:
        """Items by `seq`."""
        with self._record.reading() as connection:
            rows = connection.execute(_AT, {**owner_values(owner), **_now_value(now), "of_seqs": list(seqs)})
            return {row.seq: row_to_item(row) for row in rows}

    def namespaces(self, owner: Owner, *, now: datetime) -> list[Labels]:
        """All namespaces in which there are items, sorted."""
        with self._record.reading() as connection:
            paths = connection.execute(_NAMESPACES, {**owner_values(owner), **_now_value(now)}).scalars()
            return sorted(_path_to_labels(path) for path in paths)

    def texts(self, owner: Owner, *, after: int = 0) -> list[ItemText]:
        """The texts whose `seq` is higher than `after`, in the order they were written."""
        with self._record.reading() as connection:
            rows = connection.execute(_TEXTS_AFTER, {**owner_values(owner), "after": after})
            return [
                ItemText(
                    seq=row.seq,
                    item=row.item,
                    text=row.text,
                    at=datetime.fromisoformat(row.updated_at),
                    embedder=row.embedder,
                    embedding=bytes_to_vector(row.embedding),
                )
                for row in rows
            ]

    def texts_state(self, owner: Owner) -> tuple[int | None, int, int | None]:
        """Three values, one of which changes whenever a text is added or removed."""
        with self._record.reading() as connection:
            count, last = connection.execute(_TEXTS_STATE, owner_values(owner)).one()
            return owner_state(connection, owner), count, last

    def item_of_text(self, owner: Owner) -> dict[int, int]:
        """`seq` of every current text -> `seq` of its item."""
        with self._record.reading() as connection:
            return {row.seq: row.item for row in connection.execute(_TEXT_SEQS, owner_values(owner))}


# ── statements ───────────────────────────────────────────────────────────────────────────────────


def _below(
    query: Select[Any], owner: Owner, prefix: Labels, now: datetime
) -> tuple[Select[Any], dict[str, Any]]:
    """A query for the items in a namespace and below it, with its values."""
    values: dict[str, Any] = {**owner_values(owner), **_now_value(now)}
    if not prefix:
        return query, values
    path = labels_to_path(prefix)
    ends = {"from_namespace": path + _SEPARATOR, "to_namespace": path + _AFTER_SEPARATOR}
    return query.where(_IS_BELOW), {**values, "of_namespace": path, **ends}


def _write_item(
    connection: Connection, owner: Owner, owner_id: int, change: ItemChange, value: str, now: datetime
) -> int:
    """Insert or replace one item; return its `seq`."""
    row: dict[str, Any] = {
        "value": value,
        "updated_at": time_to_text(now),
        "lifetime_s": None if change.lifetime is None else change.lifetime.total_seconds(),
        "expires_at": _expiry(change.lifetime, now),
    }
    known = _seqs_by_key(connection, owner, change)
    if known:
        connection.execute(_UPDATE, [{**owner_values(owner), "of_seq": known[0], **row}])
        connection.execute(
            delete(ITEM_TEXTS).where(ITEM_TEXTS.c.scope == owner_id, ITEM_TEXTS.c.item == known[0])
        )
        return known[0]
    path = labels_to_path(change.namespace)
    row |= {"scope": owner_id, "namespace": path, "key": change.key, "created_at": row["updated_at"]}
    return int(connection.execute(insert(ITEMS).returning(ITEMS.c.seq), row).scalar_one())


def _write_texts(connection: Connection, owner_id: int, item: int, change: ItemChange, embedder: str) -> None:
    rows = [
        {
            "scope": owner_id,
            "item": item,
            "text": text,
            "embedder": "" if vector is None else embedder,
            "embedding": vector_to_bytes(vector),
        }
        for text, vector in change.texts
    ]
    if rows:
        connection.execute(insert(ITEM_TEXTS), rows)


def _erase_items(connection: Connection, owner: Owner, seqs: Sequence[int]) -> int:
    for seq in seqs:
        connection.execute(
            delete(ITEM_TEXTS).where(is_owned(ITEM_TEXTS), ITEM_TEXTS.c.item == seq), owner_values(owner)
        )
        connection.execute(delete(ITEMS).where(is_owned(ITEMS), ITEMS.c.seq == seq), owner_values(owner))
    return len(seqs)


def _expired(connection: Connection, owner: Owner, now: datetime) -> Sequence[int]:
    return connection.execute(_EXPIRED, {**owner_values(owner), **_now_value(now)}).scalars().all()


def _seqs_by_key(connection: Connection, owner: Owner, change: ItemChange) -> Sequence[int]:
    values = {**owner_values(owner), **_key_values(change.namespace, change.key)}
    return connection.execute(_SEQ_BY_KEY, values).scalars().all()


# ── values and rows ──────────────────────────────────────────────────────────────────────────────


def _key_values(namespace: Labels, key: str) -> Values:
    return {"of_namespace": labels_to_path(namespace), "of_key": key}


def _now_value(now: datetime) -> Values:
    return {"of_now": time_to_text(now)}


def _expiry(lifetime: timedelta | None, now: datetime) -> str | None:
    return None if lifetime is None else time_to_text(now + lifetime)


def _value_to_text(change: ItemChange) -> str:
    try:
        return json.dumps(change.value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"The value under key {change.key!r} in {change.namespace!r} is not JSON: {error}. "
            "Keep strings, finite numbers, booleans, None, lists and dictionaries."
        ) from error


def labels_to_path(labels: Labels) -> str:
    """A namespace as the record keeps it."""
    return _SEPARATOR.join(labels)


def _path_to_labels(path: str) -> Labels:
    return tuple(path.split(_SEPARATOR)) if path else ()


def row_to_item(row: Row) -> StoredItem:
    """An item of the record."""
    return StoredItem(
        seq=row.seq,
        namespace=_path_to_labels(row.namespace),
        key=row.key,
        value=json.loads(row.value),
        created_at=datetime.fromisoformat(row.created_at),
        updated_at=datetime.fromisoformat(row.updated_at),
        lifetime=None if row.lifetime_s is None else timedelta(seconds=row.lifetime_s),
    )
