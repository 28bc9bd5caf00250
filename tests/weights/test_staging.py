"""What is gathered survives an interruption, and is not believed blindly afterwards."""

from __future__ import annotations

import hashlib

from roleagent.weights.entry import WeightFile
from roleagent.weights.fetch import Staging

A, B = (
    WeightFile(path=path, size=len(content), sha256=hashlib.sha256(content).hexdigest())
    for path, content in (("a", b"aa"), ("sub/b", b"bbb"))
)


def finish(workplace, file, content):
    (workplace / file.path).parent.mkdir(parents=True, exist_ok=True)
    (workplace / file.path).write_bytes(content)


def test_what_a_source_finished_is_no_longer_missing(tmp_path):
    """The next source is only asked for the rest, also by a later run."""
    staging = Staging(tmp_path / "s")
    place = staging.workplace(0)
    finish(place, B, b"bbb")
    (place / "a.part").write_bytes(b"a")
    staging.keep([A, B], place)
    assert Staging(tmp_path / "s").missing([A, B]) == [A]
    assert staging.num_bytes() == 4


def test_sources_do_not_share_half_fetched_files(tmp_path):
    """Bytes of one source are never continued with those of another."""
    staging = Staging(tmp_path / "s")
    assert staging.workplace(0) != staging.workplace(1)


def test_a_ready_file_that_was_spoilt_since_is_missing_again(tmp_path):
    """A power cut may leave a file of the right name and the wrong bytes."""
    staging = Staging(tmp_path / "s")
    finish(tmp_path / "s/ready", A, b"a?")
    finish(tmp_path / "s/ready", B, b"bbb")
    staging.distrust([A, B])
    assert staging.missing([A, B]) == [A]


def test_installing_moves_the_files_and_clears_up(tmp_path):
    """Afterwards there is the entry and nothing else; other files beside it stay."""
    staging = Staging(tmp_path / "s")
    place = staging.workplace(0)
    finish(place, B, b"bbb")
    staging.keep([B], place)
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "notes.txt").write_text("mine")
    staging.install([B], tmp_path / "target")
    assert (tmp_path / "target/sub/b").read_bytes() == b"bbb"
    assert (tmp_path / "target/notes.txt").read_text() == "mine"
    assert not (tmp_path / "s").exists()
