"""`roleagent persona convert`, `formats`, `diff`, `lint` and `lore` as a user types them."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from roleagent.cli.persona import app
from roleagent.cli.persona.convert import condensed
from roleagent.errors import InputError
from roleagent.formats import names
from roleagent.formats.load import load_persona

ADA = """\
roleagent: 1
id: ada
name: Ada Lovelace
summary: You are Ada Lovelace.
greeting: Do come in.
nodes:
  - {id: ada, type: person, label: Ada Lovelace}
  - {id: babbage, type: person, label: "Charles [bold]Babbage"}
edges:
  - {source: ada, relation: friend_of, target: babbage, fixed: true}
lorebooks:
  - entries:
      - {id: 1, keys: [engine], name: "[red]engine", content: The engine weaves.}
      - {id: 2, keys: [loom], content: Looms are loud.}
"""


@pytest.fixture
def ada(tmp_path):
    """The path of a sound file."""
    path = tmp_path / "ada.yaml"
    path.write_text(ADA)
    return path


def run(*words: object, exit_code: int = 0) -> str:
    """What a command prints."""
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == exit_code, result.output
    return result.output


# ── convert ──


def test_convert_says_in_one_line_what_it_wrote(ada, tmp_path):
    """And that nothing is lost, where nothing is."""
    out = tmp_path / "ada.graphml"
    assert run("convert", ada, out) == f"wrote Ada Lovelace to {out}, nothing lost\n"
    assert load_persona(out) == load_persona(ada)


def test_a_loss_is_said_without_being_asked_for(ada, tmp_path):
    """With a hint at where to see more; it is no failure."""
    output = run("convert", ada, tmp_path / "card.json", "--to", "card-v1")
    first, second, *_ = output.splitlines()
    assert first.startswith(f"wrote Ada Lovelace to {tmp_path / 'card.json'}: ")
    assert "lost" in first
    assert second == "see all with --report"


def test_the_report_names_what_is_lost(ada, tmp_path):
    """Each field, by the reason that many share."""
    output = run("convert", ada, tmp_path / "card.json", "--to", "card-v1", "--report")
    assert "lost: id, lorebooks, nodes[1], edges: card-v1 has no place for it" in output
    assert "edges" in output


def test_an_existing_file_needs_force(ada, tmp_path):
    """It may be the only copy."""
    out = tmp_path / "out.json"
    out.write_text("mine")
    with pytest.raises(InputError, match="is there already"):
        run("convert", ada, out)
    run("convert", ada, out, "--force")
    assert load_persona(out) == load_persona(ada)


def test_a_folder_takes_a_file_named_after_the_persona(ada, tmp_path):
    """The shortest way into one's own personas."""
    folder = tmp_path / "personas"
    folder.mkdir()
    run("convert", ada, folder, "--to", "turtle")
    assert [path.name for path in folder.iterdir()] == ["ada.ttl"]


def test_a_long_list_of_fields_is_condensed():
    """Ninety facts in a row are one thing to read."""
    fields = [*(f"edges[{n}]" for n in range(90)), "edges[95]", "horizon", "nodes[1]", "nodes[2].label"]
    assert list(condensed(fields)) == ["edges[0–89]", "edges[95]", "horizon", "nodes[1]", "nodes[2].label"]
    assert list(condensed([])) == []


def test_formats_lists_every_format():
    """One cannot use what one does not know."""
    first_words = [line.split()[0] for line in run("formats").splitlines()[1:]]
    assert first_words == list(names())


def test_the_list_of_formats_fits_a_terminal_of_eighty_columns():
    """A table that wraps cannot be read."""
    assert max(map(len, run("formats").splitlines())) <= 80
    assert len(run("formats").splitlines()) == len(names()) + 1


# ── diff and lint ──


def test_diff_of_a_persona_with_itself_is_empty(ada, tmp_path):
    """In whatever format."""
    run("convert", ada, tmp_path / "ada.ttl")
    assert run("diff", ada, tmp_path / "ada.ttl") == "no difference: Ada Lovelace, 1 facts\n"


def test_diff_prints_changes_and_exits_with_1(ada, tmp_path):
    """As the tool of that name does."""
    other = tmp_path / "other.yaml"
    other.write_text(ADA.replace("Do come in", "Enter [bold]now").replace(", fixed: true", ""))
    lines = [line.rstrip() for line in run("diff", ada, other, exit_code=1).splitlines()]
    assert lines[:3] == ["~ greeting", "    - Do come in.", "    + Enter [bold]now."]
    assert "~ facts.ada.friend_of.babbage.fixed" in lines
    assert lines[-1] == "2 changed"


def test_lint_gives_advice_and_exits_with_1(ada, tmp_path):
    """And goes on with the next file after one that cannot be read."""
    result = CliRunner().invoke(app, ["lint", str(tmp_path / "none.yaml"), str(ada)])
    assert result.exit_code == 1
    assert "There is no file" in result.output
    assert "3 to look at: Ada Lovelace" in result.output
    assert "  fall_backs  no-fall-back" in result.output


def test_lint_says_so_when_there_is_nothing_to_say(ada):
    """Silence could mean that nothing was looked at."""
    more = "speech: [Be exact.]\nfall_backs: [a, b, c]\nhorizon: {until: '1843'}\n"
    ada.write_text(ADA + more)
    assert run("lint", ada) == f"ok: Ada Lovelace ({ada})\n"


# ── lore ──


def test_lore_says_which_entries_enter_and_why(ada, tmp_path):
    """For authors who wonder why an entry never comes."""
    chat = tmp_path / "chat.txt"
    chat.write_text("Bob: What does the engine do?\nAda Lovelace: It weaves.\nYou would\nlike it.\n")
    output = run("lore", ada, "--messages", chat)
    assert output.splitlines()[0].startswith("1 of 2 entries enter, about ")
    assert "+ [red]engine [1]: key 'engine'" in output
    assert "and 1 that nothing brought up" in output
    assert "[2]" in run("lore", ada, "--messages", chat, "--all")


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read: No such file"), (b"\xff", "is not UTF-8"), (b"x" * 1_000_001, "is larger than")],
)
def test_a_chat_that_cannot_be_read_is_named(ada, tmp_path, content, message):
    """One line, no stack trace."""
    chat = tmp_path / "chat.txt"
    if content is not None:
        chat.write_bytes(content)
    with pytest.raises(InputError, match=message):
        run("lore", ada, "--messages", chat)


def test_a_persona_without_lore_is_told_where_to_write_some(tmp_path):
    """Rather than an empty list."""
    chat = tmp_path / "chat.txt"
    chat.write_text("Bob: Hello.\n")
    with pytest.raises(InputError, match="Mira has no lorebook: write entries under `lorebooks`"):
        run("lore", "mira", "--messages", chat)


def test_a_fragment_can_be_checked(tmp_path):
    """By itself, before anything extends it."""
    part = tmp_path / "part.yaml"
    part.write_text("roleagent: 1\nfragment: true\nspeech: [Be brief.]\n")
    assert run("check", part) == "ok: fragment, 1 nodes, 0 facts\n"
