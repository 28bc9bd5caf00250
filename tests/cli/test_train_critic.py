"""`roleagent train critic`: what it is asked to do is checked before anything slow."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from roleagent import registry
from roleagent.cli.app import app
from roleagent.critics.harm_head import MADE_BY
from roleagent.critics.kernel_head import KernelHead
from roleagent.critics.training import harm
from roleagent.critics.training.twins import shipped_twins
from roleagent.testing.embedders import HashEmbedder


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--folds", "1"], "folds"),
        (["--language", "fr"], "choose en or zh"),
        (["--out", "no/such/folder/x.safetensors"], "no folder"),
        (["--out", "x.bin"], "not 'x.bin'"),
    ],
)
def test_a_wrong_option_is_told_at_once(options: list[str], told: str):
    """Not after a minute."""
    result = CliRunner().invoke(app, ["train", "critic", "safety", *options])
    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())


def test_it_writes_weights_and_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The weights load, and the card names the command that makes them again."""
    monkeypatch.setattr(registry, "get", lambda *_: HashEmbedder())
    for name in ("shipped_talk", "shipped_groups"):
        monkeypatch.setattr(harm, name, lambda _: ())
    few = shipped_twins("en")[::20]
    monkeypatch.setattr(harm, "shipped_twins", lambda _: few)
    out = tmp_path / "harm.safetensors"
    result = CliRunner().invoke(
        app, ["train", "critic", "safety", "--out", str(out), "--language", "en", "--seed", "3"]
    )
    assert result.exit_code == 0, result.output
    assert "Threshold of any:" in result.output
    assert KernelHead.load(out, made_by=MADE_BY).languages == ("en",)
    assert "--language en --folds 5 --seed 3" in out.with_suffix(".md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("command", "options", "told"),
    [
        ("contradiction", ["--add", "decode"], "is not FORM:FILE"),
        ("contradiction", ["--add", "xnli:a.tsv"], "with a form of decode"),
        ("contradiction", ["--out", "no/such/folder/x.safetensors"], "no folder"),
        ("relevance", ["--epochs", "0"], "epochs"),
    ],
)
def test_a_wrong_option_of_a_head_of_pairs_is_told(command: str, options: list[str], told: str):
    """Before anything is embedded."""
    result = CliRunner().invoke(app, ["train", "critic", command, *options])
    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())


def test_a_head_of_pairs_is_written_with_its_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The card tells the data, and that weights trained on some of it may not be shipped."""
    from roleagent.critics.pair_head import PairHead
    from roleagent.critics.training import contradiction

    monkeypatch.setattr(registry, "get", lambda *_: HashEmbedder())
    monkeypatch.setattr(contradiction, "LANGUAGES", ())
    monkeypatch.setattr(contradiction, "_shipped", lambda *_: iter(()))
    data, out = tmp_path / "decode.tsv", tmp_path / "mine.safetensors"
    data.write_text(
        "".join(f"I like {n}.\tI hate {n}.\t0\nI like {n}.\tIt rains.\t1\n" for n in range(9)), "utf-8"
    )
    result = CliRunner().invoke(
        app,
        ["train", "critic", "contradiction", "--add", f"decode:{data}", "--out", str(out), "--epochs", "1"],
    )
    assert result.exit_code == 0, result.output
    assert "AUC on what was held out" in result.output
    assert PairHead.load(out, made_by="").classes == ("neutral", "agrees", "contradicts")
    card = out.with_suffix(".md").read_text(encoding="utf-8")
    assert "may not be shipped" in card
    assert "--add decode:decode.tsv --epochs 1" in card
