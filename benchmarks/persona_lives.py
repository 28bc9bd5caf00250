"""Lives of made-up users, as dated turns with what is true after each; wordings come from a file."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from benchmarks.wordings import Wordings

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


# ── events: each gives False where it does not fit the life as it stands ─────────────────────────


def _home(life: Life) -> bool:
    if life.live("lives_in"):
        return False
    place = life.pick("places")
    had_one = any(truth.relation == "lives_in" for truth in life.truths)
    if not had_one and life.rng.random() < 0.3 and "home_since" in life.say:
        year = str(life.rng.randint(2012, 2022))
        life.tell("home_since", {"place": place, "year": year})
        life.begin("lives_in", place, since=year)
    else:
        life.tell("home", {"place": place})
        life.begin("lives_in", place, since=life.today if had_one else None)
    life.expect(hold=(("lives_in", place),))
    return True


def _move(life: Life) -> bool:
    if not (homes := life.live("lives_in")):
        return False
    old, place = homes[0], life.pick("places")
    life.tell("move", {"place": place, "old": old}, wording=life.rng.choice(("move", "move_from")))
    _moved(life, old, place, life.today)
    return True


def _move_dated(life: Life) -> bool:
    homes = [t for t in life.truths if t.relation == "lives_in" and t.until is None]
    if not homes or f"{homes[0].said:%Y-%m}" >= f"{life.now:%Y-%m}":
        return False
    place = life.pick("places")
    words, month = life.month_of_now()
    life.tell("move_dated", {"place": place, "month": words})
    _moved(life, homes[0].value, place, month)
    return True


def _return(life: Life) -> bool:
    former = [t.value for t in life.truths if t.relation == "lives_in" and t.until is not None]
    homes = life.live("lives_in")
    if not homes or not former or former[-1] == homes[0]:
        return False
    life.tell("return", {"place": former[-1]})
    _moved(life, homes[0], former[-1], life.today)
    return True


def _moved(life: Life, old: str, new: str, when: str) -> None:
    life.end("lives_in", old, when)
    life.begin("lives_in", new, since=when)
    life.expect(hold=(("lives_in", new),), gone=(("lives_in", old),), been=(("lives_in", old),))


def _history(life: Life) -> bool:
    homes = life.live("lives_in")
    if not homes:
        return False
    place = life.pick("places")
    life.tell("history", {"place": place, "year": str(life.early_year())})
    life.begin("lives_in", place, since="past", until="past")
    life.expect(hold=(("lives_in", homes[0]),), gone=(("lives_in", place),))
    return True


def _leave(life: Life) -> bool:
    if not (homes := life.live("lives_in")):
        return False
    life.tell("leave", {"old": homes[0]})
    life.end("lives_in", homes[0])
    life.expect(gone=(("lives_in", homes[0]),), been=(("lives_in", homes[0]),))
    return True


def _past_home(life: Life) -> bool:
    homes = life.live("lives_in")
    if not homes:
        return False
    place = life.pick("places")
    if life.rng.random() < 0.5:
        life.tell("past_home", {"place": place})
        life.begin("lives_in", place, since="past", until="past")
    else:
        year = life.early_year()
        life.tell("past_home_dated", {"place": place, "year": str(year), "year2": str(year + 5)})
        life.begin("lives_in", place, since=str(year), until=str(year + 5))
    life.expect(hold=(("lives_in", homes[0]),), gone=(("lives_in", place),), been=(("lives_in", place),))
    return True


def _correct_home(life: Life) -> bool:
    homes = life.live("lives_in")
    wrong, right = life.pick("places"), life.pick("places")
    life.tell("slip", {"place": wrong}, wording="move" if homes else "home")
    since = life.today if any(t.relation == "lives_in" for t in life.truths) else None
    if homes:
        life.end("lives_in", homes[0])
        since = life.today
    life.begin("lives_in", right, since=since)
    life.wait(0, 1)
    life.tell("correct_home", {"right": right, "wrong": wrong})
    life.expect(hold=(("lives_in", right),), gone=(("lives_in", wrong),))
    return True


def _joke_back(life: Life) -> bool:
    if not (homes := life.live("lives_in")):
        return False
    wrong = life.pick("places")
    life.tell("slip", {"place": wrong}, wording="move")
    life.wait(0, 1)
    life.tell("joke_back", {"wrong": wrong})
    life.expect(hold=(("lives_in", homes[0]),), gone=(("lives_in", wrong),))
    return True


def _adds(relation: str, words: str, slot: str, kind: str) -> Callable[[Life], bool]:
    """An event that tells one more value of a relation."""

    def event(life: Life) -> bool:
        if relation != "likes" and life.live(relation):
            return False
        value = life.pick(words)
        life.tell(kind, {slot: value})
        life.begin(relation, value)
        life.expect(hold=((relation, value),))
        return True

    return event


def _replaces(relation: str, words: str, slot: str, kind: str) -> Callable[[Life], bool]:
    """An event that names the old value and the new one."""

    def event(life: Life) -> bool:
        if not (old := life.live(relation)):
            return False
        value = life.pick(words)
        life.tell(kind, {"old": old[0], slot: value})
        life.end(relation, old[0])
        life.begin(relation, value, since=life.today)
        life.expect(hold=((relation, value),), gone=((relation, old[0]),), been=((relation, old[0]),))
        return True

    return event


def _ends(relation: str, slot: str, kind: str) -> Callable[[Life], bool]:
    """An event that ends a value."""

    def event(life: Life) -> bool:
        if not (old := life.live(relation)):
            return False
        value = life.rng.choice(old)
        life.tell(kind, {slot: value})
        life.end(relation, value)
        life.expect(gone=((relation, value),), been=((relation, value),))
        return True

    return event


def _again(relation: str, slot: str, kind: str) -> Callable[[Life], bool]:
    """A mention of what is known."""

    def event(life: Life) -> bool:
        if not (known := life.live(relation)):
            return False
        value = life.rng.choice(known)
        life.tell(kind, {slot: value})
        life.expect(hold=((relation, value),))
        return True

    return event


def _corrects(relation: str, words: str, slot: str, kind: str, first: str) -> Callable[[Life], bool]:
    """A slip and its correction."""

    def event(life: Life) -> bool:
        if relation != "likes" and life.live(relation):
            return False
        wrong, right = life.pick(words), life.pick(words)
        animal = life.rng.choice(life.words["kinds"])
        life.tell("slip", {slot: wrong, "kind": animal}, wording=first)
        life.begin(relation, right)
        life.wait(0, 1)
        life.tell(kind, {"right": right, "wrong": wrong})
        life.expect(hold=((relation, right),), gone=((relation, wrong),))
        return True

    return event


def _past_employer(life: Life) -> bool:
    employer, year = life.pick("employers"), life.rng.randint(1995, 2003)
    now = life.live("works_at")
    life.tell("past_employer", {"employer": employer, "year": str(year), "year2": str(year + 5)})
    life.begin("works_at", employer, since="past", until="past")
    life.expect(
        hold=tuple(("works_at", value) for value in now),
        gone=(("works_at", employer),),
        been=(("works_at", employer),),
    )
    return True


def _hobby_flip(life: Life) -> bool:
    if not (old := life.live("likes")):
        return False
    value = life.rng.choice(old)
    life.tell("hobby_flip", {"hobby": value})
    life.end("likes", value)
    life.begin("dislikes", value, since=life.today)
    life.expect(hold=(("dislikes", value),), gone=(("likes", value),), been=(("likes", value),))
    return True


def _hobby_never(life: Life) -> bool:
    value = life.pick("hobbies")
    life.tell("slip", {"hobby": value}, wording="hobby")
    life.wait(0, 2)
    life.tell("hobby_never", {"hobby": value})
    life.may_learn.add(("dislikes", value))
    life.expect(gone=(("likes", value),))
    return True


def _pet(life: Life) -> bool:
    if life.live("has_pet"):
        return False
    pet, kind = life.pick("pets"), life.rng.choice(life.words["kinds"])
    life.tell("pet", {"pet": pet, "kind": kind})
    life.begin("has_pet", pet)
    life.expect(hold=(("has_pet", pet),))
    life.used.add(f"kind of {pet}:{kind}")
    return True


def _pet_gone(life: Life) -> bool:
    kinds = {
        pet: word.partition(":")[2]
        for pet in life.live("has_pet")
        for word in life.used
        if word.startswith(f"kind of {pet}:")
    }
    if not kinds:
        return False
    (pet, kind), *_ = kinds.items()
    life.tell("pet_gone", {"pet": pet, "kind": kind})
    life.end("has_pet", pet)
    life.expect(gone=(("has_pet", pet),), been=(("has_pet", pet),))
    return True


def _divorce(life: Life) -> bool:
    if not (spouse := life.live("married_to")):
        return False
    life.tell("divorce")
    life.end("married_to", spouse[0])
    life.expect(gone=(("married_to", spouse[0]),), been=(("married_to", spouse[0]),))
    return True


def _null(kind: str) -> Callable[[Life], bool]:
    """A turn that teaches nothing."""

    def event(life: Life) -> bool:
        singular = {"places": "place", "employers": "employer", "jobs": "job", "hobbies": "hobby"}
        slots = {slot: life.pick(words) for words, slot in singular.items()}
        life.tell(kind, {"name": life.pick("names"), **slots}, by_user=kind != "assistant")
        life.used.difference_update(slots.values())
        return True

    return event


EVENTS: Mapping[str, Callable[[Life], bool]] = {
    "home": _home,
    "move": _move,
    "move_dated": _move_dated,
    "return": _return,
    "history": _history,
    "leave": _leave,
    "past_home": _past_home,
    "correct_home": _correct_home,
    "joke_back": _joke_back,
    "home_again": _again("lives_in", "place", "home_again"),
    "employer": _adds("works_at", "employers", "employer", "employer"),
    "new_employer": _replaces("works_at", "employers", "employer", "new_employer"),
    "quit": _ends("works_at", "old", "quit"),
    "past_employer": _past_employer,
    "job": _adds("works_as", "jobs", "job", "job"),
    "new_job": _replaces("works_as", "jobs", "job", "new_job"),
    "hobby": _adds("likes", "hobbies", "hobby", "hobby"),
    "hobby_again": _again("likes", "hobby", "hobby_again"),
    "hobby_end": _ends("likes", "hobby", "hobby_end"),
    "hobby_flip": _hobby_flip,
    "hobby_never": _hobby_never,
    "correct_hobby": _corrects("likes", "hobbies", "hobby", "correct_hobby", "hobby"),
    "pet": _pet,
    "pet_gone": _pet_gone,
    "correct_pet": _corrects("has_pet", "pets", "pet", "correct_pet", "pet"),
    "spouse": _adds("married_to", "names", "name", "spouse"),
    "divorce": _divorce,
    "name": _adds("is_called", "names", "name", "name"),
    "correct_name": _corrects("is_called", "names", "name", "correct_name", "name"),
} | {kind: _null(kind) for kind in NULL_KINDS}


def make_life(wordings: Wordings, language: str, rng: random.Random, num_events: int = 16) -> Life:
    """A life that opens with a home, a hobby and an employer and goes on as chance has it."""
    life = Life(language, rng, wordings[language]["words"], wordings[language]["say"])
    kinds = [kind for kind in EVENTS if kind in life.say]
    opening = ["home", "hobby", "employer"]
    rng.shuffle(opening)
    while len(life.turns) < num_events:
        kind = opening.pop() if opening else rng.choice(kinds)
        EVENTS[kind](life)
        life.wait(3, 40)
    return life


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
