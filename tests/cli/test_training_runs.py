"""What a training of a chat model says of itself, in one process and in several."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from roleagent.cli.training_runs import run_recipe, running_command
from roleagent.tuning import recipes
from roleagent.tuning.course import Course
from roleagent.tuning.options import Options
from roleagent.tuning.recipe_data import Data
from roleagent.tuning.recipes import Made, Recipe

RECIPE = Recipe(
    name="x",
    model="tiny",
    persona=None,
    options=Options(),
    data=Data(learned=(), held_out=(), origin="A test."),
    command="train",
)


@pytest.mark.parametrize("rank", [0, 1])
def test_of_several_processes_the_first_alone_speaks_and_asks_probes(
    rank: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """The others wrote nothing, so they have no adapter of their own to ask, and no GPU to spare for it."""
    probed: list[float] = []

    def asked(*_: object, share: float, **__: Any) -> str:  # Any: what else the method takes
        probed.append(share)
        return "Probes right."

    course = Course(steps=(), looks=(), best=0, seconds=1.0, num_trained=1, num_tokens=1)
    made = Made(folder=tmp_path, course=course, files=(), leads=rank == 0)
    monkeypatch.setenv("RANK", str(rank))
    monkeypatch.setattr(recipes, "carry_out", lambda *_, **__: made)
    monkeypatch.setattr(Made, "probed", asked)
    run_recipe(RECIPE, tmp_path, resume=False, probes=0.5)
    told = capsys.readouterr().out
    assert probed == [0.5] * (rank == 0)
    assert ("Probes right." in told) == ("Loading tiny" in told) == (rank == 0)
    assert bool(told) == (rank == 0)


def test_the_command_on_a_card_makes_the_same_again(monkeypatch: pytest.MonkeyPatch):
    """With --resume it would go on with a training that is not there, or refuse one that has ended."""
    monkeypatch.setattr(sys, "argv", ["roleagent", "train", "persona", "holmes", "--resume", "--steps", "4"])
    assert running_command() == "roleagent train persona holmes --steps 4"
