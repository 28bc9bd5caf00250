"""Progress in a log file."""

from __future__ import annotations

from roleagent.cli.models import SparseLog


def test_a_log_is_told_each_quarter_and_each_half_minute():
    """A fetch of a gigabyte that says nothing looks as if it hung."""
    lines: list[str] = []
    now = [0.0]
    log = SparseLog(lines.append, clock=lambda: now[0])
    for done in range(0, 101, 5):
        log.tell("big: fetching", done * 1, 100)
    assert lines == [f"big: fetching: {share}%" for share in (25, 50, 75, 100)]
    log.tell("slow: fetching", 0, 100)
    now[0] = 31
    log.tell("slow: fetching", 1, 100)
    assert lines[-1] == "slow: fetching: 1%"
