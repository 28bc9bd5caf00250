"""Cards as JSON files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from roleagent.persona.formats.cards.schema import SCHEMAS, base_of, read_card, version_of, write_card
from roleagent.persona.formats.foreign import Archive, json_bytes, parse_json
from roleagent.persona.formats.report import Report
from roleagent.persona.places import Place, ReadError

MAX_CARD_BYTES = 12_000_000


@final
class JsonCard:
    """One version of the card as JSON; see `ForeignFormat`."""

    def __init__(self, version: int) -> None:
        self.NAME = f"card-v{version}"
        self.SCHEMA = SCHEMAS[version]
        self.EXTENSION_PATH: tuple[str, ...] = ("data", "extensions") if version > 1 else ()
        self._version = version

    def recognises(self, data: bytes, raw: object) -> bool:
        """By the key `spec`, or by the texts of version 1."""
        return version_of(raw) == self._version

    def unpack(self, data: bytes, report: Report) -> Archive:
        """The JSON of the file."""
        return Archive(raw=card_json(data, "the file", report))

    def pack(self, archive: Archive, report: Report) -> bytes:
        """The file of the JSON."""
        return json_bytes(archive.raw)

    def to_document(self, archive: Archive, report: Report) -> dict[str, Any]:
        """See `schema`."""
        return read_card(archive, self._version, report)

    def from_document(self, document: Mapping[str, Any], report: Report) -> Archive:
        """See `schema`."""
        return write_card(document, self._version, "json")

    def base_from(self, originals: Mapping[str, Any]) -> Any:
        """From a card of another version."""
        return base_of(originals, self._version)


def card_json(data: bytes, what: str, report: Report) -> dict[str, Any]:
    """The JSON of a card.

    Raises:
        ReadError: it is too large, or no JSON, or no table.
    """
    if len(data) > MAX_CARD_BYTES:
        raise ReadError(f"{what} holds more than {MAX_CARD_BYTES} bytes of JSON", Place(1, 1))
    raw = parse_json(data, report, what=what)
    if not isinstance(raw, dict):
        raise ReadError(f"{what} holds no table of keys and values, so no character card", Place(1, 1))
    return raw


CARD_V1, CARD_V2, CARD_V3 = JsonCard(1), JsonCard(2), JsonCard(3)
