"""`roleagent train critic`: what it is asked to do is checked before anything slow."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from roleagent import registry
from roleagent.cli.app import app
from roleagent.critics.harm_head import HarmHead
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
    assert "Threshold of any harm" in result.output
    assert HarmHead.load(out).languages == ("en",)
    assert "--language en --folds 5 --seed 3" in out.with_suffix(".md").read_text(encoding="utf-8")
