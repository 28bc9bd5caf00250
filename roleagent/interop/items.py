"""The items of one persona and user as a LangGraph store shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from langgraph.store.base import GetOp, Item, PutOp, SearchItem, SearchOp, get_text_at_path

from roleagent.errors import InputError
from roleagent.interop.filters import matches
from roleagent.interop.item_search import ItemSearch
from roleagent.interop.namespaces import Labels, Place
from roleagent.store import Vector
from roleagent.store.items import ItemChange, Items, StoredItem
from roleagent.types import Owner

_MAX_TTL = 52_560_000  # minutes: a hundred years
Clock = Callable[[], datetime]


class ItemView:
    """Items under ``("memories", PERSONA, USER, …)``.

    Args:
        fields: paths of the values' texts by which items are found, where `put` does not say.
        now: gives the present, aware.
    """

    def __init__(self, items: Items, search: ItemSearch, *, fields: Sequence[str], now: Clock) -> None:
        self._items = items
        self._search = search
        self._fields = fields
        self._now = now

    def get(self, op: GetOp, place: Place) -> Item | None:
        """One item; reading it restarts its lifetime."""
        now = self._now()
        found = self._items.get(place.owner, place.rest, op.key, now=now)
        if found is None:
            return None
        if op.refresh_ttl:
            self._items.touch(place.owner, [found], now=now)
        return Item(**_item_fields(found, place))

    def search(self, op: SearchOp, place: Place) -> list[SearchItem]:
        """Items that fit: best first where there is a query, else the latest first.

        Behind those that the query can find come the others, which have no text and so no score.
        """
        now = self._now()
        seqs = self._fitting(op, place, now)
        scored: list[tuple[int, float | None]] = [(seq, None) for seq in seqs]
        if op.query:
            best = self._search.best(op.query, place.owner, set(seqs), limit=op.offset + op.limit)
            found = {seq for seq, _ in best}
            scored = [*best, *((seq, None) for seq in seqs if seq not in found)]
        page = scored[op.offset : op.offset + op.limit]
        items = self._items.at(place.owner, [seq for seq, _ in page], now=now)
        if op.refresh_ttl:
            self._items.touch(place.owner, list(items.values()), now=now)
        return [
            SearchItem(**_item_fields(items[seq], place), score=score) for seq, score in page if seq in items
        ]

    def _fitting(self, op: SearchOp, place: Place, now: datetime) -> list[int]:
        """The `seq`s of the items that the namespace and the filter let through, the latest first."""
        if not op.filter:
            return self._items.seqs_below(place.owner, place.rest, now=now)
        items = self._items.below(place.owner, place.rest, now=now)
        return [item.seq for item in items if matches(item.value, op.filter)]

    def namespaces(self, place: Place) -> list[Labels]:
        """Those in which there are items."""
        found = self._items.namespaces(place.owner, now=self._now())
        return [(*place.prefix, *labels) for labels in found]

    def change(self, ops: Sequence[tuple[PutOp, Place]], owner: Owner) -> None:
        """Write and erase in one transaction.

        Raises:
            InputError: a value is no JSON; nothing is written then.
        """
        texts = [self._texts(op) for op, _ in ops]
        vectors = iter(self._search.vectors([text for each in texts for text in each]))
        changes = [
            _to_change(op, place, [(text, next(vectors)) for text in each])
            for (op, place), each in zip(ops, texts, strict=True)
        ]
        self._items.write(owner, changes, now=self._now(), embedder=self._search.embedder_name)

    def erase_expired(self, owner: Owner) -> int:
        """Erase what has expired of a persona and user; gives the number of items."""
        return self._items.erase_expired(owner, now=self._now())

    def _texts(self, op: PutOp) -> list[str]:
        """What an item is found by, in the order of the paths, each text once."""
        if op.value is None or op.index is False:
            return []
        paths = self._fields if op.index is None else op.index
        texts = [text for path in paths for text in get_text_at_path(op.value, path)]
        return [text for text in dict.fromkeys(texts) if text.strip()]


def _to_change(op: PutOp, place: Place, texts: Sequence[tuple[str, Vector | None]]) -> ItemChange:
    return ItemChange(
        namespace=place.rest,
        key=op.key,
        value=None if op.value is None else _plain(op.value),
        texts=tuple(texts),
        lifetime=_lifetime(op),
    )


def _lifetime(op: PutOp) -> timedelta | None:
    if op.ttl is None:
        return None
    if not 0 < op.ttl <= _MAX_TTL:
        raise InputError(f"ttl is {op.ttl!r}: pass minutes above 0 and up to {_MAX_TTL:,}, or None for good.")
    return timedelta(minutes=op.ttl)


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    return dict(value)  # any mapping will do for a value, and JSON takes a dictionary


def _item_fields(item: StoredItem, place: Place) -> dict[str, Any]:
    return {
        "namespace": (*place.prefix, *item.namespace),
        "key": item.key,
        "value": dict(item.value),
        "created_at": item.created_at,
        "updated_at": item.updated_at,
    }
