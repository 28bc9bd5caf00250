"""What a file format is, and how a conversion reports what was lost.

A `Format` says how a file is recognised, read and written. `formats.text.text_format` makes one from two
functions on text. `formats.convert.mapped` makes one from the `Layout` of another program's file, and keeps
what the persona has no place for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

MAX_NOTES = 1_000  # of one conversion

Document = Mapping[str, Any]  # in the layout of `PersonaDocument`
Holds = Literal["document", "persona", "part"]
Kind = Literal["lost", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One file format of a persona.

    Attributes:
        name: the value of ``--to``, such as ``card-v2-png``.
        about: a few words for the list of formats.
        suffixes: those for which this format is the first choice, such as ``(".yaml", ".yml")``.
        read: returns the persona document in a file; raises `ReadError` if the file is damaged. None if files
            of this format are only written.
        write: returns the file of a persona document; reports what it leaves out. None if files of this
            format are only read.
        recognises: whether a file is of this format, by its bytes and its JSON or YAML value (None if it has
            none). Without it, the suffix of a file decides.
        opening: how a text of this format begins; used without `recognises` if a file's suffix is unknown.
        holds: ``document`` for the persona document in another notation, which is read back and compared
            before it is written; ``persona`` if the whole persona is embedded in another program's character;
            ``part`` if something may be lost, which the report then names.
        as_graph: whether `write` gets every literal value as a node and every fact with its id.
        is_fragment: whether a file may hold only a part of a persona, for others to extend.
        layout: how another program's file is taken apart, for a format that `mapped` made.
    """

    name: str
    about: str = ""
    suffixes: tuple[str, ...] = ()
    read: Callable[[bytes, Report], Any] | None = None  # Any: a document, or a `Table` that knows its places
    write: Callable[[Document, Report], bytes] | None = None
    recognises: Callable[[bytes, object], bool] | None = None
    opening: re.Pattern[str] | None = None
    holds: Holds = "part"
    as_graph: bool = False
    is_fragment: bool = False
    layout: Layout | None = None


# ── other programs' files ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Another program's file, taken apart.

    Attributes:
        raw: its JSON; if it holds several JSON files, a table of them by path.
        files: its other files by path.
    """

    raw: Any  # Any: JSON
    files: Mapping[str, bytes] = field(default_factory=dict)


class Layout(Protocol):
    """How another program's file is parsed, and which part of it becomes which part of a persona.

    A layout only maps. `formats.convert.mapped` keeps what the persona has no place for: the file's own JSON
    is stored in the persona's `extensions`, and on the way back only the changes are written into it.

    Attributes:
        NAME: of the format, such as ``card-v2-png``.
        SCHEMA: names the layout of `Archive.raw`; files of one schema share their place in `extensions`.
        EXTENSION_PATH: keys of a table in `raw` where the other program lets us keep what is ours, or empty.
    """

    NAME: str
    SCHEMA: str
    EXTENSION_PATH: tuple[str, ...]

    def recognises(self, data: bytes, raw: object) -> bool:
        """Whether a file is of this format; `raw` is its JSON (or YAML) value, or None."""

    def unpack(self, data: bytes, report: Report) -> Archive:
        """Take a file apart, bounded in time and memory; raises `ReadError` if that fails."""

    def pack(self, archive: Archive, report: Report) -> bytes:
        """Put a file together."""

    def to_document(self, archive: Archive, report: Report) -> dict[str, Any]:
        """Map onto a persona document, valid whatever the file holds; oddities are reported."""

    def from_document(self, document: Mapping[str, Any], report: Report) -> Archive:
        """Map a persona document, deterministically and with every key that the other program demands."""

    def base_from(self, originals: Mapping[str, Any]) -> Any:
        """`raw` in this schema made from the kept JSON of other schemas, by schema; None if there is none."""


# ── reports ──────────────────────────────────────────────────────────────────────────────────


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
