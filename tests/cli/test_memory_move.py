"""Tests of `roleagent memory move`: what is remembered goes to another id, and only when it is free."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from roleagent.cli.memory import app
from tests.cli.home_of_ann import fill


@pytest.fixture
def home(tmp_path: Path) -> Path:
    fill(tmp_path / "home")
    return tmp_path / "home"


def run(home: Path, *arguments: str, answer: str = ""):
    return CliRunner().invoke(app, [*arguments, "--home", str(home)], input=answer)


def test_a_memory_goes_to_another_id_when_asked(home: Path):
    """The way out where nobody but the user knows whose it is."""
    arguments = ("move", "-p", "mira", "-u", "ann", "--to", "mira-2")
    assert run(home, *arguments, answer="n\n").exit_code == 1
    moved = run(home, *arguments, answer="y\n")
    assert moved.exit_code == 0, moved.output
    assert "moved 6 messages of ann from 'mira' to 'mira-2'" in moved.output
    assert "Brompton" in run(home, "show", "-p", "mira-2", "-u", "ann", "-t", "trip").output
    assert run(home, "show", "-p", "mira", "-u", "ann").exit_code != 0
    assert "zebra" in run(home, "show", "-p", "mira", "-u", "bob", "-t", "main").output


def test_what_cannot_be_moved_is_told(home: Path):
    """Onto itself, from nobody, or onto something."""
    assert "name two" in str(run(home, "move", "-p", "mira", "-u", "ann", "--to", "mira", "-y").exception)
    nobody = run(home, "move", "-p", "nobody", "-u", "ann", "--to", "mira", "-y")
    assert "Nothing is kept" in str(nobody.exception)
    run(home, "move", "-p", "mira", "-u", "ann", "--to", "other", "-y")
    fill(home)
    taken = run(home, "move", "-p", "mira", "-u", "ann", "--to", "other", "-y")
    assert "already" in str(taken.exception)
