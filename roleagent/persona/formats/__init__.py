"""The file formats of a persona, one module each, with `read(text) -> Table` and `write(document) -> str`."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, Protocol, cast

MODULES = {
    ".yaml": "yaml_file",
    ".yml": "yaml_file",
    ".json": "node_link",
    ".graphml": "graphml",
}


class Format(Protocol):
    """What each module here offers."""

    def read(self, text: str) -> Any:
        """Read a text as a table that knows its places; raises `ReadError`."""

    def write(self, document: Mapping[str, Any]) -> str:
        """Write a document, in the layout of `PersonaDocument`, as text."""


def format_of(suffix: str) -> Format | None:
    """The format that a file suffix such as ``.yaml`` stands for."""
    name = MODULES.get(suffix.lower())
    return None if name is None else cast(Format, importlib.import_module(f"{__name__}.{name}"))


def format_of_content(text: str) -> Format:
    """The format that a text looks like: GraphML begins with ``<``, JSON with ``{``."""
    suffix = {"<": ".graphml", "{": ".json"}.get(text.lstrip()[:1], ".yaml")
    return cast(Format, format_of(suffix))
