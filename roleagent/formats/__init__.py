"""The file formats of a persona, one module each.

Our own formats hold everything a persona has, as text: `read(text) -> Table` and `write(document) -> str`.
Views are written only. Other programs' files are mapped: see `foreign.py` for what their modules offer and
`formats.convert` for how nothing is lost.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, cast

from roleagent.formats.foreign import ForeignFormat
from roleagent.formats.report import Report

# name -> (module, file suffixes)
OWN = {
    "yaml": ("yaml_file", (".yaml", ".yml")),
    "node-link": ("node_link", (".json",)),
    "graphml": ("graphml", (".graphml",)),
    "gexf": ("gexf", (".gexf",)),
    "json-ld": ("json_ld", (".jsonld",)),
    "turtle": ("turtle", (".ttl",)),
    "csv": ("csv_triples", (".csv",)),
}
VIEWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "mermaid": ("mermaid", (".mmd", ".mermaid")),
    "dot": ("dot", (".dot", ".gv")),
}
# name -> (module:object, suffixes for which it is the first choice); recognised in this order
FOREIGN: dict[str, tuple[str, tuple[str, ...]]] = {
    "faraday-png": ("cards.faraday:FARADAY", ()),
    "card-v3-png": ("cards.png:CARD_V3_PNG", (".png", ".apng")),
    "card-v2-png": ("cards.png:CARD_V2_PNG", ()),
    "card-v1-png": ("cards.png:CARD_V1_PNG", ()),
    "charx": ("cards.charx:CHARX", (".charx",)),
    "card-v3": ("cards.json_file:CARD_V3", ()),
    "card-v2": ("cards.json_file:CARD_V2", ()),
    "card-v1": ("cards.json_file:CARD_V1", ()),
    "byaf": ("backyard:BACKYARD", (".byaf",)),
    "voxta": ("voxta:VOXTA", (".voxpkg",)),
    "tinytroupe": ("tinytroupe:PERSON", ()),
    "tinytroupe-fragment": ("tinytroupe:FRAGMENT", ()),
    "letta": ("letta:LETTA", (".af",)),
    "eliza": ("eliza:CURRENT", ()),
    "eliza-old": ("eliza:OLD", ()),
    "pygmalion": ("oobabooga:PYGMALION", ()),
    "oobabooga": ("oobabooga:OOBABOOGA", ()),
    "lorebook-v3": ("lorebooks.file:LOREBOOK_V3", ()),
    "risu-lorebook": ("lorebooks.file:RISU", ()),
    "novelai-lorebook": ("lorebooks.file:NOVELAI", (".lorebook",)),
    "agnai-lorebook": ("lorebooks.file:AGNAI", ()),
    "sillytavern-lorebook": ("lorebooks.file:SILLYTAVERN", ()),
    "card-v3-lorebook": ("lorebooks.file:CARD_V3_BOOK", ()),
    "card-v2-lorebook": ("lorebooks.file:CARD_V2_BOOK", ()),
    "rdf": ("rdf:RDF_TRIPLES", (".nt",)),
}


class Format(Protocol):
    """What a module for a format of our own offers; a view has `write` alone."""

    def read(self, text: str, report: Report | None = None) -> Any:
        """Read a text as a table that knows its places; raises `ReadError`.

        The report takes what is passed over of other programs' additions; not every format has any.
        """

    def write(self, document: Mapping[str, Any]) -> str:
        """Write a document, in the layout of `PersonaDocument`, as text."""


def suffixes() -> tuple[str, ...]:
    """The suffixes of all formats that can be read."""
    return tuple(suffix for table in (OWN, FOREIGN) for _, each in table.values() for suffix in each)


def names() -> tuple[str, ...]:
    """The names of all formats that can be written."""
    return (*OWN, *VIEWS, *FOREIGN)


def name_of_suffix(suffix: str) -> str | None:
    """The format that a file suffix such as ``.yaml`` stands for when one writes."""
    for table in (OWN, VIEWS, FOREIGN):
        for name, (_, each) in table.items():
            if suffix.lower() in each:
                return name
    return None


def suffix_of(name: str) -> str:
    """The file suffix that goes with a format: its own, or that of what it is made of."""
    own = suffixes_of(name)
    if own:
        return own[0]
    return next((suffix for suffix in (".png", ".json") if name.endswith(suffix[1:])), ".json")


def holds_all(name: str) -> bool:
    """Whether a whole persona can travel in a format."""
    return bool(foreign_format(name).EXTENSION_PATH) if name in FOREIGN else name in OWN


def suffixes_of(name: str) -> tuple[str, ...]:
    """The suffixes for which a format is the first choice."""
    return (OWN | VIEWS | FOREIGN)[name][1]


def own_format(name: str) -> Format:
    """A format of our own, or a view, by name."""
    module, _ = (OWN | VIEWS)[name]
    return cast(Format, importlib.import_module(f"{__name__}.{module}"))


def foreign_format(name: str) -> ForeignFormat:
    """Another program's format by name."""
    target, _ = FOREIGN[name]
    module, _, attribute = target.partition(":")
    return cast(ForeignFormat, getattr(importlib.import_module(f"{__name__}.{module}"), attribute))


def foreign_formats() -> Iterator[ForeignFormat]:
    """All of other programs' formats, in the order in which they are tried on a file."""
    return map(foreign_format, FOREIGN)
