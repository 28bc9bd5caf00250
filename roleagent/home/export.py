"""Everything that is kept of a user, for them to read and take along: JSON, their files and a README.

The layout is described in docs/memory.md; a newer one has a higher `VERSION`.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from roleagent.errors import InputError, StoreError
from roleagent.store import UserRecord
from roleagent.types import Attachment, Episode

VERSION = 1
DATA_NAME = "export.json"
README_NAME = "README.txt"
FILES_NAME = "files"
_OF_STATES = ("turn", "draft", "tool_uses")  # the rest is in the record, or made from it
README = """\
What is kept about you
======================

This is everything that the program keeps about one person. It was made at that person's request.

export.json   everything in one text file. "personas" lists the characters that the person talked with.
              Under each of them:
                conversations   what both sides said, oldest first; with what was shown, what the program
                                saw or heard in it, how important it judged the message to be, and
                                ("tone") how it judged your mood and how you treat the character
                facts           what the character learned or believed, with every earlier version: when it
                                held, when it was recorded, and which messages it came from
                names           persons, places and things that were learned
                summaries       what the program made of long conversations
                items           other data that the application keeps
                relationship_settings
                                how the character feels about you, where the application set it
                relationship    how it feels about you now, computed from the tones and settings; only in
                                an export that the program makes while it runs
                last_states     the last turn of each conversation, with the tools it used; a turn that waits
                                for approval is kept only here
files/        the pictures and recordings that were shown, named by a number made from their content.
              "file" in export.json says which belongs to which message.

Times are in UTC. What the character's own file says is not about the person and is left out. So are the
numbers by which texts are compared ("embeddings"): they are made from the texts and mean nothing to a reader.
"""


def persona_entry(
    persona_id: str,
    record: UserRecord,
    *,
    last_states: Mapping[str, Mapping[str, object]],
    files: Mapping[str, Path],
) -> dict[str, Any]:  # Any: JSON
    """What one persona knows of a user.

    Args:
        persona_id: the persona.
        record: everything that is kept.
        last_states: conversation -> the last state of its workflow, see `workflow.state.AgentState`.
        files: attachment id -> where its bytes lie.
    """
    return {
        "persona_id": persona_id,
        "conversations": _conversations(record.episodes, files),
        "facts": [
            {"version": each.name, **_plain(each.fact, without=("score", "lifted_by"))}
            for each in record.versions
        ],
        "names": [_plain(node) for node in record.nodes],
        "summaries": [_plain(summary, without=("score",)) for summary in record.summaries],
        "items": [_plain(item, without=("seq",)) for item in record.items],
        "relationship_settings": [_plain(setting) for setting in record.settings],
        "last_states": [
            {"thread_id": thread_id, **{name: _plain(state[name]) for name in _OF_STATES if name in state}}
            for thread_id, state in sorted(last_states.items())
        ],
    }


def export_document(user_id: str, personas: Sequence[Mapping[str, Any]], *, at: datetime) -> dict[str, Any]:
    """The content of `export.json`."""
    return {
        "roleagent_export": VERSION,
        "made_at": at.isoformat(),
        "user_id": user_id,
        "personas": list(personas),
    }


def write_export(path: Path, document: Mapping[str, Any], files: Mapping[str, Path]) -> None:
    """Write an export that only its owner may read, to a new folder, or to a file that ends in ``.zip``.

    Args:
        path: must not exist yet.
        document: the result of `export_document`.
        files: name under `FILES_NAME` -> where its bytes lie.

    Raises:
        InputError: the path exists.
        StoreError: it cannot be written.
    """
    if path.exists():
        raise InputError(f"{str(path)!r} is there already: name a new folder, or a new .zip file.")
    texts = {DATA_NAME: json.dumps(document, ensure_ascii=False, indent=1) + "\n", README_NAME: README}
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix.lower() == ".zip":
            _write_zip(partial, texts, files)
        else:
            _write_folder(partial, texts, files)
        partial.rename(path)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        partial.unlink(missing_ok=True)
        raise StoreError(f"{str(path)!r} cannot be written: {error.strerror or error}.") from error


def _write_folder(folder: Path, texts: Mapping[str, str], files: Mapping[str, Path]) -> None:
    folder.mkdir(mode=0o700)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    if files:
        (folder / FILES_NAME).mkdir()
    for name, source in files.items():
        shutil.copyfile(source, folder / FILES_NAME / name)


def _write_zip(path: Path, texts: Mapping[str, str], files: Mapping[str, Path]) -> None:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w+b") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
        for name, source in files.items():
            archive.write(source, f"{FILES_NAME}/{name}")


# ── values as JSON ───────────────────────────────────────────────────────────────────────────────


def _conversations(episodes: Sequence[Episode], files: Mapping[str, Path]) -> list[dict[str, Any]]:
    by_thread: dict[str, list[Episode]] = {}
    for episode in sorted(episodes, key=lambda each: each.at):
        by_thread.setdefault(episode.thread.thread_id, []).append(episode)
    return [
        {"thread_id": thread_id, "messages": [_message(each, files) for each in said]}
        for thread_id, said in by_thread.items()
    ]


def _message(episode: Episode, files: Mapping[str, Path]) -> dict[str, Any]:
    return {
        "id": episode.id,
        "at": episode.at.isoformat(),
        "speaker": episode.speaker,
        "speaker_name": episode.speaker_name,
        "text": episode.text,
        "shown": [_shown(attachment, files) for attachment in episode.attachments],
        "seen": [_plain(observation) for observation in episode.observations],
        "said_to": episode.sight.listener,
        "story_moment": episode.sight.as_of,
        "turn_id": episode.turn_id,
        "mentions": list(episode.mentions),
        "importance": episode.importance,
        "tone": None if episode.tone is None else _plain(episode.tone),
        "lore_state": episode.lore_state,
    }


def _shown(attachment: Attachment, files: Mapping[str, Path]) -> dict[str, Any]:
    path = files.get(attachment.id)
    return {
        "id": attachment.id,
        "name": attachment.name,
        "media_type": attachment.media_type,
        "num_bytes": attachment.num_bytes,
        "file": f"{FILES_NAME}/{path.name}" if path else None,  # None: the application kept it elsewhere
    }


def _plain(value: object, *, without: Sequence[str] = ()) -> Any:  # Any: JSON
    """A value as JSON; values of other libraries as text."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items() if name not in without}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
