"""Tests of the LangChain key-value store, with LangChain's own suites."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from langchain_core.stores import BaseStore
from langchain_tests.integration_tests import BaseStoreAsyncTests, BaseStoreSyncTests

from roleagent.errors import InputError
from roleagent.interop import MemoryKeyValue, MemoryStore, memory_namespace
from roleagent.memory.in_process import InProcessMemory
from roleagent.types import Owner, Thread

ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")
VALUES = ({"a": [1, None]}, "text, 字", 3.5)


class TestSyncAgainstLangChain(BaseStoreSyncTests[Any]):
    """What every key-value store must do."""

    @pytest.fixture
    def kv_store(self) -> Iterator[BaseStore[str, Any]]:
        memory = InProcessMemory()
        yield MemoryKeyValue(memory, ADA)
        memory.close()

    @pytest.fixture
    def three_values(self) -> tuple[Any, Any, Any]:
        return VALUES


class TestAsyncAgainstLangChain(BaseStoreAsyncTests[Any]):
    """The same, awaited."""

    @pytest.fixture
    async def kv_store(self) -> AsyncIterator[BaseStore[str, Any]]:
        memory = InProcessMemory()
        yield MemoryKeyValue(memory, ADA)
        memory.close()

    @pytest.fixture
    def three_values(self) -> tuple[Any, Any, Any]:
        return VALUES


def test_nobody_reads_what_is_kept_of_another() -> None:
    """Keys are the application's, and may be the same for everybody."""
    memory = InProcessMemory()
    bob = replace(ADA, user_id="bob")
    MemoryKeyValue(memory, ADA).mset([("town", "Lewes")])
    MemoryKeyValue(memory, bob).mset([("town", "Bath")])
    MemoryKeyValue(memory, bob).mdelete(["town"])
    assert MemoryKeyValue(memory, ADA).mget(["town"]) == ["Lewes"]
    assert MemoryKeyValue(memory, ADA, namespace=("other",)).mget(["town"]) == [None]
    memory.forget(ADA)
    assert list(MemoryKeyValue(memory, ADA).yield_keys()) == []


def test_a_value_that_is_not_json_is_refused() -> None:
    """It could not be read back."""
    with pytest.raises(InputError, match="not JSON"):
        MemoryKeyValue(InProcessMemory(), ADA).mset([("now", datetime.now(UTC))])


def test_a_langgraph_store_shows_the_same() -> None:
    """Two doors of one room."""
    memory = InProcessMemory()
    MemoryKeyValue(memory, ADA).mset([("town", "Lewes")])
    item = MemoryStore(memory).get(memory_namespace("holmes", "ada", "key-value"), "town")
    assert item is not None
    assert item.value == {"value": "Lewes"}
