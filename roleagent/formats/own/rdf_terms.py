"""RDF: the usual vocabularies, names as ids and back, and the triples of a text."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from roleagent.formats.columns import value_type
from roleagent.formats.values import clean_text
from roleagent.graph.schema import CORE_RELATIONS
from roleagent.graph.schema import NODE_TYPES as OUR_TYPES
from roleagent.persona.problems import Place, ReadError
from roleagent.registry import import_extra

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
    """The text that `encoded` turned into the end of a name; None if the name begins differently."""
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
    """A name as the id of a node or relation: short if its vocabulary is a usual one."""
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
    """A name that is valid in N-Triples: absolute, and without half characters.

    >>> sound_iri("knows"), sound_iri("_:b0"), sound_iri("ex:ada")
    ('https://roleagent.invalid/knows', '_:b0', 'ex:ada')
    """
    sound = iri.encode("utf-8", "replace").decode()
    return sound if sound.startswith("_:") or _ABSOLUTE.match(sound) else BASE + sound


def written_iri(iri: str) -> str:
    """A name as N-Triples writes it, escaped if needed."""
    if iri.startswith("_:"):
        return iri
    escaped = _NO_IRI.sub(lambda found: f"\\u{ord(found[0]):04X}", iri)
    return f"<{escaped}>"


def iri_of(name: str, *, is_relation: bool = False) -> str:
    """The name from which `id_of` made this id; for any other id, a name of our own."""
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


MAX_CHARACTERS = 16 * 1024 * 1024
MAX_TRIPLES = 500_000
_LONG = 1_000  # characters
_TOKEN = re.compile(
    r"""
    (?P<string>
        \"{3} [^"\\]* (?: (?: \\. | "(?!"") ) [^"\\]* )* \"{3}
      | '{3} [^'\\]* (?: (?: \\. | '(?!'') ) [^'\\]* )* '{3}
      | " [^"\\\n]* (?: \\. [^"\\\n]* )* "
      | ' [^'\\\n]* (?: \\. [^'\\\n]* )* '
    )
    | (?P<iri> <[^<>"{}|^`\\\s]*> )
    | (?P<comment> \#[^\n]* )
    | (?P<open> ["'] )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_LONGEST_REASON = 200  # characters


class Term(NamedTuple):
    """The object of a triple.

    Attributes:
        text: an IRI, ``_:`` and a number for a blank node, or what a literal says.
        datatype: of a literal; empty for plain text.
    """

    text: str
    is_literal: bool = False
    datatype: str = ""
    language: str = ""


class Triple(NamedTuple):
    """A subject, a predicate and an object."""

    subject: str
    predicate: str
    object: Term


def parse_rdf(text: str, syntax: str) -> Iterator[Triple]:
    """The triples of a text in the order in which they come; blank nodes are numbered.

    Args:
        text: at most MAX_CHARACTERS of it.
        syntax: ``turtle`` or ``json-ld``; the latter without contexts that would have to be fetched.

    Raises:
        ReadError: it is not well-formed, or too large.
    """
    if len(text) > MAX_CHARACTERS:
        raise ReadError(f"is larger than {MAX_CHARACTERS // 1024**2} million characters", Place(1, 1))
    text, long_texts = without_long_strings(text) if syntax == "turtle" else (text, {})
    triples = _parsed(text, syntax)
    if len(triples) > MAX_TRIPLES:
        raise ReadError(f"holds {len(triples)} triples, more than {MAX_TRIPLES}", Place(1, 1))
    numbers: dict[str, str] = {}
    for subject, predicate, object_ in triples:
        found = _term(object_, numbers)
        if found.is_literal and found.text in long_texts:
            found = found._replace(text=long_texts[found.text])
        yield Triple(_term(subject, numbers).text, str(predicate), found)


def without_long_strings(text: str) -> tuple[str, dict[str, str]]:
    """Turtle with a mark in place of each long string, and what the marks stand for.

    rdflib takes time with the square of a string's escapes, and a persona's lore is all in one string.

    Raises:
        ReadError: a string has no end, or an escape that Turtle does not know.
    """
    found: dict[str, str] = {}

    def replaced(match: re.Match[str]) -> str:
        whole, place = match[0], match.start()
        if match.lastgroup == "open":
            raise ReadError("not well-formed Turtle: a string has no end", place_of(text, place))
        if match.lastgroup != "string" or len(whole) <= _LONG:
            return whole
        mark = f"roleagent:text:{len(found)}"
        quotes = 3 if whole[:3] in ('"""', "'''") else 1
        found[mark] = _ESCAPE.sub(lambda escape: _unescaped(escape, text, place), whole[quotes:-quotes])
        return f'"{mark}"'

    return _TOKEN.sub(replaced, text), found


def _unescaped(escape: re.Match[str], text: str, at: int) -> str:
    code = escape[1] or escape[2]
    try:
        return chr(int(code, 16)) if code else _ESCAPED[escape[3]]
    except (KeyError, ValueError):
        raise ReadError(f"not well-formed Turtle: unknown escape {escape[0]!r}", place_of(text, at)) from None


def place_of(text: str, at: int) -> Place:
    """Line and column of an offset."""
    return Place(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def _parsed(text: str, syntax: str) -> dict[Any, None]:  # Any: triples of rdflib's terms
    """The triples in the order in which they come, each once."""
    import_extra("rdflib", extra="rdf", what="An RDF file")
    import rdflib
    from rdflib.plugins.parsers.notation3 import BadSyntax

    graph = rdflib.Graph(bind_namespaces="none")
    triples: dict[Any, None] = {}

    def add(triple: Any, context: object, quoted: bool = False) -> None:
        triples[triple] = None

    graph.store.add = add  # type: ignore[method-assign]  # rdflib's own stores forget the order
    try:
        with _quietly(), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of rdflib at itself
            graph.parse(data=text, format=syntax, publicID=BASE)
    except BadSyntax as error:
        before = error._str[: error._i]
        at = len(before.decode(errors="replace") if isinstance(before, bytes) else before)
        raise ReadError(f"not well-formed Turtle: {str(error._why).strip()}", place_of(text, at)) from error
    except Exception as error:  # rdflib raises whatever comes up on odd input
        reason = " ".join(str(error).split())[:_LONGEST_REASON]
        raise ReadError(f"cannot be read as RDF: {reason}", Place(1, 1)) from error
    return triples


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep rdflib from logging a line for each name in the file that is no good address."""
    logger = logging.getLogger("rdflib.term")

    def refuse(record: logging.LogRecord) -> bool:
        return False

    logger.addFilter(refuse)
    try:
        yield
    finally:
        logger.removeFilter(refuse)


def _term(term: Any, numbers: dict[str, str]) -> Term:
    import rdflib

    if isinstance(term, rdflib.BNode):
        return Term(numbers.setdefault(str(term), f"_:b{len(numbers)}"))
    if isinstance(term, rdflib.Literal):
        return Term(str(term), True, str(term.datatype or ""), str(term.language or ""))
    return Term(str(term))
