"""JSON in the node-link layout that networkx reads and writes, with the persona's own keys beside it.

networkx calls the list of edges ``edges`` today and called it ``links`` before; it keeps a graph's attributes
under ``graph`` and an edge's id under ``key``. All of these are read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from roleagent.formats.columns import JSON_SUFFIX, Columns, put_tagged, without_foreign
from roleagent.formats.format import Report
from roleagent.formats.text import read_json, text_format
from roleagent.persona.problems import Place, Row, Table

_DEFAULTS = ("node_default", "edge_default")  # what networkx keeps of a GraphML file that it has read
_NOT_OURS = ("directed", "multigraph", "$schema")  # for networkx, and for editors
_ROWS = ("nodes", "edges")


def read(text: str, report: Report | None = None) -> Any:  # Any: the caller checks that it is a table
    """Read a node-link JSON text into the layout of a persona document.

    Raises:
        ReadError: it is not well-formed JSON, has duplicate keys, or both ``edges`` and ``links``.
    """
    tree = read_json(text)
    if not isinstance(tree, Table):
        return tree
    report = report or Report()
    cytoscape = tree.get("elements")
    if isinstance(cytoscape, Table) and isinstance(cytoscape.get("nodes"), Row):
        return _from_cytoscape(tree, cytoscape, report)
    is_ours = not any(
        isinstance(edge.get("key"), int) for edge in _tables(tree.get("edges", tree.get("links")))
    )
    document = _as_document(tree)
    without_foreign(document, report, is_ours=is_ours)
    return document


def _tables(rows: object) -> list[Table]:
    return [each for each in rows if isinstance(each, Table)] if isinstance(rows, Row) else []


def _from_cytoscape(tree: Table, elements: Table, report: Report) -> Table:
    """The layout of Cytoscape.js, which networkx writes too: the keys of each item are under ``data``."""
    document, columns = Table(tree.place), Columns(report)
    header = tree.get("data")
    if isinstance(header, Row):  # networkx: pairs
        for pair in header:
            if isinstance(pair, Row) and len(pair) == 2 and pair[0] not in _DEFAULTS:
                _enter(document, str(pair[0]), pair[1], pair.place, pair.place)
    elif isinstance(header, Table):
        _take_over(header, document, "graph", columns)
    for kind, key in (("node", "nodes"), ("edge", "edges")):
        rows = Row(tree.place)
        for item in _tables(elements.get(key)):
            data = item.get("data")
            if isinstance(data, Table):
                table = Table(data.place)
                _take_over(data, table, kind, columns)
                rows.put(table, value_place=data.place)
        document.put(key, rows, key_place=tree.place, value_place=tree.place)
    columns.restore_ids(document)
    return document


def _take_over(data: Table, table: Table, kind: str, columns: Columns) -> None:
    for key in data:
        if isinstance(data[key], str):
            columns.put(kind, table, key, data[key], data.key_places[key], is_ours=False)
        elif columns.key_of(kind, key, is_ours=False) is not None:
            _move(data, key, table, key)


def _as_document(tree: Table) -> Table:
    document = Table(tree.place)
    for key in tree:
        if key == "graph" and isinstance(tree[key], Table):
            for attribute in tree[key]:
                if attribute not in _DEFAULTS:
                    _move(tree[key], attribute, document, attribute)
        elif key not in _NOT_OURS:
            _move(tree, key, document, "edges" if key == "links" else key)
    if isinstance(document.get("nodes"), Row):
        document["nodes"][:] = [_as_node(node) for node in document["nodes"]]
    if isinstance(document.get("edges"), Row):
        document["edges"][:] = [_as_edge(edge) for edge in document["edges"]]
    return document


def _as_node(node: Any) -> Any:
    if not isinstance(node, Table) or not any(key.endswith(JSON_SUFFIX) for key in node):
        return node
    renamed = Table(node.place)
    for key in node:
        _move(node, key, renamed, key)
    return renamed


def _as_edge(edge: Any) -> Any:
    """Read networkx's ``key`` as the fact's id, unless it is a running number."""
    if not isinstance(edge, Table) or not any(key == "key" or key.endswith(JSON_SUFFIX) for key in edge):
        return edge
    renamed = Table(edge.place)
    for key in edge:
        if key != "key":
            _move(edge, key, renamed, key)
        elif isinstance(edge[key], str) and "id" not in edge:
            _move(edge, key, renamed, "id")
    return renamed


def _move(source: Table, key: str, target: Table, name: str) -> None:
    """Copy the value under a key; a list may be JSON, which networkx keeps from our GraphML."""
    _enter(target, name, source[key], source.key_places[key], source.value_places[key])


def _enter(table: Table, name: str, value: Any, key_place: Place, value_place: Place) -> None:
    if name.endswith(JSON_SUFFIX) and isinstance(value, str):
        put_tagged(table, name, value, value_place)
    else:
        table.put(name, value, key_place=key_place, value_place=value_place)


def write(document: Mapping[str, Any]) -> str:
    """The JSON text of a document in networkx's layout, with a line for each node and edge."""
    header = {key: value for key, value in document.items() if key not in _ROWS}
    edges = [{"key" if key == "id" else key: edge[key] for key in edge} for edge in document.get("edges", [])]
    lines = []
    for key, value in {"directed": True, "multigraph": True, "graph": header}.items():
        indented = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False).replace("\n", "\n  ")
        lines.append(f"  {_dump(key)}: {indented}")
    for key, items in {"nodes": document["nodes"], "edges": edges}.items():
        rows = ",\n".join(f"    {_dump(item)}" for item in items)
        lines.append(f"  {_dump(key)}: [\n{rows}\n  ]" if items else f"  {_dump(key)}: []")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


NODE_LINK = text_format(
    "node-link",
    read=read,
    write=write,
    suffixes=(".json",),
    about="JSON as networkx has it",
    opening=r"\s*\{",
    holds="document",
    as_graph=True,
)
