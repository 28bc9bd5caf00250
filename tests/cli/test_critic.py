"""`roleagent critic replay`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from roleagent import Agent, Parts
from roleagent.cli import main
from roleagent.cli.app import app
from roleagent.testing import FirstFacts, HashEmbedder, ScriptedModel


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The log of one turn."""
    parts = Parts(embedder=HashEmbedder(), ranker=FirstFacts(), perceptors=[], guards=["injection:patterns"])
    path = tmp_path / "log.jsonl"
    with Agent(
        "holmes", model=ScriptedModel(["Pray sit down."]), on_disk=False, parts=parts, critic_log=path
    ) as agent:
        agent.run_sync("Good evening.", user_id="violet")
    return path


def test_all_the_same_is_0(log: Path):
    """A check in CI needs the code alone."""
    ran = CliRunner().invoke(app, ["critic", "replay", str(log)])
    assert ran.exit_code == 0
    assert ran.output.endswith("verdicts are the same\n")


def test_a_difference_is_1_and_is_shown(log: Path):
    """What it was, and what it is now."""
    changed = log.read_text("utf-8").replace(
        '"verdict":{"critic":"role","ok":true', '"verdict":{"critic":"role","ok":false,"reason":"Odd."'
    )
    log.write_text(changed, "utf-8")
    ran = CliRunner().invoke(app, ["critic", "replay", str(log)])
    assert ran.exit_code == 1
    assert '  reason: was "Odd.", now absent' in ran.output


def test_json_holds_the_figures(log: Path):
    """For other programs."""
    ran = CliRunner().invoke(app, ["critic", "replay", str(log), "--json", "--persona", "holmes"])
    told = json.loads(ran.output)
    assert told["num_again"] == told["num_agree"] > 0
    assert told["differences"] == []


def test_a_broken_log_is_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """With file and line, and no stack trace."""
    path = tmp_path / "log.jsonl"
    path.write_text("{}\n")
    monkeypatch.setattr("sys.argv", ["roleagent", "critic", "replay", str(path)])
    with pytest.raises(SystemExit) as raised:
        main()
    assert raised.value.code == 2
    assert f"{path}:1: " in capsys.readouterr().err
