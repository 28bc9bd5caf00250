"""The attention layer over a neighbourhood. Importing this imports torch and torch-geometric."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch
from torch import Tensor, nn
from torch_geometric.nn import MessagePassing
from torch_geometric.utils import softmax

from roleagent.gnn.attention import TEMPERATURE
from roleagent.gnn.features import Features, Matrix

_threads_lock = threading.Lock()


class Projection(nn.Module):
    """``x + x A B`` with A of shape [dim, rank] and B zero at first: the identity until it is trained.

    (The parametrisation of LoRA, Hu et al., arXiv:2106.09685, around an identity instead of a weight.)
    """

    def __init__(self, dim: int, rank: int) -> None:
        super().__init__()
        self.down = nn.Parameter(torch.eye(dim, rank))
        self.up = nn.Parameter(torch.zeros(rank, dim))

    def forward(self, x: Tensor) -> Tensor:
        """Same shape as `x`."""
        projected: Tensor = x + x @ self.down @ self.up
        return projected


class NeighbourhoodAttention(MessagePassing):  # type: ignore[misc]  # torch-geometric has no types
    """How well the facts around each node answer some questions.

        s_i = sum_j a_ij (q . V m_ij),   a_ij = softmax_j(Q q . K m_ij / temperature),
        m_ij = (x_j + e_ij) / |x_j + e_ij|

    with x the nodes, e the facts between them and q a question: dot-product attention with edge features
    (as in Shi et al., arXiv:2009.03509), in which the question, not the node, is the query.
    Q, K and V are the identity until they are trained. The untrained layer is deterministic: it averages
    embeddings by their likeness to the question, and claims no more than that.

    Args:
        dim: length of the embeddings.
        rank: rank of what training may add to the identity.
        temperature: the smaller it is, the more the best neighbour outweighs the others.
    """

    def __init__(self, dim: int, *, rank: int = 16, temperature: float = TEMPERATURE) -> None:
        super().__init__(aggr="add", node_dim=0)
        self.query, self.key, self.value = (Projection(dim, rank) for _ in range(3))
        self.temperature = temperature

    def forward(self, node: Tensor, edge_index: Tensor, edge: Tensor, questions: Tensor) -> Tensor:
        """One score a node and question, [num_nodes, num_questions].

        Args:
            node: [num_nodes, dim].
            edge_index: [2, num_edges], from neighbour to node.
            edge: [num_edges, dim].
            questions: [num_questions, dim].
        """
        # PyG lifts only node features to the edges, so both forms of the questions are bound beforehand
        asked, wanted = self.query(questions).T, questions.T
        out: Tensor = self.propagate(edge_index, node=node, edge=edge, asked=asked, wanted=wanted)
        return out

    def message(
        self, node_j: Tensor, edge: Tensor, asked: Tensor, wanted: Tensor, index: Tensor, size_i: int | None
    ) -> Tensor:
        """How well each neighbour answers, weighted: [num_edges, num_questions]."""
        said = nn.functional.normalize(node_j + edge, dim=-1)
        weight = softmax(self.key(said) @ asked / self.temperature, index, num_nodes=size_i)
        weighted: Tensor = weight * (self.value(said) @ wanted)
        return weighted


@cache
def untrained_layer(dim: int) -> NeighbourhoodAttention:
    """The layer for embeddings of this length, made once."""
    layer = NeighbourhoodAttention(dim)
    layer.requires_grad_(False)
    return layer


def attend(features: Features, questions: Matrix) -> Matrix:
    """How well the facts around each node answer each question: [num_questions, num_nodes]."""
    layer = untrained_layer(questions.shape[1])
    with torch.inference_mode(), _one_thread():
        out: Matrix = layer(
            torch.from_numpy(features.node),
            torch.from_numpy(features.edge_index),
            torch.from_numpy(features.edge),
            torch.from_numpy(questions),
        ).numpy()
    return out.T


@contextmanager
def _one_thread() -> Iterator[None]:
    """Run torch on one thread, and restore its number of threads afterwards.

    On a graph of a hundred nodes several threads only wait for each other: on two busy cores that was
    measured to be 220 times slower. The setting applies to the whole process, hence the lock.
    """
    with _threads_lock:
        num_threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(num_threads)
