"""The `character_book` of a V3 card (``kwaroran/character-card-spec-v3``)."""

from __future__ import annotations

from collections.abc import Mapping

from roleagent.formats.lorebooks.card_book import read, write

__all__ = ["NAME", "read", "recognises", "write"]

NAME = "card-v3"


def recognises(raw: object) -> bool:
    """Whether an entry of it says if its keys are patterns."""
    entries = raw.get("entries") if isinstance(raw, Mapping) else None
    return isinstance(entries, list) and any(
        isinstance(entry, Mapping) and "use_regex" in entry for entry in entries
    )
