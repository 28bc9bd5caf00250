"""Tests of the memory on disk: the published suite, and that the index can always be lost."""

import logging
import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from roleagent.errors import StoreError
from roleagent.memory.index import chroma_index
from roleagent.memory.index.chroma_index import ChromaIndex, Folder
from roleagent.memory.on_disk import INDEX_NAME, STORE_NAME, OnDiskMemory
from roleagent.store import Store
from roleagent.testing.conformance import check_memory
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import STRANGER, Episode, GraphUpdate, Owner, Sight, Thread

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")
WORDS = ["cat", "dog", "tea", "rain", "violin", "bread", "sea", "night", "song", "letter", "road", "snow"]


def episode(number: int, thread: Thread = TALK) -> Episode:
    text = f"{WORDS[number % 12]} {WORDS[number // 12 % 12]} {WORDS[number // 144 % 12]}"
    at = NOW + timedelta(minutes=number)
    return Episode(id=f"e{number}", thread=thread, turn_id=f"t{number}", speaker="user", text=text, at=at)


def open_memory(home: Path, *, exact_rows: int = 0, name: str = "hash", dim: int = 256) -> OnDiskMemory:
    return OnDiskMemory(home, HashEmbedder(dim, name=name), exact_rows=exact_rows)


def fill(home: Path, count: int, *, exact_rows: int = 0) -> None:
    memory = open_memory(home, exact_rows=exact_rows)
    memory.remember([episode(number) for number in range(count)], GraphUpdate(), ADA)
    memory.wait_for_index(ADA)
    memory.close()


def ids_recalled(home: Path, query: str, *, exact_rows: int = 0) -> list[str]:
    memory = open_memory(home, exact_rows=exact_rows)
    memory.wait_for_index(ADA)
    found = [each.id for each in memory.recall(query, ADA, STRANGER, limit=5)]
    memory.close()
    return found


def indexes(home: Path) -> list[ChromaIndex]:
    return [ChromaIndex(Folder(folder)) for folder in (home / INDEX_NAME).iterdir()]


@pytest.fixture
def homes() -> Iterator[Iterator[Path]]:
    with tempfile.TemporaryDirectory() as folder:
        yield (Path(folder) / str(number) for number in range(10_000))


@pytest.mark.slow
@pytest.mark.parametrize("exact_rows", [0, 4, 2_000])
def test_it_keeps_every_promise_of_a_memory(homes: Iterator[Path], exact_rows: int) -> None:
    """All in the index, some in it, none in it: the same is found."""
    check_memory(lambda: open_memory(next(homes), exact_rows=exact_rows))


def test_it_remembers_and_recalls(tmp_path: Path) -> None:
    """The plain case, through the index."""
    fill(tmp_path, 20)
    assert ids_recalled(tmp_path, "violin dog")[0] == "e16"
    (index,) = indexes(tmp_path)
    assert len(index.seqs()) == 20
    index.close()


def test_the_index_finds_what_comparing_one_by_one_finds(tmp_path: Path) -> None:
    """An approximate search must not cost memories."""
    fill(tmp_path / "a", 300, exact_rows=0)
    fill(tmp_path / "b", 300, exact_rows=1_000)
    for query in WORDS[:6]:
        indexed = ids_recalled(tmp_path / "a", query, exact_rows=0)
        exact = ids_recalled(tmp_path / "b", query, exact_rows=1_000)
        assert len(set(indexed) & set(exact)) >= 4


class Fan(Embeddings):
    """A number of 0 to 1,599 is a direction: the higher, the farther from the question's."""

    name = "fan"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        angle = math.radians(int(text) / 10) if text.isdigit() else 0.0
        return [math.cos(angle), math.sin(angle)]


@pytest.mark.parametrize("num_secrets", [1_000, 1_390])
def test_the_index_finds_what_may_be_told_behind_what_may_not(tmp_path: Path, num_secrets: int) -> None:
    """The nearest are all secrets: those behind them, many or few, are found, the nearest first."""
    mary = Sight(listener="mary")
    told = [
        Episode(
            id=f"e{number}",
            thread=replace(TALK, thread_id=str(number)),  # nobody's neighbour
            sight=mary if number < num_secrets else STRANGER,
            turn_id="t",
            speaker="user",
            text=str(number),
            at=NOW,
        )
        for number in range(1_600)
    ]
    memory = OnDiskMemory(tmp_path, Fan(), exact_rows=0)
    memory.remember(told, GraphUpdate(), ADA)
    assert memory.wait_for_index(ADA).num_indexed == 1_600
    found = [each.id for each in memory.recall("What was it?", ADA, STRANGER, limit=4)]
    memory.close()
    assert found == [f"e{number}" for number in range(num_secrets, num_secrets + 4)]


def test_the_newest_are_kept_out_of_the_index(tmp_path: Path) -> None:
    """Writing to the index costs far more than comparing some rows."""
    fill(tmp_path, 20, exact_rows=8)
    (index,) = indexes(tmp_path)
    assert len(index.seqs()) == 12
    index.close()


def test_an_index_of_another_configuration_goes_on_serving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Those of earlier days were made with fewer links; nobody waits for a rebuilding after an update."""
    with monkeypatch.context() as earlier:
        earlier.setattr(chroma_index, "_HNSW", {"space": "cosine", "ef_search": 200})
        fill(tmp_path, 20)
    files = {file.name for file in (tmp_path / INDEX_NAME).glob("*/*")}
    memory = open_memory(tmp_path)
    memory.remember([episode(number) for number in range(20, 30)], GraphUpdate(), ADA)
    assert memory.wait_for_index(ADA).num_indexed == 30
    assert memory.recall("violin dog", ADA, STRANGER, limit=1)[0].id == "e16"
    memory.close()
    assert {file.name for file in (tmp_path / INDEX_NAME).glob("*/*")} == files
    assert caplog.text == ""


def damage(home: Path) -> None:
    for file in (home / INDEX_NAME).rglob("*.bin"):
        file.write_bytes(b"\xff" * 64)


def lose_some(home: Path) -> None:
    (index,) = indexes(home)
    index._open().delete(ids=["3", "7"])
    index.close()


def add_strangers(home: Path) -> None:
    (index,) = indexes(home)
    index.add([999], np.ones((1, 256), np.float32))
    index.close()


def swap_vectors(home: Path) -> None:
    (index,) = indexes(home)
    index.add([1], np.ones((1, 256), np.float32))
    index.close()


def spoil_the_database(home: Path) -> None:
    for file in (home / INDEX_NAME).rglob("chroma.sqlite3"):
        file.write_bytes(b"gone")


@pytest.mark.parametrize("mishap", [damage, lose_some, add_strangers, swap_vectors, spoil_the_database])
def test_an_index_that_disagrees_is_rebuilt(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, mishap: object
) -> None:
    """The record is the truth; a lost index costs a moment and a line in the log."""
    fill(tmp_path, 30)
    before = ids_recalled(tmp_path, "violin dog")
    mishap(tmp_path)  # type: ignore[operator]
    assert ids_recalled(tmp_path, "violin dog") == before
    if mishap is not damage:  # of so few vectors Chroma has all in its log
        assert "'holmes' and user 'ada' disagrees with the record" in caplog.text
    (index,) = indexes(tmp_path)
    assert index.seqs() == set(range(1, 31))
    index.close()


def test_an_index_that_ended_a_process_is_rebuilt(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Chroma can end the process on a damaged file: never a second time."""
    fill(tmp_path, 30)
    (folder,) = (tmp_path / INDEX_NAME).iterdir()
    folder.with_name(f"{folder.name}.unread").touch()
    assert ids_recalled(tmp_path, "violin dog")[0] == "e16"
    assert "a process ended while it read this index" in caplog.text
    (index,) = indexes(tmp_path)
    assert len(index.seqs()) == 30
    index.close()


def test_an_index_that_breaks_while_open_is_done_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn must not fail for want of an index, and nothing acknowledged may be lost."""
    fill(tmp_path, 30)
    before = ids_recalled(tmp_path, "violin dog", exact_rows=1_000)
    memory = open_memory(tmp_path)
    assert memory.wait_for_index(ADA).num_indexed == 30

    def refuse(self: ChromaIndex) -> object:
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(ChromaIndex, "_open", refuse)
    memory.remember([episode(30)], GraphUpdate(), ADA)
    assert [each.id for each in memory.recall("violin dog", ADA, STRANGER, limit=5)] == before
    assert "disk on fire" in caplog.text
    assert "Nothing is lost" in caplog.text
    assert memory.index_state(ADA).is_down
    memory.close()
    monkeypatch.undo()
    assert ids_recalled(tmp_path, "violin dog") == before
    (index,) = indexes(tmp_path)
    assert index.seqs() == set(range(1, 32))
    index.close()


def test_vectors_of_another_embedder_are_replaced(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Vectors of two models do not compare, even where they are as wide."""
    fill(tmp_path, 30)
    caplog.set_level(logging.WARNING)
    memory = open_memory(tmp_path, name="other", dim=64)
    memory.wait_for_index(ADA)
    assert memory.recall("violin dog", ADA, STRANGER, limit=1)[0].id == "e16"
    memory.close()
    assert "Embedded 30 episodes of persona 'holmes' and user 'ada' again with 'other'" in caplog.text
    (index,) = indexes(tmp_path)
    assert index.vectors([1]).shape == (1, 64)
    index.close()


def test_forgetting_leaves_no_byte_in_the_home(tmp_path: Path) -> None:
    """Text and vectors, in the record and in the index, in their logs too."""
    fill(tmp_path, 30)
    memory = open_memory(tmp_path)
    memory.wait_for_index(ADA)
    receipt = memory.forget(ADA)
    assert (receipt.removed["episodes"], receipt.removed["index"]) == (30, 30)
    traces = [b"violin", b"ada", np.array(HashEmbedder().embed_query("cat cat cat"), "<f4").tobytes()]
    contents = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert not any(trace in content for trace in traces for content in contents)
    assert not list((tmp_path / INDEX_NAME).iterdir())
    memory.close()


def test_two_memories_of_one_process_share_a_home(tmp_path: Path) -> None:
    """Two characters in one app have one home by default."""
    first, second = open_memory(tmp_path), open_memory(tmp_path)
    first.remember([episode(1)], GraphUpdate(), ADA)
    first.close()
    first.close()
    assert [each.id for each in second.recall("cat", ADA, STRANGER, limit=1)] == ["e1"]
    with pytest.raises(StoreError, match="open in this process with the embedder 'hash'"):
        open_memory(tmp_path, name="other")
    second.close()


def test_the_record_may_lie_elsewhere(tmp_path: Path) -> None:
    """On a server, several machines share it, each with an index of its own."""
    record = tmp_path / "shared.sqlite3"
    first = OnDiskMemory(tmp_path / "a", HashEmbedder(), exact_rows=0, record=record)
    second = OnDiskMemory(tmp_path / "b", HashEmbedder(), exact_rows=0, record=record)
    first.remember([episode(1)], GraphUpdate(), ADA)
    assert [each.id for each in second.recall("cat", ADA, STRANGER, limit=1)] == ["e1"]
    first.forget(ADA)
    assert second.recall("cat", ADA, STRANGER, limit=1) == []
    with pytest.raises(StoreError, match="with another record or index"):
        open_memory(tmp_path / "a")
    first.close()
    second.close()
    assert not (tmp_path / "a" / STORE_NAME).exists()


HOLD = """
import sys, time
from roleagent.store.database import HomeLock
from pathlib import Path
lock = HomeLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


@pytest.mark.slow
def test_a_second_process_is_refused_at_once_until_the_first_dies(tmp_path: Path) -> None:
    """Two writers would corrupt the index; a dead one must not lock a home for ever."""
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(StoreError, match=rf"in use by another process \(id {holder.pid}\)"):
        open_memory(tmp_path)
    holder.kill()
    holder.wait()
    holder.stdout.close()
    open_memory(tmp_path).close()


WRITE = """
import os, sys
from datetime import UTC, datetime
import chromadb
from roleagent.memory.on_disk import OnDiskMemory
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import Episode, Fact, GraphUpdate, Owner, Thread

def write(first, exact_rows):
    ada = Owner(persona_id="holmes", user_id="ada")
    talk = Thread(owner=ada, thread_id="one")
    memory = OnDiskMemory(sys.argv[1], HashEmbedder(), exact_rows=exact_rows)
    for number in range(first, first + 10_000, 2):
        pair = [
            Episode(
                id=f"e{n}", thread=talk, turn_id="t", speaker="user", text=f"cat {n}", at=datetime.now(UTC)
            )
            for n in (number, number + 1)
        ]
        fact = Fact(id=f"f{number}", subject="a", relation="r", object="b", text="c", layer="learned")
        memory.remember(pair, GraphUpdate(added=(fact,)), ada)
        os.write(1, f"{pair[0].id} {pair[1].id}\\n".encode())  # whole, or not at all

for line in sys.stdin:
    pid = os.fork()
    if not pid:
        write(*map(int, line.split()))
    print(pid, flush=True)
    print("dead by", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


def write_until_killed(
    forker: subprocess.Popen[str], first: int, exact_rows: int, delay_s: float
) -> list[str]:
    """One writer, forked from a process that has imported everything; gives the acknowledged ids."""
    assert forker.stdin is not None
    assert forker.stdout is not None
    forker.stdin.write(f"{first} {exact_rows}\n")
    forker.stdin.flush()
    pid = int(forker.stdout.readline())
    lines = [forker.stdout.readline()]
    time.sleep(delay_s)
    os.kill(pid, signal.SIGKILL)
    lines += iter(forker.stdout.readline, f"dead by {-signal.SIGKILL}\n")
    return [id_ for line in lines for id_ in line.split()]


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.skipif(sys.platform == "win32", reason="fork and SIGKILL are of POSIX")
def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path: Path, times: Callable[..., int]) -> None:
    """Kills at random moments: every acknowledged turn is there, none by half; index equals record."""
    num_kills = times(20, sample=2)
    moments = random.Random(20260501)
    acknowledged: list[str] = []
    command = [sys.executable, "-c", WRITE, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as forker:
        for kill in range(num_kills):
            exact_rows = 0 if kill % 2 else 40  # a write to the index every time, or now and then
            acknowledged += write_until_killed(forker, 10_000 * kill, exact_rows, moments.uniform(0, 0.3))
    store = Store(tmp_path / STORE_NAME)
    stored = {each.id for each in store.episodes(ADA)}
    facts = {each.id for each in store.learned(ADA).added}
    seqs = {row.seq for row in store.index_rows(ADA)}
    store.close()
    assert len(acknowledged) >= num_kills
    assert set(acknowledged) <= stored
    assert stored == {f"e{int(id_[1:]) + half}" for id_ in facts for half in (0, 1)}
    ids_recalled(tmp_path, "cat", exact_rows=0)
    (index,) = indexes(tmp_path)
    assert index.seqs() == seqs
    index.close()
