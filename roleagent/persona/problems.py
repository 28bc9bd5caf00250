"""Everything that is wrong with one file, gathered before anything is raised."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from typing import NoReturn

from roleagent.errors import PersonaFileError
from roleagent.persona.places import Place, PlaceIn

MAX_PROBLEMS = 100
_MAX_HINTS = 20  # near matches among ten thousand names take a tenth of a second each


class TooManyProblemsError(Exception):
    """The limit is reached: looking on would help nobody."""


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

    def _order(self, error: PersonaFileError) -> tuple[bool, str, int, int]:
        """The file's own problems first, then those of files that it extends."""
        return error.path != self._path, error.path, error.line or 0, error.column or 0

    def raise_all(self) -> NoReturn:
        """Raise the first problem of the file with the others attached."""
        first, *others = sorted(self._found, key=self._order)
        first.others = tuple(others)
        if others:
            first.add_note(f"{len(others)} more: see them all with `roleagent persona check {self._path}`.")
        raise first


def line_text(place: Place) -> str:
    """A line as a message names it: with its file, where that is another one."""
    return f"{place.line} of {place.file}" if isinstance(place, PlaceIn) else str(place.line)


def did_you_mean(value: str, candidates: Collection[str]) -> str:
    """A hint at the nearest of some names, with a leading space; empty if none is near."""
    lower = {candidate.casefold(): candidate for candidate in candidates}
    near = difflib.get_close_matches(value.casefold(), lower, n=1)
    return f" Did you mean {lower[near[0]]!r}?" if near else ""
