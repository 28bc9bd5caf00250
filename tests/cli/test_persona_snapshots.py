"""`roleagent persona export` and `import`: memories move with their persona."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from roleagent.cli.options import RECORD_NAME
from roleagent.cli.persona import app
from roleagent.errors import InputError
from roleagent.store import Store
from roleagent.types import Episode, Owner, Thread

PERSONA = """\
roleagent: 1
id: ada
name: Ada Lovelace
summary: You are Ada Lovelace.
nodes:
  - {id: ada, type: person, label: Ada Lovelace}
"""


@pytest.fixture
def ada(tmp_path):
    """The path of a sound file."""
    path = tmp_path / "ada.yaml"
    path.write_text(PERSONA)
    return path


def run(*words: object) -> str:
    """What a command prints; it must succeed."""
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def remember(home, user, text):
    """Keep one utterance of a user in a home."""
    home.mkdir(exist_ok=True)
    owner = Owner(persona_id="ada", user_id=user)
    thread = Thread(owner=owner, thread_id="t")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    store = Store(home / RECORD_NAME)
    store.commit(
        owner, [(Episode(id=text, thread=thread, turn_id="1", speaker="user", text=text, at=at), None)]
    )
    store.close()


@pytest.mark.slow
def test_the_record_is_the_one_that_conversations_are_kept_in():
    """The name is written twice, since loading the other costs seconds."""
    from roleagent.memory.on_disk import STORE_NAME

    assert RECORD_NAME == STORE_NAME


def test_memories_move_to_another_home_with_their_persona(ada, tmp_path):
    """A new machine, the same friend."""
    remember(tmp_path / "old", "bob", "I like looms.")
    out = tmp_path / "ada.json"
    said = run("export", ada, out, "--home", tmp_path / "old")
    assert said == f"exported Ada Lovelace and the memories of 1 user to {out}\n"
    lines = run("import", out, "--home", tmp_path / "new").splitlines()
    assert lines[0] == "imported Ada Lovelace: 1 users, 1 new utterances, 0 new versions of facts"
    assert (tmp_path / "new" / "personas" / "ada.yaml").exists()
    again = run("import", out, "--home", tmp_path / "new")
    assert again == "imported Ada Lovelace: 1 users, 0 new utterances, 0 new versions of facts\n"


def test_one_users_memories_can_go_alone(ada, tmp_path):
    """Nobody's talk is handed over with another's."""
    for user in ("bob", "eve"):
        remember(tmp_path / "old", user, f"I am {user}.")
    run("export", ada, tmp_path / "out.json", "--user", "bob", "--home", tmp_path / "old")
    text = (tmp_path / "out.json").read_text()
    assert "I am bob." in text
    assert "eve" not in text


def test_an_existing_export_needs_force(ada, tmp_path):
    """It may be the only copy."""
    remember(tmp_path / "old", "bob", "Hi.")
    (tmp_path / "out.json").write_text("mine")
    with pytest.raises(InputError, match="is there already"):
        run("export", ada, tmp_path / "out.json", "--home", tmp_path / "old")
    run("export", ada, tmp_path / "out.json", "--home", tmp_path / "old", "--force")
    assert (tmp_path / "out.json").read_text() != "mine"
