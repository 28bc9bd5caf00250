"""Other programs' lorebooks, one file a format, each offered as a `Format` of its own.

A lorebook in a file of its own becomes a persona: the narrator of its world. A lorebook inside a character
card is read by the same layout.

Reading never fails: a wrong value becomes a default and a warning. Writing is deterministic; it keeps the
order and the ids of entries, and reports what the format has no place for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast, final

from roleagent import registry
from roleagent.formats.convert import mapped
from roleagent.formats.format import Archive, Format, Report
from roleagent.formats.values import MAX_LABEL, clean_text, pack_table, unpack_table
from roleagent.lore.book import Lorebook
from roleagent.persona.fields import LorebookModel, to_document, to_lorebook
from roleagent.persona.identity import persona_id, plain_id

_UNNAMED = "World"


@final
class LorebookFile:
    """The layout of one lorebook format; see `Layout`.

    Args:
        name: of the format.
        is_book: whether JSON is a book of this format.
        read: returns the book in JSON; never raises.
        write: returns the JSON of a book; never raises.
        ours: keys that lead to a table in which the program keeps values of other programs, such as ours.
    """

    def __init__(
        self,
        name: str,
        is_book: Callable[[object], bool],
        read: Callable[[Mapping[str, Any], Report], Lorebook],
        write: Callable[[Lorebook, Report], dict[str, Any]],
        ours: tuple[str, ...],
    ) -> None:
        self.NAME = self.SCHEMA = name
        self.EXTENSION_PATH = ours
        self.is_book, self.read, self.write = is_book, read, write

    def recognises(self, data: bytes, raw: object) -> bool:
        """By the layout of its JSON."""
        return self.is_book(raw)

    def unpack(self, data: bytes, report: Report) -> Archive:
        """The JSON of the file."""
        return unpack_table(data, report)

    def pack(self, archive: Archive, report: Report) -> bytes:
        """The file of the JSON."""
        return pack_table(archive.raw)

    def to_document(self, archive: Archive, report: Report) -> dict[str, Any]:
        """A narrator who has this lorebook and no other knowledge."""
        book = self.read(archive.raw, report)
        name = clean_text(book.name)[:MAX_LABEL] or _UNNAMED
        own = plain_id(name)
        first = book.entries[0].content if book.entries and not book.name else ""
        return {
            "roleagent": 1,
            "id": persona_id(name, mark=first),
            "node": own,
            "name": name,
            "summary": f"You are the narrator of {name}. "
            "You tell what is seen and heard there, and what its people say.",
            "lorebooks": [to_document(book)],
            "nodes": [{"id": own, "type": "person", "label": name}],
        }

    def from_document(self, document: Mapping[str, Any], report: Report) -> Archive:
        """The persona's first lorebook, or an empty one if it has none."""
        books = document.get("lorebooks", [])
        for index in range(1, len(books)):
            report.lost(f"lorebooks[{index}]", f"{self.NAME} holds one book: write it to a file of its own")
        book = to_lorebook(LorebookModel.model_validate(books[0])) if books else Lorebook()
        return Archive(raw=self.write(book, report))

    def base_from(self, originals: Mapping[str, Any]) -> None:
        """No other program has files like this."""


def lorebook_file(
    name: str,
    is_book: Callable[[object], bool],
    read: Callable[[Mapping[str, Any], Report], Lorebook],
    write: Callable[[Lorebook, Report], dict[str, Any]],
    *,
    ours: tuple[str, ...] = (),
    suffixes: tuple[str, ...] = (),
) -> Format:
    """The format of a lorebook that is a file of its own; see `LorebookFile` for the arguments."""
    return mapped(LorebookFile(name, is_book, read, write, ours), about="lorebook", suffixes=suffixes)


def lorebook_names() -> tuple[str, ...]:
    """The names of the built-in lorebook formats, from the most specific to the most general."""
    table = registry.BUILT_IN["format"]
    return tuple(name for name, target in table.items() if target.startswith(f"{__name__}."))


def lorebook_layout(name: str) -> LorebookFile:
    """The layout of a lorebook format."""
    return cast(LorebookFile, registry.find("format", name).layout)


def lorebook_layout_of(raw: object) -> LorebookFile | None:
    """The first lorebook layout that recognises JSON; None if none does."""
    return next((each for each in map(lorebook_layout, lorebook_names()) if each.is_book(raw)), None)
