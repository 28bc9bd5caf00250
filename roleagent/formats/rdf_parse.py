"""RDF text to triples with rdflib, which is loaded only here; nothing is ever fetched."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from roleagent.formats.rdf_terms import BASE
from roleagent.persona.problems import Place, ReadError
from roleagent.registry import import_extra

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
        raise ReadError(f"not well-formed Turtle: {_reason(error)}", _place(error, text)) from error
    except Exception as error:  # rdflib raises whatever comes up on odd input
        reason = " ".join(str(error).split())[:_LONGEST_REASON]
        raise ReadError(f"no RDF that can be read: {reason}", Place(1, 1)) from error
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


def _reason(error: Any) -> str:  # Any: rdflib's errors carry no types
    return str(error._why).strip()


def _place(error: Any, text: str) -> Place:
    before = error._str[: error._i]
    return place_of(text, len(before.decode(errors="replace") if isinstance(before, bytes) else before))


def _term(term: Any, numbers: dict[str, str]) -> Term:
    import rdflib

    if isinstance(term, rdflib.BNode):
        return Term(numbers.setdefault(str(term), f"_:b{len(numbers)}"))
    if isinstance(term, rdflib.Literal):
        return Term(str(term), True, str(term.datatype or ""), str(term.language or ""))
    return Term(str(term))
