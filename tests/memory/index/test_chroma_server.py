"""Tests against a real Chroma server: shared, down, back, and told to forget."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from roleagent.errors import ConfigurationError, StoreError
from roleagent.memory.index import keeper as index_keeper
from roleagent.memory.index.chroma_index import ChromaIndex, OnServer, Server
from roleagent.memory.index.vector_index import IndexFailure
from roleagent.memory.on_disk import INDEX_NAME, OnDiskMemory
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import STRANGER, Episode, GraphUpdate, Owner, Thread, content_id

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")
NAME = content_id("holmes", "ada")
WORDS = ["cat", "dog", "tea", "rain", "violin", "bread", "sea", "night"]


class ChromaRun:
    """`chroma run` on a free port of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://sesame@127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = Path(sys.executable).parent / "chroma"
        place = ["--path", str(self.folder), "--host", "127.0.0.1", "--port", str(self.port)]
        self._process = subprocess.Popen([command, "run", *place], stdout=subprocess.DEVNULL)
        for _ in range(100):
            if self._answers():
                return
            time.sleep(0.1)
        raise TimeoutError("chroma run did not come up in 10 s")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def chroma(tmp_path: Path) -> Iterator[ChromaRun]:
    run = ChromaRun(tmp_path / "server")
    run.start()
    yield run
    run.kill()


def episode(number: int) -> Episode:
    text = f"{WORDS[number % 8]} {WORDS[number // 8 % 8]}"
    at = NOW + timedelta(minutes=number)
    return Episode(id=f"e{number}", thread=TALK, turn_id="t", speaker="user", text=text, at=at)


@pytest.mark.slow
@pytest.mark.soak
def test_two_memories_share_a_server_that_goes_and_comes_back(
    tmp_path: Path, chroma: ChromaRun, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Homes of their own, one record, one index: as with several processes."""
    monkeypatch.setattr(index_keeper, "RETRY_S", 0.0)
    record = tmp_path / "record.sqlite3"
    first, second = (
        OnDiskMemory(tmp_path / home, HashEmbedder(), exact_rows=0, record=record, index=chroma.url)
        for home in "ab"
    )
    first.remember([episode(number) for number in range(60)], GraphUpdate(), ADA)
    assert first.wait_for_index(ADA).num_indexed == 60
    assert second.wait_for_index(ADA).num_indexed == 60
    assert not (tmp_path / "a" / INDEX_NAME).exists()
    before = [each.id for each in second.recall("violin dog", ADA, STRANGER, limit=5)]

    chroma.kill()
    second.remember([episode(60)], GraphUpdate(), ADA)
    for memory in (first, second):
        assert [each.id for each in memory.recall("violin dog", ADA, STRANGER, limit=5)] == before
        assert memory.index_state(ADA).is_down
    assert f"does it run? chroma run --host 127.0.0.1 --port {chroma.port}" in caplog.text
    assert "sesame" not in caplog.text
    with pytest.raises(StoreError, match="Nothing was erased"):
        first.forget(ADA)

    chroma.start()
    for memory in (first, second):
        memory.wait_for_index(ADA)
        assert memory.wait_for_index(ADA).num_indexed == 61
    first.forget(ADA)
    assert second.recall("violin dog", ADA, STRANGER, limit=5) == []
    first.close()
    second.close()
    server = Server(chroma.url)
    assert ChromaIndex(OnServer(server, NAME)).seqs() == set()
    server.close()


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://localhost", "http://", "http://host/a/path"])
def test_what_is_no_address_of_a_server_is_refused(tmp_path: Path, url: str) -> None:
    """A mistake in a setting is told when it is made, not at the 20,000th episode."""
    with pytest.raises(ConfigurationError, match="write http://HOST:PORT"):
        OnDiskMemory(tmp_path, HashEmbedder(), index=url)
    OnDiskMemory(tmp_path, HashEmbedder()).close()


def test_a_token_is_in_no_message() -> None:
    """Logs are read by many."""
    with pytest.raises(IndexFailure) as caught:
        ChromaIndex(OnServer(Server("http://sesame@127.0.0.1:1"), NAME)).seqs()
    assert "127.0.0.1:1" in str(caught.value)
    assert "sesame" not in str(caught.value)
