"""The fusions of text, picture and voice features in torch, for training. Importing this imports torch.

Every modality m has an encoder, h_m = ReLU(LayerNorm(A_m x_m + a_m)), with x_m standardised. If it is
missing, h_m is a learned vector. A mixer makes the turn vector y of the h_m; see `FusionNetwork`.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from roleagent.gnn.fusion_shape import MAX_DEVIATIONS, FusionShape


def make_fusion(
    way: str,
    *,
    dims: Mapping[str, int],
    out_dim: int = 32,
    hidden: int = 64,
    tokens: int = 4,
    heads: int = 2,
    dropout: float = 0.2,
) -> FusionNetwork:
    """An untrained fusion; see `FusionShape` for the arguments.

    Raises:
        InputError: the way is not known, or the sizes do not fit.
    """
    shape = FusionShape(
        way=way, dims=dims, out_dim=out_dim, hidden=hidden, tokens=tokens, heads=heads, dropout=dropout
    )
    return FusionNetwork(shape)


class Encoder(nn.Module):
    """A modality's features as its state.

    Its `mean` and `scale`, [dim], are set from the data before training and are saved with the weights.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, dim: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("scale", torch.ones(dim))
        self.enter, self.norm = nn.Linear(dim, hidden), nn.LayerNorm(hidden)
        self.absent = nn.Parameter(torch.zeros(hidden))
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """[num_turns, hidden].

        Args:
            x: features, [num_turns, dim]; not read where the modality is missing.
            present: [num_turns], boolean.
        """
        there = present.unsqueeze(-1)
        standard = ((torch.where(there, x, self.mean) - self.mean) / self.scale).clamp(
            -MAX_DEVIATIONS, MAX_DEVIATIONS
        )
        state = self.drop(torch.relu(self.norm(self.enter(standard))))
        return torch.where(there, state, self.absent)


class Concat(nn.Module):
    """Early fusion: y = W' ReLU(W [h_1, …, h_M])."""

    def __init__(self, shape: FusionShape) -> None:
        super().__init__()
        self.deep = nn.Linear(len(shape.dims) * shape.hidden, shape.hidden)
        self.leave = nn.Linear(shape.hidden, shape.out_dim)
        self.drop = nn.Dropout(shape.dropout)

    def forward(self, states: Tensor, present: Tensor) -> Tensor:
        """[num_turns, out_dim]; see `FusionNetwork.forward`."""
        mixed: Tensor = self.leave(self.drop(torch.relu(self.deep(states.flatten(1)))))
        return mixed


class Decision(nn.Module):
    """Late fusion: each modality decides alone, and a mean is taken over those that are there.

        y = sum_m a_m W'_m ReLU(W_m h_m),   a = softmax(trust) over the modalities that are there

    Under a linear head the logits are averaged: a logarithmic opinion pool, or product of experts (Hinton,
    2002).
    """

    def __init__(self, shape: FusionShape) -> None:
        super().__init__()
        names, hidden = shape.modalities, shape.hidden
        self.deep = nn.ModuleDict({name: nn.Linear(hidden, hidden) for name in names})
        self.leave = nn.ModuleDict({name: nn.Linear(hidden, shape.out_dim) for name in names})
        self.trust = nn.Parameter(torch.zeros(len(names)))
        self.drop = nn.Dropout(shape.dropout)

    def forward(self, states: Tensor, present: Tensor) -> Tensor:
        """[num_turns, out_dim]; see `FusionNetwork.forward`."""
        votes = torch.stack(
            [
                self.leave[name](self.drop(torch.relu(self.deep[name](states[:, place]))))
                for place, name in enumerate(self.deep)
            ],
            dim=1,
        )
        shares = masked_softmax(self.trust.expand(present.shape), present, dim=1)
        return (votes * shares.unsqueeze(-1)).sum(dim=1)


class Gated(nn.Module):
    """Gated multimodal units (Arevalo et al., arXiv:1702.01992).

        y = W' sum_m z_m * tanh(W_m h_m),   z = softmax_m(U [h_1, …, h_M]) for each unit

    For two modalities this is the paper's z and 1 - z. A modality that is missing has z = 0.
    """

    def __init__(self, shape: FusionShape) -> None:
        super().__init__()
        num, hidden = len(shape.dims), shape.hidden
        self.deep = nn.ModuleDict({name: nn.Linear(hidden, hidden) for name in shape.modalities})
        self.gate = nn.Linear(num * hidden, num * hidden)
        self.leave = nn.Linear(hidden, shape.out_dim)
        self.drop = nn.Dropout(shape.dropout)

    def forward(self, states: Tensor, present: Tensor) -> Tensor:
        """[num_turns, out_dim]; see `FusionNetwork.forward`."""
        deep = torch.stack(
            [torch.tanh(layer(states[:, place])) for place, layer in enumerate(self.deep.values())], dim=1
        )
        gate = self.gate(states.flatten(1)).view_as(states)
        gate = masked_softmax(gate, present.unsqueeze(-1), dim=1)
        mixed: Tensor = self.leave(self.drop((gate * deep).sum(dim=1)))
        return mixed


class CrossAttention(nn.Module):
    """Crossmodal attention (Tsai et al., MulT, arXiv:1906.00295).

    A state is cut into tokens. Those of a modality m ask, and those of the others n that are there answer:

        h_m' = LayerNorm(h_m + O_m softmax(Q_m h_m (K_n h_n)^T / sqrt(d)) V_n h_n)
        h_m'' = LayerNorm(h_m' + FeedForward(h_m'));   y = W' ReLU(W [h_1'', …, h_M''])

    One layer; with more than two modalities, all others answer under one softmax, where MulT pairs them.
    """

    def __init__(self, shape: FusionShape) -> None:
        super().__init__()
        piece, names = shape.hidden // shape.tokens, shape.modalities
        self.tokens, self.heads, self.names = shape.tokens, shape.heads, names

        def layers(from_dim: int, to_dim: int) -> nn.ModuleDict:
            return nn.ModuleDict({name: nn.Linear(from_dim, to_dim) for name in names})

        self.query, self.key, self.value = (layers(piece, piece) for _ in range(3))
        self.join = layers(piece, piece)
        self.feed_in, self.feed_out = layers(piece, 2 * piece), layers(2 * piece, piece)
        self.heard_norm, self.fed_norm = (
            nn.ModuleDict({name: nn.LayerNorm(piece) for name in names}) for _ in range(2)
        )
        self.deep = nn.Linear(len(names) * shape.hidden, shape.hidden)
        self.leave = nn.Linear(shape.hidden, shape.out_dim)
        self.drop = nn.Dropout(shape.dropout)

    def forward(self, states: Tensor, present: Tensor) -> Tensor:
        """[num_turns, out_dim]; see `FusionNetwork.forward`."""
        pieces = states.view(*states.shape[:2], self.tokens, -1)  # [num_turns, num_modalities, tokens, dim]
        found = []
        for place, name in enumerate(self.names):
            own = pieces[:, place]
            others = [each for each in range(len(self.names)) if each != place]
            if others:
                own = own + self.join[name](self._heard(name, pieces, place, others, present))
            own = self.heard_norm[name](own)
            fed = self.feed_out[name](torch.relu(self.feed_in[name](own)))
            found.append(self.fed_norm[name](own + fed))
        joined = torch.stack(found, dim=1).flatten(1)
        mixed: Tensor = self.leave(self.drop(torch.relu(self.deep(joined))))
        return mixed

    def _heard(self, name: str, pieces: Tensor, place: int, others: list[int], present: Tensor) -> Tensor:
        query = self._split(self.query[name](pieces[:, place]))
        key, value = (
            self._split(torch.cat([layer[self.names[each]](pieces[:, each]) for each in others], dim=1))
            for layer in (self.key, self.value)
        )
        scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
        heard_from = present[:, others].repeat_interleave(self.tokens, dim=1)[:, None, None]
        heard = masked_softmax(scores, heard_from, dim=-1) @ value
        return heard.transpose(1, 2).flatten(2)

    def _split(self, x: Tensor) -> Tensor:
        """[num_turns, num_tokens, dim] as [num_turns, heads, num_tokens, dim // heads]."""
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)


_MIXERS = {"concat": Concat, "decision": Decision, "gated": Gated, "cross-attention": CrossAttention}


class FusionNetwork(nn.Module):
    """Features of each modality to one turn vector, by `Concat`, `Decision`, `Gated` or `CrossAttention`."""

    def __init__(self, shape: FusionShape) -> None:
        super().__init__()
        self.shape = shape
        self.encoders = nn.ModuleDict(
            {name: Encoder(dim, shape.hidden, shape.dropout) for name, dim in shape.dims.items()}
        )
        self.mixer: nn.Module = _MIXERS[shape.way](shape)

    def forward(self, features: Mapping[str, Tensor], present: Tensor) -> Tensor:
        """[num_turns, out_dim].

        Args:
            features: by modality, [num_turns, dim]; not read where one is missing.
            present: [num_turns, num_modalities], boolean; at least one of each row is true.
        """
        states = torch.stack(
            [
                encoder(features[name], present[:, place])
                for place, (name, encoder) in enumerate(self.encoders.items())
            ],
            dim=1,
        )
        fused: Tensor = self.mixer(states, present)
        return fused


def masked_softmax(scores: Tensor, allowed: Tensor, dim: int) -> Tensor:
    """Over what is allowed; all zero where nothing is."""
    shares: Tensor = torch.softmax(scores.masked_fill(~allowed, -1e9), dim=dim) * allowed
    return shares
