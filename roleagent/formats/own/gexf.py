"""GEXF 1.3, Gephi's XML: facts carry spells, so that its timeline shows what held when.

The header is JSON in an attribute of the character's own node. Dates keep their precision in the attributes
``valid_from`` and ``valid_to``; the spell says the same in whole days, and counts if a tool has changed it. A
DOCTYPE, and so every entity, is refused.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from roleagent.formats.columns import JSON_SUFFIX, Columns, put_tagged, tagged_name, tagged_text, value_type
from roleagent.formats.format import Report
from roleagent.formats.text import text_format
from roleagent.language.dates import parse_date
from roleagent.persona.problems import Place, ReadError, Row, Table

_WHOLE_YEAR = re.compile(r"(-?\d{1,4})\.0+")


def first_day(date: str) -> str:
    """The first day of a date.

    >>> first_day("1881"), first_day("-469-02")
    ('1881-01-01', '-0469-02-01')
    """
    year, month, day = (*(parse_date(date) or (1,)), 1, 1)[:3]
    return _day(year, month, day)


def last_day(date: str) -> str:
    """The last day of a date.

    >>> last_day("1881"), last_day("1880-02"), last_day("1881-03-04")
    ('1881-12-31', '1880-02-29', '1881-03-04')
    """
    parts = parse_date(date) or (1,)
    year, month = (*parts, 12)[:2]
    day = parts[2] if len(parts) > 2 else calendar.monthrange(year, month)[1]
    return _day(year, month, day)


def _day(year: int, month: int, day: int) -> str:
    sign = "-" if year < 0 else ""
    return f"{sign}{abs(year):04d}-{month:02d}-{day:02d}"


def date_of(text: str) -> str:
    """The date in a moment that a tool wrote; any other text stays as it is.

    >>> date_of("1881-03-04T00:00:00"), date_of("1881.0"), date_of("soon")
    ('1881-03-04', '1881', 'soon')
    """
    day = text.strip().partition("T")[0]
    year = _WHOLE_YEAR.fullmatch(day)
    return year[1] if year else day


def end_date(edge_date: str | None, spell: str | None, day: str | None) -> str | None:
    """The date that counts: the precise one, unless a tool has moved the spell away from its day.

    Args:
        edge_date: the date as the persona has it.
        spell: the spell's own.
        day: the whole day that `edge_date` stands for.
    """
    if spell is None or parse_date(date_of(spell)) is None:
        return edge_date
    moved = day is None or parse_date(date_of(spell)) != parse_date(day)
    return date_of(spell) if moved else edge_date


NAMESPACE = "http://gexf.net/1.3"
HEADER = "persona"
NODE_ATTRIBUTES = ("id", "label")
EDGE_ATTRIBUTES = ("id", "source", "target", "label")

# element -> where it may stand
_PARENTS = {
    "gexf": ("",),
    "meta": ("gexf",),
    "graph": ("gexf",),
    "attributes": ("graph",),
    "attribute": ("attributes",),
    "nodes": ("graph",),
    "edges": ("graph",),
    "node": ("nodes",),
    "edge": ("edges",),
    "attvalues": ("node", "edge"),
    "attvalue": ("attvalues",),
    "spells": ("node", "edge"),
    "spell": ("spells",),
}
_SAYS_NOTHING = ("creator", "keywords", "description", "default", "options")


class _Open(NamedTuple):
    """An element whose end is still to come; its table is None if its content is ignored."""

    name: str
    table: Table | None
    kind: str = ""  # of a table: node or edge


class Reader:
    """Turns one GEXF text into a document."""

    def __init__(self, report: Report) -> None:
        self._columns = Columns(report)
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._open: list[_Open] = []
        self._names: dict[tuple[str, str], tuple[str, bool]] = {}
        self._is_foreign = False
        self._document: Table | None = None
        self._spells: list[tuple[Table, Mapping[str, str], Place]] = []

    def read(self, text: str) -> Table:
        """Read a text; raises `ReadError`."""
        try:
            self._parser.Parse(text.encode(), True)
        except expat.ExpatError as error:
            reason = expat.errors.messages[error.code]
            place = Place(error.lineno, error.offset + 1)
            raise ReadError(f"not well-formed XML: {reason}", place) from error
        if self._document is None:
            raise ReadError("there is no <graph> in it", Place(1, 1))
        for table, attributes, place in self._spells:
            _apply_spell(table, attributes, place)
        document = _with_header(self._document)
        self._columns.restore_ids(document)
        return document

    # ── handlers ──

    def _start(self, qualified: str, attributes: dict[str, str]) -> None:
        namespace, _, name = qualified.rpartition(" ")
        parent = self._open[-1] if self._open else _Open("", Table(self._place()))
        is_ours = "gexf.net" in namespace or not namespace
        self._is_foreign |= "viz" in namespace or name == "creator"
        if parent.table is None or "viz" in namespace or not is_ours or name in _SAYS_NOTHING:
            self._open.append(_Open(name, None))
            return
        if parent.name not in _PARENTS.get(name, ()):
            where = f"in <{parent.name}>" if parent.name else "as the outermost element"
            raise ReadError(f"<{name}> {where} is not supported", self._place())
        begin: dict[str, Callable[[dict[str, str], _Open], _Open]] = {
            "graph": self._begin_graph,
            "attributes": self._begin_attributes,
            "attribute": self._begin_attribute,
            "node": self._begin_node,
            "edge": self._begin_edge,
            "attvalue": self._begin_value,
            "spell": self._begin_spell,
        }
        make = begin.get(name)
        self._open.append(make(attributes, parent) if make else _Open(name, parent.table, parent.kind))

    def _end(self, _: str) -> None:
        self._open.pop()

    def _refuse_doctype(self, *_: object) -> None:
        raise ReadError("a DOCTYPE is not supported: take it out", self._place())

    def _place(self) -> Place:
        return Place(self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1)

    # ── elements ──

    def _begin_graph(self, attributes: dict[str, str], _: _Open) -> _Open:
        place = self._place()
        if self._document is not None:
            raise ReadError("a second <graph> begins here; a persona is one", place)
        if attributes.get("defaultedgetype") != "directed":
            raise ReadError('<graph> must say defaultedgetype="directed"', place)
        self._document = Table(place)
        for key in ("nodes", "edges"):
            self._document.put(key, Row(place), key_place=place, value_place=place)
        return _Open("graph", self._document)

    def _begin_attributes(self, attributes: dict[str, str], parent: _Open) -> _Open:
        return _Open("attributes", parent.table, self._needed(attributes, "class", "attributes"))

    def _begin_attribute(self, attributes: dict[str, str], parent: _Open) -> _Open:
        key = self._needed(attributes, "id", "attribute")
        title = attributes.get("title", key)
        self._names[parent.kind, key] = title, key == title
        return _Open("attribute", parent.table)

    def _begin_node(self, attributes: dict[str, str], parent: _Open) -> _Open:
        return self._begin_item("node", "nodes", attributes, NODE_ATTRIBUTES, parent)

    def _begin_edge(self, attributes: dict[str, str], parent: _Open) -> _Open:
        if attributes.get("type", "directed") != "directed":
            raise ReadError(f"an edge of type {attributes['type']!r} is not supported", self._place())
        opened = self._begin_item("edge", "edges", attributes, EDGE_ATTRIBUTES, parent)
        for key in ("source", "target"):
            self._needed(attributes, key, "edge")
        return opened

    def _begin_item(
        self, name: str, row: str, attributes: dict[str, str], keys: tuple[str, ...], parent: _Open
    ) -> _Open:
        table, place = Table(self._place()), self._place()
        self._needed(attributes, "id", name)
        for key in keys:
            if key in attributes:
                table.put(key, attributes[key], key_place=place, value_place=place)
        if parent.table is not None:
            parent.table[row].put(table, value_place=place)
        return _Open(name, table, name)

    def _begin_value(self, attributes: dict[str, str], parent: _Open) -> _Open:
        key = self._needed(attributes, "for", "attvalue")
        if (parent.kind, key) not in self._names:
            raise ReadError(f"no <attribute> declares {key!r}", self._place())
        name, is_ours = self._names[parent.kind, key]
        text, place = attributes.get("value", ""), self._place()
        if parent.table is None:
            return _Open("attvalue", None)
        if name.removesuffix(JSON_SUFFIX) == HEADER and parent.kind == "node":
            put_tagged(parent.table, name, text, place)
        else:
            is_ours = is_ours and not self._is_foreign
            self._columns.put(parent.kind, parent.table, name, text, place, is_ours=is_ours)
        return _Open("attvalue", parent.table)

    def _begin_spell(self, attributes: dict[str, str], parent: _Open) -> _Open:
        if parent.table is not None and parent.kind == "edge":
            self._spells.append((parent.table, attributes, self._place()))
        return _Open("spell", parent.table)

    def _needed(self, attributes: Mapping[str, str], name: str, element: str) -> str:
        if name not in attributes:
            raise ReadError(f"<{element}> lacks the attribute {name!r}", self._place())
        return attributes[name]


def _with_header(document: Table) -> Table:
    """The document with the header that one of its nodes carries."""
    for node in document["nodes"]:
        header = node.pop(HEADER, None)
        if not isinstance(header, Table):
            continue
        for key, value in header.items():
            places = {"key_place": header.key_places[key], "value_place": header.value_places[key]}
            document.put(key, value, **places)
    for edge in document["edges"]:
        label = edge.pop("label", None)
        if label is not None and "relation" not in edge:
            place = edge.value_places["label"]
            edge.put("relation", label, key_place=place, value_place=place)
    return document


def _apply_spell(edge: Table, attributes: Mapping[str, str], place: Place) -> None:
    """Replace the precise dates of an edge whose spell a tool has moved."""
    for key, side, day_of in (("valid_from", "start", first_day), ("valid_to", "end", last_day)):
        known = edge.get(key)
        day = day_of(known) if isinstance(known, str) and parse_date(known) else None
        date = end_date(known, attributes.get(side), day)
        if date is not None and date != known:
            edge.pop(key, None)
            edge.put(key, date, key_place=place, value_place=place)


def read(text: str, report: Report | None = None) -> Table:
    """Read a GEXF text into the layout of a persona document.

    Args:
        text: the file.
        report: takes the additions of other programs that are skipped.

    Raises:
        ReadError: it is not well-formed, or uses parts of GEXF that a persona has no use for.
    """
    return Reader(report or Report()).read(text)


def write(document: Mapping[str, Any]) -> str:
    """The GEXF text of a document, in which every edge must have a target and an id."""
    header = {key: value for key, value in document.items() if key not in ("nodes", "edges")}
    own = document.get("node", document["id"])
    nodes = [{**node, HEADER: header} if node["id"] == own else node for node in document["nodes"]]
    edges = document.get("edges", [])
    return "\n".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<gexf xmlns={quoteattr(NAMESPACE)} version="1.3">',
            '  <graph defaultedgetype="directed" mode="dynamic" timeformat="date">',
            *_declarations("node", nodes, NODE_ATTRIBUTES),
            *_declarations("edge", edges, EDGE_ATTRIBUTES),
            f'    <nodes count="{len(nodes)}">',
            *(_element("node", node, NODE_ATTRIBUTES) for node in nodes),
            "    </nodes>",
            f'    <edges count="{len(edges)}">',
            *(_element("edge", {**edge, "label": edge["relation"]}, EDGE_ATTRIBUTES) for edge in edges),
            "    </edges>",
            "  </graph>",
            "</gexf>\n",
        )
    )


def _declarations(
    element: str, tables: Iterable[Mapping[str, Any]], built_in: tuple[str, ...]
) -> Iterator[str]:
    """Declare each attribute of some elements once."""
    types = {tagged_name(key, value): value_type(value) for table in tables for key, value in table.items()}
    yield f'    <attributes class="{element}" mode="static">'
    for name, type_ in types.items():
        if name not in built_in:
            called = "integer" if type_ == "int" else type_
            yield f'      <attribute id={quoteattr(name)} title={quoteattr(name)} type="{called}"/>'
    yield "    </attributes>"


def _element(element: str, table: Mapping[str, Any], built_in: tuple[str, ...]) -> str:
    attributes = "".join(f" {key}={quoteattr(table[key])}" for key in built_in if key in table)
    values = "".join(
        f"<attvalue for={quoteattr(tagged_name(key, value))} value={quoteattr(tagged_text(value))}/>"
        for key, value in table.items()
        if key not in built_in
    )
    inside = f"<attvalues>{values}</attvalues>" if values else ""
    start = f' start="{first_day(table["valid_from"])}"' if "valid_from" in table else ""
    end = f' end="{last_day(table["valid_to"])}"' if "valid_to" in table else ""
    if start or end:
        inside += f"<spells><spell{start}{end}/></spells>"
    return f"      <{element}{attributes}>{inside}</{element}>"


GEXF = text_format(
    "gexf",
    read=read,
    write=write,
    suffixes=(".gexf",),
    about="XML for Gephi's timeline",
    opening=r"\s*(?:<\?xml[^>]*>\s*)?<gexf\b",
    holds="document",
    as_graph=True,
)
