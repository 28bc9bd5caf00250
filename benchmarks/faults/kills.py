"""Kills at random moments of writing and of rebuilding the index, half of them while files may not grow."""

from __future__ import annotations

import random
from pathlib import Path

from benchmarks.faults.tally import Tally
from benchmarks.faults.workers import Workers

TURNS_A_WORKER = 1_000_000
NUM_TURNS_FIRST = 300  # so that making the index takes about as long as the longest wait for a kill
ROOM_BYTES = (60_000, 500_000)  # the log of the record takes some 40,000 a turn, an index 200,000 at once
LONGEST_S = {"write": 0.5, "rebuild": 2.0}


def kill(workers: Workers, home: Path, doing: str, num_kills: int, rng: random.Random) -> Tally:
    """Kill a worker so many times, and look after each of them.

    Args:
        workers: who starts them.
        home: an empty folder.
        doing: ``write`` or ``rebuild``.
        num_kills: half of them under a limit for the size of files, that the record or the index soon meets.
        rng: of the moments and the limits.
    """
    tally = Tally(fault=f"kill -9 in {'writing' if doing == 'write' else 'rebuilding the index'}")
    num_refused = num_served = num_rebuilt = num_unserved = 0
    acknowledged = [*range(NUM_TURNS_FIRST)]
    workers.run({"do": "fill", "home": str(home), "num_turns": NUM_TURNS_FIRST})
    for number in range(1, num_kills + 1):
        job = {"home": str(home), "first": TURNS_A_WORKER * number}
        limit = {"max_file_bytes": rng.randrange(*ROOM_BYTES)} if number % 2 else {}
        killed = workers.run({**job, "do": doing, **limit}, kill_after_s=rng.uniform(0, LONGEST_S[doing]))
        tally.take(killed)
        acknowledged += killed.acknowledged
        num_refused += len(killed.refused)
        num_rebuilt += len(killed.rebuilt)
        num_served += sum(count > 0 for count in killed.served)
        num_unserved += sum(count == 0 for count in killed.served)
        tally.crashed += killed.ended not in (-9, 0)
        tally.inspect(workers, job, acknowledged)
    tally.notes.append(
        f"{num_refused} writes refused because the disk was full, {num_served} recalls served and "
        f"{num_unserved} not; {num_rebuilt} indexes finished"
    )
    return tally
