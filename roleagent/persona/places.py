"""Data read from a file in which every key and value still knows its line and column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

MAX_DEPTH = 50
Path = Sequence[str | int]


class Place(NamedTuple):
    """Where something stands in a file, both counted from 1."""

    line: int
    column: int


class PlaceIn(Place):
    """A place in another file than the one that is being read, such as one that it extends."""

    file: str

    @classmethod
    def of(cls, place: Place, file: str) -> PlaceIn:
        """A place and the file it is in; one that knows its file already keeps it."""
        if isinstance(place, PlaceIn):
            return place
        made = cls(*place)
        made.file = file
        return made


class ReadError(Exception):
    """A text is not well-formed; every format's reader raises this and nothing else."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.message, self.place = message, place


class Table(dict[str, Any]):  # Any: text, numbers, tables and rows, whatever the file holds
    """A mapping with the places of its keys and values."""

    __slots__ = ("key_places", "place", "value_places")

    def __init__(self, place: Place) -> None:
        self.place = place
        self.key_places: dict[str, Place] = {}
        self.value_places: dict[str, Place] = {}

    def put(self, key: str, value: object, *, key_place: Place, value_place: Place) -> None:
        """Add an entry.

        Raises:
            ReadError: the key is there already.
        """
        if key in self:
            first = self.key_places[key].line
            raise ReadError(f"key {key!r} stands here a second time; the first is on line {first}", key_place)
        self[key] = value
        self.key_places[key], self.value_places[key] = key_place, value_place


class Row(list[Any]):  # Any: as in Table
    """A sequence with the places of its items."""

    __slots__ = ("place", "value_places")

    def __init__(self, place: Place) -> None:
        self.place = place
        self.value_places: list[Place] = []

    def put(self, value: object, *, value_place: Place) -> None:
        """Append an item."""
        self.append(value)
        self.value_places.append(value_place)


def locate(tree: object, path: Path, *, on_key: bool = False) -> Place:
    """The place of the value (or its key) at a path, or of the innermost part of the path there is."""
    place = tree.place if isinstance(tree, Table | Row) else Place(1, 1)
    for depth, step in enumerate(path):
        last = depth == len(path) - 1
        if isinstance(tree, Table) and isinstance(step, str) and step in tree:
            place = tree.key_places[step] if last and on_key else tree.value_places[step]
            tree = tree[step]
        elif isinstance(tree, Row) and isinstance(step, int) and step < len(tree):
            place, tree = tree.value_places[step], tree[step]
        else:
            break
    return place


def moved(tree: object, move: Callable[[Place], Place]) -> Any:  # Any: as in Table
    """A copy of a tree in which every place is another; a value without places is itself."""
    if isinstance(tree, Table):
        table = Table(move(tree.place))
        for key, value in tree.items():
            places = move(tree.key_places[key]), move(tree.value_places[key])
            table.put(key, moved(value, move), key_place=places[0], value_place=places[1])
        return table
    if isinstance(tree, Row):
        row = Row(move(tree.place))
        for value, place in zip(tree, tree.value_places, strict=True):
            row.put(moved(value, move), value_place=move(place))
        return row
    return tree
