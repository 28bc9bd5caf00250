"""Change only what was changed: JSON values compared before and after, and a third one mended accordingly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_IDENTIFIERS = ("id", "uid")
_MISSING = object()

Json = Any  # Any: a JSON value


def patch(base: Json, before: Json, after: Json) -> Json:
    """Do to `base` what was done between `before` and `after`.

    What `base` has and `before` has not is kept; what is the same in `before` and `after` stays as `base`
    has it.

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
            patched[key] = patch(value, before.get(key, _MISSING), after[key])
        elif key not in before:
            patched[key] = value
    for key, value in after.items():
        if key not in base and not same(before.get(key, _MISSING), value):
            patched[key] = value
    return patched


def _patched_list(base: Sequence[Json], before: Sequence[Json], after: Sequence[Json]) -> Json:
    if len(base) != len(before):
        return after
    if len(before) == len(after):
        return [patch(*items) for items in zip(base, before, after, strict=True)]
    by_id = {_identifier(item): index for index, item in enumerate(before)}
    return [_patched_item(item, base, before, by_id) for item in after]


def _patched_item(
    item: Json, base: Sequence[Json], before: Sequence[Json], by_id: Mapping[Json, int]
) -> Json:
    index = by_id.get(_identifier(item))
    return item if index is None else patch(base[index], before[index], item)


def _identifier(item: Json) -> str:
    """What tells an item of a list from the others: its id, or all of it."""
    if isinstance(item, Mapping):
        for key in _IDENTIFIERS:
            if key in item:
                return f"{key}={item[key]!r}"
    return repr(item)


def same(one: Json, other: Json) -> bool:
    """Whether two JSON values are equal, and of one type: True is not 1."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def differences(one: Json, other: Json, path: str = "") -> Iterator[str]:
    """Paths at which two JSON values differ, such as ``edges[3].valid_from``; the outermost of each.

    >>> list(differences({"a": 1, "b": [1, 2]}, {"a": 1, "b": [1, 3], "c": 0}))
    ['b[1]', 'c']
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in dict.fromkeys([*one, *other]):
            step = f"{path}.{key}" if path else str(key)
            yield from differences(one.get(key, _MISSING), other.get(key, _MISSING), step)
    elif isinstance(one, list) and isinstance(other, list):
        for index in range(max(len(one), len(other))):
            items = [each[index] if index < len(each) else _MISSING for each in (one, other)]
            yield from differences(items[0], items[1], f"{path}[{index}]")
    elif not same(one, other):
        yield path
