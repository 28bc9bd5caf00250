"""What words may change in a graph, and what never moves: the rules alone, on candidates made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.errors import InputError
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS
from roleagent.learning.rules import Candidate, applied, merge_duplicates, propose, same_value
from roleagent.learning.rules.draft import is_retracted
from roleagent.types import Fact, GraphUpdate, Node

USER = Node(id="user", type="person", label="the user")
ANN = Node(id="ann", type="person", label="Ann Lee")
LONDON = Node(id="london", type="place", label="London")
EMPTY = PersonaGraph(nodes=(USER, ANN, LONDON), facts=(), relations=CORE_RELATIONS)


def day(number: int) -> datetime:
    return datetime(2026, 3, number, 12, tzinfo=UTC)


def lives(place: str | None, **more: object) -> Candidate:
    return Candidate(relation="lives_in", value=place, node_type="place", **more)


def likes(thing: str, **more: object) -> Candidate:
    return Candidate(relation="likes", value=thing, **more)


def after(graph: PersonaGraph, *said: Candidate, on: int) -> PersonaGraph:
    """The graph once candidates are committed; evidence is the day unless they name some."""
    told = [one if one.evidence else replace(one, evidence=(f"day{on}",)) for one in said]
    return applied(graph, propose(graph, told, at=day(on)), at=day(on))


def told(graph: PersonaGraph, relation: str) -> list[tuple[str, str | None, str | None]]:
    """Value, beginning and end of all facts of the user by a relation, ended ones included."""
    facts = [fact for fact in graph.facts.values() if fact.relation == relation]
    return [(graph.nodes[fact.object].label, fact.valid_from, fact.valid_to) for fact in facts]


def live(graph: PersonaGraph, relation: str) -> list[str]:
    return [graph.nodes[fact.object].label for fact in graph.values("user", relation)]


def canon(**more: object) -> Fact:
    fields = dict(id="c", subject="user", relation="lives_in", object="london", text="They live in London.")
    return Fact(**(fields | more))


def with_facts(*facts: Fact) -> PersonaGraph:
    return PersonaGraph(nodes=(USER, ANN, LONDON), facts=facts, relations=CORE_RELATIONS)


# ── moves ────────────────────────────────────────────────────────────────────────────────────────


def test_a_functional_value_gives_way_and_keeps_its_time():
    """One lives in one place; where one lived before stays on record."""
    graph = after(after(EMPTY, lives("Paris"), on=1), lives("Lyon"), on=5)
    assert told(graph, "lives_in") == [("Paris", None, "2026-03-05"), ("Lyon", "2026-03-05", None)]


def test_a_stated_date_of_a_move_ends_the_old_value():
    """Who moved last month lived in the old place until last month."""
    graph = after(EMPTY, lives("Paris"), on=1)
    graph = after(graph, lives("Lyon", valid_from="2026-03-03", stance="began"), on=9)
    assert told(graph, "lives_in") == [("Paris", None, "2026-03-03"), ("Lyon", "2026-03-03", None)]


def test_other_relations_add():
    """Tea does not end coffee."""
    assert live(after(EMPTY, likes("tea"), likes("coffee"), on=1), "likes") == ["tea", "coffee"]


def test_words_that_say_so_replace_in_any_relation():
    """A new job takes the place of the old one, though one may hold two."""
    works = Candidate(relation="works_at", value="Tesco", node_type="organisation")
    graph = after(EMPTY, works, on=1)
    graph = after(graph, replace(works, value="Lidl", replaces=True, stance="began"), on=2)
    assert live(graph, "works_at") == ["Lidl"]


def test_a_return_to_an_old_home_is_a_fact_of_its_own():
    """The ended stay keeps its id and its time, and ids stay unique."""
    graph = EMPTY
    for number, place in enumerate(("Rome", "Bern", "Rome", "Bern", "Rome"), start=1):
        graph = after(graph, lives(place), on=number)
    rome = [fact.id for fact in graph.facts.values() if fact.object == "place:Rome"]
    assert rome == [
        "user.lives_in.place:Rome",
        "user.lives_in.place:Rome@2026-03-03",
        "user.lives_in.place:Rome@2026-03-05",
    ]
    assert live(graph, "lives_in") == ["Rome"]


def test_an_id_that_is_taken_on_the_same_day_gets_a_number():
    """Moving there and back twice in a day is odd, and must not overwrite anything."""
    graph = EMPTY
    for place in ("Rome", "Bern", "Rome", "Bern", "Rome"):
        graph = after(graph, lives(place), on=1)
    assert "user.lives_in.place:Rome@2026-03-01.2" in graph.facts


def test_an_opposite_taste_retires():
    """Liking and disliking one thing cannot both hold."""
    graph = after(EMPTY, likes("going hiking"), on=1)
    graph = after(graph, Candidate(relation="dislikes", value="hiking"), on=2)
    assert (live(graph, "likes"), live(graph, "dislikes")) == ([], ["hiking"])


def test_a_description_does_not_stand_against_a_name():
    """A small flat may well be in Lyon."""
    graph = after(EMPTY, lives("Lyon"), on=1)
    update = propose(graph, [lives("a small flat", is_vague=True)], at=day(2))
    assert (update.added, update.superseded) == ((), ())
    assert update.held_back[0].because_of == "user.lives_in.place:Lyon"


# ── what never moves ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fact", [canon(), canon(fixed=True), canon(layer="learned", fixed=True)])
@pytest.mark.parametrize(
    "said", [lives("Lyon"), lives("London", stance="ended"), lives("London", stance="never")]
)
def test_canon_and_fixed_facts_hold_against_everything(fact, said):
    """What the file says is not up for talk; the attempt stays visible."""
    update = propose(with_facts(fact), [said], at=day(1))
    assert (update.added, update.superseded, update.merged) == ((), (), ())
    assert [held.because_of for held in update.held_back] == ["c"]


def test_a_current_fact_moves_and_its_successor_is_current():
    """The file says where things begin; talk moves them."""
    graph = with_facts(canon(layer="current"))
    update = propose(graph, [lives("Lyon")], at=day(1))
    assert [(fact.object, fact.layer) for fact in update.added] == [("place:Lyon", "current")]
    assert [fact.id for fact in update.superseded] == ["c"]


def test_the_characters_own_words_are_no_evidence():
    """A model that says "you live in Rome" must not make it so."""
    update = propose(EMPTY, [lives("Rome", speaker="persona")], at=day(1))
    assert update.added == ()
    assert "did not say so" in update.held_back[0].reason


def test_an_event_never_ends():
    """What happened, happened; only a denial takes back that it did."""
    won = Candidate(relation="won", value="the cup")
    graph = after(EMPTY, won, on=1)
    assert propose(graph, [replace(won, stance="ended")], at=day(2)).superseded == ()
    (taken_back,) = propose(graph, [replace(won, stance="never")], at=day(2)).superseded
    assert is_retracted(taken_back)


def test_an_unknown_relation_is_an_error_that_names_the_known():
    """A reader that invents a vocabulary has to hear of it."""
    with pytest.raises(InputError, match=r"'eats' is no relation of the graph\. Known: about, aged"):
        propose(EMPTY, [Candidate(relation="eats", value="cake")], at=day(1))


# ── said again ───────────────────────────────────────────────────────────────────────────────────


def test_what_is_known_keeps_both_sources():
    """The second mention is evidence, not another fact."""
    graph = after(after(EMPTY, likes("going hiking"), on=1), likes("Hiking!"), on=2)
    (fact,) = graph.values("user", "likes")
    assert fact.evidence == ("day1", "day2")
    assert graph.nodes[fact.object].label == "going hiking"


def test_a_later_mention_may_add_since_when():
    """After "I live in Lyon", "I've lived in Lyon since 2019" dates the one fact."""
    graph = after(after(EMPTY, lives("Lyon"), on=1), lives("Lyon", valid_from="2019"), on=2)
    assert told(graph, "lives_in") == [("Lyon", "2019", None)]


def test_a_symmetric_or_inverse_fact_is_known_from_either_end():
    """My sister's sibling is me; I am my daughter's parent."""
    ann_is = canon(id="s", subject="ann", relation="sibling_of", object="user", layer="learned")
    child = canon(id="p", subject="ann", relation="child_of", object="user", layer="learned")
    said = [Candidate(relation="sibling_of", value="Ann Lee", node_type="person", evidence=("e",))]
    update = propose(with_facts(ann_is), said, at=day(1))
    assert (update.added, [fact.id for fact in update.merged]) == ((), ["s"])
    update = propose(with_facts(child), [replace(said[0], relation="parent_of")], at=day(1))
    assert (update.added, [fact.id for fact in update.merged]) == ((), ["p"])


# ── ends, denials, corrections ───────────────────────────────────────────────────────────────────


def test_an_end_keeps_the_time_before_it():
    """Who lives in Paris no more did live there."""
    graph = after(after(EMPTY, lives("Paris"), on=1), lives("Paris", stance="ended"), on=4)
    assert told(graph, "lives_in") == [("Paris", None, "2026-03-04")]


def test_an_end_without_a_value_ends_all():
    """A divorce names nobody."""
    wed = Candidate(relation="married_to", value="Bo", node_type="person")
    graph = after(EMPTY, wed, on=1)
    assert live(after(graph, replace(wed, value=None, stance="ended"), on=2), "married_to") == []


def test_a_denial_leaves_no_time_at_all():
    """Who never lived in Paris lived there at no date."""
    graph = after(after(EMPTY, lives("Paris"), on=1), lives("Paris", stance="never"), on=4)
    assert told(graph, "lives_in") == []
    assert [(fact.object, fact.superseded_at) for fact in graph.history] == [("place:Paris", day(4))]


def test_a_denial_brings_back_what_the_wrong_value_had_ended():
    """Rome ended only because of a joke about Lille."""
    graph = after(after(EMPTY, lives("Rome"), on=1), lives("Lille"), on=3)
    graph = after(graph, lives("Lille", stance="never"), on=4)
    assert live(graph, "lives_in") == ["Rome"]


def test_a_correction_is_no_move():
    """For "I meant Lyon, not Lille", Lille never held, and Lyon holds since Lille was said to."""
    graph = after(after(EMPTY, lives("Rome"), on=1), lives("Lille"), on=3)
    graph = after(graph, Candidate(relation=None, value="Lyon", instead_of="Lille", corrects=True), on=4)
    assert told(graph, "lives_in") == [
        ("Rome", None, "2026-03-03"),
        ("Lyon", "2026-03-03", None),
    ]
    assert live(graph.as_of(valid="2026-03-03"), "lives_in") == ["Lyon"]
    assert live(graph.as_of(valid="2026-03-02"), "lives_in") == ["Rome"]
    assert live(graph.as_of(recorded=day(3)), "lives_in") == ["Lille"]


def test_a_correction_by_a_whole_sentence_takes_the_value_back():
    """So it is for "Sorry, that was wrong. I live in Lyon", which names no wrong value."""
    graph = after(after(EMPTY, lives("Lille"), on=3), lives("Lyon", corrects=True), on=4)
    assert told(graph, "lives_in") == [("Lyon", None, None)]


def test_a_spelling_finds_the_name_it_is_like():
    """Hearing "It's spelled Jon", which names no relation: of the known values 'John' is nearest."""
    name = Candidate(relation="is_called", value="John")
    graph = after(EMPTY, name, lives("Lyon"), likes("tea"), on=1)
    graph = after(graph, Candidate(relation=None, value="Jon", corrects=True), on=2)
    assert (live(graph, "is_called"), live(graph, "lives_in")) == (["Jon"], ["Lyon"])


def test_a_correction_that_fits_no_known_fact_teaches_nothing():
    """Saying "Not tea, coffee!" in a café is an order."""
    graph = after(EMPTY, lives("Lyon"), on=1)
    order = Candidate(relation=None, value="coffee", instead_of="tea", corrects=True)
    assert propose(graph, [order], at=day(2)) == GraphUpdate()


# ── what was ─────────────────────────────────────────────────────────────────────────────────────


def test_a_past_value_leaves_the_present_alone():
    """Saying "I used to live in Rome" says nothing of Lyon; Rome was over when Lyon is first on record."""
    graph = after(after(EMPTY, lives("Lyon"), on=1), lives("Rome", stance="held"), on=4)
    assert told(graph, "lives_in") == [("Lyon", None, None), ("Rome", None, "2026-03-01")]


def test_a_dated_past_value_has_its_interval_and_the_present_one_begins_after_it():
    """One lives in one place at a time, so Lyon began when Rome was over."""
    graph = after(EMPTY, lives("Lyon"), on=1)
    graph = after(graph, lives("Rome", stance="held", valid_from="2010", valid_to="2014"), on=4)
    assert told(graph, "lives_in") == [("Lyon", "2014", None), ("Rome", "2010", "2014")]


def test_a_past_claim_about_the_present_value_ends_it():
    """Saying "I used to like tea" is an end where tea was liked."""
    graph = after(after(EMPTY, likes("tea"), on=1), likes("tea", stance="held"), on=2)
    assert told(graph, "likes") == [("tea", None, "2026-03-02")]


def test_an_earlier_stay_in_the_same_place_does_not_end_the_present_one():
    """Back in Rome, one may tell of an earlier stay there."""
    graph = after(EMPTY, lives("Rome"), on=1)
    graph = after(graph, lives("Rome", stance="held", valid_from="2010", valid_to="2014"), on=2)
    assert live(graph, "lives_in") == ["Rome"]
    assert ("Rome", "2010", "2014") in told(graph, "lives_in")


def test_an_older_beginning_does_not_retire_a_younger_value():
    """Saying "I moved to Oslo in 2015" is history for somebody who lives in Lyon since 2021."""
    graph = after(EMPTY, lives("Lyon", valid_from="2021"), on=1)
    graph = after(graph, lives("Oslo", stance="began", valid_from="2015"), on=2)
    assert told(graph, "lives_in") == [("Lyon", "2021", None), ("Oslo", "2015", "2021")]


def test_the_same_history_told_twice_is_noted_once():
    """An old stay that comes up again is evidence for the old fact."""
    past = lives("Rome", stance="held", valid_from="2010", valid_to="2014")
    graph = after(after(EMPTY, past, on=1), past, on=2)
    assert told(graph, "lives_in") == [("Rome", "2010", "2014")]
    assert graph.facts["user.lives_in.place:Rome"].evidence == ("day1", "day2")


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────

_STANCES = st.sampled_from(("holds", "began", "held", "ended", "never"))
_DATES = st.none() | st.sampled_from(("2010", "2015-06", "2026-03-02", "2026"))
_SAID = st.builds(
    Candidate,
    relation=st.sampled_from(("lives_in", "likes", "dislikes", "won", "married_to", "sibling_of")),
    value=st.sampled_from(("Rome", "Bern", "tea", "London")),
    stance=_STANCES,
    instead_of=st.none() | st.sampled_from(("Rome", "tea")),
    corrects=st.booleans(),
    replaces=st.booleans(),
    is_vague=st.booleans(),
    valid_from=_DATES,
    valid_to=_DATES,
    speaker=st.sampled_from(("user", "user", "persona")),
    evidence=st.tuples(st.sampled_from(("a", "b", "c"))),
)
_TALK = st.lists(st.lists(_SAID, max_size=3), max_size=5)


def _firm() -> PersonaGraph:
    fixed = canon(id="f", relation="likes", layer="learned", fixed=True, text="They like London.")
    return with_facts(canon(), fixed)


@given(_TALK)
def test_no_talk_moves_what_is_firm_or_breaks_the_graph(talk):
    """Canon and fixed facts survive any talk; ids stay unique; one-valued relations hold one value."""
    for start in (_firm(), EMPTY):
        graph = start
        for number, said in enumerate(talk, start=1):
            update = propose(graph, said, at=day(number))
            assert not {fact.id for fact in update.added} & graph.facts.keys()
            gone = {fact.id for fact in update.superseded}
            assert gone.isdisjoint({fact.id for fact in update.merged})
            assert {fact.id for fact in (*update.superseded, *update.merged)} <= graph.facts.keys()
            graph = applied(graph, update, at=day(number))
            for relation in ("lives_in", "married_to"):
                assert len(graph.values("user", relation)) <= 1
        assert {key: graph.facts[key] for key in start.facts} == start.facts
        events = [fact for fact in graph.facts.values() if fact.relation == "won" and fact.valid_to]
        assert all(is_retracted(fact) or fact.recorded_at for fact in events)


@given(st.lists(_SAID, max_size=3))
def test_the_same_words_propose_the_same(said):
    """A turn that runs twice, after a crash, must not teach twice."""
    assert propose(EMPTY, said, at=day(1)) == propose(EMPTY, said, at=day(1))


# ── duplicates ───────────────────────────────────────────────────────────────────────────────────


def test_duplicates_become_one_fact_with_both_sources():
    """What two writers noted in two wordings is one fact."""
    hiking = Node(id="literal:hiking", type="literal", label="hiking")
    going = Node(id="literal:going hiking", type="literal", label="going hiking")
    first = canon(
        id="1", relation="likes", object=hiking.id, layer="learned", evidence=("a",), recorded_at=day(1)
    )
    second = replace(first, id="2", object=going.id, evidence=("b",), recorded_at=day(2))
    firm = replace(first, id="3", fixed=True)
    graph = PersonaGraph(
        nodes=(USER, LONDON, hiking, going), facts=(second, first, firm), relations=CORE_RELATIONS
    )
    update = merge_duplicates(graph, at=day(3))
    assert [(fact.id, fact.evidence) for fact in update.merged] == [("1", ("a", "b"))]
    assert [(fact.id, is_retracted(fact)) for fact in update.superseded] == [("2", True)]
    assert merge_duplicates(applied(graph, update, at=day(3)), at=day(4)) == GraphUpdate()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hiking", "going hiking"),
        ("Hiking", "to hike"),
        ("cats", "a cat"),
        ("strawberries", "strawberry"),
        ("the cinema", "cinema"),
        ("dishes", "dish"),
        ("ｔｅａ", "Tea"),
        ("rock'n'roll", "rock’n’roll"),
        ("science-fiction", "science fiction"),
        ("playing chess", "chess"),
        ("去爬山", "爬山"),
        ("養貓", "养猫"),
        ("running", "run"),
        ("dancing", "dance"),
    ],
)
def test_one_thing_in_two_writings(one, other):
    """These are one taste, and two facts about it would be told twice."""
    assert same_value(one, other)


@pytest.mark.parametrize(
    ("one", "other", "node_type"),
    [
        ("New York", "York", "place"),
        ("Frankfurt am Main", "Frankfurt an der Oder", "place"),
        ("Athens", "Athen", "place"),
        ("Reading", "Read", "place"),
        ("green tea", "tea", "literal"),
        ("football", "American football", "literal"),
        ("Jon", "John", "person"),
        ("Zoë", "Zoe", "person"),
        ("C", "C++", "literal"),
        ("C#", "C", "literal"),
        ("physics", "physic", "literal"),
        ("swimming", "swing", "literal"),
        ("Tom (cat)", "Tom (dog)", "animal"),
        ("上海", "海", "place"),
    ],
)
def test_two_things_stay_two(one, other, node_type):
    """A fact that is wrongly merged is lost."""
    assert not same_value(one, other, node_type=node_type)
