"""`roleagent memory export`: a person gets all that is kept of them, and nothing of anybody else."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from roleagent.cli.memory import app
from roleagent.errors import InputError
from tests.cli.home_of_ann import fill


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where Mira remembers Ann and Bob."""
    fill(tmp_path / "home")
    return tmp_path / "home"


def run(home: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["export", *words, "--home", str(home)], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_it_writes_a_folder_with_all_and_only_the_users_memories(home: Path, tmp_path: Path):
    """The whole of it, readable without this program."""
    said = run(home, "-u", "ann", "--to", str(tmp_path / "ann"))
    assert said.startswith("exported 6 messages of ann with 1 character to ")
    text = "".join(path.read_text() for path in (tmp_path / "ann").rglob("*") if path.is_file())
    for known in ("I live in Oxford.", "The user lives in Lewes.", "Ann moved to Lewes."):
        assert known in text
    assert "zebra" not in text


def test_it_writes_a_zip_of_one_character(home: Path, tmp_path: Path):
    """One file is what people can send."""
    run(home, "-u", "bob", "-p", "mira", "--to", str(tmp_path / "bob.zip"))
    with zipfile.ZipFile(tmp_path / "bob.zip") as archive:
        assert any(name.endswith("README.txt") for name in archive.namelist())


def test_nothing_kept_and_a_file_that_is_there_are_told(home: Path, tmp_path: Path):
    """An export that is there may be the only copy."""
    with pytest.raises(InputError, match="Nothing is kept of user 'eve'"):
        run(home, "-u", "eve", "--to", str(tmp_path / "eve"))
    with pytest.raises(InputError, match="with persona 'holmes'"):
        run(home, "-u", "ann", "-p", "holmes", "--to", str(tmp_path / "ann"))
    (tmp_path / "ann.zip").write_text("mine")
    with pytest.raises(InputError, match=r"ann\.zip"):
        run(home, "-u", "ann", "--to", str(tmp_path / "ann.zip"))
    assert (tmp_path / "ann.zip").read_text() == "mine"
