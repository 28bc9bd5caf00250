"""Find a persona by name or path, and read it."""

from __future__ import annotations

import importlib.resources
import os
from pathlib import Path

from roleagent.errors import PersonaFileError, PersonaNotFoundError
from roleagent.formats import by_suffix
from roleagent.formats.foreign import MAX_FILE_BYTES, as_table
from roleagent.formats.recognise import format_of
from roleagent.formats.report import Report
from roleagent.formats.wrapped import unwrapped
from roleagent.persona.build import build_persona
from roleagent.persona.compose import Composer, Part, is_fragment, standing_alone
from roleagent.persona.lint_lore import macro_findings
from roleagent.persona.persona import Persona
from roleagent.persona.problems import ReadError, Table, collector_paused, did_you_mean
from roleagent.settings import get_settings

_SCHEMA_SUFFIX = ".schema.json"


@collector_paused()
def load_persona(name_or_path: str | os.PathLike[str], *, report: Report | None = None) -> Persona:
    """Read a persona.

    Args:
        name_or_path: a path to a file in any format that can be read, or the name of a persona in
            the home's ``personas`` folder or among those that come with the package.
        report: takes what was odd about another program's file, and which macros will be taken out.

    Raises:
        PersonaNotFoundError: there is no such name or file.
        PersonaFileError: the file breaks the format; `others` holds what else is wrong with it.
    """
    path = find_persona(name_or_path)
    part = _read_part(path, Report() if report is None else report)
    if is_fragment(part.tree):
        message = f"is a fragment, for other files to extend: write `extends: [{path.name}]` in one of them."
        place = part.tree.key_places["fragment"]
        raise PersonaFileError(message, path=str(path), line=place.line, column=place.column)
    persona = build_persona(_composed(path, part), source=str(path))
    if report is not None:
        for _, where, message in macro_findings(persona):
            report.warn(where, message)
    return persona


def load_part(name_or_path: str | os.PathLike[str], *, report: Report | None = None) -> Persona:
    """Read a persona, or a fragment as a persona that has nothing else; else as `load_persona`."""
    path = find_persona(name_or_path)
    part = _read_part(path, Report())
    if not is_fragment(part.tree):
        return load_persona(path, report=report)
    return build_persona(standing_alone(_composed(path, part)), source=str(path))


def find_persona(name_or_path: str | os.PathLike[str]) -> Path:
    """The file that a name or path stands for.

    Raises:
        PersonaNotFoundError: there is none.
    """
    path = Path(name_or_path)
    if os.path.exists(path) and _looks_like_path(path):  # of impossible names, too
        return path
    known = known_personas()
    name = os.fspath(name_or_path)
    if name in known:
        return known[name]
    if os.path.isfile(path):
        return path
    if _looks_like_path(path):
        raise PersonaNotFoundError(f"There is no file {name!r}.")
    hint = did_you_mean(name, known)
    raise PersonaNotFoundError(
        f"No persona is called {name!r}.{hint} Known: {', '.join(known)}; or give the path of a file."
    )


def _looks_like_path(path: Path) -> bool:
    return len(path.parts) != 1 or _can_be_read(path)


def known_personas() -> dict[str, Path]:
    """The files of all personas that can be named; the user's own come before those of the package."""
    own = {path.stem: path for path in personas_in(get_settings().home / "personas")}
    bundled = {path.stem: path for path in personas_in(_bundled_folder())}
    return dict(sorted((bundled | own).items()))


def bundled_personas() -> list[str]:
    """Names of the personas that come with the package, sorted."""
    return sorted(path.stem for path in personas_in(_bundled_folder()))


def personas_in(folder: Path) -> list[Path]:
    """The persona files of a folder, in the order of their names."""
    return [path for path in sorted(folder.iterdir()) if _can_be_read(path)] if folder.is_dir() else []


def _can_be_read(path: Path) -> bool:
    """Whether a format that can be read has the suffix of a file, which is not a JSON Schema."""
    found = by_suffix(path.suffix)
    return found is not None and found.read is not None and not path.name.endswith(_SCHEMA_SUFFIX)


def _bundled_folder() -> Path:
    """The personas beside the code when installed, at the top of the repository in a checkout."""
    package = Path(str(importlib.resources.files("roleagent")))
    installed = package / "_personas"
    return installed if installed.is_dir() else package.parent / "personas"


def _composed(path: Path, part: Part) -> Table:
    def read(other: Path) -> Part:
        return _read_part(other, Report())

    return Composer(read, known_personas).compose(path, part)


def _read_part(path: Path, report: Report) -> Part:
    data = _read_bytes(path)
    try:
        data = unwrapped(data, report)
        found = format_of(data, path.suffix)
        tree = found.read(data, report) if found.read else None
    except ReadError as error:
        line, column = error.place
        raise PersonaFileError(error.message + ".", path=str(path), line=line, column=column) from error
    if not isinstance(tree, Table):
        tree = as_table(tree)  # a document that knows no places
    if not isinstance(tree, Table):
        raise PersonaFileError("the file holds no table of keys and values.", path=str(path), line=1)
    return Part(tree, found.is_fragment or is_fragment(tree))


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise PersonaFileError(f"cannot be read: {error.strerror}.", path=str(path)) from error
    if len(content) > MAX_FILE_BYTES:
        raise PersonaFileError(f"is larger than {MAX_FILE_BYTES // 1024**2} MB.", path=str(path))
    return content
