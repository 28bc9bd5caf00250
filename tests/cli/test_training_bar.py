"""How a training tells of itself where there is no terminal."""

from __future__ import annotations

import pytest

from roleagent.cli import training_bar as module
from roleagent.cli.training_bar import training_bar
from roleagent.tuning.course import Look, Step


def step(number: int) -> Step:
    return Step(number=number, total=40, loss=2.0, terms={"lm": 2.0})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, in seconds."""
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_a_line_a_minute_with_the_time_that_is_left(clock: list[float], capsys: pytest.CaptureFixture[str]):
    with training_bar() as bar:
        for number in range(1, 11):
            bar.step(step(number))
            clock[0] += 15
    assert capsys.readouterr().out.splitlines() == [
        "step 5 of 40: language 2.000  about 9 min left",
        "step 9 of 40: language 2.000  about 8 min left",
    ]


def test_a_quick_training_shows_its_looks_alone(clock: list[float], capsys: pytest.CaptureFixture[str]):
    with training_bar() as bar:
        bar.look(Look(step=0, loss=3.0, terms={"lm": 3.0}, preferred=float("nan")))
        for number in range(1, 41):
            bar.step(step(number))
            clock[0] += 1
        bar.look(Look(step=40, loss=2.0, terms={"lm": 2.0}, preferred=0.75))
    assert capsys.readouterr().out.splitlines() == [
        "before training: held out language 3.000",
        "step 40: held out language 2.000  good before bad 75%",
    ]


def test_the_last_step_leaves_no_time(clock: list[float], capsys: pytest.CaptureFixture[str]):
    with training_bar() as bar:
        bar.step(step(39))
        clock[0] += 60
        bar.step(step(40))
    assert capsys.readouterr().out.splitlines()[-1] == "step 40 of 40: language 2.000"


def test_a_resumed_training_counts_its_own_steps(clock: list[float], capsys: pytest.CaptureFixture[str]):
    with training_bar() as bar:
        for number in range(21, 27):
            bar.step(step(number))
            clock[0] += 15
    assert capsys.readouterr().out.splitlines() == [
        "Resumed at step 21 of 40.",
        "step 25 of 40: language 2.000  about 4 min left",
    ]
