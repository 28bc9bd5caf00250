"""Well-known interfaces over the same memory: LangChain's retriever and key-value store, LangGraph's store.

store.py        MemoryStore: what was said, and what an application keeps, as a LangGraph store
key_value.py    MemoryKeyValue: what an application keeps, as a LangChain key-value store
namespaces.py   which persona and user a namespace means
items.py        the items of one persona and user, and how they are found
episodes.py     MemoryRetriever: what was said, as documents; and as a store shows it
filters.py      LangGraph's conditions on values
"""

from roleagent.interop.episodes import MemoryRetriever
from roleagent.interop.key_value import MemoryKeyValue
from roleagent.interop.namespaces import memory_namespace
from roleagent.interop.store import MemoryStore

__all__ = ["MemoryKeyValue", "MemoryRetriever", "MemoryStore", "memory_namespace"]
