"""Write a persona to a file that reads back as the same persona."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from roleagent.errors import InputError, PersonaFileError, StoreError
from roleagent.formats import Format, Report, built_in, by_suffix
from roleagent.formats.foreign import as_table
from roleagent.persona.as_document import persona_document
from roleagent.persona.build import build_persona
from roleagent.persona.persona import Persona
from roleagent.persona.problems import ReadError, Table
from roleagent.types import Fact


def save_persona(persona: Persona, path: str | os.PathLike[str]) -> None:
    """Write a persona in the notation of the persona document that the path's suffix says, such as YAML.

    The file is read back and compared before anything is written.

    Raises:
        InputError: no notation has that suffix, or the persona holds what a file cannot, such as
            learned facts.
        StoreError: the file cannot be written.
    """
    path = Path(path)
    found = by_suffix(path.suffix)
    if found is None or found.holds != "document" or found.write is None:
        notations = (each for each in built_in() if each.holds == "document")
        endings = ", ".join(suffix for each in notations for suffix in each.suffixes)
        raise InputError(f"{str(path)!r} must end in one of {endings}; see `convert_persona` for others.")
    refuse_learned(persona.graph.facts.values())
    data = found.write(persona_document(persona, for_tools=found.as_graph), Report())
    check_reads_back(persona, data, found)
    write_atomically(path, data)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        StoreError: it cannot be written.
    """
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        raise StoreError(f"{str(path)!r} cannot be written: {error.strerror}.") from error


def refuse_learned(facts: Iterable[Fact]) -> None:
    """Raise `InputError` if any of some facts was learned."""
    learned = [fact.id for fact in facts if fact.layer == "learned"]
    if learned:
        raise InputError(
            f"A persona file holds canon only, and {len(learned)} facts were learned, such as "
            f"{learned[0]!r}: save the persona as it was loaded."
        )


def check_reads_back(persona: Persona, data: bytes, file_format: Format) -> None:
    """Read a file again, and compare.

    Raises:
        InputError: the persona holds what a file cannot.
    """
    try:
        tree = file_format.read(data, Report()) if file_format.read else None
        table = tree if isinstance(tree, Table) else as_table(tree)
        same = build_persona(table, source=persona.source) == persona
    except (PersonaFileError, ReadError) as error:
        raise InputError(f"Persona {persona.id!r} does not fit the file format: {error}") from error
    if not same:
        raise InputError(
            f"Persona {persona.id!r} would not read back the same: texts may not begin or end with blanks."
        )
