"""LangGraph's conditions on the values of items, such as ``{"kind": "book", "year": {"$gte": 1900}}``."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from roleagent.errors import InputError

Value = Any  # what JSON may hold
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}
_OPERATORS = ("$eq", "$ne", *_ORDERS)


def check_filter(conditions: Mapping[str, Value] | None) -> None:
    """Refuse an unknown condition before anything is read.

    Raises:
        InputError: there is an unknown operator among the conditions.
    """
    for condition in (conditions or {}).values():
        if not isinstance(condition, Mapping):
            continue
        if _is_operators(condition):
            unknown = [name for name in condition if name not in _OPERATORS]
            if unknown:
                raise InputError(
                    f"The filter has the operator {unknown[0]!r}. There are: {', '.join(_OPERATORS)}."
                )
        else:
            check_filter(condition)


def matches(value: Mapping[str, Value], conditions: Mapping[str, Value] | None) -> bool:
    """Whether all conditions hold; a field that is absent counts as None."""
    return all(_holds(value.get(name), condition) for name, condition in (conditions or {}).items())


def _holds(value: Value, condition: Value) -> bool:
    if isinstance(condition, Mapping):
        if _is_operators(condition):
            return all(_compare(value, name, other) for name, other in condition.items())
        return isinstance(value, Mapping) and matches(value, condition)
    if isinstance(condition, Sequence) and not isinstance(condition, str):
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != len(condition):
            return False
        return all(_holds(mine, other) for mine, other in zip(value, condition, strict=True))
    return bool(value == condition)


def _is_operators(condition: Mapping[str, Value]) -> bool:
    return any(name.startswith("$") for name in condition)


def _compare(value: Value, name: str, other: Value) -> bool:
    if name == "$eq":
        return bool(value == other)
    if name == "$ne":
        return bool(value != other)
    try:
        value, other = float(value), float(other)
    except (TypeError, ValueError):
        if not isinstance(value, str) or not isinstance(other, str):
            return False  # what cannot be compared is in no order
    return _ORDERS[name](value, other)
