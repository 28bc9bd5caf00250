"""Measure whether a character answers right: suites, checks, and the respondents that are compared."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roleagent.evaluation.playing import Journal, play, run_suite, run_suite_sync
    from roleagent.evaluation.probes import make_suite
    from roleagent.evaluation.reading import read_suite
    from roleagent.evaluation.respondents import AgentRespondent, PlainRespondent
    from roleagent.evaluation.results import Result, Tally, compare, summary, tally
    from roleagent.evaluation.suite import Check, Heard, Scene, Session, Step, Suite

_HOME_OF = {
    "AgentRespondent": "roleagent.evaluation.respondents",
    "Check": "roleagent.evaluation.suite",
    "Heard": "roleagent.evaluation.suite",
    "Journal": "roleagent.evaluation.playing",
    "PlainRespondent": "roleagent.evaluation.respondents",
    "Result": "roleagent.evaluation.results",
    "Scene": "roleagent.evaluation.suite",
    "Session": "roleagent.evaluation.suite",
    "Step": "roleagent.evaluation.suite",
    "Suite": "roleagent.evaluation.suite",
    "Tally": "roleagent.evaluation.results",
    "compare": "roleagent.evaluation.results",
    "make_suite": "roleagent.evaluation.probes",
    "play": "roleagent.evaluation.playing",
    "read_suite": "roleagent.evaluation.reading",
    "run_suite": "roleagent.evaluation.playing",
    "run_suite_sync": "roleagent.evaluation.playing",
    "summary": "roleagent.evaluation.results",
    "tally": "roleagent.evaluation.results",
}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:  # Any: whatever the name stands for
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'roleagent.evaluation' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)
