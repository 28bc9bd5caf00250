"""The memory of a home, as an agent opens it, but without a language model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from roleagent.cli.memory.whose import Pair, find_home, nothing_kept

if TYPE_CHECKING:
    from roleagent.memory.chroma import ChromaMemory
    from roleagent.store import ThreadSummary


@contextmanager
def open_memory(pair: Pair, home: Path | None) -> Iterator[tuple[ChromaMemory, list[ThreadSummary]]]:
    """The memory of a home, and the conversations that these two had, the latest first.

    Raises:
        InputError: they had none.
        StoreError: another process uses the home, or it cannot be read.
    """
    from roleagent import registry
    from roleagent.memory.chroma import ChromaMemory
    from roleagent.settings import get_settings

    settings, folder = get_settings(), find_home(home)
    embedder = registry.get("embedder", settings.embedder)
    opened = ChromaMemory(folder, embedder, record=settings.record_url, index=settings.index_server)
    with closing(opened) as memory:
        threads = memory.threads(pair.scope.persona_id, pair.scope.user_id)
        if not threads:
            raise nothing_kept(pair, memory.store)
        yield memory, threads
