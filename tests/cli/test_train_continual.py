"""`train collect` writes what may be learned from; `train update` makes a new adapter of an old one."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from roleagent.cli.app import app
from roleagent.errors import InputError
from roleagent.models.adapters import Base, ForPersona, read_adapter, write_manifest
from roleagent.testing.models import build_tiny_text_model
from roleagent.tuning.data_files import read_dialogues, write_dialogues
from tests.tuning.held import rate, talk
from tests.tuning.test_updating import OPTIONS, numbered

pytestmark = pytest.mark.xdist_group("torch")


def held_adapter(folder: Path, *, persona: ForPersona | None = None) -> Path:
    """A folder that looks like an adapter to all but a training."""
    folder.mkdir()
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "a/b"}', encoding="utf-8")
    (folder / "adapter_model.safetensors").touch()
    base = Base(name="a/b", architecture="llama", hidden_size=32, num_layers=2, vocab_size=400)
    write_manifest(folder, name=folder.name, base=base, persona=persona, languages=("en",), made_by="a test")
    return folder


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


async def test_collect(tmp_path: Path):
    """From a home with consent and ratings to a file that can be read again."""
    home, log, out = tmp_path / "home", tmp_path / "log", tmp_path / "turns.jsonl"
    turns = await talk(home, log=log)
    await rate(home, turns[2], good=True)
    options = ("--home", home, "--critic-log", log, "--out", out, "--ranker", "none")
    told = run("train", "collect", "holmes", *options)
    assert "1 user agreed; 0 did not" in told
    assert "wrote 3 dialogues" in told
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [each.source for each in read_dialogues(out)] == ["log"] * 3
    with pytest.raises(InputError, match="is there already"):
        run("train", "collect", "holmes", *options)


async def test_collect_says_what_to_do_where_there_is_nothing(tmp_path: Path):
    """No empty file is left behind."""
    await talk(tmp_path / "home", agrees=False)
    with pytest.raises(InputError, match="memory consent"):
        run("train", "collect", "holmes", "--home", tmp_path / "home", "--out", tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()


async def test_consent_by_the_command_line(tmp_path: Path):
    """Shown, given and revoked."""
    home = tmp_path / "home"
    await talk(home, agrees=False)
    whose = ("memory", "consent", "--persona", "holmes", "--user", "ann", "--home", home)
    assert "not learned from" in run(*whose)
    assert "may be learned from" in run(*whose, "--agree")
    assert "may be learned from" in run(*whose)
    assert "not learned from" in run(*whose, "--revoke")


def test_update(tmp_path: Path):
    """A new adapter beside the old one, with card, curves and manifest; checkpoints are gone."""
    from roleagent.tuning.bases import open_base
    from roleagent.tuning.training import train

    model = build_tiny_text_model(tmp_path / "tiny")
    base, old = open_base(f"transformers:{model}", device="cpu"), numbered(0, 6)
    train(base, old, old, OPTIONS, folder=tmp_path / "steps").model.save_pretrained(str(tmp_path / "mira"))
    write_dialogues(tmp_path / "new.jsonl", numbered(20, 26, of="blue"))
    write_dialogues(tmp_path / "old.jsonl", old)
    files = ("--data", tmp_path / "new.jsonl", "--replay", tmp_path / "old.jsonl")
    told = run("train", "update", tmp_path / "mira", *files, "--epochs", "1", "--device", "cpu")
    assert "New dialogues from new.jsonl; 5 of those to learn are old ones from old.jsonl." in told
    assert "10 dialogues to learn, 2 held out." in told
    out = tmp_path / "mira-updated"
    made = {each.name for each in out.iterdir()}
    assert {"adapter_model.safetensors", "roleagent.json", "README.md", "curves.svg"} <= made
    assert "training" not in made
    assert read_adapter(out).name == "mira-updated"
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "5 of those to learn are old ones from old.jsonl" in card
    assert "Trained further from the adapter `mira`" in card
    with pytest.raises(InputError, match="is there already"):
        run("train", "update", tmp_path / "mira", *files)
    with pytest.raises(
        InputError, match=r"has ended: .* leave --resume out and name a new folder with --out"
    ):
        run("train", "update", tmp_path / "mira", *files, "--resume")


@pytest.mark.parametrize("told", [".", "../mira", "steps/.."])
def test_a_folder_may_be_told_by_dots(told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The updated adapter lies beside it, under its real name."""
    from roleagent.cli import train_continual

    monkeypatch.chdir(held_adapter(tmp_path / "mira"))
    (tmp_path / "mira" / "steps").mkdir()
    written: list[Path] = []
    monkeypatch.setattr(train_continual, "run_recipe", lambda _, to, **__: written.append(to))
    write_dialogues(tmp_path / "new.jsonl", numbered(0, 4))
    run("train", "update", told, "--data", tmp_path / "new.jsonl", "--share", "0")
    assert [each.resolve() for each in written] == [tmp_path / "mira-updated"]


@pytest.mark.parametrize("file", ["--data", "--replay"])
def test_dialogues_of_another_persona_are_refused(file: str, tmp_path: Path):
    """The adapter would mix two characters; what is for anybody may be learned."""
    adapter = held_adapter(tmp_path / "mira", persona=ForPersona(id="mira", version="1"))
    theirs = [replace(each, persona="holmes") for each in numbered(0, 4)]
    ours = [replace(each, persona=whose) for each, whose in zip(numbered(8, 10), ("mira", ""), strict=True)]
    write_dialogues(tmp_path / "theirs.jsonl", theirs)
    write_dialogues(tmp_path / "ours.jsonl", ours)
    files = [file, tmp_path / "theirs.jsonl", "--data", tmp_path / "ours.jsonl"]
    with pytest.raises(InputError, match="hold dialogues of 'holmes', and 'mira' is to be trained"):
        run("train", "update", adapter, *files)


def test_an_adapter_is_not_updated_in_place(tmp_path: Path):
    """The old one stays, also where --resume is said."""
    folder = tmp_path / "mira"
    folder.mkdir()
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "a/b"}', encoding="utf-8")
    write_dialogues(tmp_path / "new.jsonl", numbered(0, 4))
    common = ("train", "update", folder, "--data", tmp_path / "new.jsonl", "--out", folder, "--share", "0")
    with pytest.raises(InputError, match="is there already"):
        run(*common)
    with pytest.raises(InputError, match="holds something else"):
        run(*common, "--resume")
    assert [each.name for each in folder.iterdir()] == ["adapter_config.json"]


def test_update_without_old_dialogues_says_so(tmp_path: Path):
    """Forgetting is not risked unless it is asked for, with --share 0."""
    (tmp_path / "mira").mkdir()
    (tmp_path / "mira" / "adapter_config.json").write_text(
        '{"base_model_name_or_path": "nowhere"}', encoding="utf-8"
    )
    write_dialogues(tmp_path / "new.jsonl", numbered(0, 4))
    with pytest.raises(InputError, match="no old dialogues"):
        run("train", "update", tmp_path / "mira", "--data", tmp_path / "new.jsonl")
