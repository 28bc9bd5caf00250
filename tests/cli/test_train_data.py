"""`roleagent train data`: what it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from roleagent import registry
from roleagent.cli.app import app
from roleagent.errors import InputError
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
        (["--out", "x.jsonl", "--held-out", "./x.jsonl"], "a file of its own"),
        (["--out", "x.jsonl", "--import", "gone.jsonl"], "does not exist"),
    ],
)
def test_a_wrong_option_is_told_at_once(options: list[str], told: str):
    """Before a model is loaded."""
    result = CliRunner().invoke(app, ["train", "data", "mira", *options])
    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())


def test_files_that_are_there_are_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Any of the three may have been edited; --force overwrites them."""
    monkeypatch.chdir(tmp_path)
    options = ["train", "data", "mira", "--out", "x.jsonl", "--num", "4", "--kind", "role"]
    for name in ("x.jsonl", "x.held_out.jsonl", "x.md"):
        Path(name).write_text("mine", encoding="utf-8")
        error = CliRunner().invoke(app, options).exception
        assert isinstance(error, InputError)
        assert str(error) == f"{name!r} is there already: choose another name, or --force it."
        assert [each.name for each in tmp_path.iterdir()] == [name]
        Path(name).unlink()
    Path("x.md").write_text("mine", encoding="utf-8")
    assert CliRunner().invoke(app, [*options, "--force"]).exit_code == 0
    assert Path("x.md").read_text(encoding="utf-8").startswith("# x")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--kind", "facts"], "Did you mean 'fact'?"),
        (["--augment", "typos", "--teacher", "openai:big"], "'typos' is no way to augment"),
        (["--augment", "paraphrase"], "'paraphrase' needs a chat model"),
        (["--teacher", "qwen2.5-1.5bb"], "Did you mean 'qwen2.5-1.5b'?"),
        (["--teacher", "openai:big", "--import", "broken.jsonl"], "broken.jsonl:1"),
        (["--teacher", "openai:big", "--import", "broken.jsonl", "--shape", "share"], "no shape of data"),
    ],
)
def test_a_mistake_is_told_before_a_model_is_loaded(
    options: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Neither the teacher nor what the critics read with."""

    def loaded(kind: str, name: str) -> object:
        raise AssertionError(f"the {kind} {name} was loaded")

    monkeypatch.setattr(registry, "get", loaded)
    monkeypatch.chdir(tmp_path)
    Path("broken.jsonl").write_text("{\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["train", "data", "mira", "--out", "x.jsonl", *options])
    assert told in str(result.exception)
    assert not Path("x.jsonl").exists()


def test_an_unknown_kind_is_told(tmp_path: Path):
    """With the kinds that there are."""
    options = ["--out", str(tmp_path / "x.jsonl"), "--kind", "facts"]
    result = CliRunner().invoke(app, ["train", "data", "mira", *options])
    assert "Known: fact, steps" in str(result.exception)
    assert not (tmp_path / "x.jsonl").exists()
