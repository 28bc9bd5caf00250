"""`roleagent train`: what it is asked to do is checked before anything slow."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from roleagent.cli.train import app


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--language", "fr"], "no wordings in fr"),
        (["--out", "no/such/folder/x.safetensors", "--embedder", "hash"], "no folder"),
        (["--epochs", "0"], "epochs"),
    ],
)
def test_a_wrong_option_is_told_at_once(options, told):
    """Not after minutes."""
    result = CliRunner().invoke(app, ["gnn", *options])
    assert result.exit_code == 2
    assert told in result.output.replace("\n", " ")
