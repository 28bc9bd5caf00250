"""GraphML, the XML that Gephi, yEd, Cytoscape and networkx share.

A persona's header is data of the graph, nodes and edges carry their keys as data. GraphML has no lists or
tables: those stand as JSON under a name that ends in ``__json``. A DOCTYPE, and so every entity, is refused.

Other programs renumber nodes, so that a node's id is data as well. What they add is skipped: graphics,
and columns that are not declared under ids as ours are (``node.label``); see `columns`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from roleagent.formats.columns import JSON_SUFFIX, Columns, put_tagged, tagged_name, tagged_text, value_type
from roleagent.formats.format import Report
from roleagent.formats.text import text_format
from roleagent.persona.problems import Place, ReadError, Row, Table

NAMESPACE = "http://graphml.graphdrawing.org/xmlns"

# element -> where it may stand
_PARENTS = {
    "graphml": ("",),
    "key": ("graphml",),
    "graph": ("graphml",),
    "node": ("graph",),
    "edge": ("graph",),
    "data": ("graphml", "graph", "node", "edge"),
    "default": ("key",),
    "desc": ("graphml", "key", "graph", "node", "edge"),
}
_PASSED_OVER = ("port", "locator")
_DRAWN_LABELS = {"NodeLabel": "label", "EdgeLabel": "relation"}  # by yEd


class _Open(NamedTuple):
    """An element whose end is still to come."""

    name: str
    table: Table  # its data is entered here
    place: Place
    kind: str = ""  # of a table: graph, node or edge
    key: _Key | None = None  # of a data or key element; None if its content is ignored


class _Key:
    """What a key element declares."""

    def __init__(self, name: str, kind: str, *, is_ours: bool) -> None:
        self.name, self.kind, self.is_ours = name, kind, is_ours
        self.default = ""


def read(text: str, report: Report | None = None) -> Table:
    """Read a GraphML text into the layout of a persona document.

    Args:
        text: the file.
        report: takes the additions of other programs that are skipped.

    Raises:
        ReadError: it is not well-formed, or uses parts of GraphML that a persona has no use for.
    """
    return _Reader(report or Report()).read(text)


class _Reader:
    def __init__(self, report: Report) -> None:
        self._columns = Columns(report)
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._take_text
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._open: list[_Open] = []
        self._text: list[str] = []
        self._keys: dict[str, _Key] = {}
        self._drawings: set[str] = set()
        self._seen: set[tuple[int, str]] = set()
        self._depth_passed_over = 0
        self._drawn = ""  # while a label that yEd has drawn is read: the key that it stands for
        self._labels: list[tuple[Table, str, str, Place]] = []
        self._graph_id: tuple[str, Place] | None = None
        self._document: Table | None = None

    def read(self, text: str) -> Table:
        try:
            self._parser.Parse(text.encode(), True)
        except expat.ExpatError as error:
            reason = expat.errors.messages[error.code]
            raise ReadError(
                f"not well-formed XML: {reason}", Place(error.lineno, error.offset + 1)
            ) from error
        if self._document is None:
            raise ReadError("there is no <graph> in it", Place(1, 1))
        if self._graph_id and "id" not in self._document:  # where networkx writes what it read as data
            put_tagged(self._document, "id", *self._graph_id)
        _drop_running_numbers(self._document["edges"])
        self._fill_in(self._document)
        if any(not key.is_ours for key in self._keys.values()):
            self._columns.restore_ids(self._document)
            _drop_names_of_nodes(self._document)
        return self._document

    def _fill_in(self, document: Table) -> None:
        """Add labels that are only drawn, and the defaults of keys to nodes and edges without a value."""
        for table, key, text, place in self._labels:
            if key not in table and text.strip():
                put_tagged(table, key, text.strip(), place)
        tables = (("graph", [document]), ("node", document["nodes"]), ("edge", document["edges"]))
        for declared in self._keys.values():
            for kind, rows in tables if declared.default.strip() else ():
                for table in rows if declared.kind in (kind, "all") else ():
                    if declared.name.removesuffix(JSON_SUFFIX) not in table:
                        text, is_ours = declared.default, declared.is_ours
                        self._columns.put(kind, table, declared.name, text, table.place, is_ours=is_ours)

    # ── handlers ──

    def _start(self, qualified: str, attributes: dict[str, str]) -> None:
        namespace, _, name = qualified.rpartition(" ")
        place = self._place()
        parent = self._open[-1].name if self._open else ""
        if self._depth_passed_over or parent == "data" or name in _PASSED_OVER:
            self._depth_passed_over += 1
            self._drawn = _DRAWN_LABELS.get(name, "") if "yworks" in namespace else ""
            self._text = []
            return
        if parent not in _PARENTS.get(name, ()):
            where = f"in <{parent}>" if parent else "as the outermost element"
            raise ReadError(f"<{name}> {where} is not supported", place)
        table = self._open[-1].table if self._open else Table(place)
        begin: dict[str, Callable[[dict[str, str], Place, Table], _Open]] = {
            "key": self._begin_key,
            "graph": self._begin_graph,
            "node": self._begin_node,
            "edge": self._begin_edge,
            "data": self._begin_data,
            "default": self._begin_default,
        }
        make = begin.get(name)
        self._open.append(make(attributes, place, table) if make else _Open(name, table, place))
        self._text = []

    def _end(self, _: str) -> None:
        text = "".join(self._text)
        if self._depth_passed_over:
            self._depth_passed_over -= 1
            if self._drawn:
                self._labels.append((self._open[-1].table, self._drawn, text, self._place()))
            self._drawn = ""
            return
        closed = self._open.pop()
        if closed.key is None:
            return
        if closed.name == "default":
            closed.key.default = text
        elif closed.name == "data":
            key = closed.key
            self._columns.put(closed.kind, closed.table, key.name, text, closed.place, is_ours=key.is_ours)

    def _take_text(self, text: str) -> None:
        self._text.append(text)

    def _refuse_doctype(self, *_: object) -> None:
        raise ReadError("a DOCTYPE is not supported: take it out", self._place())

    def _place(self) -> Place:
        return Place(self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1)

    # ── elements ──

    def _begin_key(self, attributes: dict[str, str], place: Place, table: Table) -> _Open:
        key_id = _needed(attributes, "id", "key", place)
        kind, name = attributes.get("for", "all"), attributes.get("attr.name", key_id)
        is_drawing = "attr.name" not in attributes and any("yfiles" in each for each in attributes)
        declared = _Key(name, kind, is_ours=key_id == f"{kind}.{name}")
        if not is_drawing:
            self._keys[key_id] = declared
        self._drawings |= {key_id} if is_drawing else set()
        return _Open("key", table, place, key=declared)

    def _begin_default(self, _: dict[str, str], place: Place, table: Table) -> _Open:
        return _Open("default", table, place, key=self._open[-1].key)

    def _begin_graph(self, attributes: dict[str, str], place: Place, _: Table) -> _Open:
        if self._document is not None:
            raise ReadError("a second <graph> begins here; a persona is one", place)
        if attributes.get("edgedefault") != "directed":
            raise ReadError('<graph> must say edgedefault="directed"', place)
        self._document = Table(place)
        if attributes.get("id", "").strip():
            self._graph_id = attributes["id"], place
        for key in ("nodes", "edges"):
            self._document.put(key, Row(place), key_place=place, value_place=place)
        return _Open("graph", self._document, place, "graph")

    def _begin_node(self, attributes: dict[str, str], place: Place, graph: Table) -> _Open:
        node = Table(place)
        put_tagged(node, "id", _needed(attributes, "id", "node", place), place)
        graph["nodes"].put(node, value_place=place)
        return _Open("node", node, place, "node")

    def _begin_edge(self, attributes: dict[str, str], place: Place, graph: Table) -> _Open:
        edge = Table(place)
        for end in ("source", "target"):
            put_tagged(edge, end, _needed(attributes, end, "edge", place), place)
        if "id" in attributes:
            put_tagged(edge, "id", attributes["id"], place)
        graph["edges"].put(edge, value_place=place)
        return _Open("edge", edge, place, "edge")

    def _begin_data(self, attributes: dict[str, str], place: Place, table: Table) -> _Open:
        key_id = _needed(attributes, "key", "data", place)
        if key_id not in self._keys and key_id not in self._drawings:
            raise ReadError(f"no <key> declares {key_id!r}", place)
        kind = self._open[-1].kind
        if (id(table), key_id) in self._seen:
            raise ReadError(f"data of the key {key_id!r} stands here a second time", place)
        self._seen.add((id(table), key_id))
        return _Open("data", table, place, kind, self._keys.get(key_id) if kind else None)


def _drop_running_numbers(edges: Row) -> None:
    """Leave out ids by which networkx counts the edges between each two nodes: 0, 1, and 0 again."""
    times = Counter(edge.get("id") for edge in edges)
    for edge in edges:
        if times[edge.get("id")] > 1 and edge.get("id", "").isdecimal():
            del edge["id"]


def _drop_names_of_nodes(document: Table) -> None:
    """Leave out ids of edges that igraph has taken from its list of nodes by mistake."""
    nodes = {node.get("id") for node in document["nodes"]}
    for edge in document["edges"]:
        if edge.get("id") in nodes:
            del edge["id"]


def _needed(attributes: Mapping[str, str], name: str, element: str, place: Place) -> str:
    if name not in attributes:
        raise ReadError(f"<{element}> lacks the attribute {name!r}", place)
    return attributes[name]


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def write(document: Mapping[str, Any]) -> str:
    """The GraphML text of a document, in which every edge must have a target."""
    header = {key: value for key, value in document.items() if key not in ("nodes", "edges")}
    return "\n".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            f"<graphml xmlns={quoteattr(NAMESPACE)}>",
            *_keys("graph", [header]),
            *_keys("node", document["nodes"]),
            *_keys("edge", document.get("edges", [])),
            '  <graph edgedefault="directed">',
            *(f"    {line}" for line in _data("graph", header)),
            *(_element("node", node) for node in document["nodes"]),
            *(_element("edge", edge) for edge in document.get("edges", [])),
            "  </graph>",
            "</graphml>\n",
        )
    )


_ATTRIBUTES = {"graph": (), "node": ("id",), "edge": ("id", "source", "target")}
_TWICE = {"graph": (), "node": ("id",), "edge": ()}  # as data too: other programs renumber nodes


def _keys(element: str, tables: list[Mapping[str, Any]]) -> Iterator[str]:
    """Declare each attribute of some elements once."""
    types = {tagged_name(key, value): value_type(value) for table in tables for key, value in table.items()}
    for name, type_ in types.items():
        if name not in _ATTRIBUTES[element] or name in _TWICE[element]:
            declared = f'for="{element}" attr.name={quoteattr(name)} attr.type="{type_}"'
            yield f"  <key id={quoteattr(f'{element}.{name}')} {declared}/>"


def _element(element: str, table: Mapping[str, Any]) -> str:
    names = _ATTRIBUTES[element]
    attributes = "".join(f" {name}={quoteattr(table[name])}" for name in names if name in table)
    return f"    <{element}{attributes}>{''.join(_data(element, table))}</{element}>"


def _data(element: str, table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if key not in _ATTRIBUTES[element] or key in _TWICE[element]:
            name = quoteattr(f"{element}.{tagged_name(key, value)}")
            yield f"<data key={name}>{escape(tagged_text(value))}</data>"


GRAPHML = text_format(
    "graphml",
    read=read,
    write=write,
    suffixes=(".graphml",),
    about="XML for yEd, Cytoscape",
    opening=r"\s*<",
    holds="document",
    as_graph=True,
)
