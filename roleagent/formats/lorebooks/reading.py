"""Read the values of a lorebook file: a wrong value becomes a default and a warning."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from roleagent.formats.format import Report
from roleagent.formats.values import MAX_LABEL, MAX_TEXT, clean_text
from roleagent.lore.book import Lorebook, LoreEntry
from roleagent.lore.keys import regex_literal

Json = Any  # Any: JSON
MAX_NUMBER = 1_000_000_000
UNLIMITED_DEPTH = 1_000_000  # messages
_MAX_BITS = 1_000
_KEY = re.compile(r"\s*(/(?:\\.|[^/\\])+/[a-z]*(?=\s*(?:,|$))|[^,]*)\s*(?:,|$)", re.DOTALL)


class Fields:
    """A table of a foreign file, with its place for reports; each method reads one of its values."""

    def __init__(self, raw: Mapping[str, Json], where: str, report: Report) -> None:
        self.raw, self._where, self._report = raw, where, report

    def warn(self, name: str, message: str) -> None:
        """Report what is wrong with a value, and what was done about it."""
        self._report.warn(f"{self._where}{name}", message)

    def text(self, name: str, default: str = "", *, limit: int = MAX_TEXT) -> str:
        """A text; a number counts as one."""
        value = self.raw.get(name, default)
        if not _is_text(value):
            self.warn(name, f"is {_kind(value)}, not text: read as {default!r}")
            return default
        text = clean_text(str(value))
        if len(text) > limit:
            self.warn(name, f"has {len(text)} characters: cut to {limit}")
        return text[:limit].strip()

    def label(self, name: str) -> str:
        """A short text that need not be there."""
        return "" if self.raw.get(name) is None else self.text(name, limit=MAX_LABEL)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of short texts; one text is split at its commas."""
        value = self.raw.get(name, ())
        if isinstance(value, str):
            if value.strip():
                self.warn(name, "is one text, not a list: split at its commas")
            value = split_keys(value)
        if not isinstance(value, Sequence):
            self.warn(name, f"is {_kind(value)}, not a list: read as none")
            return ()
        items = Fields(
            {f"{name}[{index}]": item for index, item in enumerate(value)}, self._where, self._report
        )
        return tuple(filter(None, (items.text(each, limit=MAX_LABEL) for each in items.raw)))

    def flag(self, name: str, *, default: bool) -> bool:
        """A truth value; `true` and 1 count as one."""
        value = self.optional_flag(name)
        return default if value is None else value

    def optional_flag(self, name: str) -> bool | None:
        """A truth value, or None if there is none."""
        value = self.raw.get(name)
        if value is None or isinstance(value, bool):
            return value
        words = {"true": True, "false": False, "1": True, "0": False}
        known = words.get(str(value).strip().lower()) if _is_text(value) else None
        read_as = "nothing" if known is None else str(known).lower()
        self.warn(name, f"is {_short(value)}, not true or false: read as {read_as}")
        return known

    def number(
        self, name: str, default: float, *, least: float = -MAX_NUMBER, most: float = MAX_NUMBER
    ) -> float:
        """A number between bounds."""
        value = self.optional_number(name, least=least, most=most)
        return default if value is None else value

    def optional_number(
        self, name: str, *, least: float = -MAX_NUMBER, most: float = MAX_NUMBER
    ) -> float | None:
        """A number between bounds, or None if there is none."""
        value = self.raw.get(name)
        if value is None:
            return None
        number = _as_number(value)
        if number is None:
            self.warn(name, f"is {_short(value)}, not a number: left as by default")
            return None
        if isinstance(value, str):
            self.warn(name, f"is the text {value!r}: read as the number {plain(number)}")
        bounded = float(min(max(number, least), most))
        if bounded != number:
            self.warn(name, f"is {plain(number)}: read as {plain(bounded)}")
        return bounded

    def count(self, name: str, default: int, *, least: int = 0) -> int:
        """A whole number that is not negative."""
        return int(self.number(name, default, least=least))

    def optional_count(self, name: str, *, unlimited: int | None = None) -> int | None:
        """A whole number that is not negative, or None if there is none; -1 means that there is no limit.

        Args:
            name: of the value.
            unlimited: the number for no limit.
        """
        if _as_number(self.raw.get(name)) == -1:
            return unlimited
        value = self.optional_number(name, least=0)
        return None if value is None else int(value)

    def table(self, name: str) -> Fields:
        """A table within this one; empty if there is none."""
        value = self.raw.get(name)
        if value is not None and not isinstance(value, Mapping):
            self.warn(name, f"is {_kind(value)}, not a table: ignored")
        inner = value if isinstance(value, Mapping) else {}
        return Fields(inner, f"{self._where}{name}.", self._report)

    def rows(self, name: str) -> Iterator[tuple[str, Fields]]:
        """The items of a list or table, with their names; one that is not a table counts as empty."""
        value = self.raw.get(name)
        if isinstance(value, Mapping):
            items = [(str(key), f"{name}.{key}", item) for key, item in value.items()]
        elif isinstance(value, list):
            items = [(str(index), f"{name}[{index}]", item) for index, item in enumerate(value)]
        else:
            self.warn(name, f"is {_kind(value)}, not a list: read as none")
            items = []
        for key, place, item in items:
            if not isinstance(item, Mapping):
                self.warn(place, f"is {_kind(item)}, not a table: kept as an entry that is turned off")
            inner = item if isinstance(item, Mapping) else {"enabled": False, "disable": True}
            yield key, Fields(inner, f"{self._where}{place}.", self._report)


class Ids:
    """Give each entry an id of its own."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next_number: dict[str, int] = {}

    def take(self, entry: Fields, name: str, otherwise: str) -> str:
        """The id under a name, or another if there is none or it is taken."""
        return self._free(entry, name, entry.label(name) or _as_id(otherwise))

    def take_text(self, entry: Fields, text: str) -> str:
        """A text as an id, or another if it is taken."""
        return self._free(entry, "", _as_id(text))

    def _free(self, entry: Fields, name: str, wanted: str) -> str:
        free, number = wanted, self._next_number.get(wanted, 2)
        while free in self._taken:
            free, number = f"{wanted[: MAX_LABEL - 12]}-{number}", number + 1
        if free != wanted:
            entry.warn(name, f"{wanted!r} is the id of another entry too: read as {free!r}")
            self._next_number[wanted] = number
        self._taken.add(free)
        return free


def _as_id(text: str) -> str:
    return clean_text(text)[:MAX_LABEL].strip() or "entry"


def split_keys(text: str) -> list[str]:
    """Keys separated by commas; commas within ``/…/`` do not separate.

    >>> split_keys("cow, /a,b/i ,  pig,")
    ['cow', '/a,b/i', 'pig']
    """
    keys = (match[1].strip() for match in _KEY.finditer(text))
    return [key for key in keys if key]


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def plain(number: float) -> float | int:
    """A number as it is written into a file: 100, not 100.0."""
    return int(number) if float(number).is_integer() else number


def id_for_file(entry_id: str) -> str | int:
    """An id as it is written into a file: as a number if it is one."""
    return int(entry_id) if entry_id.isdecimal() and str(int(entry_id)) == entry_id else entry_id


def report_losses(
    book: Lorebook, report: Report, *, what: str, book_keeps: frozenset[str], entry_keeps: frozenset[str]
) -> None:
    """Report the values that a format cannot hold, unless they are defaults."""
    for name in _said_fields(book, Lorebook(), book_keeps | {"entries"}):
        report.lost(name, f"{what} has no place for it")
    for index, entry in enumerate(book.entries):
        for name in _said_fields(entry, LoreEntry(id=entry.id), entry_keeps | {"id"}):
            report.lost(f"entries[{index}].{name}", f"{what} has no place for it")


def _said_fields(
    value: Lorebook | LoreEntry, default: Lorebook | LoreEntry, kept: frozenset[str]
) -> list[str]:
    names = (field.name for field in fields(value) if field.name not in kept)
    return [name for name in names if getattr(value, name) != getattr(default, name)]


# ── odd values ───────────────────────────────────────────────────────────────────────────────


def _is_text(value: object) -> bool:
    """Whether a value can be read as text: a number of hundreds of digits cannot."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    return not isinstance(value, int) or value.bit_length() < _MAX_BITS


def _as_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _kind(value: object) -> str:
    return "null" if value is None else type(value).__name__


def _short(value: object) -> str:
    return f"str {value[:40]!r}" if isinstance(value, str) else _kind(value)


def with_literals(entry: LoreEntry) -> LoreEntry:
    """The same entry with each key written as ``/re/flags``, without the fields that such keys ignore."""
    if not entry.use_regex:
        return entry
    flags = "" if entry.case_sensitive else "i"
    keys = tuple(key if regex_literal(key) else f"/{_escaped(key)}/{flags}" for key in entry.keys)
    return replace(entry, use_regex=False, keys=keys, selective=False)


def _escaped(source: str) -> str:
    """A pattern with its slashes escaped."""
    out, at = [], 0
    while at < len(source):
        step = 2 if source[at] == "\\" else 1
        out.append("\\/" if source[at] == "/" else source[at : at + step])
        at += step
    return "".join(out)
