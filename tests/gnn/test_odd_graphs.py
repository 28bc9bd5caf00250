"""Graphs that nobody would draw, and that must not slow a turn down or break it."""

from __future__ import annotations

import time

import numpy as np
import pytest

from roleagent.gnn.likeness import PageRankFactRanker
from roleagent.gnn.nearby import MAX_FACTS, character_of
from roleagent.gnn.ranker import GnnFactRanker
from roleagent.graph.graph import PersonaGraph
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import Fact, Node

NUM_AT_HUB = 100_000
MOST_S = 2.0  # processor seconds of a turn on the slowest machine; measured: hundredths


def world(num_nodes: int, pairs: list[tuple[int, int]], relation: str = "knows") -> PersonaGraph:
    return PersonaGraph(
        nodes=[Node(id=f"n{number}", type="person", label=f"Person {number}") for number in range(num_nodes)],
        facts=[
            Fact(
                id=f"f{place}", subject=f"n{one}", relation=relation, object=f"n{other}",
                text=f"Person {one} knows Person {other}.",
            )
            for place, (one, other) in enumerate(pairs)
        ],
        relations={},
    )  # fmt: skip


@pytest.fixture(params=[GnnFactRanker, PageRankFactRanker])
def ranker(request: pytest.FixtureRequest):
    """The network where there are weights for the embedder, and what serves without."""
    if request.param is PageRankFactRanker:
        return PageRankFactRanker(HashEmbedder())
    from roleagent import registry

    return GnnFactRanker(registry.get("embedder", "use-m3"))


@pytest.mark.parametrize(
    ("num_nodes", "pairs"),
    [
        (1, []),
        (5, []),
        (1, [(0, 0)]),
        (9, [(0, 1), (5, 6)]),
    ],
    ids=["one node", "no facts", "a loop", "isolated nodes"],
)
def test_a_small_odd_graph_is_ranked(ranker, num_nodes, pairs):
    """As many facts as there are at most, each with a score that is a number."""
    found = ranker.rank(world(num_nodes, pairs), "Whom does Person 0 know?", limit=9)
    assert len(found) <= len(pairs)
    assert all(np.isfinite(fact.score) for fact in found)


def test_an_unseen_relation_is_read_by_its_words(ranker):
    """Nothing is listed that a relation must be among."""
    graph = world(3, [(0, 1), (1, 2)], relation="zorbs_gladly")
    found = ranker.rank(graph, "Whom does Person 0 know?", limit=9)
    assert all(np.isfinite(fact.score) for fact in found)


@pytest.mark.slow
def test_a_hundred_thousand_facts_at_one_node_cost_no_more_than_a_few_hundred():
    """The nearest are read, and the rest is not even looked at."""
    graph = world(NUM_AT_HUB + 1, [(0, number) for number in range(1, NUM_AT_HUB + 1)])
    ours = PageRankFactRanker(HashEmbedder())
    ours.rank(graph, "Whom does Person 7 know?", limit=9)
    start = time.process_time()
    found = ours.rank(graph, "Does Person 7 know Person 99?", limit=9)
    assert time.process_time() - start < MOST_S
    assert len(found) <= 9


def test_the_first_facts_of_a_neighbourhood_are_the_nearest():
    """Those of what is named come before those of its neighbours, one by one."""
    graph = world(4, [(0, 1), (1, 2), (2, 3)])
    near = graph.around(["n0"], radius=2)
    assert next(near).id == "f0"
    assert [fact.id for fact in near] == ["f1"]
    assert graph.neighbourhood(["n0"], radius=2) == tuple(graph.around(["n0"], radius=2))
    assert character_of(graph) == "n1"
    assert MAX_FACTS < NUM_AT_HUB


def test_a_large_graph_in_which_nothing_holds_any_more_brings_up_nothing(ranker):
    """A character who has left everything behind."""
    from dataclasses import replace

    before = world(30, [(0, 1 + number % 29) for number in range(450)])
    ended = [replace(fact, valid_to="1900") for fact in before.facts.values()]
    graph = PersonaGraph(nodes=before.nodes.values(), facts=ended, relations={})
    assert list(ranker.rank(graph, "Whom do you know?", limit=5)) == []
