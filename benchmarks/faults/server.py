"""A real Chroma server that dies, hangs, and comes back, under a memory that is talked to meanwhile."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.faults.tally import Tally, lost_turns
from benchmarks.faults.workers import ADA, DIM, NUM_FOUND, Told, turn
from roleagent.memory.index import keeper as index_keeper
from roleagent.memory.on_disk import OnDiskMemory
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import STRANGER

RETRY_S = 0.3  # instead of a minute
START_TIMEOUT_S = 60.0
TURNS_A_TIME = 5


class ChromaServer:
    """``chroma run`` on a free port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        program = str(Path(sys.executable).with_name("chroma"))
        command = [
            program,
            "run",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--path",
            str(self.folder),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if time.monotonic() > end:
                raise TimeoutError(f"chroma run did not answer at {self.url}.")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it without warning."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It takes connections and answers nothing."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/api/v2/heartbeat", timeout=1):
                return True
        except (urllib.error.URLError, OSError):
            return False


@contextmanager
def chroma_server(folder: Path) -> Iterator[ChromaServer]:
    """A server that runs, and is ended afterwards."""
    server = ChromaServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def server_down_and_back(folder: Path, num_times: int) -> Tally:
    """Kill the server, talk on, and start it again; every second time with nothing of what it had kept."""
    tally, told = Tally(fault="Chroma server down and back"), Told()
    log, retry_s = logging.getLogger("roleagent"), index_keeper.RETRY_S
    log.addHandler(told)
    index_keeper.RETRY_S = RETRY_S
    try:
        with chroma_server(folder / "server") as server:
            memory = OnDiskMemory(folder / "home", HashEmbedder(DIM), exact_rows=0, index=server.url)
            written: list[int] = []
            for number in range(num_times):
                _one_time(memory, server, tally, written, is_emptied=bool(number % 2))
            _judge_record(memory, tally, written)
            memory.close()
    finally:
        index_keeper.RETRY_S = retry_s
        log.removeHandler(told)
    tally.tell([line for line in told.lines if "serves again" not in line])
    return tally


def server_hangs(folder: Path) -> Tally:
    """It takes connections and answers nothing: recall waits for a while, once, and then no more."""
    tally = Tally(fault="Chroma server hangs", times=1)
    with chroma_server(folder / "server") as server:
        memory = OnDiskMemory(folder / "home", HashEmbedder(DIM), exact_rows=0, index=server.url)
        written: list[int] = []
        _talk(memory, written)
        memory.wait_for_index(ADA)
        with server.hanging():
            start = time.perf_counter()
            tally.degraded += _finds(memory, written)
            first_s = time.perf_counter() - start
            start = time.perf_counter()
            _finds(memory, written)
            tally.notes.append(f"first recall {first_s:.1f} s, next {time.perf_counter() - start:.3f} s")
        _judge_record(memory, tally, written)
        memory.close()
    return tally


def _one_time(
    memory: OnDiskMemory, server: ChromaServer, tally: Tally, written: list[int], *, is_emptied: bool
) -> None:
    _talk(memory, written)
    _wait_until_indexed(memory)
    tally.times += 1
    server.kill()
    _talk(memory, written)
    tally.degraded += _finds(memory, written)
    if is_emptied:
        shutil.rmtree(server.folder)
    server.start()
    start = time.perf_counter()
    tally.restored += _wait_until_indexed(memory) and _finds(memory, written)
    tally.reopen_s.append(time.perf_counter() - start)


def _talk(memory: OnDiskMemory, written: list[int]) -> None:
    for number in range(len(written), len(written) + TURNS_A_TIME):
        memory.remember(*turn(number), ADA)
        written.append(number)


def _finds(memory: OnDiskMemory, written: list[int]) -> bool:
    """Whether the first and the last turn are found by their words."""
    wanted = {number: f"user-{number}" for number in (written[0], written[-1])}
    return all(
        id_ in {episode.id for episode in memory.recall(f"mark{number}user", ADA, STRANGER, limit=NUM_FOUND)}
        for number, id_ in wanted.items()
    )


def _wait_until_indexed(memory: OnDiskMemory) -> bool:
    """Whether the index holds everything within some seconds."""
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end:
        state = memory.wait_for_index(ADA, timeout_s=START_TIMEOUT_S)
        if state.num_indexed == state.num_episodes and not state.is_down:
            return True
        time.sleep(RETRY_S)
    return False


def _judge_record(memory: OnDiskMemory, tally: Tally, written: list[int]) -> None:
    texts = {episode.id: episode.text for episode in memory.export(ADA).episodes}
    tally.acknowledged += len(written)
    tally.lost += len(lost_turns(texts, [fact.id for fact in memory.learned(ADA, STRANGER).added], written))
