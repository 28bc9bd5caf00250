"""The graph as it was on record at another moment."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.errors import InputError
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS
from tests.graph.graphs import check_whole, fact, graph_of, moment, nodes, person

CANON = fact("holmes", "lives_in", "london")
HERE = fact("holmes", "located_in", "london", id="where", layer="current")
BASE = graph_of(CANON, HERE)


def learned(object_: str, start: int, end: int | None = None, id_: str = "home"):
    """A version of a fact that was on record for some days."""
    return fact(
        "user",
        "lives_in",
        object_,
        id=id_,
        layer="learned",
        recorded_at=moment(start),
        superseded_at=None if end is None else moment(end),
    )


PEOPLE = [person("user"), person("lyon"), person("rome")]


def test_each_moment_has_its_version():
    """What was on record before a correction is on record still."""
    rome, lyon = learned("rome", 1, 3), learned("lyon", 3)
    graph = BASE.with_learned(PEOPLE, [lyon], [rome])
    seen = [graph.as_of(recorded=moment(day)).facts.get("home") for day in range(5)]
    assert seen == [None, rome, rome, lyon, lyon]
    assert graph.as_of(recorded=moment(0)).facts == BASE.facts
    assert set(graph.as_of(recorded=moment(0)).nodes) == set(graph.nodes)


def test_what_was_taken_back_was_there_before():
    """A retraction is a version that ends, and no new one."""
    rome = learned("rome", 1, 3)
    graph = BASE.with_learned(PEOPLE, [], [rome])
    assert graph.as_of(recorded=moment(2)).facts["home"] is rome
    assert graph.as_of(recorded=moment(2)).history == ()
    assert "home" not in graph.as_of(recorded=moment(3)).facts
    assert graph.as_of(recorded=moment(3)).history == (rome,)


def test_how_things_stood_before_they_moved():
    """The file says how it begins."""
    moved = fact("holmes", "located_in", "rome", id="where", layer="current", recorded_at=moment(2))
    graph = BASE.with_learned(PEOPLE, [moved])
    assert graph.facts["where"] is moved
    assert graph.as_of(recorded=moment(1)).facts["where"] is HERE
    assert graph.as_of(recorded=moment(2)).facts["where"] is moved


def test_canon_is_never_replaced_by_a_former_version():
    """A shared id is canon's at every moment."""
    rumour = fact("holmes", "lives_in", "rome", id=CANON.id, recorded_at=moment(1), superseded_at=moment(2))
    graph = BASE.with_learned(PEOPLE, [], [rumour])
    assert graph.as_of(recorded=moment(1)).facts[CANON.id] is CANON


def test_a_moment_without_a_zone_is_refused():
    """It would be another moment on another machine."""
    with pytest.raises(InputError, match="has no zone"):
        BASE.as_of(recorded=datetime(2026, 1, 1))


def test_both_times_at_once():
    """What we knew yesterday about how it was in 1881."""
    rome = fact("user", "lives_in", "rome", id="r", valid_from="1881", valid_to="1882", recorded_at=moment(1))
    graph = BASE.with_learned(PEOPLE, [rome])
    assert set(graph.as_of(valid="1881", recorded=moment(1)).facts) == {"r", CANON.id, "where"}
    assert set(graph.as_of(valid="1881", recorded=moment(0)).facts) == {CANON.id, "where"}
    assert set(graph.as_of(valid="1883", recorded=moment(1)).facts) == {CANON.id, "where"}


@st.composite
def versions(draw):
    """For each id versions that follow each other on record, the last of which may stand."""
    every = []
    for number in range(draw(st.integers(0, 4))):
        days = sorted(draw(st.sets(st.integers(0, 8), max_size=4)))
        for start, end in zip(days, [*days[1:], draw(st.sampled_from((None, 9)))], strict=False):
            object_ = draw(st.sampled_from(["n0", "n1"]))
            every.append(learned(object_, start, end, id_=f"l{number}"))
    return every


@given(versions(), nodes(), st.integers(-1, 10), st.booleans())
def test_a_moment_shows_what_the_definition_says(every, world, day, is_flat):
    """The version whose interval holds the moment, in a layer as in one list."""
    live = [each for each in every if each.superseded_at is None]
    former = [each for each in every if each.superseded_at is not None]
    everybody = [*world, person("user"), person("n0"), person("n1")]
    if is_flat:
        graph = PersonaGraph(nodes=everybody, facts=live, relations=CORE_RELATIONS, history=former)
    else:
        graph = PersonaGraph(nodes=world, facts=[], relations=CORE_RELATIONS)
        graph = graph.with_learned(everybody, live, former)
    then = moment(day)
    shown = {
        each.id: each
        for each in every
        if each.recorded_at <= then and (each.superseded_at is None or then < each.superseded_at)
    }
    at = graph.as_of(recorded=then)
    assert at.facts == shown
    assert set(at.nodes) == set(graph.nodes)
    assert set(at.history) == {f for f in former if f.superseded_at <= then}
    check_whole(PersonaGraph(nodes=at.nodes.values(), facts=at.facts.values(), relations=at.relations))
