"""Tests that a memory survives what goes wrong under it: a few of each fault that `memory_faults` knows."""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.faults.damage import NUM_TURNS, WAYS, damage_index, damage_record, make_home, newer_record
from benchmarks.faults.disk import fill_disk
from benchmarks.faults.kills import kill
from benchmarks.faults.tally import Tally, lost_turns
from benchmarks.faults.workers import DIM, Workers, turn, workers
from roleagent.memory.on_disk import STORE_NAME, OnDiskMemory
from roleagent.testing.embedders import HashEmbedder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.soak,
    pytest.mark.skipif(sys.platform == "win32", reason="fork, SIGKILL and limits are of POSIX"),
]


@pytest.fixture(scope="module")
def forked() -> Iterator[Workers]:
    with workers() as made:
        yield made


@pytest.fixture(scope="module")
def sound(forked: Workers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("faults") / "sound"
    make_home(forked, home, NUM_TURNS)
    return home


def check(tally: Tally) -> None:
    """Nothing acknowledged lost, no process ended by itself, and every error with a way out."""
    assert (tally.lost, tally.crashed, tally.unclear) == (0, 0, []), tally


@pytest.mark.parametrize("doing", ["write", "rebuild"])
def test_a_kill_loses_nothing(forked: Workers, tmp_path: Path, doing: str, times: Callable[..., int]) -> None:
    """In the midst of writing, or of making the index, half of them with room for files and half without."""
    num_kills = times(10, sample=2)
    tally = kill(forked, tmp_path / "home", doing, num_kills, random.Random(1))
    check(tally)
    assert tally.acknowledged >= num_kills
    assert tally.degraded == tally.restored == tally.times == num_kills


def test_a_damaged_index_is_made_anew_while_the_record_serves(forked: Workers, sound: Path) -> None:
    """Chroma believes its files, and a flipped bit could end the process."""
    tally = damage_index(forked, sound, 3, random.Random(1), ["bits flipped"])
    check(tally)
    assert tally.degraded == tally.restored == tally.times == 3
    assert tally.errors >= 2


def test_a_damaged_record_is_an_error_that_says_what_to_do(forked: Workers, sound: Path) -> None:
    """Its header, and half of it gone: nothing is answered out of what is left."""
    tally = damage_record(forked, sound, 2, random.Random(1))
    check(tally)
    assert (tally.errors, tally.degraded) == (2, 0)


def test_a_record_that_is_gone_is_told_of(
    sound: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """SQLite takes an empty file for a new database; an index shows that there was one."""
    home = tmp_path / "home"
    shutil.copytree(sound, home)
    (home / STORE_NAME).write_bytes(b"")
    OnDiskMemory(home, HashEmbedder(DIM)).close()
    assert "is missing or empty, although the home still has an index" in caplog.text
    assert "put back a copy" in caplog.text
    caplog.clear()
    OnDiskMemory(tmp_path / "new", HashEmbedder(DIM)).close()
    assert caplog.text == ""


def test_a_record_of_a_newer_version_is_left_alone(forked: Workers, sound: Path) -> None:
    """Refused, with the way out; and whole when the newer version opens it."""
    tally = newer_record(forked, sound)
    check(tally)
    assert (tally.errors, tally.restored) == (1, 1)


def test_a_full_disk_refuses_a_turn_and_loses_none(forked: Workers, sound: Path) -> None:
    """A small tmpfs, or a limit for files where mounting is not permitted."""
    tally = fill_disk(forked, sound, NUM_TURNS, 1, random.Random(5))
    check(tally)
    assert tally.restored == 1
    assert tally.errors >= 1


def test_what_is_lost_is_seen() -> None:
    """The judge itself: a turn without its fact, half a turn, and one with another text are lost."""
    texts = {each.id: each.text for number in range(4) for each in turn(number)[0]}
    facts = ["f0", "f1", "f3"]
    assert lost_turns(texts, facts, range(4)) == [2]
    assert lost_turns({**texts, "user-1": "changed"}, facts, [0, 1]) == [1]
    del texts["persona-3"]
    assert lost_turns(texts, facts, [0, 3]) == [3]


def test_every_way_to_damage_a_file_changes_it(tmp_path: Path) -> None:
    """A fault that changes nothing would prove nothing."""
    for way, harm in WAYS.items():
        file = tmp_path / "file"
        file.write_bytes(before := random.Random(2).randbytes(20_000))
        harm(file, random.Random(3))
        assert not file.exists() or file.read_bytes() != before, way
