"""Progress is told often enough to watch and seldom enough not to cost."""

from __future__ import annotations

from roleagent.weights.files import Meter, Progress


def test_the_first_and_the_last_step_are_always_told(told):
    """A bar appears at once and reaches its end."""
    meter = Meter(told, model="m", doing="fetching", total=3000)
    for _ in range(3000):
        meter.advance(1)
    assert told.events[0] == Progress(model="m", doing="fetching", done=1, total=3000)
    assert told.events[-1] == Progress(model="m", doing="fetching", done=3000, total=3000)


def test_steps_in_between_are_thinned_out(told):
    """Thousands of small chunks do not become thousands of redraws."""
    meter = Meter(told, model="m", doing="fetching", total=3000)
    for _ in range(2999):
        meter.advance(1)
    assert len(told.events) < 100


def test_bytes_can_be_taken_back(told):
    """A transfer that starts over does not count twice."""
    meter = Meter(told, model="m", doing="fetching", total=10)
    meter.advance(6)
    meter.advance(-6)
    meter.advance(10)
    assert told.events[-1].done == 10
