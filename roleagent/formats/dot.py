"""DOT, which Graphviz draws: for looking at, never read back.

Secret facts are dotted, fixed ones bold, ended ones grey. Of a large graph, what is nearest to the character
is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from roleagent.drawing.layout import colour_of
from roleagent.formats.format import text_format
from roleagent.formats.nearest import MAX_NODES, nearest

_LONGEST = 80  # characters of a label


def write(document: Mapping[str, Any], *, limit: int = MAX_NODES) -> str:
    """The DOT text of a document, in which every edge must have a target."""
    return "\n".join(_lines(document, limit)) + "\n"


def _lines(document: Mapping[str, Any], limit: int) -> Iterator[str]:
    picture = nearest(document, limit=limit)
    yield f"digraph {_quoted(document['id'])} {{"
    yield '  rankdir=LR; node [shape=box, style="rounded,filled", fontcolor=white, fontname="sans-serif"];'
    for node in picture.nodes:
        look = {"label": node["label"], "fillcolor": colour_of(node["type"])}
        yield f"  {picture.names[node['id']]} [{_attributes(look)}];"
    for edge in picture.edges:
        source, target = picture.names[edge["source"]], picture.names[edge["target"]]
        yield f"  {source} -> {target} [{_attributes({'label': edge['relation'], **_look(edge)})}];"
    if picture.num_left_out:
        yield f"  note [shape=plaintext, label={_quoted(f'… and {picture.num_left_out} more nodes')}];"
    yield "}"


def _look(edge: Mapping[str, Any]) -> dict[str, str]:
    look = {"style": "dotted"} if edge.get("visibility") else {}
    look |= {"style": "bold"} if edge.get("fixed") and not look else {}
    return look | ({"color": "gray"} if edge.get("valid_to") else {})


def _attributes(look: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={_quoted(value)}" for name, value in look.items())


def _quoted(text: str) -> str:
    """A text in quotes that Graphviz shows letter by letter: a backslash begins its escapes."""
    line = " ".join(text.split())
    shown = line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'


DOT = text_format(
    "dot",
    write=write,
    suffixes=(".dot", ".gv"),
    about="picture, for Graphviz",
    as_graph=True,
)
