"""What came of a fault, as one row of a table, and how the state of a home afterwards is judged."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from benchmarks.faults.workers import Job, Outcome, Workers, turn

WAYS_OUT = re.compile(
    "free some space|check its|put back a copy|upgrade roleagent|choose another home|chroma run"
    "|is rebuilt|the record is searched|record is whole|try again",
    re.IGNORECASE,
)


@dataclass(slots=True, kw_only=True)
class Tally:
    """One row: a fault, brought about some times.

    Attributes:
        times: how often.
        acknowledged: turns that were acknowledged in all.
        lost: how many of these were not there, whole, afterwards.
        errors: how many errors and warnings were told.
        unclear: those that name no way out, or are none of ours.
        degraded: how often recall answered rightly at once, while there was no index.
        restored: how often the index agreed with the record, later.
        crashed: how often a process ended that nobody killed.
        reopen_s: seconds until the first recall after opening.
        notes: what else is to be known.
    """

    fault: str
    times: int = 0
    acknowledged: int = 0
    lost: int = 0
    errors: int = 0
    unclear: list[str] = field(default_factory=list)
    degraded: int = 0
    restored: int = 0
    crashed: int = 0
    reopen_s: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def tell(self, errors: Sequence[str]) -> None:
        """Count errors and warnings."""
        self.errors += len(errors)
        self.unclear += [error for error in errors if not WAYS_OUT.search(error)]

    def take(self, outcome: Outcome) -> None:
        """Count what a worker said that was killed, or that went through a fault."""
        self.acknowledged += len(outcome.acknowledged)
        self.tell(outcome.refused)
        if outcome.error:
            self.tell([outcome.error])
            if outcome.kind == "unforeseen":
                self.unclear.append(outcome.error)

    def inspect(self, workers: Workers, job: Job, acknowledged: Collection[int]) -> Outcome:
        """Open a home in a process of its own, and judge it by what had been acknowledged."""
        queries = sorted(acknowledged)[:: max(len(acknowledged) // 4, 1)][-5:]
        outcome = workers.run({**job, "do": "inspect", "queries": queries})
        self.times += 1
        self.crashed += outcome.ended != 0
        self.take(outcome)
        if outcome.report is not None:
            self._judge(outcome.report, queries, acknowledged)
        return outcome

    def _judge(
        self, report: dict[str, object], queries: Sequence[int], acknowledged: Collection[int]
    ) -> None:
        texts, facts = report["texts"], report["facts"]
        at_once, later, log = report["at_once"], report["later"], report["log"]
        assert isinstance(texts, dict)
        assert isinstance(facts, list)
        assert isinstance(at_once, list)
        assert isinstance(later, list)
        assert isinstance(log, list)
        wanted = [f"user-{number}" for number in queries]  # each is the only one that holds its query
        self.lost += len(lost_turns(texts, facts, acknowledged))
        self.degraded += all(id_ in found for id_, found in zip(wanted, at_once, strict=True))
        is_found = all(id_ in found for id_, found in zip(wanted, later, strict=True))
        self.restored += is_found and report["num_indexed"] == len(texts) and not report["is_down"]
        self.tell(log)
        self.reopen_s.append(float(str(report["reopen_s"])))


def lost_turns(texts: dict[str, str], facts: Sequence[str], acknowledged: Collection[int]) -> list[int]:
    """The acknowledged turns that are not there with both episodes, word for word, and the fact."""
    known = set(facts)
    return [number for number in acknowledged if not _is_whole(number, texts, known)]


def _is_whole(number: int, texts: dict[str, str], facts: set[str]) -> bool:
    episodes, update = turn(number)
    return update.added[0].id in facts and all(texts.get(each.id) == each.text for each in episodes)
