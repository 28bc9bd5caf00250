"""`roleagent train data`: what it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from roleagent.cli.app import app
from roleagent.tuning.data_files import read_dialogues


def test_it_writes_dialogues_what_is_held_out_and_a_card(tmp_path: Path):
    """And prints how many there are of each kind."""
    out = tmp_path / "mira.jsonl"
    options = ["--out", str(out), "--num", "30", "--kind", "fact", "--kind", "role", "--language", "zh"]
    result = CliRunner().invoke(app, ["train", "data", "mira", *options])
    assert result.exit_code == 0, result.output
    made = list(read_dialogues(out))
    held_out = list(read_dialogues(tmp_path / "mira.held_out.jsonl"))
    assert {each.kind for each in made} == {"fact", "role"}
    assert {each.language for each in (*made, *held_out)} == {"zh"}
    assert {each.asked for each in made}.isdisjoint(each.asked for each in held_out)
    assert "--kind fact --kind role --language zh" in (tmp_path / "mira.md").read_text("utf-8")
    assert f"{len(made)}, and {len(held_out)} held out" in result.output


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--out", "no/such/folder/x.jsonl"], "no folder"),
        (["--out", "x.json"], "JSON Lines"),
        (["--out", "x.jsonl", "--num", "0"], "num"),
    ],
)
def test_a_wrong_option_is_told_at_once(options: list[str], told: str):
    """Before a model is loaded."""
    result = CliRunner().invoke(app, ["train", "data", "mira", *options])
    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())


def test_an_unknown_kind_is_told(tmp_path: Path):
    """With the kinds that there are."""
    options = ["--out", str(tmp_path / "x.jsonl"), "--kind", "facts"]
    result = CliRunner().invoke(app, ["train", "data", "mira", *options])
    assert "Known: fact, steps" in str(result.exception)
    assert not (tmp_path / "x.jsonl").exists()
