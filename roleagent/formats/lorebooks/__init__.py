"""Other programs' lorebooks, one module a format.

Each has `recognises(raw)`, `read(raw, report)` and `write(book, report)`.

`raw` is JSON. `read` is total: whatever is wrong becomes a default and a warning. `write` is deterministic;
it keeps the order and the ids of entries, and reports what the format has no place for.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, Final, Protocol, cast

from roleagent.formats.report import Report
from roleagent.lore.book import Lorebook

# From the most particular to the most general: the first that recognises a file reads it.
MODULES: Final = {
    "lorebook-v3": "lorebook_v3",
    "risu": "risu",
    "novelai": "novelai",
    "agnai": "agnai",
    "sillytavern": "sillytavern",
    "card-v3": "card_v3",
    "card-v2": "card_v2",
}


class LorebookFormat(Protocol):
    """What each module here offers."""

    NAME: str

    def recognises(self, raw: object) -> bool:
        """Whether JSON is a book of this format."""

    def read(self, raw: Mapping[str, Any], report: Report) -> Lorebook:
        """Read a book; never raises."""

    def write(self, book: Lorebook, report: Report) -> dict[str, Any]:
        """Write a book; never raises."""


def lorebook_format(name: str) -> LorebookFormat:
    """The format of a name.

    Raises:
        KeyError: there is none.
    """
    return cast(LorebookFormat, importlib.import_module(f"{__name__}.{MODULES[name]}"))


def lorebook_format_of(raw: object) -> LorebookFormat | None:
    """The format that JSON is a lorebook of; None for none."""
    return next((found for found in map(lorebook_format, MODULES) if found.recognises(raw)), None)


def read_lorebook(raw: object, report: Report) -> Lorebook:
    """Read a lorebook of any format; what is none gives an empty book and a warning."""
    found = lorebook_format_of(raw)
    if found is None or not isinstance(raw, Mapping):
        report.warn("", f"is no lorebook of a known format ({', '.join(MODULES)}): read as an empty one")
        return Lorebook()
    return found.read(raw, report)
