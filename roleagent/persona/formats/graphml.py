"""GraphML, the XML that Gephi, yEd, Cytoscape and networkx share.

A persona's header is data of the graph, nodes and edges carry their keys as data. GraphML has no lists or
tables: those stand as JSON under a name that ends in ``__json``. A DOCTYPE, and so every entity, is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from roleagent.persona.formats.tagged import put_tagged, tagged_name, tagged_text, value_type
from roleagent.persona.places import Place, ReadError, Row, Table

NAMESPACE = "http://graphml.graphdrawing.org/xmlns"

# element -> where it may stand
_PARENTS = {
    "graphml": ("",),
    "key": ("graphml",),
    "graph": ("graphml",),
    "node": ("graph",),
    "edge": ("graph",),
    "data": ("graph", "node", "edge"),
    "desc": ("graphml", "key", "graph", "node", "edge"),
}


class _Open(NamedTuple):
    """An element whose end is still to come."""

    name: str
    table: Table  # what its data goes into
    place: Place
    attribute: str = ""  # of a data element: the name that its key declares


def read(text: str) -> Table:
    """Read a GraphML text into the layout of a persona document.

    Raises:
        ReadError: it is not well-formed, or uses parts of GraphML that a persona has no use for.
    """
    return _Reader().read(text)


class _Reader:
    def __init__(self) -> None:
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._take_text
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._open: list[_Open] = []
        self._text: list[str] = []
        self._names: dict[str, str] = {}
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
        _drop_running_numbers(self._document.get("edges", []))
        return self._document

    # ── handlers ──

    def _start(self, qualified: str, attributes: dict[str, str]) -> None:
        name, place = qualified.rpartition(" ")[2], self._place()
        parent = self._open[-1].name if self._open else ""
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
        }
        make = begin.get(name)
        self._open.append(make(attributes, place, table) if make else _Open(name, table, place))
        self._text = []

    def _end(self, _: str) -> None:
        closed = self._open.pop()
        if closed.name == "data":
            put_tagged(closed.table, closed.attribute, "".join(self._text), closed.place)

    def _take_text(self, text: str) -> None:
        self._text.append(text)

    def _refuse_doctype(self, *_: object) -> None:
        raise ReadError("a DOCTYPE is not supported: take it out", self._place())

    def _place(self) -> Place:
        return Place(self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1)

    # ── elements ──

    def _begin_key(self, attributes: dict[str, str], place: Place, table: Table) -> _Open:
        key_id = _needed(attributes, "id", "key", place)
        self._names[key_id] = attributes.get("attr.name", key_id)
        return _Open("key", table, place)

    def _begin_graph(self, attributes: dict[str, str], place: Place, _: Table) -> _Open:
        if self._document is not None:
            raise ReadError("a second <graph> begins here; a persona is one", place)
        if attributes.get("edgedefault") != "directed":
            raise ReadError('<graph> must say edgedefault="directed"', place)
        self._document = Table(place)
        if "id" in attributes:  # where networkx writes what it read as data
            put_tagged(self._document, "id", attributes["id"], place)
        for key in ("nodes", "edges"):
            self._document.put(key, Row(place), key_place=place, value_place=place)
        return _Open("graph", self._document, place)

    def _begin_node(self, attributes: dict[str, str], place: Place, graph: Table) -> _Open:
        node = Table(place)
        put_tagged(node, "id", _needed(attributes, "id", "node", place), place)
        graph["nodes"].put(node, value_place=place)
        return _Open("node", node, place)

    def _begin_edge(self, attributes: dict[str, str], place: Place, graph: Table) -> _Open:
        edge = Table(place)
        for end in ("source", "target"):
            put_tagged(edge, end, _needed(attributes, end, "edge", place), place)
        if "id" in attributes:
            put_tagged(edge, "id", attributes["id"], place)
        graph["edges"].put(edge, value_place=place)
        return _Open("edge", edge, place)

    def _begin_data(self, attributes: dict[str, str], place: Place, table: Table) -> _Open:
        key_id = _needed(attributes, "key", "data", place)
        if key_id not in self._names:
            raise ReadError(f"no <key> declares {key_id!r}", place)
        return _Open("data", table, place, self._names[key_id])


def _drop_running_numbers(edges: Row) -> None:
    """Leave out ids by which networkx counts the edges between each two nodes: 0, 1, and 0 again."""
    times = Counter(edge.get("id") for edge in edges)
    for edge in edges:
        if times[edge.get("id")] > 1 and edge.get("id", "").isdecimal():
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


def _keys(element: str, tables: list[Mapping[str, Any]]) -> Iterator[str]:
    """Declare each attribute of some elements once."""
    types = {tagged_name(key, value): value_type(value) for table in tables for key, value in table.items()}
    for name, type_ in types.items():
        if name not in _ATTRIBUTES[element]:
            declared = f'for="{element}" attr.name={quoteattr(name)} attr.type="{type_}"'
            yield f"  <key id={quoteattr(f'{element}.{name}')} {declared}/>"


def _element(element: str, table: Mapping[str, Any]) -> str:
    names = _ATTRIBUTES[element]
    attributes = "".join(f" {name}={quoteattr(table[name])}" for name in names if name in table)
    return f"    <{element}{attributes}>{''.join(_data(element, table))}</{element}>"


def _data(element: str, table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if key not in _ATTRIBUTES[element]:
            name = quoteattr(f"{element}.{tagged_name(key, value)}")
            yield f"<data key={name}>{escape(tagged_text(value))}</data>"
