"""What the untrained attention layer computes, in numpy: torch takes seconds to import."""

from __future__ import annotations

import numpy as np

from roleagent.gnn.features import Features, Matrix

TEMPERATURE = 0.05
"""The smaller it is, the more the best neighbour outweighs the others."""

_SMALLEST_NORM = 1e-12


def attend(features: Features, questions: Matrix) -> Matrix:
    """How well the facts around each node answer each question: [num_questions, num_nodes].

    The formula of `roleagent.gnn.model.NeighbourhoodAttention` with Q, K and V the identity. A node without
    facts has 0.
    """
    source, target = features.edge_index
    order = np.argsort(target, kind="stable")  # edges to the same node stand together
    nodes, first = np.unique(target[order], return_index=True)
    said = features.node[source[order]] + features.edge[order]  # [num_edges, dim]
    said /= np.maximum(np.linalg.norm(said, axis=1, keepdims=True), _SMALLEST_NORM)
    answers = said @ questions.T  # [num_edges, num_questions]
    peaks = np.repeat(np.maximum.reduceat(answers, first), np.diff(first, append=len(order)), axis=0)
    weights = np.exp((answers - peaks) / np.float32(TEMPERATURE))
    of_node: Matrix = np.zeros((len(questions), len(features.node)), np.float32)
    of_node[:, nodes] = (np.add.reduceat(weights * answers, first) / np.add.reduceat(weights, first)).T
    return of_node
