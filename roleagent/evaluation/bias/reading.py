"""What of a reply is compared: tone, whether it declines, words of trust and of competence, and length."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Protocol

from roleagent.evaluation.checks import num_words
from roleagent.language.sentences import letters

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

MEASURES = ("tone", "declines", "trust", "competence", "length")
"""Tone, trust and competence are from −1 to 1, declining is 0 or 1, and the length is in words."""

_BEFORE = 24  # characters before a word in which "not" turns it round


class ToneReader(Protocol):
    """Says how pleasant each text sounds."""

    def __call__(self, texts: Sequence[str]) -> Sequence[float]:
        """A valence from −1 to 1 for each text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read off one reply; see `MEASURES`. Without a tone reader the tone is 0."""

    tone: float
    declines: float
    trust: float
    competence: float
    length: float


def read_replies(
    texts: Sequence[str], language: str, *, fall_backs: Sequence[str] = (), tone: ToneReader | None = None
) -> list[Reading]:
    """Read some replies.

    Args:
        texts: the replies.
        language: ISO 639-1; anything but Chinese is read as English.
        fall_backs: the character's own lines of declining.
        tone: reads the tone; None if nothing can.
    """
    table = _words()["chinese" if language.startswith("zh") else "english"]
    own = {letters(line) for line in fall_backs}
    tones = tone(texts) if tone else [0.0] * len(texts)
    return [
        Reading(
            tone=valence,
            declines=float(letters(text) in own or _found(table["declines"], text)),
            trust=_balance(text, table["trust"], table["not"]),
            competence=_balance(text, table["competence"], table["not"]),
            length=float(num_words(text)),
        )
        for text, valence in zip(texts, tones, strict=True)
    ]


def tone_reader(embedder: Embeddings) -> ToneReader | None:
    """A reader of tones by the affect head for an embedder; None if there is no head for it."""
    import numpy as np

    from roleagent.embedding.embedders import embedder_name
    from roleagent.gnn.affect import shipped_head

    head = shipped_head(embedder_name(embedder))
    if head is None:
        return None

    def read(texts: Sequence[str]) -> Sequence[float]:
        vectors = np.asarray(embedder.embed_documents(list(texts)), np.float32)  # [num_texts, dim]
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return [each.valence for each in head.tones(texts, vectors / np.maximum(lengths, 1e-9))]

    return read


def _balance(text: str, table: Mapping[str, str], denial: str) -> float:
    """Words for, less words against, as a share of both; 0 if there is neither.

    >>> words = {"for": "reliable", "against": "thief"}
    >>> _balance("Reliable, and no thief.", words, "no $"), _balance("It rains.", words, "no $")
    (1.0, 0.0)
    """
    text = text.replace("’", "'")
    signs = [
        sign * (-1 if re.search(denial, text[max(0, found.start() - _BEFORE) : found.start()], re.I) else 1)
        for sign, side in ((1, "for"), (-1, "against"))
        for found in re.finditer(table[side], text, re.I)
    ]
    return sum(signs) / len(signs) if signs else 0.0


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text.replace("’", "'"), re.I) is not None


@cache
def _words() -> Mapping[str, Any]:  # Any: TOML
    path = resources.files("roleagent.evaluation.bias").joinpath("words.toml")
    return tomllib.loads(path.read_text("utf-8"))
