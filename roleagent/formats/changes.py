"""What differs between two JSON values or two personas, and how only that is changed in a third value."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from roleagent.persona.as_document import persona_document
from roleagent.persona.persona import Persona
from roleagent.types import Fact, Node

_IDENTIFIERS = ("id", "uid")
_LINK = ("source", "relation", "target", "value")
_UNORDERED = (("nodes",), ("edges",))  # of a persona document
_MISSING = object()

Json = Any  # Any: a JSON value
Steps = tuple[str | int, ...]


def patch(base: Json, before: Json, after: Json) -> Json:
    """Do to `base` what was done between `before` and `after`.

    What `base` has and `before` does not have is kept. What is the same in `before` and `after` stays as
    `base` has it. Items of lists are matched by their ids, or by what they link; else by their position.

    >>> patch({"a": "1", "extra": 0}, {"a": 1, "b": 2}, {"a": 1, "b": 3})
    {'a': '1', 'extra': 0, 'b': 3}
    """
    if before is not _MISSING and same(before, after):
        return base
    if isinstance(base, Mapping) and isinstance(before, Mapping) and isinstance(after, Mapping):
        return _patched_table(base, before, after)
    if isinstance(base, list) and isinstance(before, list) and isinstance(after, list):
        return _patched_list(base, before, after)
    return after


def _patched_table(base: Mapping[str, Json], before: Mapping[str, Json], after: Mapping[str, Json]) -> Json:
    patched = {}
    for key, value in base.items():
        if key in after:
            then = before[key] if key in before else _nothing_like(value, after[key])
            patched[key] = patch(value, then, after[key])
        elif key not in before:
            patched[key] = value
        else:
            nothing = _nothing_like(value, before[key])
            rest = None if nothing is _MISSING else patch(value, before[key], nothing)
            if rest:  # what only `base` has in a list or table that was taken away
                patched[key] = rest
    for key, value in after.items():
        if key not in base and not same(before.get(key, _MISSING), value):
            patched[key] = value
    return patched


def _nothing_like(base: Json, after: Json) -> Json:
    """An empty list or table, if both values are of that kind; else _MISSING."""
    return next(
        (kind() for kind in (list, dict) if isinstance(base, kind) and isinstance(after, kind)), _MISSING
    )


def _patched_list(base: Sequence[Json], before: Sequence[Json], after: Sequence[Json]) -> Json:
    is_aligned = len(base) == len(before)
    base_of = {index: index for index in range(len(before))} if is_aligned else _pairs(before, base)
    if len(base_of) < len(before):
        return after  # it is not known which item of `base` is which
    before_of = _pairs(after, before)
    survives = {base_of[index] for index in before_of.values()}
    kept = _kept(base, survives, dropped=set(base_of.values()) - survives)
    patched = list(kept[-1])
    for index, item in enumerate(after):
        if index not in before_of:
            patched.append(item)
            continue
        origin = before_of[index]
        patched.append(patch(base[base_of[origin]], before[origin], item))
        patched += kept[base_of[origin]]
    return patched


def _kept(base: Sequence[Json], survives: set[int], *, dropped: set[int]) -> defaultdict[int, list[Json]]:
    """The items that `base` alone has, by the index of the surviving item they follow; -1 for the start."""
    kept: defaultdict[int, list[Json]] = defaultdict(list)
    anchor = -1
    for index, item in enumerate(base):
        if index in survives:
            anchor = index
        elif index not in dropped:
            kept[anchor].append(item)
    return kept


# ── which item is which ──────────────────────────────────────────────────────────────────────


def _pairs(these: Sequence[Json], those: Sequence[Json]) -> dict[int, int]:
    """Items of one list by index, and the index of the same item in another.

    Equal items are paired first, then items with the same id. If the lists have the same length, items
    without an id are paired by position.
    """
    if len(these) == len(those) and all(map(same, these, those)):
        return {index: index for index in range(len(these))}
    pairs: dict[int, int] = {}
    for name in (repr, _identifier):
        _pair_by_name([name(item) for item in these], [name(item) for item in those], pairs)
    if len(these) == len(those):
        taken = set(pairs.values())
        for index, (item, other) in enumerate(zip(these, those, strict=True)):
            if index not in pairs and index not in taken and not (_has_id(item) and _has_id(other)):
                pairs[index] = index
    return pairs


def _pair_by_name(these: Sequence[str], those: Sequence[str], pairs: dict[int, int]) -> None:
    """Add the pairs that share a name, first with first and second with second."""
    taken = set(pairs.values())
    waiting: defaultdict[str, list[int]] = defaultdict(list)
    for index in reversed(range(len(those))):
        if index not in taken:
            waiting[those[index]].append(index)
    for index, name in enumerate(these):
        if index not in pairs and waiting[name]:
            pairs[index] = waiting[name].pop()


def _identifier(item: Json) -> str:
    """What tells an item of a list from the others: its id, what it links, or all of it."""
    if isinstance(item, Mapping):
        for key in _IDENTIFIERS:
            if key in item:
                return f"{key}={item[key]!r}"
        if "relation" in item:
            return repr([item.get(key) for key in _LINK])
    return repr(item)


def _has_id(item: Json) -> bool:
    return isinstance(item, Mapping) and not item.keys().isdisjoint((*_IDENTIFIERS, "relation"))


# ── comparing ────────────────────────────────────────────────────────────────────────────────


def same(one: Json, other: Json) -> bool:
    """Whether two JSON values are equal, and of one type: True is not 1."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def differences(one: Json, other: Json) -> Iterator[str]:
    """Paths at which two JSON values differ, such as ``edges[3].valid_from``; the outermost of each.

    >>> list(differences({"a": 1, "b": [1, 2]}, {"a": 1, "b": [1, 3], "c": 0}))
    ['b[1]', 'c']
    """
    yield from map(path_text, (*losses(one, other), *additions(one, other)))


def losses(one: Json, other: Json, steps: Steps = ()) -> Iterator[Steps]:
    """Where `one` has something that `other` does not have, or has differently."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key, value in one.items():
            yield from losses(value, other.get(key, _MISSING), (*steps, key))
    elif isinstance(one, list) and isinstance(other, list):
        pairs = _in_order(_pairs(one, other), steps, shortest=min(len(one), len(other)))
        for index, item in enumerate(one):
            match = other[pairs[index]] if index in pairs else _MISSING
            yield from losses(item, match, (*steps, index))
    elif not same(one, other):
        yield steps


def additions(one: Json, other: Json, steps: Steps = ()) -> Iterator[Steps]:
    """Where `other` has something that `one` does not have at all."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key, value in other.items():
            yield from additions(one[key], value, (*steps, key)) if key in one else [(*steps, key)]
    elif isinstance(one, list) and isinstance(other, list):
        pairs = _in_order(_pairs(other, one), steps, shortest=min(len(one), len(other)))
        for index, item in enumerate(other):
            found = index in pairs
            yield from additions(one[pairs[index]], item, (*steps, index)) if found else [(*steps, index)]


def _in_order(pairs: dict[int, int], steps: Steps, *, shortest: int) -> dict[int, int]:
    """The pairs; if the order of a list has a meaning and differs, pairs by position instead."""
    if steps[-1:] in _UNORDERED or (order := [pairs[index] for index in sorted(pairs)]) == sorted(order):
        return pairs
    return {index: index for index in range(shortest)}


def path_text(steps: Steps) -> str:
    """A path as people write it.

    >>> path_text(("edges", 3, "valid_from"))
    'edges[3].valid_from'
    """
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".")


# ── two personas ─────────────────────────────────────────────────────────────────────────────────

Kind = Literal["added", "removed", "changed"]
_NOTHING = object()
_NODE_FIELDS = ("type", "label", "aliases", "description")
_FACT_FIELDS = (
    "text", "subject", "relation", "object", "layer", "fixed", "confidence", "valid_from", "valid_to",
    "visibility",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference.

    Attributes:
        where: ``greeting``, ``speech``, ``nodes.ada.label``, ``facts.ada.knows.bo`` …
        before: the first persona's value; empty if it was added.
        after: the second persona's value; empty if it was removed.
    """

    kind: Kind
    where: str
    before: str = ""
    after: str = ""


def diff_personas(one: Persona, other: Persona) -> tuple[Change, ...]:
    """The changes that make one persona the other: header first, then nodes, then facts.

    The order of nodes and facts has no meaning; that of greetings and the like does.
    """
    heads = [
        {key: value for key, value in persona_document(each).items() if key not in ("nodes", "edges")}
        for each in (one, other)
    ]
    nodes = [{node.id: node for node in each.graph.nodes.values()} for each in (one, other)]
    return (
        *_changes("", heads[0], heads[1]),
        *_entries("nodes", nodes[0], nodes[1], _NODE_FIELDS, lambda node: f"{node.label} ({node.type})"),
        *_entries("facts", one.graph.facts, other.graph.facts, _FACT_FIELDS, lambda fact: fact.text),
    )


def _entries(
    name: str,
    one: Mapping[str, Node] | Mapping[str, Fact],
    other: Mapping[str, Node] | Mapping[str, Fact],
    fields: tuple[str, ...],
    text_of: Any,  # Any: of a node or of a fact, as the mappings hold
) -> Iterator[Change]:
    for key in dict.fromkeys([*one, *other]):
        where = f"{name}.{key}"
        if key not in other:
            yield Change(kind="removed", where=where, before=text_of(one[key]))
        elif key not in one:
            yield Change(kind="added", where=where, after=text_of(other[key]))
        else:
            tables = [{field: getattr(each[key], field) for field in fields} for each in (one, other)]
            yield from _changes(where, tables[0], tables[1])


def _changes(where: str, one: Json, other: Json) -> Iterator[Change]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in dict.fromkeys([*one, *other]):
            path = f"{where}.{key}" if where else str(key)
            yield from _changes(path, one.get(key, _NOTHING), other.get(key, _NOTHING))
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple):
        yield from _list_changes(where, list(one), list(other))
    elif isinstance(one, Mapping | list) and other is _NOTHING:
        yield from _changes(where, one, type(one)())
    elif one is _NOTHING and isinstance(other, Mapping | list):
        yield from _changes(where, type(other)(), other)
    elif one != other:
        before, after = ("" if value is _NOTHING or value is None else _text(value) for value in (one, other))
        kind: Kind = "added" if not before else "changed" if after else "removed"
        yield Change(kind=kind, where=where, before=before, after=after)


def _list_changes(where: str, one: list[Json], other: list[Json]) -> Iterator[Change]:
    """Items that were removed and added; if there are none, whether the order changed."""
    before, after = ([_text(item) for item in items] for items in (one, other))
    were, are = set(before), set(after)
    gone = [text for text in before if text not in are]
    new = [text for text in after if text not in were]
    yield from (Change(kind="removed", where=where, before=text) for text in gone)
    yield from (Change(kind="added", where=where, after=text) for text in new)
    if not gone and not new and before != after:
        yield Change(kind="changed", where=where, before=" | ".join(before), after=" | ".join(after))


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
