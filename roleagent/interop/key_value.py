"""LangChain's key-value store over the items of one persona and user."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from langchain_core.stores import BaseStore

from roleagent.concurrency.blocking import run_blocking
from roleagent.protocols import MemoryWithRecord
from roleagent.store.items import ItemChange
from roleagent.types import Owner

JSON = Any  # what JSON may hold
_VALUE = "value"


class MemoryKeyValue(BaseStore[str, JSON]):
    """Values of plain JSON by key, in the record of a memory; they are not found by search.

    A `MemoryStore` shows them too, as items ``{"value": …}`` in a namespace of their own.

    Args:
        owner: whose values; there is no default.
        namespace: labels below the persona and the user.
    """

    def __init__(
        self, memory: MemoryWithRecord, owner: Owner, *, namespace: tuple[str, ...] = ("key-value",)
    ) -> None:
        self._items = memory.store.items
        self._owner = owner
        self._namespace = namespace

    def mget(self, keys: Sequence[str]) -> list[JSON | None]:
        """The values of some keys, None for each missing one."""
        now = datetime.now(UTC)
        found = [self._items.get(self._owner, self._namespace, key, now=now) for key in keys]
        return [None if item is None else item.value[_VALUE] for item in found]

    async def amget(self, keys: Sequence[str]) -> list[JSON | None]:
        """The same, in a worker thread."""
        return await run_blocking(lambda: self.mget(keys))

    def mset(self, key_value_pairs: Sequence[tuple[str, JSON]]) -> None:
        """Write all, in one transaction.

        Raises:
            InputError: a value is not JSON.
        """
        self._write([self._change(key, {_VALUE: value}) for key, value in key_value_pairs])

    async def amset(self, key_value_pairs: Sequence[tuple[str, JSON]]) -> None:
        """The same, in a worker thread."""
        await run_blocking(lambda: self.mset(key_value_pairs))

    def mdelete(self, keys: Sequence[str]) -> None:
        """Erase some keys; missing ones are ignored."""
        self._write([self._change(key, None) for key in keys])

    async def amdelete(self, keys: Sequence[str]) -> None:
        """The same, in a worker thread."""
        await run_blocking(lambda: self.mdelete(keys))

    def yield_keys(self, *, prefix: str | None = None) -> Iterator[str]:
        """The keys with a certain prefix."""
        for item in self._items.below(self._owner, self._namespace, now=datetime.now(UTC)):
            if item.namespace == self._namespace and item.key.startswith(prefix or ""):
                yield item.key

    async def ayield_keys(self, *, prefix: str | None = None) -> AsyncIterator[str]:
        """The same, in a worker thread."""
        for key in await run_blocking(lambda: list(self.yield_keys(prefix=prefix))):
            yield key

    def _change(self, key: str, value: dict[str, JSON] | None) -> ItemChange:
        return ItemChange(namespace=self._namespace, key=key, value=value)

    def _write(self, changes: Sequence[ItemChange]) -> None:
        self._items.write(self._owner, changes, now=datetime.now(UTC))
