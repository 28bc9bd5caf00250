"""Mermaid and DOT: pictures of a persona's graph, which are only written.

GitHub and many editors draw Mermaid, Graphviz draws DOT. Secret facts are dotted, fixed ones thick; DOT
shows ended ones in grey. Of a large graph, the part nearest to the character is drawn.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any, NamedTuple

from roleagent.drawing.layout import colour_of
from roleagent.formats.text import text_format

MAX_NODES = 200

Part = Mapping[str, Any]


class Picture(NamedTuple):
    """Nodes by a short name for each, the edges among them, and how many nodes are left out."""

    names: dict[str, str]
    nodes: list[Part]
    edges: list[Part]
    num_left_out: int


def nearest(document: Part, *, limit: int = MAX_NODES) -> Picture:
    """The nodes nearest to the character, in the order of the document.

    Args:
        document: one in which every edge has a target.
        limit: how many nodes at most.
    """
    near = _walk(document, limit)
    nodes = [node for node in document["nodes"] if node["id"] in near]
    edges = [each for each in document.get("edges", []) if each["source"] in near and each["target"] in near]
    names = {node["id"]: f"n{number}" for number, node in enumerate(nodes)}
    return Picture(names, nodes, edges, len(document["nodes"]) - len(nodes))


def _walk(document: Part, limit: int) -> set[str]:
    beside: defaultdict[str, list[str]] = defaultdict(list)
    for edge in document.get("edges", []):
        beside[edge["source"]].append(edge["target"])
        beside[edge["target"]].append(edge["source"])
    own = document.get("node", document["id"])
    waiting = deque([own, *(node["id"] for node in document["nodes"])])  # the rest: what nothing leads to
    near: set[str] = set()
    queue: deque[str] = deque()
    while len(near) < limit and (queue or waiting):
        node = queue.popleft() if queue else waiting.popleft()
        if node not in near:
            near.add(node)
            queue.extend(beside[node])
    return near


_LONGEST = 80  # characters of a label
_MARKUP = re.compile(r"[\"'`#&;<>\[\]{}()|\\*_~]|%%")


def write_mermaid(document: Mapping[str, Any], *, limit: int = MAX_NODES) -> str:
    """The Mermaid text of a document, in which every edge must have a target."""
    picture = nearest(document, limit=limit)
    lines = ["graph LR"]
    for node in picture.nodes:
        lines.append(f'  {picture.names[node["id"]]}["{_text(node["label"])}"]')
    for edge in picture.edges:
        source, target = picture.names[edge["source"]], picture.names[edge["target"]]
        arrow = "-.->" if edge.get("visibility") else "==>" if edge.get("fixed") else "-->"
        lines.append(f'  {source} {arrow}|"{_text(edge["relation"])}"| {target}')
    if picture.num_left_out:
        lines.append(f'  note["… and {picture.num_left_out} more nodes"]')
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """A text that Mermaid shows literally: markup is written as character codes."""
    line = " ".join(text.split())
    shown = line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
    return _MARKUP.sub(lambda mark: "".join(f"#{ord(char)};" for char in mark[0]), shown)


MERMAID = text_format(
    "mermaid",
    write=write_mermaid,
    suffixes=(".mmd", ".mermaid"),
    about="picture, as GitHub draws",
    as_graph=True,
)


def write_dot(document: Mapping[str, Any], *, limit: int = MAX_NODES) -> str:
    """The DOT text of a document, in which every edge must have a target."""
    picture = nearest(document, limit=limit)
    lines = [
        f"digraph {_quoted(document['id'])} {{",
        '  rankdir=LR; node [shape=box, style="rounded,filled", fontcolor=white, fontname="sans-serif"];',
    ]
    for node in picture.nodes:
        look = {"label": node["label"], "fillcolor": colour_of(node["type"])}
        lines.append(f"  {picture.names[node['id']]} [{_attributes(look)}];")
    for edge in picture.edges:
        source, target = picture.names[edge["source"]], picture.names[edge["target"]]
        look = {"label": edge["relation"]}
        if edge.get("visibility") or edge.get("fixed"):
            look["style"] = "dotted" if edge.get("visibility") else "bold"
        if edge.get("valid_to"):
            look["color"] = "gray"
        lines.append(f"  {source} -> {target} [{_attributes(look)}];")
    if picture.num_left_out:
        lines.append(
            f"  note [shape=plaintext, label={_quoted(f'… and {picture.num_left_out} more nodes')}];"
        )
    return "\n".join([*lines, "}"]) + "\n"


def _attributes(look: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={_quoted(value)}" for name, value in look.items())


def _quoted(text: str) -> str:
    """A quoted text that Graphviz shows literally: backslashes and quotes are escaped."""
    line = " ".join(text.split())
    shown = line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'


DOT = text_format(
    "dot",
    write=write_dot,
    suffixes=(".dot", ".gv"),
    about="picture, for Graphviz",
    as_graph=True,
)
