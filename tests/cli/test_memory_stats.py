"""`roleagent memory stats`: who is kept, how much, and what it takes on the disk."""

from __future__ import annotations

import doctest
import importlib
import json
from pathlib import Path

from typer.testing import CliRunner

from roleagent.cli.memory import app
from roleagent.cli.options import RECORD_NAME
from roleagent.store import Store
from roleagent.types import Attachment, Episode, GraphUpdate, Owner, Thread
from tests.cli.home_of_ann import START, fill


def run(home: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["stats", "--home", str(home), *words], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_it_counts_what_is_kept_of_everybody(tmp_path: Path):
    """Ann has two conversations of three turns, and two facts, one of them in two versions."""
    fill(tmp_path)
    lines = [line.split() for line in run(tmp_path).splitlines()]
    assert lines[0] == [
        "persona",
        "user",
        "conversations",
        "messages",
        "facts",
        "summaries",
        "files",
        "bytes",
        "index",
    ]
    assert lines[1] == ["mira", "ann", "2", "6", "3", "1", "0", "–", "–"]
    assert lines[2] == ["mira", "bob", "1", "2", "0", "0", "0", "–", "–"]


def test_json_names_the_home_and_what_it_takes(tmp_path: Path):
    """A program that watches a disk reads it."""
    fill(tmp_path)
    said = json.loads(run(tmp_path, "--json"))
    assert [kept["user_id"] for kept in said["kept"]] == ["ann", "bob"]
    assert said["kept"][0]["num_fact_versions"] == 3
    assert said["home_bytes"] > 0


def test_files_are_counted_for_their_user(tmp_path: Path):
    """Pictures and recordings are most of what a home takes."""
    bob = Owner(persona_id="mira", user_id="bob")
    picture = tmp_path / "media" / bob.name / "a.png"
    fill(tmp_path)
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"x" * 1_500)
    shown = Attachment(id="a", media_type="image/png", path=str(picture), name="a.png", num_bytes=1_500)
    episode = Episode(
        id="p".ljust(24, "0"),
        thread=Thread(owner=bob, thread_id="main"),
        turn_id="9",
        speaker="user",
        text="",
        at=START,
        attachments=(shown,),
    )
    store = Store(tmp_path / RECORD_NAME)
    store.commit(bob, [(episode, None)], GraphUpdate())
    store.close()
    assert run(tmp_path).splitlines()[2].split()[-4:] == ["1", "2", "kB", "–"]


def test_its_examples_hold():
    """They are what a reader tries first."""
    assert doctest.testmod(importlib.import_module("roleagent.cli.memory.show")).failed == 0
