"""The plausibility network in torch. Importing this imports torch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from roleagent.gnn.candidate_clues import NUM_CANDIDATE_CLUES
from roleagent.gnn.completion import Scorer, times

_START = 0.7  # standard deviation of new projections; the embeddings are of length 1
_START_OF_SUBJECT = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class PlausibilityShape:
    """Sizes of a network.

    Attributes:
        dim: length of the embeddings.
        low: length to which they are projected; even for ``complex``.
        hidden: length of the state from which clues are weighed.
        scorer: ``complex`` or ``distmult``.
        dropout: share of a projection that is dropped in training, 0–1.
        noise: length of the noise that is added to each embedding in training, whose own length is 1.
    """

    dim: int
    low: int = 96
    hidden: int = 32
    scorer: Scorer = "complex"
    dropout: float = 0.2
    noise: float = 0.3


class PlausibilityNetwork(nn.Module):
    """How plausible a candidate fact is, from texts and from how it fits the graph.

        t = Re(sum_i (P s)_i (Q r)_i conj((R o)_i)) / sqrt(low),   log-odds = t + W' relu(W [t, clues])

    with s, r and o the embeddings of subject, relation and object: ComplEx (arXiv:1606.06357) over texts
    instead of learned entities, so new nodes, relations and languages need no training. At first P s is about
    one, so that relation and object are fitted to each other before the subject counts.
    """

    def __init__(self, shape: PlausibilityShape) -> None:
        super().__init__()
        self.shape = shape
        self.subject, self.relation, self.object = (nn.Linear(shape.dim, shape.low) for _ in range(3))
        self.enter = nn.Linear(1 + NUM_CANDIDATE_CLUES, shape.hidden)
        self.leave = nn.Linear(shape.hidden, 1)
        self.drop = nn.Dropout(shape.dropout)
        for projection in (self.relation, self.object):
            nn.init.normal_(projection.weight, std=_START)
        nn.init.normal_(self.subject.weight, std=_START_OF_SUBJECT)
        with torch.no_grad():  # one: relation and object alone count at first
            self.subject.bias.zero_()[: shape.low // 2 if shape.scorer == "complex" else shape.low] = 1

    def forward(
        self, nodes: Tensor, relations: Tensor, subject: Tensor, asked: Tensor, object_: Tensor, clues: Tensor
    ) -> Tensor:
        """Log-odds, [num_candidates].

        Args:
            nodes: embeddings, [num_nodes, dim].
            relations: embeddings, [num_relations, dim].
            subject: index of each candidate's subject, [num_candidates].
            asked: of its relation.
            object_: of its object.
            clues: see `Surroundings.clues`, [num_candidates, NUM_CANDIDATE_CLUES].
        """
        nodes, relations, pick = self._blurred(nodes), self._blurred(relations), nn.functional.embedding
        by_subject = pick(subject, self.drop(self.subject(nodes)))
        question = times(by_subject, pick(asked, self.drop(self.relation(relations))), self.shape.scorer)
        fit = (question * pick(object_, self.drop(self.object(nodes)))).sum(
            -1, keepdim=True
        ) / self.shape.low**0.5
        weighed: Tensor = self.leave(torch.relu(self.enter(torch.cat([fit, clues], dim=-1))))
        log_odds: Tensor = (fit + weighed).squeeze(-1)
        return log_odds

    def _blurred(self, vectors: Tensor) -> Tensor:
        if not self.training:
            return vectors
        blurred: Tensor = vectors + torch.randn_like(vectors) * (self.shape.noise / self.shape.dim**0.5)
        return blurred
