"""`roleagent train affect`: what it is asked to do is checked before anything slow."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from roleagent.cli.app import app


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--data", "no/such/folder"], "does not exist"),
        ([], "--data"),
        (["--data", ".", "--epochs", "0"], "epochs"),
        (["--data", ".", "--out", "no/such/folder/x.safetensors"], "no folder"),
    ],
)
def test_a_wrong_option_is_told_at_once(options: list[str], told: str):
    """Not after minutes."""
    result = CliRunner().invoke(app, ["train", "affect", *options])
    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())


def test_a_folder_without_the_comments_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """With the name of the file that is missing."""
    from roleagent import registry
    from roleagent.testing.embedders import HashEmbedder

    monkeypatch.setattr(registry, "get", lambda *_: HashEmbedder())
    result = CliRunner().invoke(app, ["train", "affect", "--data", str(tmp_path)])
    assert "original_train.tsv cannot be read" in str(result.exception)
