"""Write a persona to a file that reads back as the same persona."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from roleagent.errors import InputError, PersonaFileError, StoreError
from roleagent.formats import OWN, Format, name_of_suffix, own_format
from roleagent.persona.as_document import persona_document
from roleagent.persona.build import build_persona
from roleagent.persona.persona import Persona
from roleagent.persona.problems import ReadError
from roleagent.types import Fact

_YAML = (".yaml", ".yml")


def save_persona(persona: Persona, path: str | os.PathLike[str]) -> None:
    """Write a persona in the format of our own that the path's suffix says, such as YAML or GraphML.

    The text is read back and compared before anything is written.

    Raises:
        InputError: the suffix is none of these, or the persona holds what a file cannot, such as
            learned facts.
        StoreError: the file cannot be written.
    """
    path = Path(path)
    name = name_of_suffix(path.suffix)
    if name not in OWN:
        endings = ", ".join(suffix for _, each in OWN.values() for suffix in each)
        raise InputError(f"{str(path)!r} must end in one of {endings}; see `convert_persona` for others.")
    file_format = own_format(name)
    refuse_learned(persona.graph.facts.values())
    text = file_format.write(persona_document(persona, for_tools=path.suffix.lower() not in _YAML))
    check_reads_back(persona, text, file_format)
    write_atomically(path, text.encode())


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


def check_reads_back(persona: Persona, text: str, file_format: Format) -> None:
    """Read a text again, and compare.

    Raises:
        InputError: the persona holds what a file cannot.
    """
    try:
        same = build_persona(file_format.read(text), source=persona.source) == persona
    except (PersonaFileError, ReadError) as error:
        raise InputError(f"Persona {persona.id!r} does not fit the file format: {error}") from error
    if not same:
        raise InputError(
            f"Persona {persona.id!r} would not read back the same: texts may not begin or end with blanks."
        )


# ── the document ─────────────────────────────────────────────────────────────────────────────


# ── edges ────────────────────────────────────────────────────────────────────────────────────
