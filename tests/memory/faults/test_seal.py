"""Tests of the hashes beside an index's files: what they cover, and what they find."""

from __future__ import annotations

from pathlib import Path

import pytest

from roleagent.memory.index.chroma_index import SEAL_NAME, check_seal, remove_seal, write_seal

METADATA = "index_metadata.pickle"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "graph").mkdir()
    for name in (METADATA, "data_level0.bin"):
        (tmp_path / "graph" / name).write_bytes(name.encode() * 100)
    (tmp_path / "chroma.sqlite3").write_bytes(b"changes by itself")
    write_seal(tmp_path)
    return tmp_path


def test_what_was_sealed_and_left_alone_is_let_through(files: Path) -> None:
    """Chroma's database may change; it finds its own damage."""
    (files / "chroma.sqlite3").write_bytes(b"changed")
    check_seal(files)


def test_one_bit_is_found_and_named(files: Path) -> None:
    """It can end the process that searches it."""
    damaged = files / "graph" / "data_level0.bin"
    data = bytearray(damaged.read_bytes())
    data[700] ^= 1
    damaged.write_bytes(data)
    with pytest.raises(ValueError, match=r"damaged files: graph/data_level0\.bin$"):
        check_seal(files)


@pytest.mark.parametrize("name", [METADATA, "data_level0.bin"])
def test_a_lost_file_is_found(files: Path, name: str) -> None:
    """Without its metadata a graph would be begun anew, and find nothing."""
    (files / "graph" / name).unlink()
    with pytest.raises(ValueError, match="damaged files"):
        check_seal(files)


def test_what_was_left_while_it_changed_is_not_trusted(files: Path) -> None:
    """A kill in the midst of writing leaves files that are partly old."""
    remove_seal(files)
    remove_seal(files)
    with pytest.raises(ValueError, match="left while it was written"):
        check_seal(files)


def test_a_damaged_seal_lets_nothing_through(files: Path) -> None:
    """It lies on the same disk."""
    (files / SEAL_NAME).write_text("{")
    with pytest.raises(ValueError, match="Expecting"):
        check_seal(files)


def test_a_graph_that_was_never_written_out_needs_no_seal(files: Path) -> None:
    """Chroma keeps few vectors in its database alone, and makes those files anew whenever it opens."""
    (files / "graph" / METADATA).unlink()
    write_seal(files)
    (files / "graph" / "data_level0.bin").write_bytes(b"other")
    check_seal(files)
