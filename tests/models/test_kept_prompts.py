"""The folder of kept prompts: found again, never trusted when damaged, bounded, and private."""

import os
import stat
import time
from pathlib import Path

import pytest

from roleagent.models.kept_prompts import KeptPrompts


@pytest.fixture
def kept(tmp_path: Path) -> KeptPrompts:
    """A folder that does not exist yet, with room for 100 bytes."""
    return KeptPrompts(tmp_path / "new" / "prompts", max_bytes=100)


def keep(kept: KeptPrompts, key: str, content: bytes, *, age_s: float = 0) -> None:
    """Keep a state, last used `age_s` seconds ago."""
    kept.keep(key, lambda name: (kept.folder / name).write_bytes(content))
    name = kept.find(key)
    if age_s and name:
        os.utime(kept.folder / name, times=(time.time() - age_s,) * 2)


def content(kept: KeptPrompts, key: str) -> bytes | None:
    name = kept.find(key)
    return (kept.folder / name).read_bytes() if name else None


def test_what_was_kept_is_found_under_its_key_alone(kept: KeptPrompts) -> None:
    """The text of another persona must not come up."""
    assert kept.find("ann") is None
    keep(kept, "ann", b"read of Ann")
    assert content(kept, "ann") == b"read of Ann"
    assert kept.find("anna") is None
    assert kept.find("an") is None


def test_a_later_state_replaces_an_earlier_one(kept: KeptPrompts) -> None:
    """One file a key, or the folder fills up with what nobody reads."""
    keep(kept, "ann", b"first")
    keep(kept, "ann", b"second")
    assert content(kept, "ann") == b"second"
    assert len(list(kept.folder.iterdir())) == 1


def test_a_damaged_file_is_erased(kept: KeptPrompts) -> None:
    """The engine trusts what it loads, so a file cut short by a crash must not reach it."""
    keep(kept, "ann", b"read of Ann")
    (file,) = kept.folder.iterdir()
    file.write_bytes(b"read of A")
    assert kept.find("ann") is None
    assert not file.exists()


def test_a_file_of_another_key_is_erased(kept: KeptPrompts) -> None:
    """A file renamed by hand belongs to another model or another text."""
    keep(kept, "ann", b"read of Ann")
    (file,) = kept.folder.iterdir()
    file.rename(file.with_name(file.name.replace("ann", "bob")))
    assert kept.find("bob") is None
    assert list(kept.folder.iterdir()) == []


def test_the_least_recently_used_goes_when_there_is_no_room(kept: KeptPrompts) -> None:
    """Being found counts as use."""
    keep(kept, "ann", b"a" * 40, age_s=300)
    keep(kept, "bob", b"b" * 40, age_s=200)
    assert kept.find("ann")
    keep(kept, "cyd", b"c" * 40)
    assert [kept.find(key) is not None for key in ("ann", "bob", "cyd")] == [True, False, True]


def test_only_this_user_may_read_it(kept: KeptPrompts) -> None:
    """A state contains the persona's text."""
    keep(kept, "ann", b"read of Ann")
    (file,) = kept.folder.iterdir()
    assert stat.S_IMODE(kept.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_state_that_cannot_be_written_stops_nobody(
    kept: KeptPrompts, caplog: pytest.LogCaptureFixture
) -> None:
    """Keeping saves time; a full disk must not cost a turn."""

    def fail(name: str) -> None:
        (kept.folder / name).write_bytes(b"half")
        raise OSError("No space left on device")

    kept.keep("ann", fail)
    assert list(kept.folder.iterdir()) == []
    assert "No space left on device" in caplog.text


def test_what_a_killed_process_left_is_erased(kept: KeptPrompts) -> None:
    """After an hour; a younger file may be one that another process is writing."""
    keep(kept, "ann", b"read of Ann")
    old, young = (kept.folder / f"{name}.unfinished" for name in ("old", "young"))
    for file in (old, young):
        file.touch()
    os.utime(old, times=(time.time() - 7200,) * 2)
    keep(kept, "bob", b"read of Bob")
    assert (old.exists(), young.exists()) == (False, True)
