"""What supersedes what: candidates -> a proposed graph update. docs/updates.md tells the rules in words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from roleagent.graph.graph import PersonaGraph
from roleagent.learning.rules.candidates import Candidate
from roleagent.learning.rules.draft import (
    Draft,
    certainly_before,
    day,
    first_version,
    is_firm,
    is_retracted,
    known_since,
)
from roleagent.types import Fact, GraphUpdate

_OPPOSITES = (("likes", "dislikes"), ("friend_of", "enemy_of"))
_OPPOSITE = {one: other for pair in _OPPOSITES for one, other in (pair, pair[::-1])}
_NEWS = timedelta(days=365)  # what began in this time may be told as news
_MIN_LIKENESS = 0.5  # of two spellings, 0-1, before one may correct the other
_SURE_LIKENESS = 0.75  # before it may correct anything but what was said last


def propose(
    graph: PersonaGraph, candidates: Iterable[Candidate], *, at: datetime, language: str = "en"
) -> GraphUpdate:
    """Judge candidates one by one, the later in the light of the earlier; nothing is written.

    The same graph, candidates and time always propose the same; proposed again on the graph with the update
    applied, they propose nothing.

    Args:
        graph: what is known, ended facts included.
        candidates: in the order they were said.
        at: when they were said, UTC.
        language: ISO 639-1 code of the facts' sentences.

    Raises:
        InputError: a candidate names an unknown relation or subject.
    """
    draft = Draft(graph=graph, at=at, language=language)
    for candidate in candidates:
        _take(draft, candidate)
    return draft.as_update()


def _take(draft: Draft, candidate: Candidate) -> None:
    if candidate.relation is None:
        _take_nameless(draft, candidate)
    elif candidate.speaker != "user":
        _refuse(draft, candidate, candidate.relation)
    elif candidate.stance == "never":
        _deny(draft, candidate, candidate.relation)
    elif candidate.stance == "ended":
        _end(draft, candidate, candidate.relation)
    elif candidate.value is not None and _is_past(draft, candidate):
        _take_past(draft, candidate, candidate.relation)
    elif candidate.value is not None:
        _take_present(draft, candidate, candidate.relation)


def _refuse(draft: Draft, candidate: Candidate, relation: str) -> None:
    """What the character says of the user is no evidence about them."""
    if candidate.value is not None:
        fact = draft.make(candidate, relation, valid_from=candidate.valid_from, valid_to=candidate.valid_to)
        draft.hold_back(fact, "The user did not say so: the persona's own words are no evidence.")


# ── corrections that name no relation ────────────────────────────────────────────────────────────


def _take_nameless(draft: Draft, candidate: Candidate) -> None:
    """For "I meant Lyon, not Lille" and "It's spelled Jon": the relation is the corrected fact's."""
    if candidate.speaker != "user":
        return
    wrong = _fact_meant(draft, candidate)
    if wrong is None:
        return
    known = draft.node(wrong.object)
    meant = replace(
        candidate,
        relation=wrong.relation,
        node_type=known.type,
        instead_of=None if _takes_away(candidate) else known.label,
        value=known.label if _takes_away(candidate) else candidate.value,
    )
    if candidate.stance == "began":  # "I switched from Tesco to Lidl": Tesco did hold
        draft.end(wrong, candidate.valid_from or draft.today)
        meant = replace(meant, instead_of=None)
    _take(draft, meant)


def _fact_meant(draft: Draft, candidate: Candidate) -> Fact | None:
    facts = [fact for fact in draft.learned_live(candidate.subject) if fact.subject == candidate.subject]
    wrong = candidate.value if _takes_away(candidate) else candidate.instead_of
    if wrong is not None:
        named = [fact for fact in facts if draft.is_named(fact, candidate.subject, wrong)]
        return named[-1] if named else None
    spelled = candidate.value or ""
    return (
        _nearest_spelling(draft, facts, spelled, at_least=_SURE_LIKENESS)
        or _only_latest(draft, facts)
        or _nearest_spelling(draft, facts, spelled, at_least=_MIN_LIKENESS)
    )


def _takes_away(candidate: Candidate) -> bool:
    """Whether a candidate has no new value: "I made up Lyon", "I left Google"."""
    return candidate.stance in ("never", "ended", "held")


def _nearest_spelling(draft: Draft, facts: list[Fact], spelled: str, *, at_least: float) -> Fact | None:
    """The fact whose value is spelled most like the right one."""

    def likeness(fact: Fact) -> float:
        label = draft.node(fact.object).label
        return difflib.SequenceMatcher(None, label.casefold(), spelled.casefold()).ratio()

    best = max(facts, key=likeness, default=None)
    return best if best is not None and likeness(best) >= at_least else None


def _only_latest(draft: Draft, facts: list[Fact]) -> Fact | None:
    """What was learned last, if it was the only thing then and not more than a day ago."""
    dated = [(fact.recorded_at, fact) for fact in facts if fact.recorded_at is not None]
    if not dated:
        return None
    last = max(when for when, _ in dated)
    latest = [fact for when, fact in dated if when == last]
    return latest[0] if len(latest) == 1 and (draft.at - last).days <= 1 else None


# ── ends and denials ─────────────────────────────────────────────────────────────────────────────


def _deny(draft: Draft, candidate: Candidate, relation: str) -> None:
    """It never held: take it back, with what it had ended."""
    for fact in _named(draft, draft.live(candidate.subject, relation), candidate):
        draft.retract(fact)
        if not is_firm(fact) and draft.relation(relation).cardinality == "functional":
            draft.bring_back(fact, candidate.evidence)


def _end(draft: Draft, candidate: Candidate, relation: str) -> None:
    """It holds no longer; what is not known to hold cannot end."""
    for fact in _named(draft, draft.live(candidate.subject, relation), candidate):
        draft.end(fact, candidate.valid_to or draft.today)


def _named(draft: Draft, facts: Iterable[Fact], candidate: Candidate) -> list[Fact]:
    """Those of the facts whose value a candidate names; all if it names none."""
    value = candidate.value
    return [fact for fact in facts if value is None or draft.is_named(fact, candidate.subject, value)]


# ── what was so ──────────────────────────────────────────────────────────────────────────────────


def _is_past(draft: Draft, candidate: Candidate) -> bool:
    """Whether the words leave the present as it is."""
    return (
        candidate.stance == "held"
        or certainly_before(candidate.valid_to, draft.today)
        or _is_history(draft, candidate)
    )


def _is_history(draft: Draft, candidate: Candidate) -> bool:
    """Whether a value began before another that holds now, so that it cannot have retired it."""
    relation = candidate.relation or ""
    if candidate.valid_from is None or candidate.stance != "began" or not _holds_one(draft, relation):
        return False  # what is said to hold now takes the place of what was said before
    others = [
        fact
        for fact in draft.live(candidate.subject, relation)
        if not draft.is_named(fact, candidate.subject, candidate.value or "")
    ]
    # "I moved to Lyon in 2015" is older than any value on record since. "I moved to Lyon last month" is news
    # where nothing says since when the other value holds.
    lately = day(draft.at - _NEWS)
    begins = [fact.valid_from or min(known_since(fact) or lately, lately) for fact in others]
    return any(certainly_before(candidate.valid_from, since) for since in begins)


def _take_past(draft: Draft, candidate: Candidate, relation: str) -> None:
    """Note a past value with its time; the present one stays, unless it is the same and ended undated."""
    same = _named(draft, draft.live(candidate.subject, relation), candidate)
    if same and candidate.valid_to is None and candidate.stance == "held":
        for fact in same:
            draft.end(fact, draft.today)
        return
    until = candidate.valid_to or _next_known(draft, candidate, relation)
    if same and not any(certainly_before(until, known_since(fact)) for fact in same):
        for fact in same:
            draft.end(fact, until)
        return
    past = _named(draft, draft.history(candidate.subject, relation), candidate)
    told = next((fact for fact in past if _same_time(fact, candidate.valid_from, until)), None)
    if told is not None:
        draft.merge(told, candidate)
        return
    if _holds_one(draft, relation):
        _make_room(draft, candidate, relation, until)
    draft.add(draft.make(candidate, relation, valid_from=candidate.valid_from, valid_to=until))


def _make_room(draft: Draft, candidate: Candidate, relation: str, until: str) -> None:
    """Fit the other values of a one-valued relation around a past one, where their own dates were open."""
    known = draft.history(candidate.subject, relation)
    others = [fact for fact in known if not draft.is_named(fact, candidate.subject, candidate.value or "")]
    begins = {known_since(first_version(draft.graph, fact)) for fact in others}
    for fact in others:
        if candidate.valid_to is not None:
            draft.begin_at(fact, until)
        is_open = fact.valid_to in begins  # it was said to end where the next known value began
        if is_open and candidate.valid_from is not None:
            draft.end_earlier(fact, candidate.valid_from)


def _same_time(fact: Fact, since: str | None, until: str) -> bool:
    """Whether an ended fact may be the one that a claim about the past repeats."""
    if fact.valid_to is None or is_retracted(fact):
        return False
    return not certainly_before(fact.valid_to, since) and not certainly_before(until, fact.valid_from)


def _next_known(draft: Draft, candidate: Candidate, relation: str) -> str:
    """When a past value was over at the latest: where another value of a one-valued relation is on record."""
    if not _holds_one(draft, relation):
        return draft.today
    begins = [
        known_since(first_version(draft.graph, fact))
        for fact in draft.history(candidate.subject, relation)
        if not is_retracted(fact)
    ]
    later = [
        since
        for since in begins
        if since is not None and not certainly_before(since, candidate.valid_from or since)
    ]
    return min(later, default=draft.today)


# ── what is so ───────────────────────────────────────────────────────────────────────────────────


def _take_present(draft: Draft, candidate: Candidate, relation: str) -> None:
    """Add a value, after retiring what cannot hold beside it; what is known already keeps both sources."""
    wrong = _wrong_values(draft, candidate, relation)
    same = [
        fact
        for fact in _named(draft, draft.live(candidate.subject, relation), candidate)
        if fact not in wrong
    ]
    retired = [fact for fact in _rivals(draft, candidate, relation) if fact not in (*wrong, *same)]
    if not same and not _may_stand(draft, candidate, relation, (*wrong, *retired)):
        return
    since = _since(draft, candidate, relation, wrong, retired)
    for fact in wrong:
        if not is_firm(fact):
            draft.retract(fact)
    for fact in retired:
        if not (same and is_firm(fact)):
            draft.end(fact, since or draft.today)
    if same:
        draft.merge(same[0], candidate)
        return
    fact = draft.make(candidate, relation, valid_from=since)
    # What takes the place of a current fact is itself how things stand now.
    if any(old.layer == "current" and old.relation == relation for old in retired):
        fact = replace(fact, layer="current")
    draft.add(fact)


def _wrong_values(draft: Draft, candidate: Candidate, relation: str) -> list[Fact]:
    """The live facts that the words call wrong."""
    live = draft.live(candidate.subject, relation)
    if candidate.instead_of is not None:
        wrong = candidate.instead_of
        named = [fact for fact in live if draft.is_named(fact, candidate.subject, wrong)]
        return [fact for fact in named if draft.node(fact.object).label != candidate.value]
    if candidate.corrects and _holds_one(draft, relation) and candidate.stance == "holds":
        # A correction may be of spelling alone, so only a value that is the same to the letter is right.
        value = (candidate.value or "").casefold()
        return [fact for fact in live if draft.node(fact.object).label.casefold() != value]
    return []


def _rivals(draft: Draft, candidate: Candidate, relation: str) -> list[Fact]:
    """What cannot hold beside a value: the other value of a one-valued relation, or the opposite."""
    opposite = _OPPOSITE.get(relation)
    opposed = _named(draft, draft.live(candidate.subject, opposite), candidate) if opposite else []
    takes_all = candidate.replaces or _holds_one(draft, relation)
    others = draft.live(candidate.subject, relation) if takes_all else []
    if candidate.replaces and not _holds_one(draft, relation):
        others = [fact for fact in others if fact.id not in draft.added and not is_firm(fact)]
    return [*opposed, *others]


def _may_stand(draft: Draft, candidate: Candidate, relation: str, against: Iterable[Fact]) -> bool:
    """Whether nothing holds a value back; if something does, the proposal is kept with the reason."""
    against = list(against)
    firm = next((fact for fact in against if is_firm(fact)), None)
    if firm is not None:
        fact = draft.make(candidate, relation, valid_from=candidate.valid_from)
        draft.hold_back(fact, f"It contradicts: {firm.text}", firm)
        return False
    if candidate.is_vague and against:
        fact = draft.make(candidate, relation, valid_from=candidate.valid_from)
        draft.hold_back(fact, f"It describes, and more is known: {against[0].text}", against[0])
        return False
    return True


def _since(
    draft: Draft, candidate: Candidate, relation: str, wrong: list[Fact], retired: list[Fact]
) -> str | None:
    """When a value began: as the words say, as the wrong value did, or today if another came before it."""
    if candidate.valid_from is not None:
        return candidate.valid_from
    if wrong:
        return wrong[0].valid_from
    if candidate.stance == "began":
        return draft.today
    history = draft.history(candidate.subject, relation)
    followed = history if _holds_one(draft, relation) else _named(draft, history, candidate)
    has_past = any(fact.valid_to is not None and not is_retracted(fact) for fact in followed)
    just_ended = any(fact in draft.superseded.values() and not is_retracted(fact) for fact in history)
    in_graph = [fact for fact in retired if fact.id not in draft.added]
    return draft.today if in_graph or has_past or just_ended else None


def _holds_one(draft: Draft, relation: str) -> bool:
    return draft.relation(relation).cardinality == "functional"
