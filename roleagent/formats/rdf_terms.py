"""The usual vocabularies of RDF, and how its names become ids and come back."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from roleagent.formats.foreign import clean_text
from roleagent.formats.text import value_type
from roleagent.graph.schema import CORE_RELATIONS
from roleagent.graph.schema import NODE_TYPES as OUR_TYPES

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"
OURS = "urn:roleagent:ns:"
RELATION = "urn:roleagent:relation:"
TYPE = "urn:roleagent:type:"
_PART = re.compile(r"urn:roleagent:persona:[^:]+:(thing|fact):(.*)", re.DOTALL)
# properties of a fact that have a name of RDF's own
LINKS = {"source": f"{RDF}subject", "relation": f"{RDF}predicate", "target": f"{RDF}object"}


def persona_iri(persona_id: str) -> str:
    """The name of a persona."""
    return f"urn:roleagent:persona:{persona_id}"


def prefixes(persona_id: str) -> dict[str, str]:
    """Prefixes that keep a file readable."""
    own = persona_iri(persona_id)
    return {
        "rdf": RDF,
        "rdfs": RDFS,
        "xsd": XSD,
        "ra": OURS,
        "rel": RELATION,
        "type": TYPE,
        "thing": f"{own}:thing:",
        "fact": f"{own}:fact:",
    }


def encoded(text: str) -> str:
    """A text as the last part of a name."""
    return quote(text, safe="")


def decoded(iri: str, start: str) -> str | None:
    """What `encoded` was given; None for a name that does not begin so."""
    return unquote(iri.removeprefix(start)) if iri.startswith(start) else None


def part_of(iri: str, kind: str) -> str | None:
    """The id of a thing or fact; None for any other name."""
    match = _PART.fullmatch(iri)
    return unquote(match[2]) if match and match[1] == kind else None


def datatype_of(value: object) -> str:
    """The XML Schema type of a number or truth value, or RDF's own for JSON; empty for text."""
    if isinstance(value, list | dict):
        return f"{RDF}JSON"
    name = value_type(value)
    return "" if name == "string" else f"{XSD}{'integer' if name == 'int' else name}"


_FOAF = "http://xmlns.com/foaf/0.1/"
_SCHEMA = "https://schema.org/"
_SCHEMA_HTTP = "http://schema.org/"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_DCTERMS = "http://purl.org/dc/terms/"
_NODE = "urn:roleagent:node:"
_PREFIXES = {
    "rdf": RDF,
    "rdfs": RDFS,
    "xsd": XSD,
    "foaf": _FOAF,
    "schema": _SCHEMA,
    "schemahttp": _SCHEMA_HTTP,
    "skos": _SKOS,
    "dcterms": _DCTERMS,
    "rel": "http://purl.org/vocab/relationship/",
    "dbo": "http://dbpedia.org/ontology/",
    "dbr": "http://dbpedia.org/resource/",
    "wd": "http://www.wikidata.org/entity/",
    "wdt": "http://www.wikidata.org/prop/direct/",
}
_MAX_ID = 1_990  # characters, and a few for a mark
_MAX_WORDS = 1_900  # so that a template of them is no longer than a label may be
BASE = "https://roleagent.invalid/"  # what relative names are taken to be relative to
_NO_IRI = re.compile(r"[\x00-\x20<>\"{}|^`\\]")
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:.+", re.IGNORECASE | re.DOTALL)
_WORD_END = re.compile(r"(?<=[a-z])(?=[A-Z])|[_\-]+")

SUMMARY = f"{RDFS}comment"
NAME_PREDICATES = (
    f"{RDFS}label", f"{_FOAF}name", f"{_SCHEMA}name", f"{_SCHEMA_HTTP}name", f"{_SKOS}prefLabel",
)  # fmt: skip
_TYPE_NAMES = {
    "Person": "person",
    "Agent": "person",
    "Organization": "organisation",
    "Organisation": "organisation",
    "Place": "place",
    "City": "place",
    "Country": "place",
    "Event": "event",
    "CreativeWork": "work",
    "Book": "work",
    "Work": "work",
}
NODE_TYPES = {
    f"{vocabulary}{name}": type_
    for vocabulary in (_FOAF, _SCHEMA, _SCHEMA_HTTP, _PREFIXES["dbo"])
    for name, type_ in _TYPE_NAMES.items()
} | {f"{TYPE}{type_}": type_ for type_ in OUR_TYPES if type_ != "literal"}
TYPE_IRIS = {type_: f"{TYPE}{type_}" for type_ in OUR_TYPES if type_ not in ("literal", "topic")} | {
    "person": f"{_FOAF}Person"
}


def id_of(iri: str) -> str:
    """A name as the id of a node or relation: short where its vocabulary is a usual one."""
    iri = clean_text(iri)[:_MAX_ID].rstrip()
    node, relation = (clean_text(decoded(iri, start) or "") for start in (_NODE, RELATION))
    own = node or (relation if relation not in CORE_RELATIONS else "")
    if own and not own.startswith("literal:"):
        return own
    for prefix, start in _PREFIXES.items():
        if iri.startswith(start) and len(iri) > len(start):
            return f"{prefix}:{iri[len(start) :]}"
    return f"iri:{iri}" if iri.startswith("literal:") else iri or "_:nothing"


def sound_iri(iri: str) -> str:
    """A name as N-Triples can have it: absolute, and without half characters.

    >>> sound_iri("knows"), sound_iri("_:b0"), sound_iri("ex:ada")
    ('https://roleagent.invalid/knows', '_:b0', 'ex:ada')
    """
    sound = iri.encode("utf-8", "replace").decode()
    return sound if sound.startswith("_:") or _ABSOLUTE.match(sound) else BASE + sound


def written_iri(iri: str) -> str:
    """A name as N-Triples writes it, escaped where it must be."""
    if iri.startswith("_:"):
        return iri
    escaped = _NO_IRI.sub(lambda found: f"\\u{ord(found[0]):04X}", iri)
    return f"<{escaped}>"


def iri_of(name: str, *, is_relation: bool = False) -> str:
    """The name that `id_of` was given; for ids of other origin, one of our own."""
    prefix, colon, local = name.partition(":")
    if colon and prefix in _PREFIXES and not _NO_IRI.search(local):
        return _PREFIXES[prefix] + local
    if name.startswith("iri:literal:"):
        return name.removeprefix("iri:")
    if name.startswith("_:") or (_ABSOLUTE.fullmatch(name) and not _NO_IRI.search(name)):
        return name
    return (RELATION if is_relation else _NODE) + encoded(name)


def words_of(iri: str) -> str:
    """The last part of a name as words.

    >>> words_of("http://xmlns.com/foaf/0.1/basedNear"), words_of("dbr:Ada_Lovelace")
    ('based near', 'Ada Lovelace')
    """
    local = unquote(re.split(r"[/#:]", iri.rstrip("/#"))[-1]) or iri
    words = [word for word in _WORD_END.split(local) if word]
    if len(words) > 1 and local[:1].islower():
        words = [word.lower() for word in words]
    return clean_text(" ".join(" ".join(words).split()))[:_MAX_WORDS] or "nothing"
