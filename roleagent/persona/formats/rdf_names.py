"""The names that a persona's parts have in RDF, for Turtle and JSON-LD alike.

Nodes and facts are named within their persona, so that the files of two lie beside each other in one store.
Whatever is no letter, digit, ``_``, ``.`` or ``-`` in an id is percent-encoded.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from roleagent.persona.formats.tagged import value_type

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
