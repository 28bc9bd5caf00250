"""Measure whether a character answers right: suites of questions, checks of the replies, figures, reports.

suite.py        what is asked and expected, as values
checks.py       what a reply must do
telling.py      does a text tell a fact?
reading.py      suites from files
probes.py       suites made from a persona graph
questions.py    questions about facts of a graph
wordings.py     the words of made suites, English and Chinese
respondents.py  who answers: a character, or the same model with one plain prompt
playing.py      holds the scenes of a suite
results.py      results and their figures
reports.py      results as JSON, JUnit XML and a page
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from roleagent._lazy import loader

if TYPE_CHECKING:
    from roleagent.evaluation.playing import (
        Journal as Journal,
        play as play,
        run_suite as run_suite,
        run_suite_sync as run_suite_sync,
    )
    from roleagent.evaluation.probes import make_suite as make_suite
    from roleagent.evaluation.reading import read_suite as read_suite
    from roleagent.evaluation.respondents import (
        AgentRespondent as AgentRespondent,
        PlainRespondent as PlainRespondent,
    )
    from roleagent.evaluation.results import (
        Result as Result,
        Tally as Tally,
        compare as compare,
        summary as summary,
        tally as tally,
    )
    from roleagent.evaluation.suite import (
        Check as Check,
        Heard as Heard,
        Scene as Scene,
        Session as Session,
        Step as Step,
        Suite as Suite,
    )

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
__getattr__ = loader(__name__, _HOME_OF)
