"""Tests of forgetting: what is forgotten is gone from every byte of a home, and nothing else is."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from roleagent.errors import InputError, StoreError
from roleagent.home.forgetting import JOURNAL_NAME
from roleagent.home.home import Home
from roleagent.memory.on_disk import INDEX_NAME, STORE_NAME, OnDiskMemory
from roleagent.store import Store
from roleagent.types import (
    STRANGER,
    Episode,
    GraphUpdate,
    Selection,
    Thread,
)
from tests.home.canaries import (
    EMBEDDER,
    NOW,
    PLANTED,
    birds_of,
    found,
    owner_of,
    places_left,
)


def test_the_canaries_are_where_they_are_looked_for(folder: Path) -> None:
    """A scan that finds nothing anywhere would pass every test below."""
    birds = birds_of(folder)
    for bird in birds["ada"] + birds["bob"]:
        assert places_left(folder, bird) == PLANTED
    holding = found(folder, birds["ada"])
    assert {"memory.sqlite3", "checkpoints.db", "embeddings.db"} <= holding.keys()
    vector = birds["ada"][0].vector().tobytes()
    in_index = [path for path in (folder / INDEX_NAME).rglob("*") if path.is_file()]
    assert any(vector in path.read_bytes() for path in in_index)


@pytest.mark.parametrize(
    ("what", "gone"),
    [
        (Selection(), {0, 1, 2}),
        (Selection(episodes=("ada-1",)), {1}),
        (Selection(before=NOW + timedelta(days=2)), {0, 1}),
        (Selection(matching="CanaryAda0text"), {0}),
        (Selection(thread_id="canaryada2thread"), {2}),
    ],
    ids=["everything", "one episode", "before", "matching", "thread"],
)
def test_what_is_forgotten_is_in_no_byte_of_the_home(folder: Path, what: Selection, gone: set[int]) -> None:
    """Rows, logs, indexes, vectors, states of turns, pictures and their names: erased means erased."""
    birds = birds_of(folder)
    with closing(Home(folder, embedder=EMBEDDER)) as home:
        receipt = home.forget(owner_of("ada"), what)
        told = receipt.as_text() + json.dumps(receipt.as_dict())
        assert found(folder, [birds["ada"][number] for number in gone]) == {}, "while it is open"
    assert found(folder, [birds["ada"][number] for number in gone]) == {}
    for number in {0, 1, 2} - gone:
        left = places_left(folder, birds["ada"][number])
        assert left == PLANTED - {"turn"}, "what was not meant stays, but for states of turns"
    for bird in birds["bob"]:
        assert places_left(folder, bird) == PLANTED
    assert (
        receipt.removed["episodes"] == receipt.removed["summaries"] == receipt.removed["media"] == len(gone)
    )
    assert receipt.removed["checkpoints"] == 3
    assert "canary" not in told
    assert not (folder / JOURNAL_NAME).exists()


def test_a_home_without_a_model_forgets_the_index_too(folder: Path) -> None:
    """The command line loads no embedder to erase its vectors."""
    birds = birds_of(folder)
    with closing(Home(folder)) as home:
        home.forget(owner_of("ada"), Selection(episodes=("ada-1",)))
    assert found(folder, [birds["ada"][1]]) == {}
    with closing(OnDiskMemory(folder, EMBEDDER, exact_rows=0)) as memory:
        recalled = memory.recall(birds["ada"][2].word("text"), owner_of("ada"), STRANGER, limit=1)
    assert [episode.id for episode in recalled] == ["ada-2"]


def test_pictures_of_other_episodes_stay(folder: Path) -> None:
    """The same picture shown twice is one file."""
    birds = birds_of(folder)
    first, other = birds["ada"][:2]
    again = replace(other.episode(), id="again", attachments=first.episode().attachments)
    with closing(Home(folder)) as home:
        home.memory.remember([again], GraphUpdate(), again.owner)
        home.forget(owner_of("ada"), Selection(episodes=("ada-0",)))
    assert first.file().exists()


ROOT = Path(__file__).parents[2]
KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.home.canaries import EMBEDDER, owner_of
from roleagent.home.checkpoints import Checkpointer
from roleagent.embedding.cache import EmbeddingCache
from roleagent.home.home import Home
from roleagent.memory.index.chroma_index import ChromaIndex
from roleagent.home.forgetting import ErasureJournal, Forgetting
from roleagent.store import Store
from roleagent.store.items import ItemChange
from roleagent.types import Selection
STEPS = {
    "vectors": (EmbeddingCache, "forget"), "index": (ChromaIndex, "erase"), "record": (Store, "forget"),
    "checkpoints": (Checkpointer, "delete_threads"), "media": (Forgetting, "_erase_unused_media"),
    "journal": (ErasureJournal, "end"),
}
for folder in map(Path, sys.argv[2:]):
    if not (child := os.fork()):  # modules are slow to load
        setattr(*STEPS[folder.name], lambda *_, **__: os._exit(9))
        Home(folder, embedder=EMBEDDER).forget(owner_of("ada"), Selection(episodes=("ada-1",)))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
"""


@pytest.mark.slow
def test_an_erasure_interrupted_by_a_kill_is_finished_at_the_next_opening(
    filled: Path, tmp_path: Path
) -> None:
    """A promise to erase holds even if the process dies, as by kill -9, before any of the steps."""
    steps = ("vectors", "index", "record", "checkpoints", "media", "journal")
    folders = [Path(shutil.copytree(filled, tmp_path / step)) for step in steps]
    subprocess.run([sys.executable, "-c", KILLED, str(ROOT), *map(str, folders)], timeout=120, check=True)
    for folder in folders:
        birds = birds_of(folder)
        assert (folder / JOURNAL_NAME).exists()
        Home(folder).close()
        assert found(folder, [birds["ada"][1]]) == {}, folder.name
        assert places_left(folder, birds["ada"][0]) == PLANTED - {"turn"}
        assert places_left(folder, birds["bob"][1]) == PLANTED
        assert not (folder / JOURNAL_NAME).exists()


def test_what_cannot_be_meant_is_not_tried_again(tmp_path: Path) -> None:
    """A blank word in the journal would fail every opening."""
    with closing(Home(tmp_path)) as home:
        with pytest.raises(InputError, match="matching"):
            home.forget(owner_of("ada"), Selection(matching=" "))
        assert not (tmp_path / JOURNAL_NAME).exists()


def test_a_home_opens_while_an_erasure_cannot_be_finished(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An index server that is down must not lock people out; the erasure stays noted."""

    def fails(*_: object) -> None:
        raise StoreError("The index is down.")

    with monkeypatch.context() as patch, closing(Home(folder)) as home:
        patch.setattr(OnDiskMemory, "forget", fails)
        with pytest.raises(StoreError, match="down"):
            home.forget(owner_of("ada"))
        with caplog.at_level(logging.ERROR), closing(Home(folder)):
            assert "tried again" in caplog.text
    Home(folder).close()
    with closing(Store(folder / STORE_NAME)) as store:
        assert store.users("holmes") == ["bob"]


def test_a_damaged_journal_is_told(tmp_path: Path) -> None:
    """Somebody asked for something to be forgotten, and nobody knows what."""
    (tmp_path / JOURNAL_NAME).mkdir()
    (tmp_path / JOURNAL_NAME / "x.json").write_text("{")
    with pytest.raises(StoreError, match="forget again"):
        Home(tmp_path)


@pytest.mark.parametrize("is_asked_again", [True, False])
def test_an_erasure_that_failed_takes_nothing_that_was_said_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_asked_again: bool
) -> None:
    """A server was down; whoever goes on talking, or asks again, loses no later talk at the next opening."""

    def fails(*_: object) -> None:
        raise StoreError("The index is down.")

    ann = owner_of("ann")
    talk = Thread(owner=ann, thread_id="main")
    said = Episode(id="e1", thread=talk, turn_id="t1", speaker="user", text="before", at=datetime.now(UTC))
    with Home(tmp_path) as home:
        home.memory.remember([said], GraphUpdate(), ann)
        with monkeypatch.context() as patch:
            patch.setattr(home.memory, "forget", fails)
            with pytest.raises(StoreError, match="down"):
                home.forget(ann)
        if is_asked_again:
            home.forget(ann)
        later = replace(said, id="e2", turn_id="t2", text="after", at=datetime.now(UTC))
        home.memory.remember([later], GraphUpdate(), ann)
    with Home(tmp_path) as home:
        assert [each.text for each in home.memory.recent(talk, STRANGER, limit=9)] == ["after"]
    assert not (tmp_path / JOURNAL_NAME).exists()
