"""A disk that fills up: a small tmpfs where mounting is permitted, else a limit for the size of files."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.faults.tally import Tally
from benchmarks.faults.workers import Workers

DISK_BYTES = 16 << 20
ROOM_BYTES = 400_000
TURNS_A_WORKER = 1_000_000
WRITE_S = 1.5


def fill_disk(workers: Workers, sound: Path, num_turns: int, num_times: int, rng: random.Random) -> Tally:
    """Write until there is no room, open the home while there is none, and again when there is.

    Args:
        workers: who starts them.
        sound: a home with so many turns.
        num_turns: see above.
        num_times: each with more or less room.
        rng: how much.
    """
    with small_disk(sound.with_name("disk")) as disk:
        tally = Tally(fault="disk full" if disk else "disk full (by a limit for files)")
        num_opened = num_served = 0
        for number in range(1, num_times + 1):
            room = rng.randrange(ROOM_BYTES)
            home = Path(shutil.copytree(sound, (disk or sound.parent) / "full"))
            ballast, limit = _take_room(home, room) if disk else (None, _limit(home, room))
            job = {"home": str(home), "first": TURNS_A_WORKER * number}
            writing = workers.run({**job, "do": "write", **limit}, kill_after_s=WRITE_S)
            if disk and not writing.acknowledged:
                tally.notes.append(f"no turn was written into {room} bytes")
            tally.take(writing)
            num_served += sum(count > 0 for count in writing.served)
            acknowledged = [*range(num_turns), *writing.acknowledged]
            full = Tally(fault="")
            full.inspect(workers, {**job, **limit}, acknowledged)
            num_opened += full.degraded
            tally.tell(full.unclear)
            tally.lost += full.lost
            if ballast:
                ballast.unlink()
            tally.inspect(workers, job, acknowledged)
            shutil.rmtree(home)
        tally.notes.append(
            f"{num_served} recalls beside refused writes; opened and served while full: {num_opened}"
        )
    return tally


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """A tmpfs that is unmounted afterwards; None where mounting is not permitted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    try:
        is_mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:  # no such program
        is_mounted = False
    try:
        yield folder if is_mounted else None
    finally:
        if is_mounted:
            subprocess.run(["umount", str(folder)], check=True)


def _take_room(home: Path, room: int) -> tuple[Path, dict[str, int]]:
    """Fill the disk but for so many bytes."""
    ballast = home.with_name("ballast")
    ballast.write_bytes(b"\0" * max(shutil.disk_usage(home).free - room, 0))
    return ballast, {}


def _limit(home: Path, room: int) -> dict[str, int]:
    return {"max_file_bytes": room + max(file.stat().st_size for file in home.rglob("*") if file.is_file())}
