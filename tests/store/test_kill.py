"""Tests that what was acknowledged survives a process that is killed in the midst of writing."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roleagent.store import Store
from roleagent.types import Owner, Thread

ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")
NUM_KILLS = 20
NUM_KILLS_OF_A_CLIENT = 6  # a server waits for the dead client's last word before it serves the next
TURNS_A_WRITER = 100_000

# forks writers from a process that has imported everything; each acknowledged turn is a line
WRITERS = """
import os, sys
from dataclasses import replace
from datetime import UTC, datetime
from roleagent.store import Store
from roleagent.types import Episode, Fact, GraphUpdate, Node, Owner, Thread

ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")

def write(first):
    store = Store(sys.argv[1])
    for number in range(first, first + 100_000):
        now = datetime.now(UTC)
        pair = [
            Episode(id=f"{speaker}-{number}", thread=TALK, turn_id=f"t{number}", speaker=speaker,
                    text=f"{speaker} {number} " * 40, at=now)
            for speaker in ("user", "persona")
        ]
        lives = Fact(id="ada.lives_in", subject="ada", relation="lives_in", object=f"n{number}",
                     text=f"Ada lives in {number}.", layer="learned", recorded_at=now, evidence=(pair[0].id,))
        learned = Fact(id=f"f{number}", subject="ada", relation="owns", object=f"n{number}",
                       text=f"Ada owns {number}.", layer="learned", recorded_at=now, evidence=(pair[0].id,))
        node = Node(id=f"n{number}", type="artifact", label=str(number))
        update = GraphUpdate(nodes=(node,), added=(lives, learned))
        store.commit(ADA, [(episode, None) for episode in pair], update)
        os.write(1, f"{number}\\n".encode())  # at once: print may write the number and its end apart

for line in sys.stdin:
    pid = os.fork()
    if not pid:
        write(int(line))
    print("writer", pid, flush=True)
    print("dead by", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


def write_until_killed(forker: "subprocess.Popen[str]", first: int, delay_s: float) -> list[int]:
    """The turns that a writer acknowledged before it was killed, some time after its first."""
    assert forker.stdin is not None
    assert forker.stdout is not None
    forker.stdin.write(f"{first}\n")
    forker.stdin.flush()
    lines = [forker.stdout.readline(), forker.stdout.readline()]
    pid = next(int(line.split()[1]) for line in lines if line.startswith("writer"))
    time.sleep(delay_s)
    os.kill(pid, signal.SIGKILL)
    while not lines[-1].startswith("dead by"):
        lines.append(forker.stdout.readline())
        assert lines[-1], "the process that makes writers has ended"
    assert lines[-1] == f"dead by {-signal.SIGKILL}\n"
    return [int(line) for line in lines[:-1] if not line.startswith("writer")]


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform == "win32", reason="fork and SIGKILL are of POSIX")
def test_every_acknowledged_turn_survives_kill_9_and_no_turn_is_there_by_half(
    place: Any, times: Callable[..., int]
) -> None:
    """Both utterances, the node and both facts of a turn, or nothing of it; and all that was promised."""
    moments = random.Random(20261122)
    acknowledged: list[int] = []
    num_kills = times(NUM_KILLS_OF_A_CLIENT if isinstance(place, str) else NUM_KILLS)
    command = [sys.executable, "-c", WRITERS, str(place)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as forker:
        for kill in range(num_kills):
            acknowledged += write_until_killed(forker, TURNS_A_WRITER * kill, moments.uniform(0, 0.25))
    store = Store(place)
    said = {each.id for each in store.episodes(ADA)}
    learned, past = store.learned(ADA), store.versions(ADA)
    store.close()
    turns = {int(id_.partition("-")[2]) for id_ in said}
    assert len(acknowledged) >= num_kills
    assert set(acknowledged) <= turns
    assert len(turns) - len(acknowledged) <= num_kills  # at most one each was written and not yet told
    assert said == {f"{speaker}-{turn}" for turn in turns for speaker in ("user", "persona")}
    assert {node.id for node in learned.nodes} == {f"n{turn}" for turn in turns}
    homes = [fact for fact in (*past, *learned.added) if fact.id == "ada.lives_in"]
    assert {fact.id for fact in learned.added} == {f"f{turn}" for turn in turns} | {"ada.lives_in"}
    assert [int(fact.object[1:]) for fact in homes] == sorted(turns)
    assert isinstance(place, str) or not Path(f"{place}-journal").exists()
