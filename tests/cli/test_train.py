"""`roleagent train`: what it is asked to do is checked before anything slow, and what it writes is whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from roleagent import registry
from roleagent.cli.train import app
from roleagent.errors import InputError
from roleagent.gnn.salience import SalienceNetwork

pytestmark = pytest.mark.xdist_group("torch")

TINY = ["--embedder", "hash", "--language", "zh", "--worlds", "2", "--epochs", "1", "--layers", "0"]

KILLED = """
import os, signal, sys
from roleagent import registry
from roleagent.gnn.training import checkpoints, data, train
from tests.cli.test_train import fewer

registry.BUILT_IN["embedder"]["hash"] = "roleagent.testing.embedders:HashEmbedder"
data.characters_in = fewer(data.characters_in)
write = train.write_checkpoint

def write_and_die(*arguments, **options):
    write(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)

train.write_checkpoint = write_and_die
from roleagent.cli.train import app
app(["gnn", *sys.argv[1:]])
"""


def fewer(characters_in):
    """The first six characters: one to stop on, and five to train on."""
    return lambda language: characters_in(language)[:6]


@pytest.fixture
def _tiny(monkeypatch: pytest.MonkeyPatch):
    """A fake embedder, and few characters."""
    from roleagent.gnn.training import data

    monkeypatch.setitem(registry.BUILT_IN["embedder"], "hash", "roleagent.testing.embedders:HashEmbedder")
    monkeypatch.setattr(data, "characters_in", fewer(data.characters_in))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--language", "fr"], "no wordings in fr"),
        (["--out", "no/such/folder/x.safetensors", "--embedder", "hash"], "no folder"),
        (["--out", "x.md"], "NAME.safetensors"),
        (["--epochs", "0"], "epochs"),
        (["--device", "cuda:99"], "'cuda:99' cannot be used"),
    ],
)
def test_a_wrong_option_is_told_at_once(options, told):
    """Not after minutes."""
    result = CliRunner().invoke(app, ["gnn", *options])
    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())


@pytest.mark.usefixtures("_tiny")
def test_weights_card_and_curves_are_written(tmp_path: Path):
    """And no checkpoint is left; no bar is drawn where there is no terminal."""
    out = tmp_path / "w.safetensors"
    result = CliRunner().invoke(app, ["gnn", *TINY, "--out", str(out)], catch_exceptions=False)
    assert SalienceNetwork.load(out).embedder == "hash"
    assert {each.name for each in tmp_path.iterdir()} == {"w.safetensors", "w.md", "w.svg", "w.png"}
    assert "epoch 1: loss" in result.output
    assert "━" not in result.output
    card = (tmp_path / "w.md").read_text(encoding="utf-8")
    assert (
        "roleagent train gnn --embedder hash --language zh --worlds 2 --epochs 1 --layers 0 --seed 0 "
        "--device cpu --threads 1 --out w.safetensors"
    ) in card


@pytest.mark.usefixtures("_tiny")
def test_without_the_extra_only_the_svg_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Weights that took an hour must not be lost for a picture."""
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    out = tmp_path / "w.safetensors"
    result = CliRunner().invoke(app, ["gnn", *TINY, "--out", str(out)], catch_exceptions=False)
    assert {each.name for each in tmp_path.iterdir()} == {"w.safetensors", "w.md", "w.svg"}
    assert "pip install 'roleagent[draw]'" in result.output


@pytest.mark.slow
@pytest.mark.usefixtures("_tiny")
def test_a_killed_training_goes_on_to_the_same_weights(tmp_path: Path):
    """SIGKILL right after a checkpoint, then --resume: the same as if it had never been killed."""
    whole, killed = tmp_path / "whole.safetensors", tmp_path / "killed.safetensors"
    CliRunner().invoke(app, ["gnn", *TINY, "--out", str(whole)], catch_exceptions=False)
    options = [*TINY, "--out", str(killed), "--keep-every", "3"]
    root = Path(__file__).parent.parent.parent
    process = subprocess.run(
        [sys.executable, "-c", KILLED, *options],
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert process.returncode == -signal.SIGKILL, process.stderr
    assert not killed.exists()
    with pytest.raises(InputError, match="did not end"):
        CliRunner().invoke(app, ["gnn", *options], catch_exceptions=False)
    resumed = CliRunner().invoke(app, ["gnn", *options, "--resume"], catch_exceptions=False)
    assert "Resumed at step 4 of" in resumed.output
    ours, theirs = SalienceNetwork.load(whole), SalienceNetwork.load(killed)
    assert ours.temperature == theirs.temperature
    assert all(np.array_equal(ours.weights[name], theirs.weights[name]) for name in ours.weights)
    assert not killed.with_suffix(".checkpoint.safetensors").exists()
