"""What an application keeps of one persona and user, as a LangGraph store reads, writes and searches it.

A search uses the same recall as for episodes, over the texts of the items. For each owner that is searched,
these are held in a memory of their own in RAM, which is updated from the record before every search.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from langchain_core.embeddings import Embeddings
from langgraph.store.base import GetOp, Item, PutOp, SearchItem, SearchOp, get_text_at_path

from roleagent.embedding.embedders import embed, embedder_name
from roleagent.errors import InputError
from roleagent.interop.filters import matches
from roleagent.interop.namespaces import Labels, Place
from roleagent.memory.recorded import RecordedMemory
from roleagent.store import Store, Vector
from roleagent.store.database import MEMORY
from roleagent.store.items import ItemChange, Items, ItemText, StoredItem
from roleagent.types import STRANGER, Episode, Owner, Thread

_MAX_OPEN_OWNERS = 32
_FIRST_ASKED = 50  # how many texts are recalled first if some of them may not count
_MAX_DEAD = 64  # deleted texts, next to as many live ones, before all are read again


class ItemSearch:
    """Searches the items of a store, separately for every persona and user.

    Args:
        embedder: None to search only by words.
    """

    def __init__(self, items: Items, embedder: Embeddings | None) -> None:
        self.embedder = embedder
        self.embedder_name = embedder_name(embedder) if embedder else ""
        self._items = items
        self._owners: OrderedDict[Owner, _OwnerSearch] = OrderedDict()
        self._lock = threading.Lock()

    def vectors(self, texts: Sequence[str]) -> list[Vector | None]:
        """Embeddings of texts; None for each if there is no embedder."""
        if self.embedder is None or not texts:
            return [None] * len(texts)
        return list(embed(self.embedder, texts))

    def best(self, query: str, owner: Owner, among: Set[int], *, limit: int) -> list[tuple[int, float]]:
        """`StoredItem.seq` and score of the best items among some, best first.

        The score of an item is that of its best text; an item without texts is not found.
        """
        with self._owner(owner) as found:
            found.bring_up(self._items, owner)
            return found.best(query, owner, among, limit)

    def close(self) -> None:
        """Drop all cached texts."""
        with self._lock:
            for found in self._owners.values():
                found.close()
            self._owners.clear()

    @contextmanager
    def _owner(self, owner: Owner) -> Iterator[_OwnerSearch]:
        with self._lock:
            found = self._owners[owner] = self._owners.get(owner) or _OwnerSearch(self)
            self._owners.move_to_end(owner)
            found.num_users += 1
            idle = [key for key, each in self._owners.items() if not each.num_users]  # longest unused first
            for key in idle[: max(len(self._owners) - _MAX_OPEN_OWNERS, 0)]:
                self._owners.pop(key).close()
        try:
            with found.lock:
                yield found
        finally:
            with self._lock:
                found.num_users -= 1


class _OwnerSearch:
    """The texts of one persona and user; those of each item are a conversation of their own."""

    def __init__(self, search: ItemSearch) -> None:
        self.lock = threading.Lock()
        self.num_users = 0
        self._search = search
        self._item_of: dict[int, int] = {}  # text -> item, without deleted texts
        self._state: tuple[int | None, int, int | None] = (
            None,
            0,
            None,
        )  # of the record, at the last reading
        self._begin_again()

    def _begin_again(self) -> None:
        self._memory = RecordedMemory(Store(MEMORY), self._search.embedder)
        self._num_texts = 0
        self._last_seq = 0

    def bring_up(self, items: Items, owner: Owner) -> None:
        """Read what is new in the record, and note which texts were deleted."""
        state = items.texts_state(owner)
        if state == self._state:
            return
        self._item_of = items.item_of_text(owner)
        if state[0] != self._state[0] or self._num_texts > 2 * len(self._item_of) + _MAX_DEAD:
            self.close()
            self._begin_again()
        self._take_in(items.texts(owner, after=self._last_seq), items, owner)
        self._state = state

    def _take_in(self, texts: Sequence[ItemText], items: Items, owner: Owner) -> None:
        if not texts:
            return
        name = self._search.embedder_name
        stale = [text for text in texts if text.embedder != name]
        vectors = self._search.vectors([text.text for text in stale])
        embedded = {
            text.seq: vector for text, vector in zip(stale, vectors, strict=True) if vector is not None
        }
        items.set_embeddings(owner, embedded, embedder=name)
        pairs = [(_as_episode(text, owner), embedded.get(text.seq, text.embedding)) for text in texts]
        self._memory.store.commit(owner, pairs, embedder=name)
        self._num_texts += len(texts)
        self._last_seq = texts[-1].seq

    def best(self, query: str, owner: Owner, among: Set[int], limit: int) -> list[tuple[int, float]]:
        """See `ItemSearch.best`: recalls more and more texts until there are enough items."""
        all_count = len(self._item_of) == self._num_texts and set(self._item_of.values()) <= among
        asked = limit if all_count else max(limit, _FIRST_ASKED)
        while True:
            recalled = self._memory.recall(query, owner, STRANGER, limit=asked)
            scores: dict[int, float] = {}
            for text in recalled:
                item = self._item_of.get(int(text.id))
                if item is not None and item in among:
                    scores.setdefault(item, text.score or 0.0)
            if len(scores) >= limit or len(recalled) < asked:
                return list(scores.items())[:limit]
            asked *= 4

    def close(self) -> None:
        self._memory.close()


def _as_episode(text: ItemText, owner: Owner) -> Episode:
    number = str(text.item)  # texts of different items are no neighbours
    return Episode(
        id=str(text.seq),
        thread=Thread(owner=owner, thread_id=number),
        turn_id=number,
        speaker="user",
        text=text.text,
        at=text.at,
    )


_MAX_TTL = 52_560_000  # minutes: a hundred years
Clock = Callable[[], datetime]


class ItemView:
    """Items under ``("memories", PERSONA, USER, …)``.

    Args:
        fields: paths of the values' texts that a search uses, unless `put` gives others.
        now: returns the present, with a time zone.
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
        """Matching items: best first if there is a query, otherwise latest first.

        Items without text have no score and come last.
        """
        now = self._now()
        if op.filter:
            below = self._items.below(place.owner, place.rest, now=now)
            seqs = [item.seq for item in below if matches(item.value, op.filter)]
        else:
            seqs = self._items.seqs_below(place.owner, place.rest, now=now)
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

    def namespaces(self, place: Place) -> list[Labels]:
        """The namespaces that contain items."""
        found = self._items.namespaces(place.owner, now=self._now())
        return [(*place.prefix, *labels) for labels in found]

    def change(self, ops: Sequence[tuple[PutOp, Place]], owner: Owner) -> None:
        """Write and erase in one transaction.

        Raises:
            InputError: a value is not JSON; nothing is written then.
        """
        texts = [self._texts(op) for op, _ in ops]
        vectors = iter(self._search.vectors([text for each in texts for text in each]))
        changes = [
            ItemChange(
                namespace=place.rest,
                key=op.key,
                value=None if op.value is None else dict(op.value),  # any mapping may come; JSON needs a dict
                texts=tuple((text, next(vectors)) for text in each),
                lifetime=_lifetime(op),
            )
            for (op, place), each in zip(ops, texts, strict=True)
        ]
        self._items.write(owner, changes, now=self._now(), embedder=self._search.embedder_name)

    def erase_expired(self, owner: Owner) -> int:
        """Erase expired items of a persona and user; return how many."""
        return self._items.erase_expired(owner, now=self._now())

    def _texts(self, op: PutOp) -> list[str]:
        """The texts by which an item is found, in the order of the paths, without duplicates."""
        if op.value is None or op.index is False:
            return []
        paths = self._fields if op.index is None else op.index
        texts = [text for path in paths for text in get_text_at_path(op.value, path)]
        return [text for text in dict.fromkeys(texts) if text.strip()]


def _lifetime(op: PutOp) -> timedelta | None:
    if op.ttl is None:
        return None
    if not 0 < op.ttl <= _MAX_TTL:
        raise InputError(f"ttl is {op.ttl!r}: pass minutes above 0 and up to {_MAX_TTL:,}, or None for good.")
    return timedelta(minutes=op.ttl)


def _item_fields(item: StoredItem, place: Place) -> dict[str, Any]:
    return {
        "namespace": (*place.prefix, *item.namespace),
        "key": item.key,
        "value": dict(item.value),
        "created_at": item.created_at,
        "updated_at": item.updated_at,
    }
