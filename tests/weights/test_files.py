"""A file under way is bounded, verified, and only then bears its name."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roleagent.errors import HashMismatchError
from roleagent.weights.files import Meter, PartFile, sha256_of, silent

CONTENT = b"weights of a model"


def part_of(folder, content=CONTENT, *, name="w.bin"):
    return PartFile(
        folder / name,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        origin="the test",
        meter=Meter(silent, model="m", doing="fetching", total=len(content)),
    )


@given(chunks=st.lists(st.binary(max_size=20), max_size=8), stop=st.integers(0, 8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_chunks_and_interruptions_do_not_show_in_the_result(tmp_path, chunks, stop):
    """However the bytes arrive, in one run or two, the file is the same."""
    content = b"".join(chunks)
    first = part_of(tmp_path, content)
    first.clear()
    for chunk in chunks[:stop]:
        first.append(chunk)
    second = part_of(tmp_path, content)
    assert second.length == first.length
    for chunk in chunks[stop:]:
        second.append(chunk)
    assert second.finish().read_bytes() == content


def test_the_name_appears_only_with_the_whole_file(tmp_path):
    """A reader never meets half a file."""
    part = part_of(tmp_path)
    part.append(CONTENT[:5])
    assert not (tmp_path / "w.bin").exists()
    part.append(CONTENT[5:])
    part.finish()
    assert (tmp_path / "w.bin").read_bytes() == CONTENT
    assert not part.path.exists()


@pytest.mark.parametrize("wrong", [CONTENT[:-1], CONTENT[:-1] + b"?"])
def test_other_bytes_are_thrown_away_and_their_origin_named(tmp_path, wrong):
    """Too short or altered: nothing takes the place of what was there."""
    (tmp_path / "w.bin").write_bytes(b"mine")
    part = part_of(tmp_path)
    part.append(wrong)
    with pytest.raises(HashMismatchError, match=r"the test delivered other bytes for 'w\.bin'"):
        part.finish()
    assert (tmp_path / "w.bin").read_bytes() == b"mine"
    assert not part.path.exists()


def test_more_bytes_than_promised_never_reach_the_disk(tmp_path):
    """A source that sends without end fills no disk."""
    part = part_of(tmp_path)
    part.append(CONTENT)
    with pytest.raises(HashMismatchError, match=r"more than the 18 bytes"):
        part.append(b"!")
    assert not part.path.exists()


def test_a_leftover_longer_than_the_file_is_dropped(tmp_path):
    """What another version of the catalogue left behind does not get in the way."""
    (tmp_path / "w.bin.part").write_bytes(CONTENT * 2)
    assert part_of(tmp_path).length == 0


def test_a_hash_is_that_of_the_bytes(tmp_path, told):
    """Compared with hashlib over the whole; every byte is metered."""
    (tmp_path / "f").write_bytes(CONTENT)
    meter = Meter(told, model="m", doing="checking", total=len(CONTENT))
    assert sha256_of(tmp_path / "f", meter) == hashlib.sha256(CONTENT).hexdigest()
    assert told.events[-1].done == len(CONTENT)
