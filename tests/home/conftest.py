"""A filled home, made once; each test gets a copy."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from roleagent.embedding.cache import EmbeddingCache
from roleagent.home.home import Home
from roleagent.memory.on_disk import OnDiskMemory
from tests.home.canaries import (
    EMBEDDER,
    birds_of,
    write_checkpoint,
)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two users with three utterances each, in the record, the index, checkpoints, media and caches."""
    home = tmp_path_factory.mktemp("filled")
    all_birds = [bird for flock in birds_of(home).values() for bird in flock]
    with closing(OnDiskMemory(home, EMBEDDER, exact_rows=0)) as memory:
        for bird in all_birds:
            bird.plant(memory)
            memory.wait_for_index(bird.thread.owner)
    with closing(Home(home)) as opened:
        for bird in all_birds:
            write_checkpoint(opened, bird)
    with closing(EmbeddingCache(home / "embeddings.db")) as cache:
        for bird in all_birds:
            cache.cache_embeddings("hash", {bird.episode().text: bird.cached_vector()})
    return home


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    """A copy of the filled home, for one test."""
    return Path(shutil.copytree(filled, tmp_path / "home"))
