"""Collect everything that is wrong with one file before raising an error."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, NoReturn

from roleagent.errors import PersonaFileError
from roleagent.language.nearest import nearest

MAX_DEPTH = 50
Path = Sequence[str | int]


class Place(NamedTuple):
    """A line and a column in a file, both counted from 1."""

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
    """A file is damaged; readers of formats raise this and nothing else."""

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


MAX_PROBLEMS = 100
_MAX_HINTS = 20  # near matches among ten thousand names take a tenth of a second each


class TooManyProblemsError(Exception):
    """There are too many problems to list."""


class Problems:
    """Collects the problems of one file, in the order of the file when raised.

    Args:
        path: the file, as the user named it.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._found: list[PersonaFileError] = []
        self._num_hints = 0

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._found)

    def add(self, message: str, place: Place) -> None:
        """Note a problem.

        Raises:
            TooManyProblemsError: there are MAX_PROBLEMS already.
        """
        if len(self._found) == MAX_PROBLEMS:
            raise TooManyProblemsError
        path = place.file if isinstance(place, PlaceIn) else self._path
        self._found.append(PersonaFileError(message, path=path, line=place.line, column=place.column))

    def did_you_mean(self, value: str, candidates: Collection[str]) -> str:
        """A hint at the nearest of some names, with a leading space; empty if none is near."""
        self._num_hints += 1
        if self._num_hints > _MAX_HINTS:
            return ""
        return did_you_mean(value, candidates)

    def raise_all(self) -> NoReturn:
        """Raise the first problem with the others attached: the file's own come before those of its bases."""
        first, *others = sorted(
            self._found,
            key=lambda each: (each.path != self._path, each.path, each.line or 0, each.column or 0),
        )
        first.others = tuple(others)
        if others:
            first.add_note(f"{len(others)} more: see them all with `roleagent persona check {self._path}`.")
        raise first


def line_text(place: Place) -> str:
    """A line as a message names it: with its file, where that is another one."""
    return f"{place.line} of {place.file}" if isinstance(place, PlaceIn) else str(place.line)


def did_you_mean(value: str, candidates: Collection[str]) -> str:
    """A hint at the nearest of some names, with a leading space; empty if none is near."""
    near = nearest(value, candidates)
    return f" Did you mean {near!r}?" if near else ""


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the cyclic garbage collector while many lasting objects are made.

    Python looks through all that is alive each time it has grown by a quarter, which more than doubles the
    time to read a file of ten thousand nodes. Use it only if the work is bounded, as a file's size is.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
