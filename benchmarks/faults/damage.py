"""Files that were cut off, overwritten or lost: of the index, and of the record itself."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.faults.tally import Tally
from benchmarks.faults.workers import Workers
from roleagent.memory.on_disk import INDEX_NAME, STORE_NAME

NUM_TURNS = 600  # so that Chroma has made all of its files
PAGE_BYTES = 4_096
Damage = Callable[[Path, random.Random], None]


def make_home(workers: Workers, home: Path, num_turns: int = NUM_TURNS) -> None:
    """A home with a whole index, to be copied and damaged."""
    workers.run({"do": "fill", "home": str(home), "num_turns": num_turns, "num_indexed": 2 * num_turns})


def damage_index(
    workers: Workers, sound: Path, num_variants: int, rng: random.Random, ways: Sequence[str] = ()
) -> Tally:
    """Every file of the index in every way: the record serves immediately, and the index is rebuilt."""
    tally = Tally(fault="index file damaged")
    files = [file.relative_to(sound) for file in sorted((sound / INDEX_NAME).rglob("*")) if file.is_file()]
    variants = [(file, way) for way in ways or WAYS for file in files][:num_variants]
    for file, way in variants:
        with_copy = _copy(sound)
        WAYS[way](with_copy / file, rng)
        outcome = tally.inspect(workers, {"home": str(with_copy)}, range(NUM_TURNS))
        if outcome.ended:
            again = tally.inspect(workers, {"home": str(with_copy)}, range(NUM_TURNS))
            tally.notes.append(
                f"{file.name} {way}: the process ended with {outcome.ended}, the next with {again.ended}"
            )
        shutil.rmtree(with_copy)
    return tally


def damage_record(workers: Workers, sound: Path, num_variants: int, rng: random.Random) -> Tally:
    """The record itself: an error that says what to do, or all is there."""
    tally = Tally(fault="record damaged")
    ways = list(_record_ways(sound, rng))[:num_variants]
    num_untold = num_refused = 0
    for way, harm in ways:
        home = _copy(sound)
        harm(home / STORE_NAME, rng)
        before = tally.lost
        outcome = tally.inspect(workers, {"home": str(home)}, range(NUM_TURNS))
        num_refused += bool(outcome.error)
        if tally.lost > before and outcome.report and outcome.report["log"]:
            tally.notes.append(f"{way}: {tally.lost - before} turns gone, and told of in the log")
            tally.lost = before
        elif tally.lost > before:
            num_untold += 1
            tally.notes.append(f"{way}: {tally.lost - before} turns gone or changed without a word")
        if outcome.ended:
            tally.notes.append(f"{way}: the process ended with {outcome.ended}")
        shutil.rmtree(home)
    tally.notes.append(f"{num_refused} refused with an error, {num_untold} not noticed")
    return tally


def newer_record(workers: Workers, sound: Path) -> Tally:
    """A database that a later version wrote: refused, untouched, and the home is free again."""
    tally = Tally(fault="record of a newer version")
    home = _copy(sound)
    with sqlite3.connect(home / STORE_NAME) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute("PRAGMA user_version=99")
    connection.close()
    tally.inspect(workers, {"home": str(home)}, ())
    with sqlite3.connect(home / STORE_NAME) as connection:
        connection.execute(f"PRAGMA user_version={version}")
    connection.close()
    tally.inspect(workers, {"home": str(home)}, range(NUM_TURNS))
    shutil.rmtree(home)
    return tally


def _copy(sound: Path) -> Path:
    return Path(shutil.copytree(sound, sound.with_name("damaged")))


# ── ways to damage a file ────────────────────────────────────────────────────────────────────────


def overwrite(start: float, num_bytes: int) -> Damage:
    """Random bytes over a part that begins at a share (0–1) of the file."""

    def harm(file: Path, rng: random.Random) -> None:
        data = bytearray(file.read_bytes())
        at = int(start * len(data))
        noise = rng.randbytes(min(num_bytes, len(data) - at))
        data[at : at + len(noise)] = noise
        file.write_bytes(data)

    return harm


def cut(share: float) -> Damage:
    """Only so much (0–1) of the file is left."""

    def harm(file: Path, _rng: random.Random) -> None:
        data = file.read_bytes()
        file.write_bytes(data[: int(share * len(data))])

    return harm


def flip(file: Path, rng: random.Random) -> None:
    """One bit in a thousand bytes is another, at least one."""
    data = bytearray(file.read_bytes())
    for _ in range(max(len(data) // 1_000, 1)):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    file.write_bytes(data)


def remove(file: Path, _rng: random.Random) -> None:
    """The file is gone."""
    file.unlink()


WAYS: dict[str, Damage] = {
    "cut in half": cut(0.5),
    "bits flipped": flip,
    "emptied": cut(0),
    "overwritten in the middle": overwrite(0.5, PAGE_BYTES),
    "overwritten at its beginning": overwrite(0, 64),
    "removed": remove,
}


def _record_ways(sound: Path, rng: random.Random) -> Iterator[tuple[str, Damage]]:
    yield "header overwritten", overwrite(0, 100)
    yield "cut in half", cut(0.5)
    yield "emptied", cut(0)
    yield "removed", remove
    yield "bits flipped", flip
    num_pages = (sound / STORE_NAME).stat().st_size // PAGE_BYTES
    while True:
        page = rng.randrange(1, num_pages)
        yield f"page {page} of {num_pages} overwritten", overwrite(page / num_pages, PAGE_BYTES)
        if page > 0 and rng.random() < 0.01:
            return
