"""The salience network in torch and torch-geometric. Importing this imports both."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch_geometric.nn import MessagePassing
from torch_geometric.utils import softmax

from roleagent.gnn.fact_graph import NUM_CLUES

NEGATIVE_SLOPE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes of a network.

    Attributes:
        dim: length of the embeddings.
        low: length to which they are projected.
        hidden: length of a fact's state.
        heads: of the attention; a divisor of `hidden`.
        layers: how many steps facts are heard from; 0 for none.
        warmth: length of the state that a fact keeps from one utterance to the next; 0 for none.
        dropout: share of a fact's state that is dropped in training, 0–1.
        dropout_in: the same for what is read of the embeddings.
        noise: length of the noise that is added to each embedding in training, whose own length is 1.
    """

    dim: int
    low: int = 96
    hidden: int = 64
    heads: int = 4
    layers: int = 2
    warmth: int = 16
    dropout: float = 0.2
    dropout_in: float = 0.3
    noise: float = 0.5


class EndAttention(MessagePassing):  # type: ignore[misc]  # torch-geometric has no types
    """What the facts at each end say together.

        h_v = sum_u a_vu W h_u,   a_vu = softmax_u(a . LeakyReLU(W h_u))

    with u the facts that have v as their subject (or their object). The attention of GATv2 (Brody et al.,
    arXiv:2105.14491); the target has no state of its own, but h_u has read what was said, so the question
    chooses who is heard.
    """

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__(aggr="add", node_dim=0)
        self.heads = heads
        self.value = nn.Linear(hidden, hidden)
        self.score = nn.Parameter(torch.empty(heads, hidden // heads))
        nn.init.xavier_uniform_(self.score)

    def forward(self, state: Tensor, end: Tensor, num_ends: int) -> Tensor:
        """[num_ends, hidden].

        Args:
            state: of the facts, [num_facts, hidden].
            end: index of each fact's end, [num_facts].
            num_ends: how many ends there are.
        """
        value = self.value(state).view(len(state), self.heads, -1)
        weight = (nn.functional.leaky_relu(value, NEGATIVE_SLOPE) * self.score).sum(-1)
        edges = torch.stack([torch.arange(len(state), device=state.device), end])
        weight = softmax(weight, end, num_nodes=num_ends)
        heard: Tensor = self.propagate(edges, value=(value, None), weight=weight, size=(len(state), num_ends))
        return heard.flatten(1)

    def message(self, value_j: Tensor, weight: Tensor) -> Tensor:
        """A fact's share in what its end hears."""
        return value_j * weight.unsqueeze(-1)


class FactLayer(nn.Module):
    """One step: ends hear their facts, and facts hear both of their ends.

    A fact hears, at its subject and at its object, those that have it as subject and those that have it as
    object: four relations between two facts that share an end.
    """

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.as_subject = EndAttention(hidden, heads)
        self.as_object = EndAttention(hidden, heads)
        self.mix = nn.Linear(5 * hidden, hidden)
        self.norm = nn.LayerNorm(hidden)

    def forward(self, state: Tensor, subject: Tensor, object_: Tensor, num_ends: int) -> Tensor:
        """[num_facts, hidden]."""
        said_of = self.as_subject(state, subject, num_ends)
        said_to = self.as_object(state, object_, num_ends)
        heard = [state, said_of[subject], said_to[subject], said_of[object_], said_to[object_]]
        updated: Tensor = self.norm(state + torch.relu(self.mix(torch.cat(heard, dim=-1))))
        return updated


class FactMemory(nn.Module):
    """What a fact keeps of the utterances before: what was talked about is warm, and cools.

        s_t = (1 - p_t) d s_(t-1) + p_t tanh(V h_t)

    with p_t the probability that the fact was needed, h_t its last hidden state, and d a decay for each
    number, 0-1: a gated update of what an utterance touches, in the manner of temporal graph networks
    (Rossi et al., arXiv:2006.10637). All numbers stay between -1 and 1.
    """

    def __init__(self, hidden: int, warmth: int) -> None:
        super().__init__()
        self.write = nn.Linear(hidden, warmth)
        self.decay = nn.Parameter(torch.zeros(warmth))  # log-odds

    def forward(self, held: Tensor, state: Tensor, log_odds: Tensor) -> Tensor:
        """What is kept after an utterance, [num_facts, warmth].

        Args:
            held: what was kept before it, [num_facts, warmth].
            state: hidden states of the facts, [num_facts, hidden].
            log_odds: that the utterance needs each fact, [num_facts].
        """
        touched = torch.sigmoid(log_odds).unsqueeze(-1)
        kept: Tensor = (1 - touched) * torch.sigmoid(self.decay) * held
        return kept + touched * torch.tanh(self.write(state))


class SalienceNetwork(nn.Module):
    """Which facts a turn needs."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.project = nn.Linear(shape.dim, shape.low, bias=False)
        self.enter = nn.Linear(4 * shape.low + NUM_CLUES + shape.warmth, shape.hidden)
        self.enter_norm = nn.LayerNorm(shape.hidden)
        self.deep = nn.Linear(shape.hidden, shape.hidden)
        self.layers = nn.ModuleList(FactLayer(shape.hidden, shape.heads) for _ in range(shape.layers))
        self.leave = nn.Linear(shape.hidden, shape.hidden)
        self.salience = nn.Linear(shape.hidden, 1)
        self.memory = FactMemory(shape.hidden, shape.warmth)
        self.drop, self.drop_in = nn.Dropout(shape.dropout), nn.Dropout(shape.dropout_in)

    def forward(
        self,
        fact: Tensor,
        question: Tensor,
        clues: Tensor,
        subject: Tensor,
        object_: Tensor,
        num_ends: int,
        held: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Log-odds that each fact is needed, [num_facts], and what is kept for the next utterance.

        Args:
            fact: embeddings of the facts' sentences, [num_facts, dim].
            question: embedding of what was said, for each fact, [num_facts, dim].
            clues: see `FactGraph.clues`, [num_facts, NUM_CLUES].
            subject: index of the subject, [num_facts].
            object_: index of the object, [num_facts].
            num_ends: how many ends there are.
            held: what was kept of the utterances before, [num_facts, warmth]; None at the start of a talk.
        """
        held = fact.new_zeros(len(fact), self.shape.warmth) if held is None else held
        low_fact, low_question = self.project(self._blurred(fact)), self.project(self._blurred(question))
        product = low_fact * low_question * self.shape.low**0.5
        fit = torch.cat([low_fact, low_question, product, (low_fact - low_question).abs()], dim=-1)
        state = self.enter_norm(torch.relu(self.enter(torch.cat([self.drop_in(fit), clues, held], dim=-1))))
        state = state + self.drop(torch.relu(self.deep(state)))
        for layer in self.layers:
            state = self.drop(layer(state, subject, object_, num_ends))
        log_odds: Tensor = self.salience(torch.relu(self.leave(state))).squeeze(-1)
        return log_odds, self.memory(held, state, log_odds)

    def _blurred(self, vectors: Tensor) -> Tensor:
        """Embeddings with noise, while training: what is learned should hold for other wordings too."""
        if not self.training:
            return vectors
        blurred: Tensor = vectors + torch.randn_like(vectors) * (self.shape.noise / self.shape.dim**0.5)
        return blurred
