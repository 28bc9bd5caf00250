"""Write a snapshot, and read one into a store."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from roleagent.errors import InputError, PersonaFileError, StoreError
from roleagent.formats import suffixes
from roleagent.formats.load import load_persona
from roleagent.formats.save import save_persona
from roleagent.formats.values import as_table
from roleagent.home.snapshot_layout import VERSION, Snapshot, user_entry, user_record
from roleagent.persona.as_document import persona_document
from roleagent.persona.build import build_persona
from roleagent.persona.persona import Persona
from roleagent.store import Restored, Store
from roleagent.types import Owner

MAX_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotReport:
    """The result of an import.

    Attributes:
        persona: the one in the snapshot.
        persona_path: where the persona was written; None if it already existed, or no folder was given.
        num_users: users in the snapshot; the other numbers count what is new to the store.
        kept: (user id, fact id) of facts on which store and snapshot disagree: the store's version stays.
    """

    persona: Persona
    persona_path: Path | None
    num_users: int
    num_nodes: int
    num_versions: int
    num_episodes: int
    num_summaries: int
    kept: tuple[tuple[str, str], ...]


# ── out ──────────────────────────────────────────────────────────────────────────────────────────


def export_snapshot(
    persona: Persona, store: Store, path: str | os.PathLike[str], *, user_id: str | None = None
) -> None:
    """Write a persona with its memories to a file that only its owner can read.

    Args:
        persona: as it was loaded.
        store: contains its users' records.
        path: the JSON file; an existing one is replaced.
        user_id: whose record; None for all users'.

    Raises:
        InputError: nothing is kept of that user, the persona would not read back the same, or it is too much
            for one file.
        StoreError: the store cannot be read, or the file not written.
    """
    known = store.users(persona.id)
    if user_id is not None and user_id not in known:
        raise InputError(f"Nothing is kept of user {user_id!r} with persona {persona.id!r}.")
    users = known if user_id is None else [user_id]
    snapshot = Snapshot(
        roleagent_snapshot=VERSION,
        persona=_document(persona),
        users=tuple(user_entry(store.dump(Owner(persona_id=persona.id, user_id=each))) for each in users),
    )
    data = snapshot.model_dump_json(indent=1, exclude_defaults=True).encode() + b"\n"
    if len(data) > MAX_BYTES:
        raise InputError(
            f"The snapshot of {persona.id!r} would be {len(data):,} bytes, and {MAX_BYTES:,} are the most: "
            "export one user at a time."
        )
    _write(Path(path), data)


def _document(persona: Persona) -> dict[str, Any]:  # Any: JSON
    document = persona_document(persona)
    try:
        same = build_persona(as_table(document), source=persona.source) == persona
    except PersonaFileError as error:
        raise InputError(f"Persona {persona.id!r} does not fit a file: {error}") from error
    if not same:
        raise InputError(f"Persona {persona.id!r} would not read back the same: export it as it was loaded.")
    return document


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # what people said is private
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StoreError(f"{str(path)!r} cannot be written: {error.strerror or error}.") from error


# ── in ───────────────────────────────────────────────────────────────────────────────────────────


def import_snapshot(
    path: str | os.PathLike[str], store: Store, *, personas_dir: str | os.PathLike[str] | None = None
) -> SnapshotReport:
    """Add a snapshot to a store; existing data is not changed, and a second import adds nothing.

    Everything is checked before anything is written. Each user is imported completely or not at all.

    Args:
        path: the file.
        store: where to.
        personas_dir: where to write the persona's file, as ``ID.yaml``; None to leave that to the caller.

    Raises:
        InputError: the file is not a snapshot, too large, or of a newer version; or the folder has another
        persona with the same id.
        PersonaFileError: the persona in it breaks the format.
        StoreError: the file cannot be read, or the store or the folder not written.
    """
    path = Path(path)
    snapshot = _read(path)
    persona = build_persona(as_table(snapshot.persona), source=str(path))
    target = _free_place(persona, Path(personas_dir)) if personas_dir is not None else None
    if target is not None:
        _save(persona, target)
    records = [user_record(persona.id, user) for user in snapshot.users]
    restored = {record.user_id: store.restore(persona.id, record) for record in records}
    return _report(persona, target, restored)


def _read(path: Path) -> Snapshot:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise StoreError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"{str(path)!r} is larger than {MAX_BYTES:,} bytes, the most a snapshot may have.")
    try:
        return Snapshot.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(
            f"{str(path)!r} is no snapshot that this release reads: {where}: {first['msg']}."
        ) from error


def _free_place(persona: Persona, folder: Path) -> Path | None:
    """The path for the persona's file; None if it already exists."""
    there = [folder / f"{persona.id}{suffix}" for suffix in suffixes()]
    for path in there:
        if path.exists():
            if load_persona(path) != persona:
                raise InputError(
                    f"{str(path)!r} holds another persona of the id {persona.id!r} than the snapshot: "
                    "move it away, or import into another folder. Nothing was imported."
                )
            return None
    return folder / f"{persona.id}.yaml"


def _save(persona: Persona, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{str(path.parent)!r} cannot be made: {error.strerror or error}.") from error
    save_persona(persona, path)


def _report(persona: Persona, target: Path | None, restored: Mapping[str, Restored]) -> SnapshotReport:
    return SnapshotReport(
        persona=persona,
        persona_path=target,
        num_users=len(restored),
        num_nodes=sum(each.num_nodes for each in restored.values()),
        num_versions=sum(each.num_versions for each in restored.values()),
        num_episodes=sum(each.num_episodes for each in restored.values()),
        num_summaries=sum(each.num_summaries for each in restored.values()),
        kept=tuple((user_id, fact_id) for user_id, each in restored.items() for fact_id in each.kept),
    )
