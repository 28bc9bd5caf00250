"""A receipt of forgetting in plain words, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roleagent.types import ForgetReceipt, Selection

_NAMES = {
    "episodes": ("message", "messages"),
    "facts": ("fact that was learned", "facts that were learned, each version counted"),
    "nodes": ("name of a person, place or thing", "names of persons, places and things"),
    "summaries": ("summary", "summaries"),
    "index": ("vector in the search index", "vectors in the search index"),
    "items": ("item that an application kept", "items that an application kept"),
    "item_texts": ("text by which an item is found", "texts by which items are found"),
    "checkpoints": ("saved state of a conversation", "saved states of conversations"),
    "media": ("picture or recording", "pictures and recordings"),
    "embeddings": ("vector in the cache", "vectors in the cache"),
}  # fmt: skip


def asked_for(what: Selection) -> str:
    """What a selection means, in words that give nothing of it away.

    >>> from roleagent.types import Selection
    >>> asked_for(Selection(matching="Zanzibar", thread_id="trip"))
    'messages of one conversation that hold certain words'
    """
    if what.is_everything:
        return "everything"
    parts = ["1 message" if len(what.episodes) == 1 else f"{len(what.episodes) or ''} messages".lstrip()]
    if what.thread_id:
        parts.append("of one conversation")
    if what.before is not None:
        parts.append(f"from before {what.before.isoformat(timespec='seconds')}")
    if what.matching:
        parts.append("that hold certain words")
    return " ".join(parts)


def receipt_text(receipt: ForgetReceipt) -> str:
    """See `ForgetReceipt.as_text`."""
    scope = receipt.scope
    lines = [
        "Receipt of forgetting",
        f"Whose: user {scope.user_id!r} with the character {scope.persona_id!r}",
        f"Asked for: {receipt.asked}",
    ]
    if receipt.at is not None:
        lines.append(f"Done: {receipt.at.isoformat(timespec='seconds')}")
    lines += ["", "Erased:", *_counted(receipt.removed)]
    if receipt.kept:
        lines += ["", "Still kept:", *_counted(receipt.kept)]
    if receipt.notes:
        lines += ["", "Good to know:", *(f"- {note}" for note in receipt.notes)]
    return "\n".join(lines) + "\n"


def receipt_dict(receipt: ForgetReceipt) -> dict[str, object]:
    """See `ForgetReceipt.as_dict`."""
    return {
        "persona_id": receipt.scope.persona_id,
        "user_id": receipt.scope.user_id,
        "asked": receipt.asked,
        "at": None if receipt.at is None else receipt.at.isoformat(),
        "removed": dict(receipt.removed),
        "kept": dict(receipt.kept),
        "notes": list(receipt.notes),
    }


def _counted(counts: Mapping[str, int]) -> list[str]:
    found = [f"- {count} {_name(place, count)}" for place, count in counts.items() if count]
    return found or ["- nothing"]


def _name(place: str, count: int) -> str:
    one, many = _NAMES.get(place, (place, place))
    return one if count == 1 else many
