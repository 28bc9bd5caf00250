"""What may be learned from real conversations: whether a user agreed to it, and how turns were rated.

Both are kept as items, so that export, moving, snapshots and forgetting reach them. A rating goes with the
utterances of its turn; consent goes with everything, and with a retention that reaches back to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from roleagent.errors import InputError
from roleagent.store.items import ItemChange, Items, Labels
from roleagent.types import Owner

RATINGS: Labels = ("roleagent", "ratings")
_CONSENT: Labels = ("roleagent", "consent")
_TRAINING = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What somebody thought of a reply.

    Attributes:
        turn_id: `Turn.id`.
        good: thumb up or down; None if only an edit was given.
        edit: what the reply should have been; empty if nothing else.
    """

    turn_id: str
    good: bool | None = None
    edit: str = ""

    def __post_init__(self) -> None:
        """Refuse a rating that says nothing, or contradicts itself.

        Raises:
            InputError: neither a thumb nor an edit is given, or a reply is called good and edited.
        """
        if self.good is None and not self.edit.strip():
            raise InputError("A rating says nothing: pass good=True, good=False or an edit.")
        if self.good and self.edit.strip():
            raise InputError("A reply is called good and edited: leave out one of the two.")


class Feedback:
    """Consent and ratings in a record.

    Args:
        items: of the record, `Store.items`.

    Raises:
        StoreError: from every method, when the database cannot be read or written.
    """

    def __init__(self, items: Items) -> None:
        self._items = items

    def allow_training(self, owner: Owner, allowed: bool, *, now: datetime) -> None:
        """Note that a user agrees that what they say to this persona is learned from, or no longer does."""
        value = {"allowed": True, "since": now.isoformat()} if allowed else None
        change = ItemChange(namespace=_CONSENT, key=_TRAINING, value=value)
        self._items.write(owner, [change], now=now)

    def allows_training(self, owner: Owner, *, now: datetime) -> bool:
        """Whether the user agreed; False if they were never asked."""
        found = self._items.get(owner, _CONSENT, _TRAINING, now=now)
        return found is not None and found.value.get("allowed") is True

    def rate(self, owner: Owner, rating: Rating, *, now: datetime) -> None:
        """Keep a rating; it replaces an earlier one of the turn."""
        value = {"good": rating.good, "edit": rating.edit}
        change = ItemChange(namespace=RATINGS, key=rating.turn_id, value=value)
        self._items.write(owner, [change], now=now)

    def ratings(self, owner: Owner, *, now: datetime) -> dict[str, Rating]:
        """All ratings of a user's turns with a persona, by the turn's id."""
        return {
            each.key: Rating(turn_id=each.key, good=each.value["good"], edit=each.value["edit"])
            for each in self._items.below(owner, RATINGS, now=now)
        }
