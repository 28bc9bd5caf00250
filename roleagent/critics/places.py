"""A small table of what lies in what: countries, large cities, and the continents around them."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from roleagent.critics.tables import read_table
from roleagent.critics.text import has_cjk


class _Table(NamedTuple):
    """Names in small letters -> place; a place -> the larger one."""

    place_of: dict[str, str]
    around: dict[str, str]
    pattern: re.Pattern[str]


def places_in(text: str) -> frozenset[str]:
    """The known places that a text names."""
    table = _table()
    return frozenset(table.place_of[match.group().casefold()] for match in table.pattern.finditer(text))


def with_surroundings(place: str) -> tuple[str, ...]:
    """A place and all that it lies in, the nearest first.

    >>> with_surroundings("Paris")
    ('Paris', 'France', 'Europe')
    """
    around = _table().around
    chain = [place]
    while (larger := around.get(chain[-1])) is not None:
        chain.append(larger)
    return tuple(chain)


@cache
def _table() -> _Table:
    place_of: dict[str, str] = {}
    around: dict[str, str] = {}
    for place, entry in read_table("places").items():
        place_of |= {name.casefold(): place for name in (place, *entry["names"])}
        if "in" in entry:
            around[place] = entry["in"]
        for held in entry["holds"]:
            first, *others = held.split("|")
            around.setdefault(first, place)
            place_of |= {name.casefold(): first for name in (first, *others)}
    return _Table(place_of, around, _any_of(place_of))


def _any_of(names: dict[str, str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile("|".join(map(_as_pattern, longest_first)), re.I)


def _as_pattern(name: str) -> str:
    if has_cjk(name):
        return re.escape(name)
    # With its capital: "Nice" is a town, "nice" is not.
    return rf"(?<!\w)(?-i:{re.escape(name[0].upper())}){re.escape(name[1:])}(?!\w)"
