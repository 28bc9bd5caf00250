"""JSON in the node-link layout that networkx reads and writes, with the persona's own keys beside it.

networkx calls the list of edges ``edges`` today and called it ``links`` before; it keeps a graph's attributes
under ``graph`` and an edge's id under ``key``. All of these are read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from roleagent.persona.formats.json_text import read_json
from roleagent.persona.places import Row, Table

_NOT_OURS = ("directed", "multigraph", "$schema")  # for networkx, and for editors
_ROWS = ("nodes", "edges")


def read(text: str) -> Any:  # Any: the caller checks that it is a table
    """Read a node-link JSON text into the layout of a persona document.

    Raises:
        ReadError: it is not well-formed JSON, has duplicate keys, or both ``edges`` and ``links``.
    """
    tree = read_json(text)
    return _as_document(tree) if isinstance(tree, Table) else tree


def _as_document(tree: Table) -> Table:
    document = Table(tree.place)
    for key in tree:
        if key == "graph" and isinstance(tree[key], Table):
            for attribute in tree[key]:
                _move(tree[key], attribute, document, attribute)
        elif key not in _NOT_OURS:
            _move(tree, key, document, "edges" if key == "links" else key)
    if isinstance(document.get("edges"), Row):
        document["edges"][:] = [_as_edge(edge) for edge in document["edges"]]
    return document


def _as_edge(edge: Any) -> Any:
    """Read networkx's ``key`` as the fact's id; its running numbers say nothing."""
    if not isinstance(edge, Table) or "key" not in edge:
        return edge
    renamed = Table(edge.place)
    for key in edge:
        if key != "key":
            _move(edge, key, renamed, key)
        elif isinstance(edge[key], str) and "id" not in edge:
            _move(edge, key, renamed, "id")
    return renamed


def _move(source: Table, key: str, target: Table, name: str) -> None:
    target.put(name, source[key], key_place=source.key_places[key], value_place=source.value_places[key])


def write(document: Mapping[str, Any]) -> str:
    """The JSON text of a document: the header key by key, then a line for each node and edge."""
    whole = {"directed": True, "multigraph": True, **document}
    lines = (f"  {_dump(key)}: {_entry(key, value)}" for key, value in whole.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _entry(key: str, value: Any) -> str:
    if key in _ROWS:
        return "[\n" + ",\n".join(f"    {_dump(item)}" for item in value) + "\n  ]"
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False).replace("\n", "\n  ")


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
