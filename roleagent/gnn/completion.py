"""Completion of a large knowledge graph in torch: a bilinear scorer, and attention over neighbourhoods.

Importing this imports torch. Entities have learned embeddings here, so it is for one fixed graph; what an
agent asks about the facts of a persona is in `roleagent.gnn.plausibility`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

Scorer = Literal["complex", "distmult"]

_START = 0.1  # standard deviation of new embeddings
_NEGATIVE_SLOPE = 0.2
_OFF = -1e9  # log-weight of a neighbour that is not there


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionShape:
    """Sizes of a network.

    Attributes:
        num_entities: of the graph.
        num_relations: with the inverse of each.
        scorer: ``complex`` (arXiv:1606.06357) or ``distmult`` (arXiv:1412.6575).
        dim: numbers an entity; for ``complex``, real and imaginary parts together.
        attention: whether a subject hears its neighbourhood first.
        low: length of what is heard.
        heads: of the attention; a divisor of `low`.
        dropout: share of a subject and of a relation that is dropped in training, 0–1.
        dropout_heard: the same for what is heard.
    """

    num_entities: int
    num_relations: int
    scorer: Scorer = "complex"
    dim: int = 512
    attention: bool = False
    low: int = 64
    heads: int = 4
    dropout: float = 0.1
    dropout_heard: float = 0.1


class NeighbourAttention(nn.Module):
    """What the facts around a subject say toward a question about it.

        h_s = sum_u a_u W' m_u,  m_u = P e_u * r_u,  a_u = softmax_u(a . LeakyReLU(W m_u + V q) + b[r, r_u])

    with u the neighbours of the subject, r_u the relation to them, r the relation that is asked for and q the
    subject's own embedding with r. The attention of GATv2 (arXiv:2105.14491), relational by m and b. A first
    key that stands for nobody lets the subject hear nothing.
    """

    def __init__(self, shape: CompletionShape) -> None:
        super().__init__()
        low, self.heads = shape.low, shape.heads
        self.project = nn.Linear(shape.dim, low, bias=False)
        self.relation = nn.Embedding(shape.num_relations, low)
        self.wanted = nn.Embedding(shape.num_relations, low)
        self.key, self.value = nn.Linear(low, low), nn.Linear(low, low)
        self.ask = nn.Linear(low, low, bias=False)
        self.score = nn.Parameter(torch.empty(shape.heads, low // shape.heads))
        self.fit = nn.Parameter(torch.zeros(shape.num_relations, shape.num_relations, shape.heads))
        self.nobody = nn.Parameter(torch.zeros(shape.heads))
        self.norm = nn.LayerNorm(low)
        self.leave = nn.Linear(low, shape.dim)
        self.drop = nn.Dropout(shape.dropout_heard)
        nn.init.xavier_uniform_(self.score)
        nn.init.normal_(self.relation.weight, mean=1.0, std=_START)
        nn.init.zeros_(self.leave.weight)  # nothing is heard at first
        nn.init.zeros_(self.leave.bias)

    def forward(
        self,
        entities: Tensor,
        subject: Tensor,
        asked: Tensor,
        relation: Tensor,
        neighbour: Tensor,
        told: Tensor,
    ) -> Tensor:
        """What each subject hears, [num_questions, dim].

        Args:
            entities: all embeddings, [num_entities, dim].
            subject: [num_questions].
            asked: relation of each question, [num_questions].
            relation: of the neighbours, [num_questions, num_neighbours].
            neighbour: their indices, the same shape.
            told: whether there is one, the same shape.
        """
        low = self.project(entities)  # [num_entities, low]
        message = self.drop(self.norm(nn.functional.embedding(neighbour, low) * self.relation(relation)))
        question = self.ask(
            nn.functional.embedding(subject, low) + self.wanted(asked)
        )  # [num_questions, low]
        shape = (*neighbour.shape, self.heads, -1)
        key = (self.key(message) + question[:, None]).view(shape)
        weight = (nn.functional.leaky_relu(key, _NEGATIVE_SLOPE) * self.score).sum(-1)
        weight = (weight + self.fit[asked[:, None], relation]).masked_fill(~told[..., None], _OFF)
        nobody = self.nobody.expand(len(subject), 1, -1)
        weight = torch.softmax(torch.cat([nobody, weight], dim=1), dim=1)[:, 1:]
        heard = (weight[..., None] * self.value(message).view(shape)).sum(1).flatten(1)
        out: Tensor = self.leave(self.drop(heard))
        return out


class CompletionNetwork(nn.Module):
    """How likely each entity is the object of a subject and a relation."""

    def __init__(self, shape: CompletionShape) -> None:
        super().__init__()
        self.shape = shape
        self.entity = nn.Parameter(torch.randn(shape.num_entities, shape.dim) * _START)
        self.relation = nn.Parameter(torch.randn(shape.num_relations, shape.dim) * _START)
        self.attention = NeighbourAttention(shape) if shape.attention else None
        self.drop = nn.Dropout(shape.dropout)

    def forward(
        self, subject: Tensor, asked: Tensor, relation: Tensor, neighbour: Tensor, told: Tensor
    ) -> Tensor:
        """Scores of all entities, [num_questions, num_entities]; see `NeighbourAttention.forward`."""
        state = self.entity[subject]
        if self.attention is not None:
            state = state + self.attention(self.entity, subject, asked, relation, neighbour, told)
        question = times(self.drop(state), self.drop(self.relation[asked]), self.shape.scorer)
        return question @ self.entity.T


def times(one: Tensor, other: Tensor, scorer: Scorer) -> Tensor:
    """The product of subject and relation, so that its inner product with an object is their score.

    DistMult: sum_i s_i r_i o_i. ComplEx: Re(sum_i s_i r_i conj(o_i)), the real parts in the first half.

    Args:
        one: [..., dim].
        other: the same shape.
        scorer: which of both.
    """
    if scorer == "distmult":
        return one * other
    (real, imaginary), (by, with_) = one.chunk(2, dim=-1), other.chunk(2, dim=-1)
    return torch.cat([real * by - imaginary * with_, real * with_ + imaginary * by], dim=-1)


def moduli(vectors: Tensor, scorer: Scorer) -> Tensor:
    """Absolute values of a vector's numbers; half as many for ``complex``."""
    if scorer == "distmult":
        return vectors.abs()
    real, imaginary = vectors.chunk(2, dim=-1)
    return torch.sqrt(real**2 + imaginary**2 + 1e-12)
