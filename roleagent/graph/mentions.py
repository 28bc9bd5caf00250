"""Which nodes does a text name? Whole words in alphabetic scripts, any characters in Chinese and the like.

Names and texts are cut into the same pieces: words, single characters of scripts that are written without
spaces, single marks. A name is found where its pieces follow each other, so "Holmes's" names Holmes and
"Holmesian" does not. A text takes one look-up for each piece, however many names there are.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Container, Iterable, Sequence

from roleagent.language.scripts import UNSPACED
from roleagent.types import Node

_PIECE = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+|[^\w\s]")
_APOSTROPHES = str.maketrans("\u2019\u02bc", "''")

Pieces = tuple[str, ...]


class MentionFinder:
    """Finds labels and aliases in one pass over a text, the longest at each place.

    Literal nodes are left out: a bare "3" or "blue" names nothing. Of two nodes with one name, the first
    counts.
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._nodes_of: dict[Pieces, list[str]] = {}
        for node in nodes:
            if node.type != "literal":
                for name in (node.label, *node.aliases):
                    self._nodes_of.setdefault(_pieces(name), []).append(node.id)
        self._nodes_of.pop((), None)
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for pieces in self._nodes_of:
            lengths[pieces[0]].add(len(pieces))
        self._lengths_of = {first: sorted(each, reverse=True) for first, each in lengths.items()}

    def find(self, text: str) -> tuple[str, ...]:
        """Ids of the named nodes, each once, in order of first mention."""
        return find_mentions(text, [(self, None)])

    def lengths(self, first: str) -> Sequence[int]:
        """How many pieces the names have that begin with a piece, the most first."""
        return self._lengths_of.get(first, ())

    def named(self, pieces: Pieces) -> Sequence[str]:
        """Ids of the nodes of exactly this name, the first that was given first."""
        return self._nodes_of.get(pieces, ())


Names = tuple[MentionFinder, Container[str] | None]


def find_mentions(text: str, sources: Sequence[Names]) -> tuple[str, ...]:
    """Ids of the nodes that a text names, as if all finders were one.

    Args:
        text: what somebody wrote.
        sources: finders, each with the ids that count there (None for all); names of other nodes are
            ignored. If two finders know a name, the first counts.
    """
    pieces = _pieces(text)
    found: dict[str, None] = {}
    position = 0
    while position < len(pieces):
        length, node_id = _longest(pieces, position, sources)
        if length:
            found[node_id] = None
        position += length or 1
    return tuple(found)


def _longest(pieces: Pieces, position: int, sources: Sequence[Names]) -> tuple[int, str]:
    """How many pieces the longest name at a place has, and which node it names; 0 if there is none."""
    best, best_id = 0, ""
    for finder, among in sources:
        for length in finder.lengths(pieces[position]):
            if length <= best:
                break
            if position + length > len(pieces):
                continue
            ids = finder.named(pieces[position : position + length])
            node_id = next((each for each in ids if among is None or each in among), None)
            if node_id is not None:
                best, best_id = length, node_id
                break
    return best, best_id


def _pieces(text: str) -> Pieces:
    folded = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).casefold()
    return tuple(_PIECE.findall(folded))
