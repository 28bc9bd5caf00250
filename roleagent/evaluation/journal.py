"""Results on disk while a suite is played, so that a run that breaks off can go on."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from roleagent.errors import InputError, StoreError
from roleagent.evaluation.results import Result
from roleagent.evaluation.suite import Suite

if TYPE_CHECKING:
    from roleagent.persona.persona import Persona

_MAX_BYTES = 500_000_000
_CHANGED = {
    "probes": "its questions or checks differ",
    "content": "the persona has changed since",
}


class Journal:
    """A file with one JSON object a line: first what is played, then each result.

    Args:
        path: the file; it is made if there is none.
        played_by: the model and whatever else must be the same when the run goes on.
    """

    def __init__(self, path: Path, *, played_by: str = "") -> None:
        self._path, self._played_by = path, played_by

    def open(self, suite: Suite, persona: Persona) -> list[Result]:
        """The results so far; one that was cut off when a run died is left out.

        Raises:
            InputError: the file cannot be used, or belongs to another suite or model, or the persona changed.
        """
        head = {
            "suite": suite.name,
            "persona": suite.persona_id,
            "played_by": self._played_by,
            "probes": _digest(suite.scenes),
            "content": _digest(_content(persona)),
        }
        try:
            text = self._read()
            if not text:
                self._path.write_text(json.dumps(head, ensure_ascii=False) + "\n", encoding="utf-8")
                return []
            first, _, rest = text.partition("\n")
            self._check(first, head)
            if not text.endswith("\n"):  # so that the next result starts a line
                with self._path.open("a", encoding="utf-8") as file:
                    file.write("\n")
        except OSError as error:
            raise InputError(f"{str(self._path)!r} cannot be used: {error.strerror or error}.") from error
        return _results_in(rest)

    def _read(self) -> str:
        if not self._path.exists():
            return ""
        if self._path.stat().st_size > _MAX_BYTES:
            raise InputError(f"{str(self._path)!r} is too large to be the journal of a test.")
        return self._path.read_text(encoding="utf-8", errors="replace")

    def _check(self, first: str, head: dict[str, str]) -> None:
        try:
            kept = json.loads(first)
        except (ValueError, RecursionError):
            kept = None
        if not isinstance(kept, dict) or kept.keys() != head.keys():
            raise InputError(f"{str(self._path)!r} is no journal of a test: name another file.")
        for key, value in head.items():
            if kept[key] != value:
                why = _CHANGED.get(key) or f"its {key} was {kept[key]!r}"
                raise InputError(
                    f"{str(self._path)!r} is of another run: {why}. Name another file, or erase this one."
                )

    def add(self, result: Result) -> None:
        """Write one result through to the disk.

        Raises:
            StoreError: it cannot be written.
        """
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(result.as_json() + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            reason = error.strerror or error
            raise StoreError(f"{str(self._path)!r} cannot be written: {reason}.") from error


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]


def _content(persona: Persona) -> tuple[object, ...]:
    """All that a persona holds, from whatever file."""
    graph = persona.graph
    own = [getattr(persona, field.name) for field in fields(persona) if field.name not in ("graph", "source")]
    return *own, list(graph.nodes.values()), list(graph.facts.values()), list(graph.relations.values())


def _results_in(lines: str) -> list[Result]:
    found = []
    for line in lines.split("\n"):  # not at other line ends, which a reply may hold
        try:
            found.append(Result.from_json(line))
        except ValueError:  # cut off when the run died, or changed by hand
            continue
    return found
