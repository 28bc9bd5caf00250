"""Files are read once, and again when they have changed; nothing depends on the record being kept."""

from __future__ import annotations

import shutil

import pytest

from roleagent.weights import files
from roleagent.weights import store as verified
from roleagent.weights.catalog import find
from roleagent.weights.store import first_damage, note_verified

FILES = {"config.json": b"{}", "model.bin": b"12345"}


@pytest.fixture
def entry(settings, catalogue, described):
    """An entry that is fully there."""
    catalogue(duo={"files": described(FILES)})
    folder = settings.models_dir / "duo"
    folder.mkdir(parents=True)
    for path, content in FILES.items():
        (folder / path).write_bytes(content)
    return find("duo", settings)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files whose bytes are read from now on, in a process that remembers nothing."""
    names: list[str] = []
    real = files.sha256_of
    monkeypatch.setattr(verified, "_in_memory", {})
    monkeypatch.setattr(
        files, "sha256_of", lambda path, meter=None: names.append(path.name) or real(path, meter)
    )
    return names


def test_each_file_is_read_once_by_all_processes_together(entry, settings, read, monkeypatch):
    """A gigabyte takes a second or two, and a start should not."""
    folder = settings.models_dir / "duo"
    assert first_damage(entry, folder) is None
    assert sorted(read) == ["config.json", "model.bin"]
    monkeypatch.setattr(verified, "_in_memory", {})
    assert first_damage(entry, folder) is None
    assert len(read) == 2


def test_only_what_changed_is_read_again(entry, settings, read):
    """A file that was touched may be another."""
    folder = settings.models_dir / "duo"
    first_damage(entry, folder)
    (folder / "model.bin").write_bytes(b"12345")
    read.clear()
    assert first_damage(entry, folder) is None
    assert read == ["model.bin"]


def test_damage_is_never_remembered_as_sound(entry, settings, read):
    """Asked again, it is found again."""
    folder = settings.models_dir / "duo"
    (folder / "model.bin").write_bytes(b"54321")
    for _ in range(2):
        path, reason = first_damage(entry, folder)
        assert (path, reason[:7]) == ("model.bin", "sha256 ")


def test_a_new_promise_of_the_catalogue_counts(entry, settings, read):
    """The record says what was found, not that it was right."""
    folder = settings.models_dir / "duo"
    first_damage(entry, folder)
    other = entry.files[1].model_copy(update={"sha256": "0" * 64})
    changed = entry.model_copy(update={"files": (entry.files[0], other)})
    assert first_damage(changed, folder)[0] == "model.bin"


def test_a_copied_folder_is_read_anew(entry, settings, read):
    """The record of one place says nothing of another."""
    first_damage(entry, settings.models_dir / "duo")
    copied = settings.models_dir.parent / "copied"
    shutil.copytree(settings.models_dir, copied)
    read.clear()
    first_damage(entry, copied / "duo")
    assert len(read) == 2


@pytest.mark.parametrize("record", ["", "[]", '{"model.bin": 3}', "\0"])
def test_a_damaged_record_costs_a_reading(entry, settings, read, record):
    """And no error."""
    place = settings.models_dir / ".verified" / "duo.json"
    place.parent.mkdir()
    place.write_text(record)
    assert first_damage(entry, settings.models_dir / "duo") is None
    assert len(read) == 2


def test_where_nothing_can_be_written_the_process_remembers(entry, settings, read):
    """Weights may lie on a disk that is read only."""
    (settings.models_dir / ".verified").write_text("in the way")
    for _ in range(2):
        assert first_damage(entry, settings.models_dir / "duo") is None
    assert len(read) == 2


def test_what_a_fetch_has_verified_is_not_read_again(entry, settings, read):
    """It was hashed while it was written."""
    note_verified(entry, settings.models_dir / "duo")
    assert first_damage(entry, settings.models_dir / "duo") is None
    assert read == []
