"""The checkpoints: the state of a conversation's workflow between turns, and while a turn waits for approval.

LangGraph's asynchronous SQLite saver belongs to one event loop, and its plain one has no asynchronous
methods. This is the plain one with asynchronous methods that run in a worker thread: any loop and any thread
may use it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from roleagent import types
from roleagent.concurrency.turn_order import run_writing
from roleagent.store.database import Database

_APPLICATION_ID = 0x52414350  # "RACP"
_NO_TABLES: list[str] = []  # LangGraph creates and migrates its own


def open_checkpointer(path: Path | str) -> Checkpointer:
    """Open the checkpoints in a SQLite file, created if missing; ``:memory:`` for none.

    Raises:
        StoreError: the file cannot be opened, read or written.
    """
    return Checkpointer(path)


class CheckpointSerializer(JsonPlusSerializer):
    """Reads back the values of `roleagent.types` and LangGraph's own, and no other class.

    The format has no tuples: in our own values they become tuples again, elsewhere they come back as lists.
    """

    def __init__(self) -> None:
        written_in = [(kind.__module__, kind.__name__) for kind in _VALUES]
        written_in += [(types.__name__, kind.__name__) for kind in _VALUES]  # by earlier releases
        super().__init__(allowed_msgpack_modules=written_in)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The value that was saved."""
        return _with_tuples(super().loads_typed(data))


_VALUES = tuple(
    value
    for value in map(vars(types).get, types.__all__)
    if isinstance(value, type) and dataclasses.is_dataclass(value)
)


def _with_tuples(value: Any) -> Any:  # Any: whatever a state holds
    if isinstance(value, _VALUES):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return type(value)(**{name: _field_with_tuples(each) for name, each in fields.items()})
    if isinstance(value, list):
        return [_with_tuples(each) for each in value]
    if type(value) is dict:
        return {key: _with_tuples(each) for key, each in value.items()}
    return value


def _field_with_tuples(value: Any) -> Any:
    # a mapping is left alone: a tool's arguments may hold lists
    if isinstance(value, list):
        return tuple(_field_with_tuples(each) for each in value)
    return _with_tuples(value) if isinstance(value, _VALUES) else value


class Checkpointer(SqliteSaver):
    """LangGraph's `SqliteSaver` for any thread and any event loop; made by `open_checkpointer`.

    Saved checkpoints survive a crash of the process. A power cut may lose the last ones, but no memories,
    since these are in the record.
    """

    def __init__(self, path: Path | str) -> None:
        self._database = Database(
            path, application_id=_APPLICATION_ID, migrations=[_NO_TABLES], synchronous="NORMAL"
        )
        with self._database.reading() as connection:
            super().__init__(connection, serde=CheckpointSerializer())
            self.setup()

    @contextmanager
    def cursor(self, transaction: bool = True) -> Iterator[sqlite3.Cursor]:
        """A cursor, in a transaction that is rolled back if something fails."""
        hold = self._database.writing() if transaction else self._database.reading()
        with hold as connection, closing(connection.cursor()) as cursor:
            yield cursor

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Checkpoints, the newest first; all are read at once, so that no lock is held between them."""
        return iter([*super().list(config, filter=filter, before=before, limit=limit)])

    def values(self, prefix: str) -> dict[str, dict[str, Any]]:
        """The last states of threads whose id begins with a prefix, by the rest of the id."""
        with self.cursor(transaction=False) as cursor:
            found = self._threads(cursor, prefix)
        states = {}
        for thread_id in found:
            saved = self.get_tuple({"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}})
            if saved is not None:
                states[thread_id.removeprefix(prefix)] = dict(saved.checkpoint["channel_values"])
        return states

    def delete_thread(self, thread_id: str) -> None:
        """Erase all checkpoints of a thread, down to the bytes."""
        super().delete_thread(thread_id)
        self._database.erase_traces()

    def delete_threads(self, prefix: str) -> int:
        """Erase all checkpoints of the threads whose id begins with a prefix, down to the bytes.

        Returns:
            The number of threads that were erased.
        """
        with self.cursor(transaction=False) as cursor:
            found = self._threads(cursor, prefix)
        for thread_id in found:
            super().delete_thread(thread_id)
        self._database.erase_traces()
        return len(found)

    @staticmethod
    def _threads(cursor: sqlite3.Cursor, prefix: str) -> Sequence[str]:
        cursor.execute(
            "SELECT DISTINCT thread_id FROM checkpoints WHERE substr(thread_id, 1, ?) = ?",
            (len(prefix), prefix),
        )
        return [thread_id for (thread_id,) in cursor.fetchall()]

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        self._database.close()

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """As `get_tuple`."""
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """As `list`."""
        found = await asyncio.to_thread(self.list, config, filter=filter, before=before, limit=limit)
        for each in found:
            yield each

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """As `put`."""
        return await run_writing(lambda: self.put(config, checkpoint, metadata, new_versions))

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """As `put_writes`."""
        await run_writing(lambda: self.put_writes(config, writes, task_id, task_path))

    async def adelete_thread(self, thread_id: str) -> None:
        """As `delete_thread`."""
        await run_writing(lambda: self.delete_thread(thread_id))
