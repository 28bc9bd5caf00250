"""RDF text to triples with rdflib, which is loaded only here; nothing is ever fetched."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

from roleagent.persona.places import Place, ReadError

MAX_CHARACTERS = 16 * 1024 * 1024
MAX_TRIPLES = 500_000
_LONGEST_REASON = 200  # characters
_BASE = "https://roleagent.invalid/"  # what relative names are taken to be relative to


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
    """A subject, what is said of it, and what it is."""

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
    triples = _parsed(text, syntax)
    if len(triples) > MAX_TRIPLES:
        raise ReadError(f"holds {len(triples)} triples, more than {MAX_TRIPLES}", Place(1, 1))
    numbers: dict[str, str] = {}
    for subject, predicate, object_ in triples:
        yield Triple(_term(subject, numbers).text, str(predicate), _term(object_, numbers))


def _parsed(text: str, syntax: str) -> dict[Any, None]:  # Any: triples of rdflib's terms
    """The triples in the order in which they come, each once."""
    import rdflib
    from rdflib.plugins.parsers.notation3 import BadSyntax

    graph = rdflib.Graph(bind_namespaces="none")
    triples: dict[Any, None] = {}

    def add(triple: Any, context: object, quoted: bool = False) -> None:
        triples[triple] = None

    graph.store.add = add  # type: ignore[method-assign]  # rdflib's own stores forget the order
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of rdflib at itself
            graph.parse(data=text, format=syntax, publicID=_BASE)
    except BadSyntax as error:
        raise ReadError(f"not well-formed Turtle: {_reason(error)}", _place(error, text)) from error
    except Exception as error:  # rdflib raises whatever comes up on odd input
        reason = " ".join(str(error).split())[:_LONGEST_REASON]
        raise ReadError(f"no RDF that can be read: {reason}", Place(1, 1)) from error
    return triples


def _reason(error: Any) -> str:  # Any: rdflib's errors carry no types
    return str(error._why).strip()


def _place(error: Any, text: str) -> Place:
    before = error._str[: error._i]
    at = len(before.decode(errors="replace") if isinstance(before, bytes) else before)
    line_start = text.rfind("\n", 0, at) + 1
    return Place(text.count("\n", 0, at) + 1, at - line_start + 1)


def _term(term: Any, numbers: dict[str, str]) -> Term:
    import rdflib

    if isinstance(term, rdflib.BNode):
        return Term(numbers.setdefault(str(term), f"_:b{len(numbers)}"))
    if isinstance(term, rdflib.Literal):
        return Term(str(term), True, str(term.datatype or ""), str(term.language or ""))
    return Term(str(term))
