"""Which nodes does a text name? Whole words in alphabetic scripts, substrings in Chinese and the like."""

from __future__ import annotations

import re
from collections.abc import Iterable

from roleagent.types import Node

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_NEVER = re.compile(r"(?!)")


class MentionFinder:
    """Finds labels and aliases in one pass over a text, the longest at each place.

    Literal nodes are left out: a bare "3" or "blue" names nothing.
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._node_of: dict[str, str] = {}
        for node in nodes:
            if node.type == "literal":
                continue
            for name in (node.label, *node.aliases):
                if name.strip():
                    self._node_of.setdefault(name.casefold(), node.id)
        self._pattern = _compile(self._node_of)

    def find(self, text: str) -> tuple[str, ...]:
        """Ids of the named nodes, each once, in order of first mention."""
        matches = self._pattern.finditer(text.casefold())
        return tuple(dict.fromkeys(self._node_of[match.group()] for match in matches))


def _compile(names: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile("|".join(map(_as_pattern, longest_first))) if longest_first else _NEVER


def _as_pattern(name: str) -> str:
    escaped = re.escape(name)
    return escaped if _CJK.search(name) else rf"(?<!\w){escaped}(?!\w)"
