"""What to forget, and the receipt for it, in plain words and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from roleagent.types.identity import Owner

_NAMES = {
    "episodes": ("message", "messages"),
    "facts": ("fact that was learned", "facts that were learned, each version counted"),
    "nodes": ("name of a person, place or thing", "names of persons, places and things"),
    "summaries": ("summary", "summaries"),
    "index": ("vector in the search index", "vectors in the search index"),
    "items": ("item that an application kept", "items that an application kept"),
    "item_texts": ("text by which an item is found", "texts by which items are found"),
    "relationship_settings": ("feeling that an application set", "feelings that an application set"),
    "checkpoints": ("saved state of a conversation", "saved states of conversations"),
    "media": ("picture or recording", "pictures and recordings"),
    "embeddings": ("vector in the cache", "vectors in the cache"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Selects memories of one persona and user. All conditions must hold; without any, it selects everything.

    Attributes:
        episodes: ids of episodes.
        thread_id: one conversation.
        before: a moment with a time zone; selects what was said earlier.
        matching: words that the text must contain, all of them, compared as a reader sees them
            (`unicode.folded`).
    """

    episodes: tuple[str, ...] = ()
    thread_id: str = ""
    before: datetime | None = None
    matching: str = ""

    @property
    def is_everything(self) -> bool:
        """Whether the selection covers everything."""
        return self == Selection()


EVERYTHING = Selection()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetReceipt:
    """What was erased, and where. It contains nothing of the forgotten data.

    Attributes:
        owner: whose it was.
        removed: place (``episodes``, ``facts``, ``index`` …) -> how many were erased there.
        asked: what was selected, in words that reveal nothing of it.
        kept: place -> how many are left of this user with this persona.
        at: when it was done, UTC; None if unknown.
        notes: what was kept on purpose, and what cannot be reached.
    """

    owner: Owner
    removed: Mapping[str, int]
    asked: str = "everything"
    kept: Mapping[str, int] = field(default_factory=dict)
    at: datetime | None = None
    notes: tuple[str, ...] = ()

    def as_text(self) -> str:
        """The receipt in plain words, for the person whose data was erased."""
        lines = [
            "Receipt of forgetting",
            f"Whose: user {self.owner.user_id!r} with the character {self.owner.persona_id!r}",
            f"Asked for: {self.asked}",
        ]
        if self.at is not None:
            lines.append(f"Done: {self.at.isoformat(timespec='seconds')}")
        lines += ["", "Erased:", *_counted(self.removed)]
        if self.kept:
            lines += ["", "Still kept:", *_counted(self.kept)]
        if self.notes:
            lines += ["", "Good to know:", *(f"- {note}" for note in self.notes)]
        return "\n".join(lines) + "\n"

    def as_dict(self) -> dict[str, object]:
        """The receipt as JSON values."""
        return {
            "persona_id": self.owner.persona_id,
            "user_id": self.owner.user_id,
            "asked": self.asked,
            "at": None if self.at is None else self.at.isoformat(),
            "removed": dict(self.removed),
            "kept": dict(self.kept),
            "notes": list(self.notes),
        }


def asked_for(what: Selection) -> str:
    """Describe a selection in words that reveal nothing of the data.

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


def _counted(counts: Mapping[str, int]) -> list[str]:
    found = []
    for place, count in counts.items():
        one, many = _NAMES.get(place, (place, place))
        if count:
            found.append(f"- {count} {one if count == 1 else many}")
    return found or ["- nothing"]
