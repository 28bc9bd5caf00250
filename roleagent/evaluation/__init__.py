"""Measure whether a character answers right: suites of questions, checks of the replies, figures, reports.

suite.py        what is asked and expected, as values
document.py     the format of suite files
reading.py      suites from files
probes.py       suites made from a persona graph
questions.py    questions about facts of a graph
wordings.py     the words of made suites, English and Chinese
checks.py       what a reply must do
telling.py      does a text tell a fact?
respondents.py  who answers: a character of this library
plain.py        who else answers: the same model with one prompt
staging.py      what a scene is played with: seeds, and tools and files that exist in the suite only
playing.py      holds the scenes of a suite
asserting.py    a suite as an assertion, for pytest
journal.py      results on disk, so that a run can go on
results.py      results and their figures
voice.py        does the character sound like itself?
twins.py        a persona with invented names
reports.py      results as JSON and JUnit XML
page.py         results as a page to read
page_replies.py its questions and replies
markup.py       the elements of a page
traits/         the Big Five: statements answered in role, beside what the persona declares
bias/           the same scenes with the people in them swapped: is anybody treated unlike?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from roleagent._lazy import loader

if TYPE_CHECKING:
    from roleagent.evaluation.asserting import check_suite as check_suite
    from roleagent.evaluation.journal import Journal as Journal
    from roleagent.evaluation.plain import PlainRespondent as PlainRespondent
    from roleagent.evaluation.playing import (
        play as play,
        run_suite as run_suite,
        run_suite_sync as run_suite_sync,
    )
    from roleagent.evaluation.probes import make_suite as make_suite
    from roleagent.evaluation.reading import read_suite as read_suite
    from roleagent.evaluation.respondents import AgentRespondent as AgentRespondent
    from roleagent.evaluation.results import (
        Result as Result,
        Tally as Tally,
        compare as compare,
        summary as summary,
        tally as tally,
    )
    from roleagent.evaluation.traits.measuring import (
        TraitMeasurement as TraitMeasurement,
        measure_traits as measure_traits,
        measure_traits_sync as measure_traits_sync,
    )
    from roleagent.evaluation.twins import twin_of as twin_of
    from roleagent.evaluation.voice import voice_of as voice_of
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
    "Journal": "roleagent.evaluation.journal",
    "PlainRespondent": "roleagent.evaluation.plain",
    "Result": "roleagent.evaluation.results",
    "Scene": "roleagent.evaluation.suite",
    "Session": "roleagent.evaluation.suite",
    "Step": "roleagent.evaluation.suite",
    "Suite": "roleagent.evaluation.suite",
    "Tally": "roleagent.evaluation.results",
    "TraitMeasurement": "roleagent.evaluation.traits.measuring",
    "check_suite": "roleagent.evaluation.asserting",
    "compare": "roleagent.evaluation.results",
    "make_suite": "roleagent.evaluation.probes",
    "measure_traits": "roleagent.evaluation.traits.measuring",
    "measure_traits_sync": "roleagent.evaluation.traits.measuring",
    "play": "roleagent.evaluation.playing",
    "read_suite": "roleagent.evaluation.reading",
    "run_suite": "roleagent.evaluation.playing",
    "run_suite_sync": "roleagent.evaluation.playing",
    "summary": "roleagent.evaluation.results",
    "tally": "roleagent.evaluation.results",
    "twin_of": "roleagent.evaluation.twins",
    "voice_of": "roleagent.evaluation.voice",
}

__all__ = sorted(_HOME_OF)
__getattr__ = loader(__name__, _HOME_OF)
