"""Small graphs for the tests of the persona graph, by hand and at random."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from hypothesis import strategies as st

from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS
from roleagent.types import Fact, Node, Relation

START = datetime(2026, 1, 1, tzinfo=UTC)
TYPES = ("person", "place", "event", "topic")
RELATIONS = ("knows", "friend_of", "lives_in", "met", "parent_of", "child_of", "took_part_in", "made")
DATES = ("1880", "1881", "1881-03", "1881-03-04", "1881-06", "1882", "1883-01")
IDS = [f"n{number}" for number in range(7)]
VALUES = {
    f"literal:{date}": Node(id=f"literal:{date}", type="literal", label=date) for date in ("1880", "1882-05")
}


def moment(day: int) -> datetime:
    """So many days after the start."""
    return START + timedelta(days=day)


def person(id_: str, **more) -> Node:
    return Node(id=id_, type=more.pop("type", "person"), label=more.pop("label", id_.title()), **more)


def fact(subject: str, relation: str, object_: str, **more) -> Fact:
    text = more.pop("text", f"{subject} {relation} {object_}.")
    id_ = more.pop("id", f"{subject}.{relation}.{object_}")
    return Fact(id=id_, subject=subject, relation=relation, object=object_, text=text, **more)


def graph_of(
    *facts: Fact,
    types: MappingProxyType[str, str] = MappingProxyType({}),
    relations: MappingProxyType[str, Relation] = CORE_RELATIONS,
    history: tuple[Fact, ...] = (),
) -> PersonaGraph:
    """A graph of some facts and the nodes they name; ``literal:1881`` is a value."""
    ids = dict.fromkeys(end for each in (*facts, *history) for end in (each.subject, each.object))
    nodes = []
    for id_ in ids:
        kind, _, rest = id_.partition(":")
        is_literal = kind == "literal"
        nodes.append(
            Node(id=id_, type="literal", label=rest)
            if is_literal
            else person(id_, type=types.get(id_, "person"))
        )
    return PersonaGraph(nodes=nodes, facts=facts, relations=relations, history=history)


# ── at random ────────────────────────────────────────────────────────────────────────────────

_LABELS = ("Ada", "Ada Byron", "Byron", "Bath", "巴斯", "巴斯大学")


@st.composite
def nodes(draw: st.DrawFn, ids: list[str] = IDS) -> list[Node]:
    """Nodes of all types, of which some share names, and the values."""
    made = [
        Node(
            id=id_,
            type=draw(st.sampled_from(TYPES)),
            label=draw(st.sampled_from(_LABELS)),
            aliases=tuple(draw(st.lists(st.sampled_from(_LABELS), max_size=1))),
        )
        for id_ in ids
    ]
    return [*made, *VALUES.values()]


@st.composite
def facts(
    draw: st.DrawFn, ids: list[str] = IDS, *, prefix: str = "f", layer: str = "canon", max_size: int = 12
) -> list[Fact]:
    """Facts between such nodes, with dates, secrets and times of record."""
    made = []
    for number in range(draw(st.integers(0, max_size))):
        relation = draw(st.sampled_from((*RELATIONS, "happened_on", "died_on")))
        is_dated = relation in ("happened_on", "died_on")
        start, end = draw(st.sampled_from((None, *DATES))), draw(st.sampled_from((None, None, *DATES)))
        made.append(
            Fact(
                id=f"{prefix}{number}",
                subject=draw(st.sampled_from(ids)),
                relation=relation,
                object=draw(st.sampled_from(sorted(VALUES) if is_dated else ids)),
                text=draw(st.sampled_from(("Ada knows Bath.", "Byron met Ada", "巴斯很远。"))),
                layer=draw(st.sampled_from((layer, "current"))),
                valid_from=start,
                valid_to=end,
                visibility=draw(
                    st.sampled_from((("public",), ("public",), (), ("n1",), ("n1", "user:u"), ("unknown",)))
                ),
            )
        )
    return made


@st.composite
def layers(draw: st.DrawFn) -> tuple[PersonaGraph, list[Node], list[Fact]]:
    """A base graph, and nodes and facts to lay over it; some ids are in both."""
    base = PersonaGraph(nodes=draw(nodes()), facts=draw(facts()), relations=CORE_RELATIONS)
    own = [f"own{number}" for number in range(3)]
    learned = draw(facts([*IDS, *own], prefix="l", layer="learned", max_size=6))
    shared = draw(facts([*IDS, *own], prefix="f", layer="learned", max_size=6))
    return base, draw(nodes([*own, "n0"])), [*learned, *shared]


TEXT = "Ada Byron met Byron near 巴斯大学 in Bath, and Ada knows 巴斯"


def check_same(graph: PersonaGraph, other: PersonaGraph) -> None:
    """Every method gives the same, in the same order."""
    assert graph == other
    assert other == graph
    assert hash(graph) == hash(other)
    assert (len(graph), repr(graph)) == (len(other), repr(other))
    assert list(graph.nodes.items()) == list(other.nodes.items())
    assert list(graph.facts.items()) == list(other.facts.items())
    assert len(graph.nodes) == len(other.nodes)
    for id_ in [*other.nodes, "nobody"]:
        assert graph.facts_of(id_) == other.facts_of(id_)
        assert graph.values(id_, "knows") == other.values(id_, "knows")
        for radius in (1, 2):
            assert graph.neighbourhood([id_], radius=radius) == other.neighbourhood([id_], radius=radius)
    assert graph.mentioned_in(TEXT) == other.mentioned_in(TEXT)
    assert graph.search(TEXT, limit=50) == other.search(TEXT, limit=50)
    assert graph.paths("n0", "n1") == other.paths("n0", "n1")
    pattern = [("?a:person", "friend_of", "?b"), ("?b", "?how", "?c")]
    assert graph.match(pattern, ended=True) == other.match(pattern, ended=True)
    assert dict(graph.to_networkx().adj) == dict(other.to_networkx().adj)


def check_whole(graph: PersonaGraph) -> None:
    """Every method gives what it would if the graph had been made of its parts."""
    parts = graph.nodes.values(), graph.facts.values()
    check_same(graph, PersonaGraph(nodes=parts[0], facts=parts[1], relations=graph.relations))
