"""Facts as arrays."""

from __future__ import annotations

import numpy as np

from roleagent.gnn.features import TextVectors, features_of


def test_every_fact_is_an_edge_each_way(embedder, graph):
    """What is known of Mycroft speaks for his club, and the other way round."""
    facts = list(graph.facts.values())[:3]
    features = features_of(facts, graph, TextVectors(embedder))
    # holmes 0, mycroft 1, club 2, violin 3
    assert features.edge_index.tolist() == [[0, 1, 0, 1, 2, 3], [1, 2, 3, 0, 1, 0]]
    assert features.node.shape == (4, 256)
    assert features.edge.shape == (6, 256)
    assert np.array_equal(features.edge[0], features.edge[3])
    assert np.array_equal(features.fact, features.edge[:3])
