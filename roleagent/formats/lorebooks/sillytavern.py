"""SillyTavern's world file, and the options of an entry that it keeps there and in a card's `extensions`.

The names differ only in being written ``excludeRecursion`` in a file and ``exclude_recursion`` in a card.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Literal

from roleagent.formats.format import Report
from roleagent.formats.lorebooks import lorebook_file
from roleagent.formats.lorebooks.reading import (
    UNLIMITED_DEPTH,
    Fields,
    Ids,
    Json,
    id_for_file,
    plain,
    report_losses,
    with_literals,
)
from roleagent.lore.book import Logic, Lorebook, LoreEntry, Position, Role

Style = Literal["world", "card"]

_POSITIONS: Final[tuple[Position, ...]] = (
    "before_char", "after_char", "note_top", "note_bottom", "at_depth", "before_examples", "after_examples",
    "outlet",
)  # fmt: skip
_LOGICS: Final[tuple[Logic, ...]] = ("and_any", "not_all", "not_any", "and_all")
_ROLES: Final[tuple[Role, ...]] = ("system", "user", "assistant")
_TEXTS: Final = {
    "matchPersonaDescription": "user_description",
    "matchCharacterDescription": "description",
    "matchCharacterPersonality": "personality",
    "matchCharacterDepthPrompt": "depth_prompt",
    "matchScenario": "scenario",
    "matchCreatorNotes": "creator_notes",
}
_FLAGS: Final = {
    "exclude_recursion": "excludeRecursion",
    "prevent_recursion": "preventRecursion",
    "ignore_budget": "ignoreBudget",
    "group_override": "groupOverride",
}
_COUNTS: Final = {"sticky": "sticky", "cooldown": "cooldown", "delay": "delay"}
_OPTIONAL_FLAGS: Final = {
    "case_sensitive": "caseSensitive",
    "whole_words": "matchWholeWords",
    "use_group_scoring": "useGroupScoring",
}
_UNCHANGED: Final = ("selectiveLogic", "useProbability")  # written so in cards, too

KEPT: Final = frozenset(
    {
        *_FLAGS, *_COUNTS, *_OPTIONAL_FLAGS, "position", "depth", "role", "logic", "probability", "group",
        "group_weight", "delay_until_recursion", "scan_depth", "outlet", "also_in", "triggers", "only_for",
        "not_for",
    }
)  # fmt: skip


@cache
def name_in(style: Style, name: str) -> str:
    """How an option is called in a world file or in a card.

    >>> name_in("card", "excludeRecursion"), name_in("card", "selectiveLogic")
    ('exclude_recursion', 'selectiveLogic')
    """
    if style == "world" or name in _UNCHANGED:
        return name
    return re.sub("[A-Z]", lambda match: f"_{match[0].lower()}", name)


def read_options(raw: Fields, style: Style, *, position: Position) -> dict[str, Any]:
    """The fields of an entry that its options set.

    Args:
        raw: a world file's entry, or the `extensions` of a card's.
        style: which of the two.
        position: where the entry goes if the options do not say.
    """

    def called(name: str) -> str:
        return name_in(style, name)

    options: dict[str, Any] = {field: raw.flag(called(name), default=False) for field, name in _FLAGS.items()}
    options |= {field: raw.count(called(name), 0) for field, name in _COUNTS.items()}
    options |= {field: raw.optional_flag(called(name)) for field, name in _OPTIONAL_FLAGS.items()}
    options |= _read_filter(raw, called("characterFilter"))
    texts = (text for name, text in _TEXTS.items() if raw.flag(called(name), default=False))
    probability = raw.number("probability", 100, least=0, most=100)
    level = raw.raw.get(called("delayUntilRecursion"))
    return options | {
        "position": _numbered(raw, called("position"), _POSITIONS, position),
        "logic": _numbered(raw, called("selectiveLogic"), _LOGICS, "and_any"),
        "role": _numbered(raw, called("role"), _ROLES, "system"),
        "depth": raw.count(called("depth"), 4),
        "scan_depth": raw.optional_count(called("scanDepth"), unlimited=UNLIMITED_DEPTH),
        "probability": probability if raw.flag(called("useProbability"), default=True) else 100,
        "group": raw.label("group"),
        "group_weight": raw.number(called("groupWeight"), 100, least=0),
        "delay_until_recursion": (
            int(level)  # in older files, true is the first level
            if isinstance(level, bool)
            else raw.count(called("delayUntilRecursion"), 0)
        ),
        "outlet": raw.label(called("outletName")),
        "also_in": tuple(texts),
        "triggers": raw.texts("triggers"),
    }


def write_options(entry: LoreEntry, style: Style) -> dict[str, Json]:
    """An entry's options: all of them in a world file, and in a card those that are not the default."""
    options = _all_options(entry)
    if style == "world":
        return options
    default = _all_options(LoreEntry(id=entry.id, position=entry.position))
    said = {name: value for name, value in options.items() if value != default[name] or name == "position"}
    return {name_in("card", name): value for name, value in said.items()}


def _all_options(entry: LoreEntry) -> dict[str, Json]:
    position = entry.position if entry.position in _POSITIONS else "before_char"
    names = entry.not_for or entry.only_for
    return {
        "position": _POSITIONS.index(position),
        "selectiveLogic": _LOGICS.index(entry.logic),
        "role": _ROLES.index(entry.role),
        "depth": entry.depth,
        "scanDepth": entry.scan_depth,
        "probability": plain(entry.probability),
        "useProbability": True,
        "group": entry.group,
        "groupWeight": plain(entry.group_weight),
        "delayUntilRecursion": entry.delay_until_recursion,
        "outletName": entry.outlet,
        **{name: getattr(entry, field) for field, name in _FLAGS.items()},
        **{name: getattr(entry, field) for field, name in _COUNTS.items()},
        **{name: getattr(entry, field) for field, name in _OPTIONAL_FLAGS.items()},
        **{name: text in entry.also_in for name, text in _TEXTS.items()},
        "triggers": list(entry.triggers),
        "characterFilter": (
            {"isExclude": bool(entry.not_for), "names": list(names), "tags": []} if names else None
        ),
    }


def has_own_position(entry: LoreEntry) -> bool:
    """Whether an entry's position exists in roleagent only."""
    return entry.position not in _POSITIONS


def _numbered(
    raw: Fields, name: str, values: tuple[Any, ...], default: Any
) -> Any:  # Any: a literal's values
    number = raw.optional_number(name)
    if number is None:
        return default
    if not (number.is_integer() and 0 <= number < len(values)):
        raw.warn(name, f"is {plain(number)}, which means nothing here: read as {default}")
        return default
    return values[int(number)]


def _read_filter(raw: Fields, name: str) -> dict[str, Any]:
    table = raw.table(name)
    names = table.texts("names")
    if table.texts("tags"):
        table.warn("tags", "characters have no tags here: ignored")
    field = "not_for" if table.flag("isExclude", default=False) else "only_for"
    return {field: names} if names else {}


WHAT = "a SillyTavern world file"
_MARKS = frozenset({"uid", "key", "keysecondary"})
_BOOK_KEEPS: Final = frozenset({"name", "description"})
_ENTRY_KEEPS: Final = KEPT | {
    "keys", "secondary_keys", "selective", "content", "comment", "enabled", "use_regex", "constant", "order",
}  # fmt: skip


def recognises(raw: object) -> bool:
    """Whether its entries are a table, or have the names of a world file's fields."""
    entries = raw.get("entries") if isinstance(raw, Mapping) else None
    if isinstance(entries, Mapping):
        return True
    return isinstance(entries, list) and any(
        isinstance(entry, Mapping) and not _MARKS.isdisjoint(entry) for entry in entries
    )


def read(raw: Mapping[str, Json], report: Report) -> Lorebook:
    """Read a world file; an entry's id is its key in the table."""
    book = Fields(raw, "", report)
    is_table = isinstance(raw.get("entries"), Mapping)
    ids = Ids()
    entries: list[LoreEntry] = []
    for key, entry in book.rows("entries"):
        entry_id = ids.take_text(entry, key) if is_table else ids.take(entry, "uid", key)
        entries.append(_read_entry(entry, entry_id))
    return Lorebook(name=book.label("name"), description=book.text("description"), entries=tuple(entries))


def _read_entry(entry: Fields, entry_id: str) -> LoreEntry:
    if entry.flag("vectorized", default=False):
        entry.warn("vectorized", "entries are found by their keys here, not by similarity")
    fields: dict[str, Any] = {
        **read_options(entry, "world", position="before_char"),
        "keys": entry.texts("key"),
        "secondary_keys": entry.texts("keysecondary"),
        "selective": entry.flag("selective", default=True),
        "content": entry.text("content"),
        "comment": entry.text("comment"),
        "enabled": not entry.flag("disable", default=False),
        "constant": entry.flag("constant", default=False),
        "order": entry.number("order", 100),
    }
    return LoreEntry(id=entry_id, **fields)


def write(book: Lorebook, report: Report) -> dict[str, Json]:
    """Write a world file."""
    report_losses(book, report, what=WHAT, book_keeps=_BOOK_KEEPS, entry_keeps=_ENTRY_KEEPS)
    for index, entry in enumerate(book.entries):
        if has_own_position(entry):
            report.lost(f"entries[{index}].position", f"{WHAT} has no {entry.position!r}")
    said = {"name": book.name, "description": book.description}
    uids = _uids(book)
    entries = {entry.id: _write_entry(with_literals(entry), uids[entry.id]) for entry in book.entries}
    return {name: text for name, text in said.items() if text} | {"entries": entries}


def _uids(book: Lorebook) -> dict[str, int]:
    """A number for each entry: its id, if that is a number."""
    ids = {entry.id: id_for_file(entry.id) for entry in book.entries}
    first_free = max((uid for uid in ids.values() if isinstance(uid, int)), default=-1) + 1
    return {
        entry_id: uid if isinstance(uid, int) else first_free + number
        for number, (entry_id, uid) in enumerate(ids.items())
    }


def _write_entry(entry: LoreEntry, uid: int) -> dict[str, Json]:
    return {
        "uid": uid,
        "key": list(entry.keys),
        "keysecondary": list(entry.secondary_keys),
        "comment": entry.comment,
        "content": entry.content,
        "constant": entry.constant,
        "vectorized": False,
        "selective": entry.selective,
        "addMemo": bool(entry.comment),
        "order": plain(entry.order),
        "disable": not entry.enabled,
        **write_options(entry, "world"),
    }


SILLYTAVERN = lorebook_file("sillytavern-lorebook", recognises, read, write)
