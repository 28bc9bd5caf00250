"""`roleagent persona …` as a user types it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from roleagent.cli.persona import app
from roleagent.errors import InputError, PersonaNotFoundError

SMALL = """\
roleagent: 1
id: ada
name: Ada Lovelace
summary: You are Ada Lovelace.
speech: [Speak with precision.]
horizon: {until: "1852-11", unknown: [transistor]}
nodes:
  - {id: ada, type: person, label: Ada Lovelace}
  - {id: babbage, type: person, label: Charles Babbage, description: "Inventor [bold]of engines"}
edges:
  - {source: ada, relation: friend_of, target: babbage, fixed: true}
"""


@pytest.fixture
def ada(tmp_path):
    """The path of a sound file."""
    path = tmp_path / "ada.yaml"
    path.write_text(SMALL)
    return path


def run(*words: str) -> str:
    """What a command prints; it must succeed."""
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_check_counts_what_it_read(ada):
    """A number out of line is the first sign of a slip."""
    assert run("check", ada) == "ok: Ada Lovelace, 2 nodes, 1 facts\n"


def test_check_prints_every_problem_of_every_file_and_exits_with_1(ada, tmp_path):
    """It runs in other people's CI."""
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        SMALL.replace("type: person, label: Charles", "type: persn, label: Charles") + "extra: 1\n"
    )
    result = CliRunner().invoke(app, ["check", str(bad), str(ada), str(tmp_path / "none.yaml")])
    assert result.exit_code == 1
    assert f"{bad}:9:25: 'persn' is not a node type. Did you mean 'person'?" in result.output
    assert f"{bad}:12:1: unknown key 'extra' in the file." in result.output
    assert "ok: Ada Lovelace" in result.output
    assert "There is no file" in result.output


def test_show_prints_the_portrait(ada):
    """It says who this is, how it speaks, and where its knowledge ends."""
    output = run("show", ada)
    for words in ("Ada Lovelace", "You are Ada Lovelace.", "Speak with precision.", "1852-11", "transistor"):
        assert words in output
    assert "is a friend of" not in output


def test_show_lists_facts_on_demand(ada):
    """A hundred facts are too many for a first look."""
    assert "Ada Lovelace is a friend of Charles Babbage." in run("show", ada, "--facts")


def test_show_lists_the_ids_by_which_a_suite_names_facts(ada):
    """A line for each, as other programs read it."""
    assert "ada.friend_of.babbage\tAda Lovelace is a friend of Charles Babbage." in run("show", ada, "--ids")


def test_show_looks_around_a_node_and_prints_its_words_as_they_are(ada):
    """Markup in a file is text."""
    output = run("show", ada, "--node", "babbage")
    assert "Inventor [bold]of engines" in output
    assert "is a friend of" in output


def test_show_names_a_near_match_for_an_unknown_node(ada):
    """One does not know all ids by heart."""
    with pytest.raises(InputError, match="no node 'babbag'"):
        run("show", ada, "--node", "babbag")


@pytest.mark.parametrize(("suffix", "start"), [("html", "<!doctype html>"), ("svg", "<svg ")])
def test_draw_writes_a_page_or_a_picture(ada, tmp_path, suffix, start):
    """Both from the same layout."""
    out = tmp_path / f"ada.{suffix}"
    assert run("draw", ada, "-o", out) == f"drew Ada Lovelace in {out}\n"
    assert out.read_text().startswith(start)


def test_draw_names_the_file_after_the_persona(ada, tmp_path, monkeypatch):
    """The shortest command does something useful."""
    monkeypatch.chdir(tmp_path)
    run("draw", ada)
    assert (tmp_path / "ada.html").exists()


def test_draw_refuses_other_suffixes(ada):
    """And says which it knows."""
    with pytest.raises(InputError, match=r"'ada\.gif' must end in \.html, \.svg or \.png"):
        run("draw", ada, "-o", "ada.gif")


def test_list_names_the_bundled_personas():
    """So that one can chat with somebody at once."""
    assert any(line.startswith("holmes ") for line in run("list").splitlines())


def test_schema_prints_a_json_schema():
    """For editors, and for renewing the file in the repository."""
    assert json.loads(run("schema"))["title"] == "PersonaDocument"


def test_an_unknown_persona_raises_our_error():
    """The entry point shows it as one line."""
    with pytest.raises(PersonaNotFoundError, match="Did you mean 'holmes'"):
        run("show", "holms")
