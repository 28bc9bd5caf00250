"""The graph at another date: nothing later is left, and what holds then reads as if one stood there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.errors import InputError
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS, fact_sentence
from roleagent.graph.timeline import cut_time
from roleagent.types import Fact
from tests.graph.graphs import DATES, check_whole, fact, graph_of, layers

# ── one fact ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("start", "end", "date", "holds"),
    [
        (None, None, "1890", True),
        ("1881", "1903", "1880", False),
        ("1881", "1903", "1881", True),
        ("1881", "1903", "1902-12-31", True),
        ("1881", "1903", "1903", False),
        ("1881", "1903", "1903-05", False),
        (None, "1903", "1903", False),
        (None, "1903-05", "1903", False),
        (None, "1903-05", "1903-04", True),
        ("1881-03", None, "1881", True),
        ("1881-03", None, "1881-02-28", False),
        ("1889-03", "1889-11", "1889", True),
        ("1889-03", "1889-11", "1889-11", False),
        ("1889-03", "1889-11", "1889-12", False),
        ("1889", "1889", "1889-05", True),
        ("1889", "1889", "1890", False),
        ("1889", "1889-11", "1889-12", False),
        ("-0044", "-0027", "-0030-06", True),
    ],
)
def test_a_fact_holds_from_its_first_date_until_its_last(start, end, date, holds):
    """Dates are compared at the coarser precision; the end is not included."""
    graph = graph_of(fact("holmes", "lives_in", "london", valid_from=start, valid_to=end))
    assert bool(graph.as_of(valid=date).facts) is holds


def test_one_home_follows_the_other():
    """In the year of a move a functional relation holds one value, the new one."""
    old = fact("ada", "lives_in", "ockham", valid_from="1835", valid_to="1840")
    new = fact("ada", "lives_in", "london", valid_from="1840")
    assert list(graph_of(old, new).as_of(valid="1840").facts.values()) == [new]


def test_an_event_stays_true():
    """Who took part in a war took part in it ever after."""
    war = fact("watson", "took_part_in", "war", valid_from="1878", valid_to="1880")
    graph = graph_of(war)
    assert graph.as_of(valid="1877").facts == {}
    assert graph.as_of(valid="1890").facts == {war.id: war}
    assert graph.as_of(valid="1879").facts[war.id].valid_to is None


def test_no_date_is_refused():
    """A typing error must not look like a persona that knows everything."""
    with pytest.raises(InputError, match="'soon' is not a date: write 1881"):
        graph_of().as_of(valid="soon")


# ── what is said ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "Holmes lives in London (since 1881)."), ("zh", "Holmes住在London（自1881）。")],
)
def test_an_end_to_come_is_not_told(language, text):
    """In 1890 nobody knows that he will leave in 1903."""
    told = fact_sentence(
        CORE_RELATIONS["lives_in"],
        subject_label="Holmes",
        object_label="London",
        language=language,
        valid_from="1881",
        valid_to="1903",
    )
    graph = graph_of(fact("holmes", "lives_in", "london", text=told, valid_from="1881", valid_to="1903"))
    [then] = graph.as_of(valid="1890").facts.values()
    assert (then.text, then.valid_to) == (text, None)
    assert then in graph.as_of(valid="1890").values("holmes", "lives_in")


def test_the_authors_own_words_stay():
    """They cannot be made again."""
    graph = graph_of(fact("holmes", "lives_in", "london", text="221B!", valid_from="1881", valid_to="1903"))
    [then] = graph.as_of(valid="1890").facts.values()
    assert then.text == "221B!"


# ── what is later ────────────────────────────────────────────────────────────────────────────


FALLS = graph_of(
    fact("falls", "happened_on", "literal:1891-05-04"),
    fact("falls", "happened_in", "switzerland"),
    fact("holmes", "took_part_in", "falls"),
    fact("moriarty", "died_on", "literal:1891-05-04"),
    fact("moriarty", "died_in", "falls"),
    fact("moriarty", "died_in", "meiringen", id="place of death"),
    fact("moriarty", "enemy_of", "holmes"),
    fact("switzerland", "part_of", "europe"),
    types={"falls": "event", "switzerland": "place", "meiringen": "place", "europe": "place"},
)


def test_what_is_later_takes_all_that_names_it_along():
    """An event to come is not an event without a date; it is not there."""
    cut = cut_time(FALLS, "1890")
    assert set(cut.graph.facts) == {"moriarty.enemy_of.holmes", "switzerland.part_of.europe"}
    assert {node.id for node in cut.nodes} == {"falls", "literal:1891-05-04"}
    assert len(cut.facts) == 6
    assert "falls" not in cut.graph.nodes
    assert cut.graph.mentioned_in("the Falls of Moriarty") == ("moriarty",)
    assert cut_time(FALLS, "1891").graph == FALLS
    assert cut_time(FALLS, "1891-05-03").graph == cut.graph


def test_a_work_is_there_from_the_date_it_was_made():
    """No play is quoted before it is written."""
    graph = graph_of(
        fact("holmes", "wrote", "monograph", valid_from="1887"),
        fact("monograph", "about", "ash"),
        types={"monograph": "work", "ash": "topic"},
    )
    cut = cut_time(graph, "1886")
    assert (cut.graph.facts, set(cut.graph.nodes)) == ({}, {"ash"})
    assert cut_time(graph, "1887").graph == graph


def test_nobody_knows_whom_they_have_not_met():
    """A person of whom every fact is later is not known; a city is there before one visits it."""
    graph = graph_of(
        fact("watson", "married_to", "mary", valid_from="1889"),
        fact("watson", "visited", "dover", valid_from="1889"),
        fact("watson", "knows", "holmes"),
        types={"dover": "place"},
    )
    assert set(cut_time(graph, "1888").graph.nodes) == {"watson", "holmes", "dover"}


def test_the_characters_own_node_stays():
    """Whatever else is gone, somebody has to speak."""
    graph = graph_of(fact("ada", "born_on", "literal:1815"))
    assert set(cut_time(graph, "1800", own="ada").graph.nodes) == {"ada"}
    assert set(graph.as_of(valid="1800", own="ada").nodes) == {"ada"}
    assert set(cut_time(graph, "1800").graph.nodes) == set()


def test_the_past_is_known_though_it_does_not_hold():
    """Somebody who moved remembers where from; `as_of` asks for what holds."""
    old = fact("ada", "lives_in", "ockham", valid_to="1840")
    graph = graph_of(old)
    assert cut_time(graph, "1850").graph is graph
    assert cut_time(graph, "1850").facts == ()
    assert graph.as_of(valid="1850").facts == {}


def test_what_was_learned_dates_no_node_of_the_base():
    """A user cannot make an event of the story later or earlier."""
    base = graph_of(fact("holmes", "took_part_in", "case"), types={"case": "event"})
    dated = fact("case", "happened_on", "literal:1999", layer="learned")
    date = graph_of(dated).nodes["literal:1999"]
    graph = base.with_learned([date], [dated])
    assert cut_time(graph, "1890").graph == base


def test_the_view_of_a_date_is_made_once():
    """It is asked for every turn."""
    assert cut_time(FALLS, "1890") is cut_time(FALLS, "1890")
    learned = FALLS.with_learned([], [fact("holmes", "knows", "moriarty", layer="learned")])
    assert cut_time(learned, "1890").graph.base is cut_time(FALLS, "1890").graph


# ── against the definition ───────────────────────────────────────────────────────────────────


def order(one: str, other: str) -> int:
    """-1, 0 or 1: how two dates stand at the coarser precision."""
    shared = min(len(one), len(other))
    return (one[:shared] > other[:shared]) - (one[:shared] < other[:shared])


def later_ones(facts: list[Fact], date: str) -> set[str]:
    begins: dict[str, list[str]] = {}
    for each in facts:
        if each.relation == "happened_on":
            begins.setdefault(each.subject, []).append(each.object.removeprefix("literal:"))
        if each.relation == "made" and each.valid_from:
            begins.setdefault(each.object, []).append(each.valid_from)
    return {node for node, starts in begins.items() if all(order(start, date) > 0 for start in starts)}


def ends_of(each: Fact) -> set[str]:
    return {each.subject, each.object}


def expected(graph: PersonaGraph, date: str, *, past: bool) -> tuple[dict[str, Fact], set[str]]:
    """The facts and nodes there are at a date, by the definition."""
    base, learned = list(graph.base.facts.values()), list(graph.learned.facts.values())
    later = later_ones(base, date) & set(graph.base.nodes)
    later |= later_ones(learned, date) & set(graph.learned.nodes)

    def is_later(each: Fact) -> bool:
        is_date = each.relation in ("happened_on", "died_on") and order(each.object[8:], date) > 0
        begins_later = bool(each.valid_from) and order(each.valid_from, date) > 0
        return begins_later or is_date or bool(ends_of(each) & later)

    kept = {}
    gone_ends = {end for each in graph.base.facts.values() if is_later(each) for end in ends_of(each)}
    left_ends: set[str] = set()
    for each in graph.facts.values():
        if is_later(each):
            gone_ends |= ends_of(each)
            continue
        left_ends |= ends_of(each)
        forever = graph.relations[each.relation].cardinality == "append-only"
        end = each.valid_to
        over = bool(end) and (
            order(end, date) < 0
            or (
                order(end, date) == 0
                and not (each.valid_from and order(each.valid_from, end[: min(len(end), len(date))]) == 0)
            )
        )
        if over and not forever:
            if past:
                kept[each.id] = each
        elif end and (not forever or order(end, date) > 0):
            kept[each.id] = Fact(
                **{**{name: getattr(each, name) for name in Fact.__slots__}, "valid_to": None}
            )
        else:
            kept[each.id] = each
    passing = {"event", "person", "animal", "work", "literal"}
    gone = {
        node_id
        for node_id in gone_ends - left_ends
        if node_id in later or graph.nodes[node_id].type in passing
    }
    return kept, set(graph.nodes) - gone


@given(layers(), st.sampled_from((*DATES, "1881-03-03", "1879")))
def test_a_date_shows_what_the_definition_says(layered, date):
    """With a base and a layer, as with one list."""
    base, nodes, facts = layered
    graph = base.with_learned(nodes, facts)
    for each in (base, graph):
        cut = cut_time(each, date)
        kept, ids = expected(each, date, past=True)
        assert cut.graph.facts == kept
        assert set(cut.graph.nodes) == ids
        assert {node.id for node in cut.nodes} == set(each.nodes) - ids
        assert {fact.id for fact in cut.facts} == set(each.facts) - set(kept)
        assert each.as_of(valid=date).facts == expected(each, date, past=False)[0]
        check_whole(cut.graph)
        check_whole(each.as_of(valid=date))
