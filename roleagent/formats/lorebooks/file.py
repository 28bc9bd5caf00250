"""A lorebook that is a file of its own, as a persona: the narrator of its world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from roleagent.formats.foreign import MAX_LABEL, Archive, clean_text
from roleagent.formats.lorebooks import LorebookFormat, lorebook_format
from roleagent.formats.plain_json import pack_table, unpack_table
from roleagent.formats.report import Report
from roleagent.lore.book import Lorebook
from roleagent.persona.identity import persona_id, plain_id
from roleagent.persona.lore_document import LorebookModel, to_document, to_lorebook

_UNNAMED = "World"
_PLACES_FOR_OURS = {
    "lorebook-v3": ("data", "extensions"),
    "card-v3": ("extensions",),
    "card-v2": ("extensions",),
}


@final
class LorebookFile:
    """One lorebook format as a persona file; see `ForeignFormat`.

    Args:
        name: of the lorebook format.
    """

    def __init__(self, name: str) -> None:
        self.NAME = self.SCHEMA = name if name.startswith("lorebook") else f"{name}-lorebook"
        self.EXTENSION_PATH: tuple[str, ...] = _PLACES_FOR_OURS.get(name, ())
        self._name = name

    @property
    def _format(self) -> LorebookFormat:
        return lorebook_format(self._name)

    def recognises(self, data: bytes, raw: object) -> bool:
        """By the layout of its JSON."""
        return self._format.recognises(raw)

    def unpack(self, data: bytes, report: Report) -> Archive:
        """The JSON of the file."""
        return unpack_table(data, report)

    def pack(self, archive: Archive, report: Report) -> bytes:
        """The file of the JSON."""
        return pack_table(archive.raw)

    def to_document(self, archive: Archive, report: Report) -> dict[str, Any]:
        """A narrator who has this lorebook and knows nothing else."""
        book = self._format.read(archive.raw, report)
        name = clean_text(book.name)[:MAX_LABEL] or _UNNAMED
        own = plain_id(name)
        first = book.entries[0].content if book.entries and not book.name else ""
        return {
            "roleagent": 1,
            "id": persona_id(name, mark=first),
            "node": own,
            "name": name,
            "summary": _summary(name),
            "lorebooks": [to_document(book)],
            "nodes": [{"id": own, "type": "person", "label": name}],
        }

    def from_document(self, document: Mapping[str, Any], report: Report) -> Archive:
        """The persona's first lorebook; one without any gives an empty one."""
        books = document.get("lorebooks", [])
        for index in range(1, len(books)):
            report.lost(f"lorebooks[{index}]", f"{self.NAME} holds one book: write it to a file of its own")
        book = to_lorebook(LorebookModel.model_validate(books[0])) if books else Lorebook()
        return Archive(raw=self._format.write(book, report))

    def base_from(self, originals: Mapping[str, Any]) -> None:
        """No other program's file is like this one."""


def _summary(name: str) -> str:
    return f"You are the narrator of {name}. You tell what is seen and heard there, and what its people say."


LOREBOOK_V3 = LorebookFile("lorebook-v3")
RISU = LorebookFile("risu")
NOVELAI = LorebookFile("novelai")
AGNAI = LorebookFile("agnai")
SILLYTAVERN = LorebookFile("sillytavern")
CARD_V3_BOOK = LorebookFile("card-v3")
CARD_V2_BOOK = LorebookFile("card-v2")
