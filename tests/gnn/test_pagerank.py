"""PageRank over facts that share an end, by hand and against networkx."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from roleagent.embedding.text_vectors import TextVectors
from roleagent.gnn.fact_graph import fact_graph
from roleagent.gnn.pagerank import page_rank


def ranks(facts, start, **options):
    return page_rank(start, facts.subject, facts.object, facts.is_character, **options)


@pytest.fixture
def facts(embedder, graph):
    """Holmes has a brother, who has a club; Holmes plays, and lives somewhere. Nobody is the character."""
    held = [fact for fact in graph.facts.values() if fact.valid_to is None]
    return fact_graph(held, graph, "nobody", TextVectors(embedder))


def test_it_is_the_page_rank_of_networkx(facts):
    """On the graph in which a fact points to both of its ends, and an end to its facts."""
    web: nx.DiGraph = nx.DiGraph()
    for fact in facts.facts:
        for end in (fact.subject, fact.object):
            web.add_edge(fact.id, end)
            web.add_edge(end, fact.id)
    start = np.array([[1, 0, 0, 0], [1, 1, 0, 2]], np.float32)
    for row, ours in zip(start, ranks(facts, start, damping=0.5), strict=True):
        ids = [fact.id for fact in facts.facts]
        wanted = nx.pagerank(web, alpha=0.5**0.5, personalization=dict(zip(ids, row, strict=True)), tol=1e-12)
        # A step of ours is two of networkx, and half of its weight lies on the ends.
        theirs = np.array([wanted[each] for each in ids])
        assert np.allclose(ours / ours.sum(), theirs / theirs.sum(), atol=1e-3)


def test_nothing_moves_through_the_character(embedder, graph):
    """Half of all facts meet there: it would lift them all."""
    held = [fact for fact in graph.facts.values() if fact.valid_to is None]
    facts = fact_graph(held, graph, "holmes", TextVectors(embedder))
    ids = [fact.id for fact in facts.facts]
    start = np.array([[each == "mycroft.member_of.club" for each in ids]], np.float32)
    rank = dict(zip(ids, ranks(facts, start)[0], strict=True))
    assert rank["mycroft.member_of.club"] > rank["holmes.sibling_of.mycroft"] > 0
    assert rank["holmes.plays.violin"] == rank["holmes.lives_in.london"] == 0


def test_a_start_nowhere_stays_nowhere(facts):
    """No weight, no division by zero."""
    assert not ranks(facts, np.zeros((1, 4), np.float32)).any()
