"""`roleagent memory show`: what is kept of one user, to read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from roleagent.cli.memory import app
from roleagent.errors import InputError, PersonaNotFoundError
from roleagent.store.database import HomeLock
from tests.cli.home_of_ann import fill


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where Mira remembers Ann and Bob."""
    fill(tmp_path)
    return tmp_path


def run(home: Path, *words: str, user: str = "ann", persona: str = "mira") -> str:
    """What a command prints; it must succeed."""
    line = [*words, "--persona", persona, "--user", user, "--home", str(home)]
    done = CliRunner().invoke(app, line, catch_exceptions=False, terminal_width=100)
    assert done.exit_code == 0, done.output
    return done.output


def test_it_shows_conversations_facts_with_their_evidence_and_summaries(home: Path):
    """A person should see why a character believes something of them, and what is only derived."""
    lines = [line.rstrip() for line in run(home, "show").splitlines()]
    assert lines[0] == "Mira and ann: 2 conversations, 6 messages, 2 facts"
    assert lines[2].split() == ["trip", "2", "2026-03-03", "12:00"]
    learned = lines.index("Learned about ann")
    assert lines[learned + 1] == "- The user lives in Oxford.  until 2026-02  [user.lives_in.oxford]"
    assert lines[learned + 2] == "    2026-03-01 12:00 ann: I live in Oxford."
    derived = lines.index("Summaries (derived: they may be wrong, and are no evidence)")
    assert lines[derived + 1] == "- Ann moved to Lewes."
    assert "zebra" not in "".join(lines)


def test_it_shows_one_conversation_word_by_word(home: Path):
    """With an id for each utterance, which `forget --episode` takes."""
    assert run(home, "show", "--thread", "trip").splitlines() == [
        "2026-03-03 12:00 ann: My red Brompton squeaks.  [u2000000]",
        "2026-03-03 12:00 Mira: Bring it in.  [p2000000]",
    ]


def test_json_holds_all_of_it(home: Path):
    """A program should not have to parse a table."""
    kept = json.loads(run(home, "show", "--json"))
    assert [thread["thread_id"] for thread in kept["threads"]] == ["trip", "main"]
    assert kept["facts"][1]["evidence"] == [kept["evidence"][1]["id"]]
    assert kept["summaries"][0]["text"] == "Ann moved to Lewes."
    [said, _] = json.loads(run(home, "show", "--thread", "trip", "--json"))
    assert said["at"] == "2026-03-03T12:00:00+00:00"


def test_memories_outlive_the_file_of_their_persona(home: Path):
    """Who deletes a card has not forgotten what was said to it; its id still names the memories."""
    from roleagent.cli.options import RECORD_NAME
    from roleagent.store import Store
    from roleagent.types import Episode, Owner, Thread
    from tests.cli.home_of_ann import START

    ann = Owner(persona_id="gone", user_id="ann")
    talk = Thread(owner=ann, thread_id="t")
    store = Store(home / RECORD_NAME)
    store.commit(
        ann, [(Episode(id="x", thread=talk, turn_id="x", speaker="user", text="Hi.", at=START), None)]
    )
    store.close()
    assert run(home, "show", persona="gone").startswith("gone and ann: 1 conversation, 1 message, 0 facts")


@pytest.mark.parametrize(
    ("words", "error", "told"),
    [
        (["--user", "eve"], InputError, "Nothing is kept of user 'eve' with persona 'mira'"),
        (["--persona", "mirra"], InputError, "roleagent memory stats"),
        (["--persona", "no/mira.yaml"], PersonaNotFoundError, "no/mira.yaml"),
        (["--thread", "trap"], InputError, "They had: 'trip', 'main'"),
        (["--home", "no/where"], InputError, "Nothing is kept in 'no/where'"),
    ],
)
def test_a_mistake_is_told_with_the_way_out(home: Path, words: list[str], error: type, told: str):
    """And no home is made of a mistyped name."""
    line = ["show", "--persona", "mira", "--user", "ann", "--home", str(home), *words]
    with pytest.raises(error, match=told):
        CliRunner().invoke(app, line, catch_exceptions=False)
    assert not Path("no").exists()


def test_a_home_in_use_is_told_at_once_in_one_line(home: Path):
    """Two processes in one home would spoil each other's index."""
    lock = HomeLock(home)
    command = [sys.executable, "-m", "roleagent", "memory", "show", "-p", "mira", "-u", "ann"]
    done = subprocess.run([*command, "--home", str(home)], capture_output=True, text=True)
    lock.close()
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "is in use by another process" in done.stderr


@pytest.mark.slow
def test_rebuilding_says_where_no_index_is_needed(home: Path):
    """A few messages are compared one by one; a person who worries about the index should be told."""
    assert (
        run(home, "rebuild")
        == "Mira and ann: 6 messages: so few need no index, and are compared one by one.\n"
    )
