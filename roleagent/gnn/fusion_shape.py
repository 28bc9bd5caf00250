"""What a fusion is: its way, its sizes, and the names of its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from roleagent.errors import InputError

WAYS = ("concat", "decision", "gated", "cross-attention")
MAX_DEVIATIONS = 6.0
"""A feature is cut where it is farther than this many standard deviations from the mean of the training."""

_PER_MODALITY = {
    "decision": ("deep", "leave"),
    "gated": ("deep",),
    "cross-attention": ("query", "key", "value", "join", "feed_in", "feed_out"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionShape:
    """What a fusion is, and its sizes.

    Attributes:
        way: one of `WAYS`.
        dims: length of each modality's features, by name, such as ``{"text": 512, "voice": 116}``.
        out_dim: length of the turn vector.
        hidden: length of a modality's state.
        tokens: how many pieces a state is cut into for cross-attention; a divisor of `hidden`.
        heads: of the cross-attention; a divisor of ``hidden // tokens``.
        dropout: share of a state that is dropped in training, 0–1.

    Raises:
        InputError: the way is not known, or the sizes do not fit.
    """

    way: str
    dims: Mapping[str, int]
    out_dim: int = 32
    hidden: int = 64
    tokens: int = 4
    heads: int = 2
    dropout: float = 0.2

    def __post_init__(self) -> None:
        """Refuse what cannot be built."""
        if self.way not in WAYS:
            raise InputError(f"There is no fusion {self.way!r}. Choose one of {', '.join(WAYS)}.")
        sizes = (*self.dims.values(), self.out_dim, self.hidden, self.tokens, self.heads)
        if not self.dims or min(sizes) < 1:
            raise InputError(f"A fusion needs a modality and sizes of at least 1: {self!r}.")
        if any("." in name or not name for name in self.dims):
            raise InputError(f"Names of modalities hold no dot and are not empty: {list(self.dims)!r}.")
        if self.hidden % self.tokens or (self.hidden // self.tokens) % self.heads:
            raise InputError(
                f"hidden={self.hidden} cannot be cut into tokens={self.tokens} with heads={self.heads}: "
                "choose divisors."
            )

    @property
    def modalities(self) -> tuple[str, ...]:
        """Names, in order."""
        return tuple(self.dims)

    def weights(self) -> dict[str, tuple[int, ...]]:
        """Names and sizes of all weights."""
        found: dict[str, tuple[int, ...]] = {}
        for name, dim in self.dims.items():
            found |= {f"encoders.{name}.{each}": (dim,) for each in ("mean", "scale")}
            found |= _linear(f"encoders.{name}.enter", dim, self.hidden)
            found |= {
                f"encoders.{name}.{each}": (self.hidden,) for each in ("norm.weight", "norm.bias", "absent")
            }
        return found | self._weights_of_mixer()

    def _weights_of_mixer(self) -> dict[str, tuple[int, ...]]:
        num, hidden, piece = len(self.dims), self.hidden, self.hidden // self.tokens
        found: dict[str, tuple[int, ...]] = {}
        if self.way in ("concat", "cross-attention"):
            found |= _linear("mixer.deep", num * hidden, hidden)
        if self.way == "gated":
            found |= _linear("mixer.gate", num * hidden, num * hidden)
        if self.way == "decision":
            found["mixer.trust"] = (num,)
        else:
            found |= _linear("mixer.leave", hidden, self.out_dim)
        sizes = {"deep": (hidden, hidden), "leave": (hidden, self.out_dim)}
        sizes |= {"feed_in": (piece, 2 * piece), "feed_out": (2 * piece, piece)}
        for name in self.dims:
            for layer in _PER_MODALITY.get(self.way, ()):
                found |= _linear(f"mixer.{layer}.{name}", *sizes.get(layer, (piece, piece)))
            if self.way == "cross-attention":
                for norm in ("heard_norm", "fed_norm"):
                    found |= {f"mixer.{norm}.{name}.{each}": (piece,) for each in ("weight", "bias")}
        return found


def _linear(name: str, from_dim: int, to_dim: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (to_dim, from_dim), f"{name}.bias": (to_dim,)}
