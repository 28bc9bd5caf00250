"""Vectors of what one user asked lately, each made once.

A conversation asks with its last utterances in every turn: all but the newest were asked with before.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from roleagent.store import Vector

MAX_TEXTS = 256  # of 512 numbers each: half a megabyte for each persona and user in use

Embed = Callable[[Sequence[str]], NDArray[np.float32]]


class QueryVectors:
    """Embeds texts and keeps the vectors of the last ones that were used. Thread-safe.

    Args:
        embed: gives [num_texts, dim]; dim is 0 where there is no embedder.
        languages: ISO 639-1 codes that it reads; empty for all.
    """

    def __init__(self, embed: Embed, languages: Sequence[str] = ()) -> None:
        self.languages = languages
        self._embed = embed
        self._kept: OrderedDict[str, Vector] = OrderedDict()  # the last used at the end
        self._num_clearings = 0
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Their vectors: [num_texts, dim]."""
        known, num_clearings = self._known(texts)
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, self._embed(new), strict=True))
            self._keep({text: known[text] for text in new}, num_clearings)
        return np.array([known[text] for text in texts], np.float32)

    def __contains__(self, text: str) -> bool:
        """Whether the vector of a text is kept."""
        with self._lock:
            return text in self._kept

    def clear(self) -> None:
        """Keep none of them, nor any that is being made just now, so that nothing forgotten stays."""
        with self._lock:
            self._kept.clear()
            self._num_clearings += 1

    def _known(self, texts: Sequence[str]) -> tuple[dict[str, Vector], int]:
        """What is kept of some texts, and how often all was cleared by then."""
        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
            for text in known:
                self._kept.move_to_end(text)
            return known, self._num_clearings

    def _keep(self, vectors: dict[str, Vector], num_clearings: int) -> None:
        with self._lock:
            if num_clearings != self._num_clearings:
                return
            self._kept.update(vectors)
            while len(self._kept) > MAX_TEXTS:
                self._kept.popitem(last=False)
