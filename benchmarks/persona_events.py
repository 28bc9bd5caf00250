"""What happens in the lives of `persona_lives`: events, each of which gives False where it does not fit."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from benchmarks.persona_lives import NULL_KINDS, Life
from benchmarks.wordings import Wordings


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
