"""RDF of any origin, in Turtle, N-Triples or JSON-LD: each triple is a fact. Written as N-Triples.

RDF does not say who the character is, so that is a guess: the person with the most triples, or if there is
none, the subject with the most. Triples with a usual predicate for type or name become the type and label of
a node; every other triple becomes an edge whose relation is named after the predicate. Nothing is ever
fetched.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from roleagent.formats.convert import mapped
from roleagent.formats.format import Archive, Report
from roleagent.formats.own.rdf_terms import (
    NAME_PREDICATES,
    NODE_TYPES,
    RDF,
    RDFS,
    RELATION,
    SUMMARY,
    TYPE_IRIS,
    Term,
    Triple,
    decoded,
    id_of,
    iri_of,
    parse_rdf,
    sound_iri,
    words_of,
    written_iri,
)
from roleagent.formats.text import decoded_text
from roleagent.formats.values import clean_text, dump_json, parse_json
from roleagent.graph.schema import CORE_RELATIONS, DATE_RELATIONS
from roleagent.language.dates import parse_date
from roleagent.persona.identity import persona_id
from roleagent.persona.problems import Place, ReadError
from roleagent.types import Relation

MAX_BYTES = 8 * 1024 * 1024
_MAX_LABEL = 2_000
_MAX_TEXT = 200_000
_TURTLE = re.compile(
    rb"(?:\s*#[^\n]*\n)*\s*(?:@(?:prefix|base)\b|prefix\s+\w*:|<[a-z][a-z0-9+.-]*:[^>\s]*>\s+(?:<|a\s|\w*:)|_:\w+\s+<)",
    re.IGNORECASE,
)
_OURS = b"urn:roleagent:ns:"  # the vocabulary of our own Turtle
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
Json = Any  # Any: JSON


class RdfTriples:
    """Plain triples; see the module."""

    NAME = "rdf"
    SCHEMA = "rdf_triples"
    EXTENSION_PATH: tuple[str, ...] = ()

    def recognises(self, data: bytes, raw: object) -> bool:
        """Whether a file is Turtle, N-Triples or JSON-LD, and not ours."""
        if isinstance(raw, list):
            raw = raw[0] if raw else None
        if _OURS in data:
            return False
        if isinstance(raw, Mapping):
            return not raw.keys().isdisjoint(("@context", "@graph", "@id"))
        return _TURTLE.match(data) is not None

    def unpack(self, data: bytes, report: Report) -> Archive:
        """The triples of a file."""
        if len(data) > MAX_BYTES:
            raise ReadError(f"RDF of more than {MAX_BYTES // 1024**2} MB is not read", Place(1, 1))
        if data.lstrip()[:1] in (b"{", b"["):
            text, syntax = dump_json(_without_remote(parse_json(data, report), report)), "json-ld"
        else:
            text, syntax = decoded_text(data, "the file", report), "turtle"
        triples = [
            [sound_iri(each.subject), sound_iri(each.predicate), _raw(each.object)]
            for each in parse_rdf(text, syntax)
        ]
        if not triples:
            raise ReadError("there is no triple in it", Place(1, 1))
        return Archive(raw=triples)

    def pack(self, archive: Archive, report: Report) -> bytes:
        """The triples as N-Triples."""
        lines = (f"{written_iri(s)} {written_iri(p)} {_written(o)} ." for s, p, o in archive.raw)
        return ("\n".join(lines) + "\n").encode()

    def to_document(self, archive: Archive, report: Report) -> dict[str, Any]:
        """The subject with the most triples as the character, with a fact for each triple."""
        reader = _Reader(list(_triples(archive.raw, report)), report)
        return reader.document()

    def from_document(self, document: Mapping[str, Any], report: Report) -> Archive:
        """A triple for each fact, and for each node its type, name and description."""
        return Archive(raw=list(_raw_triples(document)))

    def base_from(self, originals: Mapping[str, Any]) -> Any:
        """Nothing else is RDF."""
        return None


RDF_TRIPLES = mapped(RdfTriples(), about="plain triples", suffixes=(".nt",))


# ── triples as JSON, and as text ─────────────────────────────────────────────────────────────


def _raw(term: Term) -> Json:
    if not term.is_literal:
        return sound_iri(term.text)
    extras = {"datatype": term.datatype, "language": term.language}
    value = term.text.encode("utf-8", "replace").decode()
    return {"value": value, **{key: value for key, value in extras.items() if value}}


def _triples(raw: Json, report: Report) -> Iterator[Triple]:
    """The triples in a JSON list; the list may have been edited, so other items are reported."""
    for index, item in enumerate(raw if isinstance(raw, list) else ()):
        parts = item if isinstance(item, list) and len(item) == len(Triple._fields) else [None] * 3
        term = _term(parts[2])
        if isinstance(parts[0], str) and isinstance(parts[1], str) and term is not None:
            yield Triple(parts[0], parts[1], term)
        else:
            report.warn(f"[{index}]", "is not a triple: left out of the persona")


def _term(raw: Json) -> Term | None:
    if isinstance(raw, str):
        return Term(raw)
    if isinstance(raw, Mapping) and isinstance(raw.get("value"), str):
        return Term(raw["value"], True, str(raw.get("datatype", "")), str(raw.get("language", "")))
    return None


def _written(raw: Json) -> str:
    if not isinstance(raw, Mapping):
        return written_iri(raw)
    kind = f"^^<{raw['datatype']}>" if raw.get("datatype") else ""
    kind = f"@{raw['language']}" if raw.get("language") else kind
    return f'"{raw["value"].translate(_ESCAPES)}"{kind}'


def _without_remote(tree: Json, report: Report) -> Json:
    """JSON-LD in which no context has to be fetched: terms are read as names below the context's address."""
    if isinstance(tree, list):
        return [_without_remote(item, report) for item in tree]
    if not isinstance(tree, Mapping):
        return tree
    kept = {key: _without_remote(value, report) for key, value in tree.items() if key != "@import"}
    if "@context" in tree:
        context = tree["@context"]
        parts = context if isinstance(context, list) else [context]
        kept["@context"] = [_local(part, report) for part in parts]
    return kept


def _local(context: Json, report: Report) -> Json:
    if isinstance(context, Mapping):
        return _without_remote(context, report)
    if not isinstance(context, str):
        return context
    report.warn("@context", f"{context[:200]!r} is not fetched: names are taken to be of that vocabulary")
    return {"@vocab": context if context.endswith(("/", "#")) else f"{context}/"}


# ── from triples to a document ───────────────────────────────────────────────────────────────


class _Reader:
    def __init__(self, triples: list[Triple], report: Report) -> None:
        self._triples, self._report = triples, report
        self._labels = _first_literals(triples, NAME_PREDICATES)
        self._types: dict[str, str] = {}  # the first known type of each subject
        for triple in triples:
            if triple.predicate == f"{RDF}type" and triple.object.text in NODE_TYPES:
                self._types.setdefault(triple.subject, NODE_TYPES[triple.object.text])
        self._times = Counter((triple.subject, triple.predicate) for triple in triples)

    def document(self) -> dict[str, Any]:
        own = self._character()
        name = self._label(own)
        summary = _first_literals(self._triples, (SUMMARY,)).get(own, "")
        edges = list(self._edges(own))
        ends = [own, *(edge[key] for edge in edges for key in ("source", "target") if key in edge)]
        names = dict.fromkeys(edge["relation"] for edge in edges)
        relations = {
            name: {"text": {"en": f"{{subject}} {words_of(name)} {{object}}"}}
            for name in names
            if name not in CORE_RELATIONS
        }
        return {
            "roleagent": 1,
            # A name of our own making, or a blank node, does not identify anybody.
            "id": persona_id(name, mark="" if own.startswith(("_:", "urn:roleagent:")) else own),
            "name": name,
            "node": id_of(own),
            "summary": summary or f"You are {name}.",
            **({"relations": relations} if relations else {}),
            "nodes": self._nodes({id_of(end): end for end in [own, *self._ends()]}, set(map(id_of, ends))),
            **({"edges": edges} if edges else {}),
        }

    def _character(self) -> str:
        """The person with the most triples; if there is none, the subject with the most."""
        counts: dict[str, int] = {}
        for triple in self._triples:
            counts[triple.subject] = counts.get(triple.subject, 0) + 1
        people = {iri: number for iri, number in counts.items() if self._types.get(iri) == "person"}
        among = people or counts
        if not among:
            self._report.warn("triples", "there are none: the persona is empty")
            return "urn:roleagent:nobody"
        own = max(among, key=among.__getitem__)
        if len(among) > 1:
            self._report.warn(
                "triples",
                f"the file does not say who the character is: took {own!r}, which has the most triples",
            )
        return own

    def _ends(self) -> Iterator[str]:
        for triple in self._triples:
            yield triple.subject
            if not triple.object.is_literal:
                yield triple.object.text

    def _nodes(self, iris: Mapping[str, str], used: set[str]) -> list[dict[str, str]]:
        described = {*self._labels, *self._types}
        return [
            {"id": node_id, "type": self._types.get(iri, "topic"), "label": self._label(iri)}
            for node_id, iri in iris.items()
            if node_id in used or iri in described
        ]

    def _label(self, iri: str) -> str:
        return self._labels.get(iri) or words_of(iri)

    def _edges(self, own: str) -> Iterator[dict[str, str]]:
        seen: set[tuple[str, ...]] = set()
        for triple in self._triples:
            if self._is_said(triple, own):
                continue
            end = self._end(triple)
            core = CORE_RELATIONS.get(decoded(triple.predicate, RELATION) or "")
            relation = core.name if core and self._fits(triple, core) else id_of(triple.predicate)
            key = (triple.subject, relation, *(part for item in end.items() for part in item))
            if end and key not in seen:
                seen.add(key)
                yield {"source": id_of(triple.subject), "relation": relation, **end}

    def _fits(self, triple: Triple, relation: Relation) -> bool:
        """Whether a triple keeps the rules of a core relation."""
        subject = self._types.get(triple.subject, "topic")
        end = self._types.get(triple.object.text, "topic")
        fits = (not relation.domain or subject in relation.domain) and (
            triple.object.is_literal or not relation.range or end in relation.range
        )
        is_date = relation.name not in DATE_RELATIONS or parse_date(triple.object.text) is not None
        is_one = relation.cardinality != "functional" or self._times[triple.subject, triple.predicate] == 1
        return (
            fits and is_date and is_one and not (relation.symmetric and relation.cardinality == "functional")
        )

    def _is_said(self, triple: Triple, own: str) -> bool:
        """Whether a triple is already in a node's type or label, or in the summary."""
        if triple.predicate == f"{RDF}type":
            return NODE_TYPES.get(triple.object.text) == self._types.get(triple.subject, "")
        if triple.predicate == SUMMARY and triple.subject == own:
            return triple.object.is_literal
        text = clean_text(triple.object.text)[:_MAX_LABEL]
        return triple.predicate in NAME_PREDICATES and self._labels.get(triple.subject) == text

    def _end(self, triple: Triple) -> dict[str, str]:
        if not triple.object.is_literal:
            return {"target": id_of(triple.object.text)}
        value = clean_text(triple.object.text)
        if not value:
            self._report.warn(triple.predicate, "has an empty value: left out of the persona")
        elif len(value) > _MAX_LABEL:
            self._report.warn(triple.predicate, f"is longer than {_MAX_LABEL} characters: cut")
        return {"value": clean_text(value[:_MAX_LABEL])} if value else {}


def _first_literals(triples: Iterable[Triple], predicates: tuple[str, ...]) -> dict[str, str]:
    """The best text of each subject: by the order of the predicates, then English or plain before others."""
    best: dict[str, tuple[tuple[int, bool], str]] = {}
    for triple in triples:
        text = clean_text(triple.object.text)
        if triple.predicate not in predicates or not triple.object.is_literal or not text:
            continue
        limit = _MAX_TEXT if predicates == (SUMMARY,) else _MAX_LABEL
        rank = (predicates.index(triple.predicate), triple.object.language[:2] not in ("", "en"))
        if triple.subject not in best or rank < best[triple.subject][0]:
            best[triple.subject] = rank, clean_text(text[:limit])
    return {subject: text for subject, (_, text) in best.items()}


# ── from a document to triples ───────────────────────────────────────────────────────────────


def _raw_triples(document: Mapping[str, Any]) -> Iterator[list[Json]]:
    own = document.get("node", document["id"])
    for node in document["nodes"]:
        iri = iri_of(node["id"])
        if node["type"] in TYPE_IRIS:
            yield [iri, f"{RDF}type", TYPE_IRIS[node["type"]]]
        yield [iri, f"{RDFS}label", {"value": document["name"] if node["id"] == own else node["label"]}]
        if node["id"] == own:
            yield [iri, SUMMARY, {"value": document["summary"]}]
    for edge in document.get("edges", []):
        target = iri_of(edge["target"]) if "target" in edge else {"value": edge["value"]}
        yield [iri_of(edge["source"]), iri_of(edge["relation"], is_relation=True), target]
