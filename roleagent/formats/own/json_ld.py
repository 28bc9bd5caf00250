"""JSON-LD: JSON that any RDF tool reads as the same statements that the Turtle file holds.

See `turtle` for how a fact is written in RDF. The context is in the file; none is ever fetched.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from roleagent.formats.format import Report
from roleagent.formats.own.rdf_terms import LINKS, OURS, encoded, persona_iri, prefixes
from roleagent.formats.text import read_json, text_format
from roleagent.persona.problems import Place, ReadError, Row, Table

_PREFIX_OF = {"source": "thing", "relation": "rel", "target": "thing"}
_NAMES = ("@id", "@type")


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def write(document: Mapping[str, Any]) -> str:
    """The JSON-LD text of a document, in which every edge must have a target and an id."""
    items = (json.dumps(item, ensure_ascii=False, allow_nan=False) for item in _items(document))
    lines = ",\n".join(f"    {item}" for item in items)
    links = {key: {"@id": iri, "@type": "@id"} for key, iri in LINKS.items()}
    context = {"@vocab": OURS, **prefixes(document["id"]), "label": "rdfs:label", **links}
    indented = json.dumps(context, indent=2).replace("\n", "\n  ")
    return f'{{\n  "@context": {indented},\n  "@graph": [\n{lines}\n  ]\n}}\n'


def _items(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    edges = document.get("edges", [])
    linked: defaultdict[str, defaultdict[str, list[dict[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for edge in edges:
        link = {"@id": _name("thing", edge["target"])}
        if link not in linked[edge["source"]][edge["relation"]]:
            linked[edge["source"]][edge["relation"]].append(link)
    header = {key: value for key, value in document.items() if key not in ("nodes", "edges")}
    yield {"@id": persona_iri(document["id"]), "@type": "Persona", **_values(header)}
    for node in document["nodes"]:
        rest = {key: value for key, value in node.items() if key not in ("id", "type")}
        links = {_name("rel", relation): ends for relation, ends in linked[node["id"]].items()}
        names = {"@id": _name("thing", node["id"]), "@type": _name("type", node["type"])}
        yield {**names, **_values(rest), **links}
    for edge in edges:
        ends = {key: _name(prefix, edge[key]) for key, prefix in _PREFIX_OF.items()}
        rest = {key: value for key, value in edge.items() if key not in (*LINKS, "id")}
        yield {"@id": _name("fact", edge["id"]), "@type": "rdf:Statement", **ends, **_values(rest)}


def _values(table: Mapping[str, Any]) -> dict[str, Any]:
    """Values with lists and tables marked as JSON: JSON-LD would read them as sets and nodes."""
    return {
        key: {"@type": "@json", "@value": value} if isinstance(value, list | dict) else value
        for key, value in table.items()
    }


def _name(prefix: str, text: str) -> str:
    return f"{prefix}:{encoded(text)}"


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def read(text: str, report: Report | None = None) -> Any:  # Any: the caller checks that it is a table
    """Read the JSON-LD text of a persona, laid out as we write it, into a document.

    Raises:
        ReadError: it is not well-formed, or laid out differently.
    """
    tree = read_json(text)
    items = tree.get("@graph") if isinstance(tree, Table) else None
    if not isinstance(items, Row):
        raise ReadError("a persona in JSON-LD has its parts in a list under '@graph'", Place(1, 1))
    document = Table(tree.place)
    for key in ("nodes", "edges"):
        place = tree.value_places["@graph"]
        document.put(key, Row(place), key_place=place, value_place=place)
    plain = [link for item in items for link in _take(item, document)]
    _add_plain(plain, document["edges"])
    return document


_Link = tuple[str, str, str, Place]


def _take(item: Any, document: Table) -> Iterator[_Link]:  # Any: JSON
    """Enter one part into the document, and return the plain triples that are in it."""
    if not isinstance(item, Table) or not isinstance(item.get("@type"), str):
        place = item.place if isinstance(item, Table) else document.place
        raise ReadError("a table with one '@type' is expected here", place)
    kind = item["@type"]
    if kind == "Persona":
        _move(item, document, names=())
    elif kind == "rdf:Statement":
        document["edges"].put(_part(item, ("@id",)), value_place=item.place)
    else:
        node = _part(item, _NAMES)
        document["nodes"].put(node, value_place=item.place)
        for key in item:
            if key.startswith("rel:"):
                yield from _links(item, key, node.get("id", ""))


def _part(item: Table, names: tuple[str, ...]) -> Table:
    part = Table(item.place)
    _move(item, part, names=names)
    return part


def _move(item: Table, into: Table, *, names: tuple[str, ...]) -> None:
    for key, value in item.items():
        if key.startswith("rel:") or (key in _NAMES and key not in names):
            continue
        name = key.removeprefix("@")
        is_name = key in _NAMES or (item["@type"] == "rdf:Statement" and key in LINKS)
        places = {"key_place": item.key_places[key], "value_place": item.value_places[key]}
        if is_name:
            value = _decoded(value)
        elif isinstance(value, Table) and "@value" in value:
            value = value["@value"]
        into.put(name, value, **places)


def _decoded(value: Any) -> Any:  # Any: JSON
    """The id in a name such as ``thing:baker%20street``; what is no such name stays as it is."""
    if isinstance(value, Table) and len(value) == 1:
        value = value.get("@id")
    return unquote(value.partition(":")[2]) if isinstance(value, str) and ":" in value else value


def _links(item: Table, key: str, source: str) -> Iterator[_Link]:
    ends = item[key] if isinstance(item[key], Row) else [item[key]]
    for end in ends:
        target = _decoded(end)
        yield source, str(_decoded(key)), target if isinstance(target, str) else "", item.key_places[key]


def _add_plain(links: list[_Link], edges: Row) -> None:
    """Add the triples that have no statement about them."""
    stated = {str(edge.get("id")) for edge in edges}
    stated |= {f"{edge.get('source')}.{edge.get('relation')}.{edge.get('target')}" for edge in edges}
    for source, relation, target, place in links:
        if f"{source}.{relation}.{target}" not in stated:
            edge = Table(place)
            for key, value in (("source", source), ("relation", relation), ("target", target)):
                edge.put(key, value, key_place=place, value_place=place)
            edges.put(edge, value_place=place)


JSON_LD = text_format(
    "json-ld",
    read=read,
    write=write,
    suffixes=(".jsonld",),
    about="JSON that is RDF too",
    opening=r'\s*\{\s*"@context"',
    holds="document",
    as_graph=True,
)
