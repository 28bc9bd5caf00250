"""The part of a graph that fits into a picture: what is nearest to the character."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any, NamedTuple

MAX_NODES = 200

Part = Mapping[str, Any]


class Picture(NamedTuple):
    """Nodes by a short name for each, the edges among them, and how many nodes are left out."""

    names: dict[str, str]
    nodes: list[Part]
    edges: list[Part]
    num_left_out: int


def nearest(document: Part, *, limit: int = MAX_NODES) -> Picture:
    """The nodes that are fewest steps from the character, in the order of the document.

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
