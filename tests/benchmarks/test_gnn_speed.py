"""The graphs that speed is measured on are as large as they say, and everybody has another name."""

from __future__ import annotations

from benchmarks.gnn_speed import graph_of, questions_on
from roleagent.gnn.training.worlds import CHARACTER


def test_a_graph_has_as_many_facts_as_asked_for():
    """And the same ones for a seed."""
    one, other, another = graph_of(300, 1), graph_of(300, 1), graph_of(300, 2)
    assert len(one.facts) == 300
    assert list(one.facts) == list(other.facts)
    assert list(one.facts) != list(another.facts)
    assert 50 <= len(one.facts_of(CHARACTER)) <= 90
    people = [node.label for node in one.nodes.values() if node.type == "person"]
    assert len(people) == len(set(people))


def test_every_other_question_names_somebody():
    """What is named is looked around from."""
    graph = graph_of(200, 0)
    asked = list(questions_on(graph, 6, 0))
    assert all(graph.mentioned_in(text) for text in asked[::2])
