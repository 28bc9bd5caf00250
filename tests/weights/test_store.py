"""What is on this machine is told without a network and without guessing."""

from __future__ import annotations

import os

import pytest

from roleagent.errors import ModelNotFoundError, ModelUnavailableError
from roleagent.weights.store import is_present, local_path, verify

FILES = {"config.json": b"{}", "sub/model.bin": b"12345"}


@pytest.fixture
def model(settings, catalogue, described):
    """An entry of two files that is fully there; gives its folder."""
    catalogue(duo={"files": described(FILES)}, solo={"files": described({"m.gguf": b"m"}), "main": "m.gguf"})
    folder = settings.models_dir / "duo"
    (folder / "sub").mkdir(parents=True)
    for path, content in FILES.items():
        (folder / path).write_bytes(content)
    return folder


def test_a_whole_entry_is_present_and_gives_its_folder(model, settings):
    """What loaders open."""
    assert is_present("duo", settings)
    assert local_path("duo", settings) == model


def test_an_entry_with_a_main_file_gives_that(model, settings):
    """A llama.cpp model is one file, not a folder."""
    (settings.models_dir / "solo").mkdir()
    (settings.models_dir / "solo" / "m.gguf").write_bytes(b"m")
    assert local_path("solo", settings) == settings.models_dir / "solo" / "m.gguf"


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"123")])
def test_an_entry_that_lacks_something_is_not_present(model, settings, damage):
    """Half a model is no model: a copy that broke off is not loaded."""
    damage(model / "sub/model.bin")
    assert not is_present("duo", settings)
    with pytest.raises(ModelUnavailableError, match=r"Run: roleagent models pull duo$"):
        local_path("duo", settings)


def test_an_absent_model_says_how_to_get_it(settings):
    """One clear line, with the command to type."""
    with pytest.raises(ModelUnavailableError, match=r"'use-m3' is not on this machine.*models pull use-m3"):
        local_path("use-m3", settings)


def test_verify_finds_nothing_wrong_with_what_is_right(model, settings, told):
    """The empty answer means sound; reading gigabytes shows how far it is."""
    assert verify("duo", settings, progress=told) == {}
    assert told.events[-1].done == told.events[-1].total == 7


def test_verify_tells_apart_missing_short_and_altered(model, settings):
    """The reason says what happened to a file; one changed byte is enough."""
    (model / "config.json").write_bytes(b"{]")
    (model / "sub/model.bin").write_bytes(b"123")
    wrong = verify("duo", settings)
    assert wrong["config.json"].startswith("sha256 ")
    assert wrong["sub/model.bin"] == "3 bytes instead of 5"
    (model / "config.json").unlink()
    assert verify("duo", settings)["config.json"] == "missing"


def test_an_unknown_model_is_an_error_everywhere(settings):
    """A slip in a name never reads as 'not fetched yet'."""
    for ask in (is_present, local_path, verify):
        with pytest.raises(ModelNotFoundError):
            ask("use-m4", settings)


def test_weights_changed_in_place_are_not_loaded(model, settings):
    """Same size and same times as before: a changed byte in a network is seen in nothing else."""
    local_path("duo", settings)
    file = model / "sub/model.bin"
    before = file.stat()
    file.write_bytes(b"12354")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(
        ModelUnavailableError, match=r"sub/model.bin' has sha256 .*Run: roleagent models pull duo$"
    ):
        local_path("duo", settings)
    file.write_bytes(FILES["sub/model.bin"])
    assert local_path("duo", settings) == model
