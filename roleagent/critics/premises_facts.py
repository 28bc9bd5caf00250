"""What a sentence takes for granted against a fact: feelings, ends, the dead, goals, ages and places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from roleagent.critics.agreement import agrees, places_in
from roleagent.critics.premises_kin import kin_words
from roleagent.critics.premises_known import Known, pattern_of
from roleagent.critics.premises_words import same_work
from roleagent.language.dates import parse_date
from roleagent.language.numbers import read_number
from roleagent.language.scripts import has_han
from roleagent.language.tokens import words
from roleagent.persona.referents import referents
from roleagent.types import Doubt, Fact

_AGAINST = ("dislikes", "fears", "hates", "enemy_of", "avoids")
_FOR = ("likes", "loves", "friend_of")
_STATES = (
    "lives_in", "works_at", "works_as", "member_of", "owns", "has_pet", "married_to", "engaged_to", "serves",
    "student_of", "teacher_of", "studied_at", "plays",
)  # fmt: skip
_YEARS_UNSURE = 2  # by which an age reckoned from a year may be off


def of_facts(sentence: str, known: Known) -> Iterator[Doubt]:
    """Everything in a sentence that a fact of those whom it names says otherwise."""
    named = [*known.mentioned(sentence), *_meant(sentence, known)]
    yield from _of_ages(sentence, known)
    if known.is_supposed(sentence):
        return
    is_open = pattern_of(known.table["open"]).search(sentence) is not None
    facts = list(dict.fromkeys(fact for node_id in named for fact in known.graph.facts_of(node_id)))
    if not is_open:
        yield from _of_feelings(sentence, facts, known)
        yield from _of_ends(sentence, facts, known)
    yield from _of_the_dead(sentence, named, known)
    yield from _of_places(sentence, named, known)


def _meant(sentence: str, known: Known) -> Sequence[str]:
    return referents(sentence, known.graph, known.own_id, language=known.persona.language)


def _speaks_of(node_id: str, sentence: str, known: Known) -> bool:
    if node_id == known.own_id:
        return pattern_of(known.table["addressed"]).search(sentence) is not None
    return node_id in known.mentioned(sentence) or node_id in _meant(sentence, known)


# ── feelings ─────────────────────────────────────────────────────────────────────────────


def _of_feelings(sentence: str, facts: Sequence[Fact], known: Known) -> Iterator[Doubt]:
    """Love where there is hatred, and the other way round."""
    feels = known.table["feelings"]
    negated = pattern_of(feels["negated"]).search(sentence)
    for relations, pattern in ((_AGAINST, feels["love"]), (_FOR, feels["hatred"])):
        match = pattern_of(pattern).search(sentence)
        if match is None or negated:
            continue
        for fact in facts:
            ends = (fact.subject, fact.object)
            if fact.relation in relations and all(_speaks_of(each, sentence, known) for each in ends):
                yield known.doubt("other", match.group().strip(), facts=[fact])
                return


# ── what is over, and is not ─────────────────────────────────────────────────────────────


def _of_ends(sentence: str, facts: Sequence[Fact], known: Known) -> Iterator[Doubt]:
    """An end of what still goes on: the place left, the trade given up, the pupil sent away."""
    for pattern in known.table["ends"]:
        match = pattern_of(pattern).search(sentence)
        if match is None or pattern_of(known.table["for_now"]).search(sentence):
            continue
        own = known.graph.facts_of(known.own_id)
        for fact in dict.fromkeys((*facts, *own)):
            if (
                fact.relation in _STATES
                and fact.valid_to is None
                and _speaks_of(fact.subject, sentence, known)
                and _has_as_end(fact, sentence, match.start(), known)
                and not _is_over(fact, match, known)
            ):
                yield known.doubt("still", match.group().strip(), facts=[fact])
                return


def _has_as_end(fact: Fact, sentence: str, start: int, known: Known) -> bool:
    """Whether a sentence names the object of a state, or the work from where its verb begins."""
    if fact.relation == "works_as":
        label = known.graph.nodes[fact.object].label
        return any(same_work(one, other) for one in words(sentence[start:]) for other in words(label))
    return _speaks_of(fact.object, sentence, known)


def _is_over(fact: Fact, match: re.Match[str], known: Known) -> bool:
    """Whether the fact itself, or another sentence about its object, tells of the end."""
    label = known.graph.nodes[fact.object].label
    return known.tells_both(re.escape(label), known.table["over"])


# ── the dead ─────────────────────────────────────────────────────────────────────────────


def _of_the_dead(sentence: str, named: Sequence[str], known: Known) -> Iterator[Doubt]:
    """Somebody dead who is spoken of as if alive."""
    if pattern_of(known.table["dead"]["spoken_of"]).search(sentence):
        return
    gone = [fact.object for fact in known.graph.facts_of(known.own_id) if fact.valid_to is not None]
    for node_id in dict.fromkeys((*named, *gone)):
        node = known.graph.nodes[node_id]
        fact = _death_of(node_id, known) if node.type in ("person", "animal") else None
        if fact is None:
            continue
        by_name = sorted(map(re.escape, (node.label, *node.aliases)), key=len)[::-1]
        ties = (tie for tie in known.graph.facts_of(known.own_id) if tie.object == node_id)
        names = "|".join((*by_name, *(word for tie in ties for word in kin_words(tie, known))))
        alive = pattern_of(known.table["dead"]["alive"].replace("{{name}}", names))
        if match := alive.search(sentence):
            yield known.doubt("dead", match.group().strip(" ,，"), facts=[fact], name=node.label)
            return


def _death_of(node_id: str, known: Known) -> Fact | None:
    node = known.graph.nodes[node_id]
    for fact in known.graph.facts_of(node_id):
        if fact.subject == node_id and fact.relation in ("died_on", "died_in"):
            return fact
        names = "|".join(map(re.escape, (node.label, *node.aliases)))
        died = known.table["dead"]["died"].replace("{{name}}", names)
        if re.search(died, fact.text):
            return fact
    return None


# ── ages and places ──────────────────────────────────────────────────────────────────────


def _of_ages(sentence: str, known: Known) -> Iterator[Doubt]:
    """An age that the character does not have; with only a year of birth, one that is far off."""
    for pattern, is_past in known.table["ages"]:
        match = pattern_of(pattern).search(sentence)
        number = read_number(match["value"]) if match else None
        if match is None or number is None or number < 1:
            continue
        fact, age, unsure = _age(known)
        if fact is None or age is None:
            return
        is_wrong = number > age + unsure if is_past else abs(number - age) > unsure
        if is_wrong:
            yield known.doubt("other", match.group().strip(" ,，"), facts=[fact])
            return


def _age(known: Known) -> tuple[Fact | None, int | None, int]:
    """The fact that tells the character's age, the age, and how far it may be off."""
    aged = known.graph.values(known.own_id, "aged")
    if len(aged) == 1:
        return aged[0], read_number(known.graph.nodes[aged[0].object].label), 0
    born = known.graph.values(known.own_id, "born_on")
    until = known.persona.horizon.until
    day, now = (
        (parse_date(known.graph.nodes[born[0].object].label) if born else None),
        parse_date(until or ""),
    )
    if not day or not now or not day[0] or not now[0]:
        return None, None, 0
    return born[0], now[0] - day[0], _YEARS_UNSURE


def _of_places(sentence: str, named: Sequence[str], known: Known) -> Iterator[Doubt]:
    """Somebody who is said to be living or working elsewhere than they live."""
    where = known.table["places"]
    if pattern_of(where["away"]).search(sentence):
        return
    for match in pattern_of(where["at"]).finditer(sentence):
        place = match["place"]
        if has_han(place) and not places_in(place) and not known.mentioned(place):
            continue
        for node_id in dict.fromkeys(named):
            lives = known.graph.values(node_id, "lives_in")
            if len(lives) != 1 or known.graph.nodes[node_id].type != "person":
                continue
            agreed = agrees(place, lives[0], known.scene)
            if agreed is False or (agreed is None and not has_han(place) and not known.holds_name(place)):
                yield known.doubt("other", match.group().strip(), facts=[lives[0]])
                return
