"""Which nodes does a text name? Whole words in alphabetic scripts, any characters in Chinese and the like.

Names and texts are cut into the same pieces: words, single characters of scripts that are written without
spaces, single marks. A name is found where its pieces follow each other; so "Holmes's" names Holmes and
"Holmesian" does not, and it takes one look-up a piece however many names there are.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from roleagent.types import Node

_UNSPACED = r"\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"  # kana, ideographs, hangul
_PIECE = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+|[^\w\s]")
_APOSTROPHES = str.maketrans("\u2019\u02bc", "''")

_Pieces = tuple[str, ...]


class MentionFinder:
    """Finds labels and aliases in one pass over a text, the longest at each place.

    Literal nodes are left out: a bare "3" or "blue" names nothing. Of two nodes with one name, the first
    counts.
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._node_of: dict[_Pieces, str] = {}
        for node in nodes:
            if node.type != "literal":
                for name in (node.label, *node.aliases):
                    self._node_of.setdefault(_pieces(name), node.id)
        self._node_of.pop((), None)
        self._lengths_of = _lengths_by_first_piece(self._node_of)

    def find(self, text: str) -> tuple[str, ...]:
        """Ids of the named nodes, each once, in order of first mention."""
        pieces = _pieces(text)
        found: dict[str, None] = {}
        position = 0
        while position < len(pieces):
            name = self._longest_name(pieces, position)
            if name:
                found[self._node_of[name]] = None
            position += len(name) or 1
        return tuple(found)

    def _longest_name(self, pieces: _Pieces, position: int) -> _Pieces:
        for length in self._lengths_of.get(pieces[position], ()):
            candidate = pieces[position : position + length]
            if candidate in self._node_of:
                return candidate
        return ()


def _pieces(text: str) -> _Pieces:
    folded = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).casefold()
    return tuple(_PIECE.findall(folded))


def _lengths_by_first_piece(names: Iterable[_Pieces]) -> dict[str, list[int]]:
    """How many pieces the names have that begin with a piece, the most first."""
    lengths: defaultdict[str, set[int]] = defaultdict(set)
    for name in names:
        lengths[name[0]].add(len(name))
    return {first: sorted(each, reverse=True) for first, each in lengths.items()}
