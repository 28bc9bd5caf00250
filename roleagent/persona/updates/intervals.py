"""The order of dates that are known to different precision; None is never or for ever, as the place says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from roleagent.persona.dates import is_before, parse_date
from roleagent.persona.graph import PersonaGraph
from roleagent.types import Fact

_FIRST = datetime.min.replace(tzinfo=UTC)  # canon was always on record


def day(at: datetime) -> str:
    """The date of a moment, ISO 8601."""
    return at.date().isoformat()


def certainly_before(first: str | None, second: str | None) -> bool:
    """Whether one date surely lies before another; False where either is unknown.

    >>> certainly_before("2019", "2021-03"), certainly_before("2021", "2021-03")
    (True, False)
    """
    if first is None or second is None or parse_date(first) is None or parse_date(second) is None:
        return False
    return is_before(first, second)


def known_since(fact: Fact) -> str | None:
    """The first day on which a fact is on record as holding: its beginning, else the day it was learned."""
    if fact.valid_from is not None or fact.recorded_at is None:
        return fact.valid_from
    return day(fact.recorded_at)


def first_version(graph: PersonaGraph, fact: Fact) -> Fact:
    """What the record said of a fact at first, before it noted an end."""
    versions = [old for old in graph.history if old.id == fact.id and old.recorded_at is not None]
    return min((*versions, fact), key=lambda version: version.recorded_at or _FIRST)


def is_retracted(fact: Fact) -> bool:
    """Whether a fact was taken back as never having held: its time is empty, from a date to the same date."""
    return fact.valid_to is not None and fact.valid_to == fact.valid_from


def retracted(fact: Fact, *, at: datetime) -> Fact:
    """A fact taken back: it held at no time, and the record says since when it is known to be wrong.

    Its interval is empty, and `superseded_at` tells it from something that held for a day.
    """
    never = fact.valid_from or known_since(fact) or day(at)
    return replace(fact, valid_from=never, valid_to=never, superseded_at=at)


def ended(fact: Fact, when: str) -> Fact:
    """A fact that held until a date, or until its own beginning if that is later."""
    if certainly_before(when, fact.valid_from):
        return replace(fact, valid_to=fact.valid_from)
    return replace(fact, valid_to=when)
