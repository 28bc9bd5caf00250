"""Values of a turn as plain JSON values, and back: for logs that a later process reads again.

What equals its default is left out. Reading is strict: a wrong type, an unknown or a missing name is refused
with its place, so that a damaged file never becomes a value that looks right.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from roleagent.errors import InputError

T = TypeVar("T")
Plain = Any  # what `json` reads and writes


def to_plain(value: object, *, without: tuple[str, ...] = ()) -> Plain:
    """A dataclass, or any value that such a class may hold, as JSON values.

    Args:
        value: consists of dataclasses, texts, numbers, moments, tuples and mappings.
        without: fields of the value itself that are left out.

    Raises:
        TypeError: there is something else in it.

    >>> from roleagent.types.replies import Verdict
    >>> to_plain(Verdict(critic="role", ok=True))
    {'critic': 'role', 'ok': True}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {
            each.name: to_plain(held)
            for each in fields(value)
            if each.name not in without and (held := getattr(value, each.name)) != _default(each)
        }
    if isinstance(value, Mapping):
        return {str(key): to_plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    raise TypeError(f"{value!r} is a {type(value).__name__}, which has no plain form.")


def from_plain(kind: type[T], plain: Plain, *, where: str = "", **given: Any) -> T:  # Any: fields of any type
    """The value that `to_plain` wrote.

    Args:
        kind: its dataclass.
        plain: JSON values.
        where: names the place in errors.
        given: fields that were left out in writing.

    Raises:
        InputError: the plain values do not fit.

    >>> from roleagent.types.replies import Verdict
    >>> from_plain(Verdict, {"critic": "role", "ok": True}) == Verdict(critic="role", ok=True)
    True
    """
    place = where or kind.__name__
    if not isinstance(plain, dict):
        raise InputError(f"{place} is {_short(plain)}, not an object.")
    hints = _hints(kind)  # type: ignore[arg-type]  # a class can be hashed
    unknown = [name for name in plain if name not in hints or name in given]
    if unknown:
        raise InputError(f"{place} has {unknown[0]!r}, which {kind.__name__} does not have.")
    held = {name: _read(hints[name], each, f"{place}.{name}") for name, each in plain.items()}
    missing = [each.name for each in _fields(kind) if _is_needed(each) and each.name not in {**held, **given}]
    if missing:
        raise InputError(f"{place} lacks {missing[0]!r}.")
    try:
        return kind(**held, **given)
    except ValueError as error:
        raise InputError(f"{place}: {error}") from error


def _read(hint: Any, plain: Plain, where: str) -> Any:  # Any: a type, and a value of it
    origin, inner = get_origin(hint), get_args(hint)
    if is_dataclass(hint) and isinstance(hint, type):
        return from_plain(hint, plain, where=where)
    if origin in (Union, types.UnionType):
        if plain is None and type(None) in inner:
            return None
        [only] = [each for each in inner if each is not type(None)]
        return _read(only, plain, where)
    if origin is Literal:
        if plain not in inner:
            raise InputError(f"{where} is {_short(plain)}, which is none of {', '.join(map(repr, inner))}.")
        return plain
    if origin is tuple:
        return _read_tuple(inner, plain, where)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        _check(dict, plain, where, "an object")
        return {key: _read(inner[1], each, f"{where}.{key}") for key, each in plain.items()}
    if hint is datetime:
        _check(str, plain, where, "a moment")
        try:
            return datetime.fromisoformat(plain)
        except ValueError as error:
            raise InputError(f"{where} is {_short(plain)}, not a moment in ISO 8601.") from error
    if hint is float:
        _check((int, float), plain, where, "a number")
        return plain
    if hint in (str, int, bool):
        _check(hint, plain, where, f"a {hint.__name__}")
        return plain
    raise TypeError(f"{where} is declared as {hint!r}, which has no plain form.")


def _read_tuple(inner: tuple[Any, ...], plain: Plain, where: str) -> tuple[Any, ...]:
    _check(list, plain, where, "a list")
    if len(inner) == 2 and inner[1] is Ellipsis:
        return tuple(_read(inner[0], each, f"{where}[{at}]") for at, each in enumerate(plain))
    if len(plain) != len(inner):
        raise InputError(f"{where} has {len(plain)} items, not {len(inner)}.")
    return tuple(
        _read(each, held, f"{where}[{at}]") for at, (each, held) in enumerate(zip(inner, plain, strict=True))
    )


def _check(kind: type | tuple[type, ...], plain: Plain, where: str, what: str) -> None:
    is_odd_bool = isinstance(plain, bool) and kind is not bool
    if is_odd_bool or not isinstance(plain, kind):
        raise InputError(f"{where} is {_short(plain)}, not {what}.")


def _short(plain: Plain) -> str:
    told = repr(plain)
    return told if len(told) <= 60 else f"{told[:57]}…"


def _default(each: Field[Any]) -> object:
    if each.default is not MISSING:
        return each.default
    return MISSING if each.default_factory is MISSING else each.default_factory()


def _is_needed(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


@cache
def _hints(kind: Any) -> dict[str, Any]:  # Any: a dataclass, and the types of its fields
    names = {each.name for each in fields(kind)}
    return {name: hint for name, hint in get_type_hints(kind).items() if name in names}


def _fields(kind: Any) -> tuple[Field[Any], ...]:  # Any: a dataclass, and the types of its fields
    return fields(kind)
