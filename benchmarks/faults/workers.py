"""A process that forks workers, each of which opens a memory and may be killed, starved of disk, or crash.

    python -m benchmarks.faults.workers

A line of JSON comes in for each worker; what it has acknowledged goes out in whole lines, by `os.write`, and
last how it ended. Forking saves the seconds that importing takes.
"""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from roleagent.errors import RoleAgentError
from roleagent.memory.index import keeper as index_keeper
from roleagent.memory.on_disk import OnDiskMemory
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import STRANGER, Episode, Fact, GraphUpdate, Node, Owner, Thread

ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")
START = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = ("cat", "dog", "tea", "rain", "violin", "bread", "sea", "night", "song", "letter", "road", "snow")
DIM = 128
NUM_FOUND = 10
WAIT_S = 60.0

Job = dict[str, Any]  # Any: as JSON has it
Report = dict[str, Any]


# ── what is written ──────────────────────────────────────────────────────────────────────────────


def turn(number: int) -> tuple[list[Episode], GraphUpdate]:
    """Two episodes and a fact, all known by the number; texts are found by a word of their own."""
    rng = random.Random(number)
    episodes = [
        Episode(
            id=f"{speaker}-{number}",
            thread=TALK,
            turn_id=f"t{number}",
            speaker=speaker,
            text=f"{speaker} {' '.join(rng.sample(WORDS, 4))} mark{number}{speaker}",
            at=START + timedelta(seconds=number),
        )
        for speaker in ("user", "persona")
    ]
    fact = Fact(
        id=f"f{number}",
        subject="ada",
        relation="said",
        object=f"n{number}",
        text=f"Ada said {number}.",
        layer="learned",
        recorded_at=START,
        evidence=(episodes[0].id,),
    )
    return episodes, GraphUpdate(
        nodes=(Node(id=f"n{number}", type="literal", label=str(number)),), added=(fact,)
    )


def write_turns(memory: OnDiskMemory, first: int, last: int) -> None:
    """Write them all at once."""
    turns = [turn(number) for number in range(first, last)]
    nodes = tuple(node for _, update in turns for node in update.nodes)
    added = tuple(fact for _, update in turns for fact in update.added)
    episodes = [episode for pair, _ in turns for episode in pair]
    memory.remember(episodes, GraphUpdate(nodes=nodes, added=added), ADA)


# ── what a worker does ───────────────────────────────────────────────────────────────────────────


def write(job: Job) -> None:
    """Write turns one by one until killed; where there is no room, tell the error, recall, and try again."""
    _turn_after_turn(job, then=lambda memory: None)


def rebuild(job: Job) -> None:
    """Write a turn and rebuild the index, again and again until killed."""
    _turn_after_turn(job, then=lambda memory: _say({"rebuilt": memory.rebuild(ADA)}))


def _turn_after_turn(job: Job, *, then: Callable[[OnDiskMemory], None]) -> None:
    memory = _open(job)
    number = job["first"]
    while True:
        try:
            memory.remember(*turn(number), ADA)
            _say({"acknowledged": number})
            number += 1
            then(memory)
        except RoleAgentError as error:
            _say({"refused": str(error)})
            _say({"served": len(memory.recall("violin", ADA, STRANGER, limit=3))})
            time.sleep(0.01)


def inspect(job: Job) -> None:
    """Open, recall before and after the index follows, and say all that is there."""
    told = Told()
    logging.getLogger("roleagent").addHandler(told)
    start = time.perf_counter()
    memory = _open(job)
    memory.recall("violin", ADA, STRANGER, limit=3)
    reopen_s = time.perf_counter() - start
    record = memory._memory.store
    queries = [f"mark{number}user" for number in job["queries"]]
    at_once = [_ids(memory, query) for query in queries]
    state = memory.wait_for_index(ADA, timeout_s=WAIT_S)
    report = {
        "reopen_s": reopen_s,
        "at_once": at_once,
        "later": [_ids(memory, query) for query in queries],
        "texts": {episode.id: episode.text for episode in record.episodes(ADA)},
        "facts": [fact.id for fact in memory.learned(ADA, STRANGER).added],
        "num_indexed": state.num_indexed,
        "is_down": state.is_down,
        "log": told.lines,
    }
    memory.close()
    _say({"report": report})


def fill(job: Job) -> None:
    """Make a home with so many turns and a whole index."""
    memory = _open(job)
    for start in range(0, job["num_turns"], 250):
        write_turns(memory, start, min(start + 250, job["num_turns"]))
    while memory.wait_for_index(ADA, timeout_s=WAIT_S).num_indexed < job.get("num_indexed", 1):
        time.sleep(0.05)
    memory.close()
    _say({"filled": job["num_turns"]})


WORK: dict[str, Callable[[Job], None]] = {
    "write": write,
    "rebuild": rebuild,
    "inspect": inspect,
    "fill": fill,
}


class Told(logging.Handler):
    """Keeps what the log says."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(record.getMessage())


def _ids(memory: OnDiskMemory, query: str) -> list[str]:
    return [episode.id for episode in memory.recall(query, ADA, STRANGER, limit=NUM_FOUND)]


def _open(job: Job) -> OnDiskMemory:
    index_keeper.RETRY_S = 0.5  # a minute is longer than these workers live
    return OnDiskMemory(job["home"], HashEmbedder(DIM), exact_rows=job.get("exact_rows", 0))


def _say(message: Report) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")


# ── forking ──────────────────────────────────────────────────────────────────────────────────────


def main() -> None:
    """Fork a worker for each line that comes in."""
    import chromadb.config  # noqa: F401 - before the fork, since it takes a second

    logging.getLogger("roleagent").propagate = False
    for line in sys.stdin:
        job = json.loads(line)
        if not (pid := os.fork()):
            _work(job)
        _say({"pid": pid})
        _say({"ended": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])})


def _work(job: Job) -> NoReturn:
    limit = job.get("max_file_bytes")
    if limit is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        WORK[job["do"]](job)
    except RoleAgentError as error:
        _say({"error": str(error), "kind": type(error).__name__})
    except Exception as error:  # whatever a fault brings about is what is looked for
        _say({"error": repr(error), "kind": "unforeseen"})
    os._exit(0)


@dataclass(slots=True)
class Outcome:
    """What one worker said.

    Attributes:
        ended: exit code; negative for the signal that ended it.
        acknowledged: numbers of turns.
        refused: errors of turns that were not written.
        rebuilt: how many vectors each finished index held.
        report: of `inspect`.
        error: that ended it; its kind is ``unforeseen`` if it is none of ours.
    """

    ended: int = 0
    acknowledged: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    served: list[int] = field(default_factory=list)
    rebuilt: list[int] = field(default_factory=list)
    report: Report | None = None
    error: str = ""
    kind: str = ""


class Workers:
    """Starts workers one at a time, and kills them."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "benchmarks.faults.workers"]
        env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        self._forker = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=env,
        )

    def run(self, job: Job, *, kill_after_s: float | None = None) -> Outcome:
        """Let a worker do a job to its end, or kill it some time after its first turn was acknowledged."""
        assert self._forker.stdin is not None
        self._forker.stdin.write(json.dumps(job) + "\n")
        self._forker.stdin.flush()
        outcome, pid = Outcome(), 0
        timer: threading.Timer | None = None
        for message in self._messages():
            pid = message.get("pid", pid)
            _take_in(outcome, message)
            if "ended" in message:
                break
            if kill_after_s is not None and timer is None and pid and outcome.acknowledged:
                timer = threading.Timer(kill_after_s, os.kill, (pid, signal.SIGKILL))
                timer.start()
        if timer is not None:
            timer.cancel()
        return outcome

    def close(self) -> None:
        """End the process that forks."""
        assert self._forker.stdin is not None
        assert self._forker.stdout is not None
        self._forker.stdin.close()
        self._forker.wait()
        self._forker.stdout.close()

    def _messages(self) -> Iterator[Report]:
        assert self._forker.stdout is not None
        for line in self._forker.stdout:
            yield json.loads(line)


def _take_in(outcome: Outcome, message: Report) -> None:
    for name, value in message.items():
        if name == "pid":
            continue
        if isinstance(old := getattr(outcome, name, None), list):
            old.append(value)
        elif name != "filled":
            setattr(outcome, name, value)


@contextmanager
def workers() -> Iterator[Workers]:
    """Workers, and none left over."""
    made = Workers()
    try:
        yield made
    finally:
        made.close()


if __name__ == "__main__":
    main()
