"""What happens to facts when their source episodes are erased. Only values: `forgetting` writes the result.

A version of a fact is judged by what it added to the version before it: a new source or, without one, the
episode at the moment of which it was recorded. A version that rests only on erased episodes is erased, and so
is whatever ended it. If it had superseded another version, that one is current again, unless a later one has
replaced it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from roleagent.types import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVersion:
    """One row of the table of facts: its number, and what it says."""

    seq: int
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What is erased, as far as facts depend on it.

    Attributes:
        episodes: ids.
        moments: when these episodes were.
        facts: ids of facts to erase whatever they rest on.
        before: also erase facts without any source that were recorded earlier; None keeps them.
        standing: ids of remaining episodes that facts name as sources.
    """

    episodes: Collection[str]
    moments: Collection[datetime]
    facts: Collection[str]
    before: datetime | None
    standing: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlearned:
    """The rows to delete, and the rows to rewrite."""

    gone: tuple[StoredVersion, ...]
    changed: tuple[StoredVersion, ...]


def unlearn(versions: Sequence[StoredVersion], erased: Erased) -> Unlearned:
    """Judge all versions of all facts of a persona and user, given in the order of the record."""
    by_fact = sorted(versions, key=lambda version: (version.fact.id, version.seq))
    gone: list[StoredVersion] = []
    left: list[StoredVersion] = []
    for _, group in groupby(by_fact, key=lambda version: version.fact.id):
        story = list(group)
        going = _going(story, erased)
        gone += [version for version, goes in zip(story, going, strict=True) if goes]
        left += _mended(story, going, erased)
    before = {version.seq: version for version in versions}
    told = _without_contradiction(left, before)
    return Unlearned(
        gone=tuple(gone), changed=tuple(version for version in told if version != before[version.seq])
    )


def _going(story: Sequence[StoredVersion], erased: Erased) -> list[bool]:
    """Which versions of one fact must be erased."""
    going: list[bool] = []
    for place, version in enumerate(story):
        before = story[place - 1] if place else None
        inherits = before is not None and _goes_on_from(version.fact, before.fact)
        is_end = inherits and version.fact.valid_to is not None
        going.append(
            version.fact.id in erased.facts
            or (is_end and going[-1])
            or _rests_on_nothing(version.fact, version.fact.evidence, erased)
            or (inherits and before is not None and _adds_nothing(version.fact, before.fact, erased))
        )
    return going


def _goes_on_from(fact: Fact, before: Fact) -> bool:
    return before.superseded_at == fact.recorded_at and set(before.evidence) <= set(fact.evidence)


def _adds_nothing(fact: Fact, before: Fact, erased: Erased) -> bool:
    own = tuple(source for source in fact.evidence if source not in before.evidence)
    return _rests_on_nothing(fact, own, erased)


def _rests_on_nothing(fact: Fact, sources: Sequence[str], erased: Erased) -> bool:
    """Whether all evidence for a version is erased."""
    if sources:
        is_touched = any(source in erased.episodes for source in sources)
        return is_touched and not any(source in erased.standing for source in sources)
    is_old = not fact.evidence and _is_before(fact.recorded_at, erased.before)
    return is_old or fact.recorded_at in erased.moments


def _is_before(at: datetime | None, limit: datetime | None) -> bool:
    return at is not None and limit is not None and at < limit


def _mended(story: Sequence[StoredVersion], going: Sequence[bool], erased: Erased) -> Iterator[StoredVersion]:
    """The remaining versions, without erased sources; some are current again after the erasure."""
    for place, version in enumerate(story):
        if not going[place]:
            fact = version.fact
            evidence = tuple(source for source in fact.evidence if source not in erased.episodes)
            until = _until(story, going, place, erased)
            yield replace(version, fact=replace(fact, evidence=evidence, superseded_at=until))


def _until(
    story: Sequence[StoredVersion], going: Sequence[bool], place: int, erased: Erased
) -> datetime | None:
    """When a remaining version is superseded, once the others are gone."""
    until, rest = story[place].fact.superseded_at, range(place + 1, len(story))
    for later in rest:
        if until is None or until != story[later].fact.recorded_at or not going[later]:
            break
        until = story[later].fact.superseded_at
    was_retracted = until in erased.moments and all(going[later] for later in rest)
    return None if was_retracted else until


def _without_contradiction(
    versions: Sequence[StoredVersion], before: Mapping[int, StoredVersion]
) -> Iterator[StoredVersion]:
    """Keep a version superseded if it would contradict a value that was learned later."""
    for version in versions:
        was = before[version.seq].fact
        stands_again = was.superseded_at is not None and version.fact.superseded_at is None
        if stands_again and any(_takes_the_place(other.fact, version.fact, was) for other in versions):
            yield replace(version, fact=replace(version.fact, superseded_at=was.superseded_at))
        else:
            yield version


def _takes_the_place(other: Fact, fact: Fact, was: Fact) -> bool:
    holds = other.superseded_at is None and other.valid_to is None
    is_rival = other.id != fact.id and (other.subject, other.relation) == (fact.subject, fact.relation)
    return holds and is_rival and not _is_before(other.recorded_at, was.superseded_at)
