"""Turtle, for RDF tools: every fact is a plain triple, and a statement about it.

RDF has no place on an edge for dates, visibility or a wording. So each fact is said twice: as the triple
``thing:holmes rel:lives_in thing:baker_street``, which any query finds, and as an ``rdf:Statement`` with its
properties. When read, the statements count; a triple without a statement is a fact without properties.
Lists and tables of the header are literals of type ``rdf:JSON``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from roleagent.formats.columns import tagged_text
from roleagent.formats.format import Report
from roleagent.formats.own.rdf_terms import (
    LINKS,
    OURS,
    RDF,
    RDFS,
    RELATION,
    TYPE,
    XSD,
    Triple,
    datatype_of,
    decoded,
    encoded,
    parse_rdf,
    part_of,
    persona_iri,
    prefixes,
)
from roleagent.formats.text import read_json, text_format
from roleagent.persona.problems import Place, ReadError, Row, Table, moved

_LOCAL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_KEY_OF = {iri: key for key, iri in LINKS.items()} | {f"{RDFS}label": "label"}
_START = Place(1, 1)


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def write(document: Mapping[str, Any]) -> str:
    """The Turtle text of a document, in which every edge must have a target and an id."""
    return "\n".join(_lines(document))


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    names = prefixes(document["id"])
    yield from (f"@prefix {prefix}: <{iri}> ." for prefix, iri in names.items())
    header = {key: value for key, value in document.items() if key not in ("nodes", "edges")}
    yield _subject(f"<{persona_iri(document['id'])}>", "ra:Persona", header)
    for node in document["nodes"]:
        rest = {key: value for key, value in node.items() if key not in ("id", "type")}
        yield _subject(_name("thing", node["id"], names), _name("type", node["type"], names), rest)
    for edge in document.get("edges", []):
        ends = [_name(prefix, edge[key], names) for prefix, key in _ENDS]
        yield f"\n{' '.join(ends)} ."
        links = {f"rdf:{LINKS[key].removeprefix(RDF)}": end for key, end in zip(LINKS, ends, strict=True)}
        rest = {key: value for key, value in edge.items() if key not in (*LINKS, "id")}
        yield _subject(_name("fact", edge["id"], names), "rdf:Statement", rest, links)
    yield ""


_ENDS = (("thing", "source"), ("rel", "relation"), ("thing", "target"))


def _subject(name: str, type_: str, table: Mapping[str, Any], links: Mapping[str, str] | None = None) -> str:
    properties = [f"{key} {value}" for key, value in (links or {}).items()]
    for key, value in table.items():
        datatype = datatype_of(value).replace(RDF, "rdf:").replace(XSD, "xsd:")
        literal = f'"{tagged_text(value).translate(_ESCAPES)}"' + (f"^^{datatype}" if datatype else "")
        properties.append(f"{'rdfs:label' if key == 'label' else f'ra:{key}'} {literal}")
    return " ;\n    ".join([f"\n{name} a {type_}", *properties]) + " ."


def _name(prefix: str, text: str, names: Mapping[str, str]) -> str:
    return f"{prefix}:{text}" if _LOCAL.fullmatch(text) else f"<{names[prefix]}{encoded(text)}>"


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def read(text: str, report: Report | None = None) -> Table:
    """Read the Turtle text of a persona into the layout of a document.

    Raises:
        ReadError: it is not well-formed, or holds no persona of roleagent.
    """
    reader = _Reader(text)
    for triple in parse_rdf(text, "turtle"):
        reader.take(triple)
    return reader.document()


class _Reader:
    """Sorts triples by subject into header, nodes and edges."""

    def __init__(self, text: str) -> None:
        self._lines = _lines_of_subjects(text)
        self._tables: dict[str, Table] = {}
        self._kinds: dict[str, str] = {}
        self._links: dict[tuple[str, str, str], None] = {}

    def take(self, triple: Triple) -> None:
        predicate, value = triple.predicate, triple.object
        if predicate == f"{RDF}type":
            self._kinds[triple.subject] = value.text
        elif predicate.startswith(RELATION) and not value.is_literal:
            self._links[triple.subject, predicate, value.text] = None
        else:
            self._put(triple)

    def _put(self, triple: Triple) -> None:
        place = self._place(triple.subject)
        table = self._tables.setdefault(triple.subject, Table(place))
        key = _KEY_OF.get(triple.predicate) or decoded(triple.predicate, OURS)
        if key is None:
            raise ReadError(f"{triple.predicate!r} says nothing that a persona has a place for", place)
        value: object = triple.object.text
        if triple.object.datatype == f"{RDF}JSON":
            value = moved(read_json(triple.object.text), lambda _: place)
        table.put(key, value, key_place=place, value_place=place)

    def document(self) -> Table:
        own = [subject for subject, kind in self._kinds.items() if kind == f"{OURS}Persona"]
        if len(own) != 1:
            raise ReadError(f"{len(own)} personas (a ra:Persona) are in it; one is expected", _START)
        document = self._tables.pop(own[0], Table(_START))
        rows = {key: Row(_START) for key in ("nodes", "edges")}
        for key, row in rows.items():
            document.put(key, row, key_place=_START, value_place=_START)
        for subject, kind in self._kinds.items():
            node, type_ = part_of(subject, "thing"), decoded(kind, TYPE)
            if node is not None and type_ is not None:
                self._add(rows["nodes"], subject, {"id": node, "type": type_})
            elif kind == f"{RDF}Statement":
                self._add_statement(rows["edges"], subject)
        stated = {edge.get("id") for edge in rows["edges"]}
        for link in self._links:
            if ".".join(_ends(*link).values()) not in stated:
                self._add_link(rows["edges"], *link)
        return document

    def _add(self, row: Row, subject: str, values: Mapping[str, str]) -> None:
        place = self._place(subject)
        table = self._tables.get(subject, Table(place))
        for key, value in values.items():
            table.put(key, value, key_place=place, value_place=place)
        row.put(table, value_place=place)

    def _add_statement(self, edges: Row, subject: str) -> None:
        place = self._place(subject)
        table = self._tables.pop(subject, Table(place))
        ends = [table.pop(key, "") for key in LINKS]
        self._links.pop((ends[0], ends[1], ends[2]), None)
        self._tables[subject] = table
        fact_id = part_of(subject, "fact")
        self._add(edges, subject, {**_ends(*ends), **({"id": fact_id} if fact_id else {})})

    def _add_link(self, edges: Row, source: str, relation: str, target: str) -> None:
        place = self._place(source)
        table = Table(place)
        for key, value in _ends(source, relation, target).items():
            table.put(key, value, key_place=place, value_place=place)
        edges.put(table, value_place=place)

    def _place(self, subject: str) -> Place:
        return Place(self._lines.get(subject, 1), 1)


def _ends(source: str, relation: str, target: str) -> dict[str, str]:
    """The keys of an edge; a name that is not ours is kept, so that checking the document reports it."""
    ends = {
        "source": part_of(source, "thing"),
        "relation": decoded(relation, RELATION),
        "target": part_of(target, "thing"),
    }
    whole = {"source": source, "relation": relation, "target": target}
    return {key: whole[key] if end is None else end for key, end in ends.items()}


def _lines_of_subjects(text: str) -> dict[str, int]:
    """The first line of each subject, in a file laid out like ours."""
    names: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        first, _, rest = line.partition(" ")
        if first == "@prefix":
            prefix, _, iri = rest.partition(": ")
            names[prefix] = iri.strip(" <>.")
        elif first.startswith("<"):
            lines.setdefault(first.strip("<>"), number)
        elif ":" in first:
            prefix, _, local = first.partition(":")
            lines.setdefault(names.get(prefix, prefix) + local, number)
    return lines


TURTLE = text_format(
    "turtle",
    read=read,
    write=write,
    suffixes=(".ttl",),
    about="RDF",
    opening=r"\s*(?:@prefix\b|<\S*>\s+<)",
    holds="document",
    as_graph=True,
)
