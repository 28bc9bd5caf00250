"""Convert a persona file into another format, without ever losing the user's work."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from roleagent.errors import InputError, RoleAgentError, StoreError
from roleagent.persona.asset_files import asset_folder, assets_apart, assets_inlined
from roleagent.persona.convert import bytes_in
from roleagent.persona.formats import OWN, VIEWS, name_of_suffix, names, own_format, suffix_of
from roleagent.persona.formats.report import Report
from roleagent.persona.load import load_persona, personas_in
from roleagent.persona.persona import Persona
from roleagent.persona.problems import did_you_mean
from roleagent.persona.save import check_reads_back, refuse_learned, write_atomically
from roleagent.persona.view import view
from roleagent.settings import get_settings
from roleagent.types import PUBLIC

PathLike = str | os.PathLike[str]


def convert_persona(
    source: PathLike,
    target: PathLike,
    *,
    to: str | None = None,
    force: bool = False,
    public: bool = False,
    report: Report | None = None,
) -> Report:
    """Read a persona in any format and write it in any other.

    Args:
        source: a file, or the name of a persona.
        target: a file; or a folder, in which the file is called after the persona's id.
        to: name of the format; else the target's suffix tells it.
        force: overwrite the target. Another character in the personas folder is never overwritten.
        public: leave out what a stranger may not learn; see docs/secrets.md.
        report: to go on with; else a new one.

    Returns:
        What was odd about the source, and what the target cannot hold.

    Raises:
        InputError: the format is not known, or the target is there already.
        PersonaFileError: the source breaks its format.
        PersonaNotFoundError: there is no such source.
        StoreError: the target cannot be written.
    """
    report = Report() if report is None else report
    persona = load_persona(source, report=report)
    write_persona(persona, target, to=to, force=force, public=public, report=report)
    return report


def write_persona(
    persona: Persona,
    target: PathLike,
    *,
    to: str | None = None,
    force: bool = False,
    public: bool = False,
    report: Report,
) -> Path:
    """Write a persona in any format, and give the path of its file; see `convert_persona`."""
    refuse_learned(persona.graph.facts.values())
    path = _path_in(Path(target), persona, to)
    name = _format_of(path, to)
    _refuse_overwriting(path, persona, force=force)
    if public:
        persona = _as_strangers_know_it(persona, report)
    elif name not in OWN:
        _warn_of_secrets(persona, name, report)
    persona = assets_inlined(persona, report)
    files: dict[Path, bytes] = {}
    if name in OWN:
        persona, files = assets_apart(persona, path)
    data = bytes_in(persona, name, report)
    if name in OWN:
        check_reads_back(persona, data.decode(), own_format(name))
    _write_all({**files, path: data}, force=force)
    return path


def _as_strangers_know_it(persona: Persona, report: Report) -> Persona:
    """Without secrets; then also without the files it came from, which may tell them."""
    public = view(persona).persona
    if public is persona:
        return persona
    for extension in persona.extensions:
        report.lost(f"extensions.{extension.name}", "may tell what a stranger may not learn")
    return replace(public, extensions=())


def _warn_of_secrets(persona: Persona, name: str, report: Report) -> None:
    secret = [fact.id for fact in persona.graph.facts.values() if fact.visibility != (PUBLIC,)]
    if secret:
        message = f"travels in the {name} file for whoever opens it; `public` leaves it out"
        for fact_id in secret:
            report.warn(f"secret {fact_id}", message)


def _path_in(target: Path, persona: Persona, to: str | None) -> Path:
    if not target.is_dir():
        return target
    return target / (persona.id + (suffix_of(to) if to in names() else ".yaml"))


def _format_of(path: Path, to: str | None) -> str:
    by_suffix = name_of_suffix(path.suffix)
    name = to or by_suffix
    if name is None:
        raise InputError(
            f"{str(path)!r}: no format ends in {path.suffix!r}. Name one with `to`: {', '.join(names())}."
        )
    if name not in names():
        raise InputError(f"{name!r} is no format.{did_you_mean(name, names())} Known: {', '.join(names())}.")
    if name in OWN | VIEWS and by_suffix not in (None, name):
        raise InputError(f"{str(path)!r} would be read as {by_suffix}: give {name} another suffix.")
    return name


def _write_all(files: dict[Path, bytes], *, force: bool) -> None:
    """Write the files, the persona's own last, so that it never names an asset that is not there."""
    *assets, path = files
    folder = asset_folder(path)
    taken = [each for each in assets if each.exists() and each.read_bytes() != files[each]]
    if taken and not force:
        raise InputError(f"{str(taken[0])!r} is there already: choose another name, or force it.")
    if assets:
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise StoreError(f"{str(folder)!r} cannot be made: {error.strerror}.") from error
    for each, data in files.items():
        write_atomically(each, data)


# ── what must not be overwritten ─────────────────────────────────────────────────────────────


def _refuse_overwriting(path: Path, persona: Persona, *, force: bool) -> None:
    if path.exists() and not force:
        raise InputError(f"{str(path)!r} is there already: choose another name, or force it.")
    if path.resolve().parent == (get_settings().home / "personas").resolve():
        _refuse_another_character(path, persona)


def _refuse_another_character(path: Path, persona: Persona) -> None:
    """In the folder of personas, whose memories go by their ids, nobody takes another's place."""
    for other in personas_in(path.parent):
        is_rival = other.stem == path.stem or other.stem == persona.id
        known = _identity(other) if is_rival else None
        if known is not None and (known != (persona.id, persona.name) or other.name != path.name):
            raise InputError(
                f"{str(other)!r} holds {known[1]!r} under the id {known[0]!r}: "
                f"give {persona.name!r} another id and file name, or take that file away."
            )


def _identity(path: Path) -> tuple[str, str] | None:
    """The id and name of the persona in a file; None if there is none that can be read."""
    try:
        persona = load_persona(path)
    except RoleAgentError:
        return None
    return persona.id, persona.name
