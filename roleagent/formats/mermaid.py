"""Mermaid, which GitHub and many editors draw: for looking at, never read back.

Secret facts are dotted, fixed ones thick. Of a large graph, what is nearest to the character is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from roleagent.formats.format import text_format
from roleagent.formats.nearest import MAX_NODES, nearest

_LONGEST = 80  # characters of a label
_MARKUP = re.compile(r"[\"'`#&;<>\[\]{}()|\\*_~]|%%")


def write(document: Mapping[str, Any], *, limit: int = MAX_NODES) -> str:
    """The Mermaid text of a document, in which every edge must have a target."""
    return "\n".join(_lines(document, limit)) + "\n"


def _lines(document: Mapping[str, Any], limit: int) -> Iterator[str]:
    picture = nearest(document, limit=limit)
    yield "graph LR"
    for node in picture.nodes:
        yield f'  {picture.names[node["id"]]}["{_text(node["label"])}"]'
    for edge in picture.edges:
        source, target = picture.names[edge["source"]], picture.names[edge["target"]]
        yield f'  {source} {_line(edge)}|"{_text(edge["relation"])}"| {target}'
    if picture.num_left_out:
        yield f'  note["… and {picture.num_left_out} more nodes"]'


def _line(edge: Mapping[str, Any]) -> str:
    if edge.get("visibility"):
        return "-.->"
    return "==>" if edge.get("fixed") else "-->"


def _text(text: str) -> str:
    """A text that Mermaid shows letter by letter: its own marks stand as character codes."""
    line = " ".join(text.split())
    shown = line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
    return _MARKUP.sub(lambda mark: "".join(f"#{ord(char)};" for char in mark[0]), shown)


MERMAID = text_format(
    "mermaid",
    write=write,
    suffixes=(".mmd", ".mermaid"),
    about="picture, as GitHub draws",
    as_graph=True,
)
