"""The lorebooks in a card's JSON, read and written; they are never merged.

The first book of a persona is the card's `character_book`. Further ones are in `extensions`, where programs
usually put them, in any layout. A note that enters the talk at some depth (``extensions.depth_prompt``) is a
book of one entry.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from roleagent.formats.format import Report
from roleagent.formats.lorebooks import lorebook_layout, lorebook_layout_of
from roleagent.formats.values import MAX_TEXT, as_table, clean_text, text_of
from roleagent.graph.graph import PersonaGraph
from roleagent.lore.book import Lorebook, LoreEntry
from roleagent.persona.build import build_persona
from roleagent.persona.fields import to_document
from roleagent.types import PUBLIC, Fact

_MILLISECONDS_FROM = 100_000_000_000  # as seconds that would be the year 5138


def time_of(table: Mapping[str, Any], key: str, where: str, report: Report) -> int | None:
    """A time in seconds since 1970 under a key; None if there is none; reported if it is not a number."""
    value = table.get(key)
    if value is None or value == "":
        return None
    number = _number(value)
    if number is None:
        report.warn(f"{where}{key}", f"is {clean_text(str(value)[:40])!r}, not a number: left out")
        return None
    if abs(number) < _MILLISECONDS_FROM:
        return number
    report.warn(f"{where}{key}", "counts milliseconds, not seconds: taken as such")
    seconds = number // 1000
    return seconds if abs(seconds) < _MILLISECONDS_FROM else None


def whole_number(value: object, default: int) -> int:
    """A number such as a depth; the default if it is not one."""
    number = _number(value)
    return default if number is None or abs(number) >= _MILLISECONDS_FROM else number


def _number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return int(number) if math.isfinite(number) else None


Json = Any  # Any: JSON, or a part of a persona document
_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place for a book in a card.

    Attributes:
        path: keys and indices into the card's `data`.
        format: name of the lorebook's format; empty for the one that goes with the card.
    """

    path: _Path
    format: str = ""


_FIRST: Final = Slot(path=("character_book",))
_NOTE: Final = Slot(path=("extensions", "depth_prompt"))
_FURTHER: Final = ("extensions", "additional_lorebooks")
_LISTS: Final[tuple[_Path, ...]] = (_FURTHER, ("extensions", "chub", "linked_lorebooks"))
_NOTE_ID = "depth_prompt"
_NOTE_NAME = "Character's note"
_NOTE_DEPTH = 4
_MAX_ENTRIES = 10_000  # of all books together
_MAX_BOOKS = 100  # in each list
_ROLES = ("system", "user", "assistant")


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def read_books(data: Mapping[str, Json], where: str, report: Report) -> list[dict[str, Json]]:
    """All books of a card, as a persona document has them."""
    books, left = [], _MAX_ENTRIES
    for slot in slots_of(data, where, report):
        book = _read(slot, _at(data, slot.path), left, where, report)
        left -= len(book.get("entries", ()))
        books.append(book)
    return books


def slots_of(data: Mapping[str, Json], where: str, report: Report) -> list[Slot]:
    """Where a card holds books, in their order; other values in these places are reported."""
    slots = list(_book_slots(data, where, report))
    note = _at(data, _NOTE.path)
    has_note = isinstance(note, Mapping) and text_of(note, "prompt", "", Report())
    return [*slots, _NOTE] if has_note else slots


def _book_slots(data: Mapping[str, Json], where: str, report: Report) -> Iterator[Slot]:
    book = data.get("character_book")
    if isinstance(book, Mapping):
        yield _FIRST
    elif book is not None:
        report.warn(f"{where}character_book", f"is {type(book).__name__}, not a table: left out")
    for path in _LISTS:
        found_list = _at(data, path)
        listed = found_list if isinstance(found_list, list) else []
        if len(listed) > _MAX_BOOKS:
            report.warn(f"{where}{_text(path)}", f"are more than {_MAX_BOOKS}: the rest is kept, not used")
        for index, item in enumerate(listed[:_MAX_BOOKS]):
            found = lorebook_layout_of(item)
            if found is not None:
                yield Slot(path=(*path, index), format=found.NAME)


def _read(slot: Slot, raw: Json, left: int, where: str, report: Report) -> dict[str, Json]:
    if slot == _NOTE:
        return _read_note(raw, where, report)
    own = Report()
    book = lorebook_layout(slot.format or "card-v3-lorebook").read(_bounded(raw, left, own), own)
    for note in own.notes:
        report.warn(f"{where}{_text(slot.path)}.{note.field}", note.message)
    return to_document(book)


def _bounded(raw: Mapping[str, Json], left: int, report: Report) -> Mapping[str, Json]:
    """A book, or one that is wrapped in `data`, with up to `left` entries."""
    inner = raw.get("data")
    if isinstance(inner, Mapping):
        return {**raw, "data": _bounded(inner, left, report)}
    for key in ("entries", "data"):
        items = raw.get(key)
        if isinstance(items, list | Mapping) and len(items) > left:
            report.warn(key, f"are more than {_MAX_ENTRIES} in all books: the rest is kept, not used")
            first = items[:left] if isinstance(items, list) else dict(islice(items.items(), left))
            return {**raw, key: first}
    return raw


def _read_note(note: Mapping[str, Json], where: str, report: Report) -> dict[str, Json]:
    role = note.get("role")
    entry: dict[str, Json] = {"id": _NOTE_ID, "constant": True, "position": "at_depth", "ignore_budget": True}
    entry["content"] = text_of(note, "prompt", f"{where}{_text(_NOTE.path)}.", report)
    entry["depth"] = max(0, whole_number(note.get("depth"), _NOTE_DEPTH))
    entry["role"] = role if role in _ROLES else "system"
    return {"name": _NOTE_NAME, "entries": [entry]}


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def write_books(books: Sequence[Lorebook], kept: Sequence[Slot], version: int) -> dict[str, Json]:
    """The books of a persona as parts of a card's `data`.

    Args:
        books: all of them, in their order.
        kept: where the card that the persona was read from held its books, in their order.
        version: of the card.
    """
    made: dict[str, Json] = {}
    for slot, book in zip(_places(books, kept), books, strict=True):
        if slot == _NOTE:
            entry = book.entries[0]
            raw = {"prompt": entry.content, "depth": entry.depth, "role": entry.role}
        else:
            raw = lorebook_layout(slot.format or f"card-v{version}-lorebook").write(book, Report())
        _put(made, slot.path, raw)
    return made


def _places(books: Iterable[Lorebook], kept: Sequence[Slot]) -> list[Slot]:
    """A slot for each book: the slots of the original card in their order, then free ones."""
    waiting = [slot for slot in kept if slot != _NOTE]
    further = (slot.path[-1] for slot in kept if slot.path[:2] == _FURTHER)
    num_further = 1 + max(map(int, further), default=-1)
    places: list[Slot] = []
    for book in books:
        if _NOTE not in places and _is_note(book):
            places.append(_NOTE)
        elif waiting:
            places.append(waiting.pop(0))
        elif _FIRST not in places:
            places.append(_FIRST)
        else:
            places.append(Slot(path=(*_FURTHER, num_further)))
            num_further += 1
    return places


def _is_note(book: Lorebook) -> bool:
    if book.name != _NOTE_NAME or len(book.entries) != 1:
        return False
    entry = book.entries[0]
    return entry.id == _NOTE_ID and entry.constant and entry.position == "at_depth"


# ── values deep in JSON ──────────────────────────────────────────────────────────────────────


def _at(value: Json, path: _Path) -> Json:
    for step in path:
        if isinstance(step, int):
            value = value[step]
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _put(table: dict[str, Json], path: _Path, item: Json) -> None:
    """Put an item at a path; lists on the way are padded with None."""
    place: Json = table
    for step, following in zip(path, (*path[1:], None), strict=True):
        empty = item if following is None else [] if isinstance(following, int) else {}
        if isinstance(step, int):
            place += [None] * (step + 1 - len(place))
            place[step] = empty if place[step] is None else place[step]
        else:
            place.setdefault(step, empty)
        place = place[step]


def _text(path: _Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


NAME = "What {{char}} knows"
_ALWAYS = "always"
_KEYS = (
    "roleagent",
    "id",
    "name",
    "summary",
    "language",
    "node",
    "node_types",
    "relations",
    "nodes",
    "edges",
)
# Texts mention nodes of these types by name; they do not name a trait or a goal.
_MENTIONED = frozenset(
    {"person", "animal", "organisation", "place", "artifact", "work", "event", "occupation", "skill", "topic"}
)


def knowledge_of(document: Mapping[str, Any]) -> Lorebook | None:
    """The public facts of a persona document as a lorebook.

    Facts that name only the character always enter; others enter when a node that they name is mentioned.

    Returns:
        None if there are no such facts.
    """
    if not document.get("edges"):
        return None
    table = {key: document[key] for key in _KEYS if key in document}
    persona = build_persona(as_table(table), source="")
    facts = [fact for fact in persona.graph.facts.values() if fact.visibility == (PUBLIC,)]
    entries = _entries(facts, persona.graph, persona.node_id)
    return Lorebook(name=NAME, entries=tuple(entries)) if entries else None


def _entries(facts: Iterable[Fact], graph: PersonaGraph, own_id: str) -> list[LoreEntry]:
    by_node: dict[str, list[Fact]] = {}
    for fact in facts:
        named = [
            end
            for end in (fact.subject, fact.object)
            if graph.nodes[end].type in _MENTIONED and end != own_id
        ]
        for node_id in dict.fromkeys(named or [_ALWAYS]):
            by_node.setdefault(node_id, []).append(fact)
    always = by_node.pop(_ALWAYS, None)
    entries = [] if always is None else [LoreEntry(id=_ALWAYS, constant=True, content=_content("", always))]
    for node_id, about in by_node.items():
        node = graph.nodes[node_id]
        content = _content(f"{node.label}: {node.description}" if node.description else node.label, about)
        keys = tuple(dict.fromkeys((node.label, *node.aliases)))
        entries.append(LoreEntry(id=f"node:{node_id}", name=node.label, keys=keys, content=content))
    return entries


def _content(heading: str, facts: Iterable[Fact]) -> str:
    lines = [heading] if heading else []
    return "\n".join((*lines, *(f"- {fact.text}" for fact in facts)))[:MAX_TEXT].rstrip()
