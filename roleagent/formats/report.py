"""What a conversion could not keep, or had to guess: one note a field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

MAX_NOTES = 1_000

Kind = Literal["lost", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing to know about a conversion.

    Attributes:
        kind: ``lost`` (the field is not in the result) or ``warning`` (it was wrong, or was guessed at).
        field: its path in the file that was read: ``data.extensions.fav``, ``entries[3].keys``.
        message: why, or what was done about it.
    """

    kind: Kind
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.field}: {self.message}"


class Report:
    """The notes of one conversion, without duplicates; beyond MAX_NOTES they are only counted."""

    def __init__(self) -> None:
        self._notes: dict[Note, None] = {}
        self.num_unnamed = 0

    @property
    def notes(self) -> tuple[Note, ...]:
        """All notes in the order they were made."""
        return tuple(self._notes)

    @property
    def lost_fields(self) -> tuple[str, ...]:
        """The fields that are not in the result."""
        return tuple(note.field for note in self._notes if note.kind == "lost")

    @property
    def is_lossless(self) -> bool:
        """Whether everything was kept."""
        return not self.lost_fields and not self.num_unnamed

    def lost(self, field: str, why: str) -> None:
        """Note a field that the result does not have."""
        self._add(Note(kind="lost", field=field, message=why))

    def warn(self, field: str, message: str) -> None:
        """Note a field that was wrong or guessed at, and what was done about it."""
        self._add(Note(kind="warning", field=field, message=message))

    def include(self, other: Report) -> None:
        """Add another report's notes."""
        for note in other.notes:
            self._add(note)
        self.num_unnamed += other.num_unnamed

    def lines(self) -> Iterator[str]:
        """The report as lines of text; none if there is nothing to say."""
        yield from map(str, self._notes)
        if self.num_unnamed:
            yield f"… and {self.num_unnamed} more"

    def _add(self, note: Note) -> None:
        if note in self._notes:
            return
        if len(self._notes) >= MAX_NOTES:
            self.num_unnamed += 1
        else:
            self._notes[note] = None
