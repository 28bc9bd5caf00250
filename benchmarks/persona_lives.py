"""Lives of made-up users, as dated turns with what is true after each; wordings come from a file."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

START = datetime(2024, 1, 10, 12, tzinfo=UTC)
NULL_KINDS = (
    "joke",
    "hypothetical",
    "quotation",
    "third_party",
    "question",
    "small_talk",
    "assistant",
)
"""Kinds of turns that must change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Something that is so in a life.

    Attributes:
        said: when the user first told it.
        since: since when it holds, as far as the words tell; None for an unknown beginning.
        until: the same for the end; None while it holds.
    """

    relation: str
    value: str
    said: datetime
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One turn, and what must be so right after it.

    Attributes:
        must_hold: relation and value pairs that are live then.
        must_not: pairs that are not.
        must_have_been: pairs that are on record as over.
    """

    at: datetime
    kind: str
    text: str
    by_user: bool = True
    must_hold: tuple[tuple[str, str], ...] = ()
    must_not: tuple[tuple[str, str], ...] = ()
    must_have_been: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """A question about a date: what held then.

    Attributes:
        unknown: values of which nobody can say: a former job without dates, or one that was told later
            without a beginning.
    """

    relation: str
    date: str
    values: frozenset[str]
    unknown: frozenset[str]
    kind: str


@dataclass(slots=True)
class Life:
    """One user's life in one language, told event by event.

    Attributes:
        may_learn: pairs that need not be learned and are not false either.
    """

    language: str
    rng: random.Random
    words: Mapping[str, list[str]]
    say: Mapping[str, list[str]]
    now: datetime = START
    turns: list[Said] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    may_learn: set[tuple[str, str]] = field(default_factory=set)
    earliest: int = 2011

    # ── words ────────────────────────────────────────────────────────────────────────────────

    def pick(self, kind: str) -> str:
        """A word that this life has not used yet; when all are used, one that does not hold now."""
        words = self.words[kind]
        if self.used.issuperset(words):
            holding = {truth.value for truth in self.truths if truth.until is None}
            self.used.difference_update(set(words) - holding)
        word = self.rng.choice([word for word in words if word not in self.used] or list(words))
        self.used.add(word)
        return word

    def tell(
        self,
        kind: str,
        slots: Mapping[str, str] | None = None,
        *,
        wording: str | None = None,
        by_user: bool = True,
    ) -> None:
        """Say something now; what must be so is put in by `expect`."""
        template = self.rng.choice(self.say[wording or kind])
        text = template.format_map(_Slots(slots or {}))
        self.turns.append(Said(at=self.now, kind=kind, text=text, by_user=by_user))

    def expect(
        self,
        *,
        hold: tuple[tuple[str, str], ...] = (),
        gone: tuple[tuple[str, str], ...] = (),
        been: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """What must be so after the last turn."""
        self.turns[-1] = replace(self.turns[-1], must_hold=hold, must_not=gone, must_have_been=been)

    def wait(self, low: int, high: int) -> None:
        """Let some days pass."""
        self.now += timedelta(days=self.rng.randint(low, high))

    @property
    def today(self) -> str:
        """The date of the present turn."""
        return self.now.date().isoformat()

    def early_year(self) -> int:
        """A year before all other old ones of this life, so that no two former stays overlap."""
        self.earliest -= 6
        return self.earliest

    # ── truth ────────────────────────────────────────────────────────────────────────────────

    def live(self, relation: str) -> list[str]:
        """Values that hold now."""
        return [truth.value for truth in self.truths if truth.relation == relation and truth.until is None]

    def begin(self, relation: str, value: str, since: str | None = None, until: str | None = None) -> None:
        """Something is so from now on."""
        self.truths.append(Truth(relation=relation, value=value, said=self.now, since=since, until=until))

    def end(self, relation: str, value: str, when: str | None = None) -> None:
        """Something is so no more."""
        self.truths = [
            replace(truth, until=when or self.today)
            if (truth.relation, truth.value, truth.until) == (relation, value, None)
            else truth
            for truth in self.truths
        ]

    def month_of_now(self) -> tuple[str, str]:
        """The present month in words, and as ISO 8601."""
        month = self.now.month
        names = self.words.get("months") or [""] * 12
        words = str(self.words["month_format"]).format(
            name=names[month - 1], year=self.now.year, number=month
        )
        return words, f"{self.now:%Y-%m}"


class _Slots(dict[str, str]):
    def __missing__(self, key: str) -> str:
        raise KeyError(f"No value for {{{key}}} in a wording.")


def questions_of(life: Life) -> Iterator[AsOf]:
    """What held in the middle of each stay, and in the middle of each job; asked at the end of the life."""
    for relation in ("lives_in", "works_at"):
        for truth in life.truths:
            if truth.relation == relation and truth.since != "past":
                yield from _question(life, truth)


def _question(life: Life, truth: Truth) -> Iterator[AsOf]:
    told_late = truth.until is not None and truth.until <= f"{truth.said:%Y}"
    start = _moment(truth.since) if told_late and truth.since else truth.said
    end = _moment(truth.until) if truth.until else life.now
    if (end - start).days < 2:
        return
    middle = start + (end - start) / 2
    values = frozenset({truth.value}) if told_late else frozenset(_held_at(life, truth.relation, middle))
    undated = {
        other.value
        for other in life.truths
        if other.relation == truth.relation
        and (other.since == "past" or (other.since is None and other.said > middle))
    }
    yield AsOf(
        relation=truth.relation,
        date=middle.date().isoformat(),
        values=values,
        unknown=frozenset(undated if truth.relation == "works_at" else ()),
        kind="past" if told_late else "present",
    )


def _held_at(life: Life, relation: str, when: datetime) -> Iterator[str]:
    for truth in life.truths:
        is_past = truth.since == "past" or (truth.until is not None and truth.until <= f"{truth.said:%Y}")
        if truth.relation != relation or is_past:
            continue
        begun = _moment(truth.since) <= when if truth.since else truth.said <= when
        if begun and (truth.until is None or when < _moment(truth.until)):
            yield truth.value


def _moment(date: str) -> datetime:
    year, month, day = (*map(int, date.split("-")), 1, 1)[:3]
    return datetime(year, month, day, tzinfo=UTC)
