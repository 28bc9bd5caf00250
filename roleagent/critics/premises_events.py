"""Events of the character's life that a sentence takes for granted: "since you sold the lighthouse"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from roleagent.critics.premises_known import Known, pattern_of
from roleagent.critics.premises_words import (
    denied_event,
    denied_in_chinese,
    denied_thing,
    telling_words,
    verbs_in,
)
from roleagent.language.dates import MONTHS, WEEKDAYS
from roleagent.persona.referents import referents
from roleagent.types import Doubt, Fact

_CALENDAR = frozenset(
    (*MONTHS, *WEEKDAYS, "Christmas", "Easter", "God", "Sir", "Madam", "Mr", "Mrs", "Miss", "Dr", "I")
)
_FEWEST_OF_TOPICS = 2
_POINTED_AT = re.compile(r"[那这][把匹条张顶双](?P<thing>[\u4e00-\u9fff])")  # "that knife"
_Frame = Mapping[str, Any]  # Any: a row of the table


def of_events(sentence: str, known: Known, *, asks: bool) -> Iterator[Doubt]:
    """The first clause of a sentence that presumes an event nothing tells of.

    Args:
        sentence: one sentence of what was said.
        known: what is known.
        asks: the sentence asks something; a statement counts only where it says what others told.
    """
    if known.is_supposed(sentence):
        return
    for frame in known.table["events"]:
        if not (asks or frame.get("told")) or not re.search(frame.get("beside", ""), sentence):
            continue
        for match in pattern_of(frame["pattern"]).finditer(sentence):
            is_asked = sentence.endswith("did ", 0, match.start("clause"))
            doubt = _of_clause(match["clause"].strip(" ,，"), frame, known, skip=int(is_asked))
            if doubt is not None:
                yield doubt
                return


def _of_clause(clause: str, frame: _Frame, known: Known, *, skip: int) -> Doubt | None:
    """A doubt of one clause; `skip` of the things in it are its subject: "did the sailor offer you"."""
    if re.search(known.table["own_affairs"], clause) or pattern_of(known.table["between_us"]).search(clause):
        return None
    pointed = _POINTED_AT.search(clause)
    if pointed and any(pointed["thing"] in node.label for node in known.graph.nodes.values()):
        return None
    wanted = frozenset(telling_words(clause))
    fewest = 1 if any(_names_in(clause, known)) else frame["fewest"]
    telling = _told_of_topics(clause, wanted, known)
    if len(wanted) < fewest or known.bears_out(telling, verbs=verbs_in(clause)):
        return None
    goal = known.goal_behind(wanted)
    if goal is not None and pattern_of(known.table["wanted"]).search(clause):
        return None
    facts = [goal] if goal is not None else []
    echo, words = _echo(clause, frame.get("form", ""), known, skip=skip)
    return known.doubt("unknown", clause, facts=facts, echo=echo, **words)


def _told_of_topics(clause: str, wanted: frozenset[str], known: Known) -> frozenset[str]:
    """What a clause tells of those whom it names, if it tells enough: that they are known says little."""
    nodes = (known.graph.nodes[node_id] for node_id in known.mentioned(clause))
    topics = {word for node in nodes for name in (node.label, *node.aliases) for word in telling_words(name)}
    rest = wanted - topics
    return rest if len(rest) >= _FEWEST_OF_TOPICS else wanted


def _names_in(clause: str, known: Known) -> Iterator[str]:
    """Proper names in a clause that nobody knows."""
    for match in re.finditer(known.table["names"], clause):
        name = re.sub(r"'s?$", "", match["value"])
        if name.split()[0] not in _CALENDAR and not known.holds_name(name):
            yield name


def _echo(clause: str, form: str, known: Known, *, skip: int) -> tuple[str, dict[str, str]]:
    """Which answers name what is denied, and how; the general ones if the clause does not lend itself."""
    if known.language == "chinese":
        event = denied_in_chinese(clause) if form else ""
        return ("event", {"event": event}) if event else ("", {})
    if form and (event := denied_event(clause, form)):
        return ("doing" if form == "gerund" else "event"), {"event": event}
    for thing in [*denied_thing(clause)][skip:]:
        if not known.bears_out(frozenset(telling_words(thing))):
            return "thing", {"thing": thing}
    return "", {}


# ── names ────────────────────────────────────────────────────────────────────────────────


def of_names(sentence: str, known: Known) -> Iterator[Doubt]:
    """Names that nobody knows: beside a relative or home of the character, or of somebody it dealt with."""
    if known.is_supposed(sentence):
        return
    facts = _facts_meant(sentence, known)
    is_own = facts and not pattern_of(known.table["at_large"]).search(sentence)
    for name in _names_in(sentence, known) if is_own else ():
        whole = f"the {name}" if f" the {name}" in sentence else name
        yield known.doubt("name", whole, facts=facts)
    for pattern in known.table["dealings"]:
        for match in pattern_of(pattern).finditer(sentence):
            name = re.sub(r"'s?$", "", match["value"])
            if name.split()[0] not in _CALENDAR - {"Mr", "Mrs", "Miss", "Dr", "Sir"} and not known.holds_name(
                _untitled(name)
            ):
                yield known.doubt("name", name)


def _untitled(name: str) -> str:
    return re.sub(r"^(?:Mrs?|Miss|Ms|Dr|Sir|Lady|Lord|Captain|Professor|Father|Mother|Old)\.? ", "", name)


def _facts_meant(sentence: str, known: Known) -> Sequence[Fact]:
    """The facts of the character that a sentence speaks of: its birthplace, its teacher."""
    meant = referents(sentence, known.graph, known.own_id, language=known.persona.language)
    facts = known.graph.facts_of(known.own_id)
    return [fact for fact in facts if fact.valid_to is None and {fact.subject, fact.object} & set(meant)][:1]
