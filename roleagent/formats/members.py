"""Archives of several JSON files with pictures beside them: taken apart and put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from roleagent.formats.archives import problem_with_name, read_zip, write_zip
from roleagent.formats.cards.paths import extension_of, media_type
from roleagent.formats.foreign import MAX_LABEL, data_uri, json_bytes, parse_json
from roleagent.formats.plain_json import check_size
from roleagent.formats.report import Report
from roleagent.persona.problems import ReadError

MAX_ASSET_BYTES = 8_900_000  # as a `data:` address that is 12 million characters


OURS = "roleagent.json"  # a file of an archive in which the whole persona travels; others pass it over


Json = Any  # Any: JSON, or a part of a persona document


Table = Mapping[str, Json]


def read_members(data: bytes, report: Report) -> tuple[dict[str, Json], dict[str, bytes]]:
    """The JSON files of an archive by path, and its other files.

    Raises:
        ReadError: it is no archive, or goes beyond the bounds.
    """
    packed = read_zip(data)
    check_size(b"".join(content for path, content in packed.items() if _is_json(path)))
    tables: dict[str, Json] = {}
    files: dict[str, bytes] = {}
    for path, content in packed.items():
        if not _is_json(path):
            files[path] = content
            continue
        try:
            tables[path] = parse_json(content, report, what=path)
        except ReadError as error:
            report.warn(path, f"{error.message}: kept as a file")
            files[path] = content
    return tables, files


def _is_json(path: str) -> bool:
    return path.lower().endswith(".json")


def write_members(tables: Table, files: Mapping[str, bytes], report: Report) -> bytes:
    """An archive of JSON files and others; what has an impossible name is left out, and reported."""
    members = {path: json_bytes(table) for path, table in tables.items() if not problem_with_name(path)}
    for path, content in files.items():
        if path in members or problem_with_name(path):
            report.lost(path, "is no name that a file in this archive can have")
        else:
            members[path] = content
    return write_zip(members)


def table_at(raw: Table, key: str) -> dict[str, Json]:
    """The table that `raw` has under a key, or an empty one."""
    found = raw.get(key) if isinstance(raw, Mapping) else None
    return found if isinstance(found, dict) else {}


def member(raw: Table, key: str) -> tuple[str, dict[str, Json]]:
    """A JSON file that is kept under a key with its path: both, or nothing at all."""
    kept = table_at(raw, key)
    path = kept.get("path")
    return path if isinstance(path, str) else "", table_at(kept, "json")


def paths_in(listed: object) -> Iterator[str]:
    """The paths of a list in a manifest."""
    yield from (path for path in listed if isinstance(path, str)) if isinstance(listed, list) else ()


def as_asset(path: str, content: bytes, *, kind: str, name: str, report: Report) -> dict[str, str] | None:
    """A file as an asset that holds it; None, reported, where it is too large."""
    if len(content) > MAX_ASSET_BYTES or len(path) > MAX_LABEL:
        report.lost(path[:200], f"is larger than {MAX_ASSET_BYTES} bytes, or its name is too long")
        return None
    ext = extension_of(path)
    uri = data_uri(content, media_type(ext))
    return {"kind": kind, "name": name[:MAX_LABEL].strip() or "unnamed", "ext": ext, "uri": uri, "path": path}


def seconds_of(table: Table, key: str, where: str, report: Report) -> int | None:
    """An ISO 8601 moment as seconds since 1970; None where there is none, or only the zero of all clocks."""
    value = table.get(key)
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(value)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return int(aware.timestamp()) or None
    except (TypeError, ValueError, OverflowError):
        report.warn(f"{where}{key}", "is no moment as ISO 8601 has it: left out of the persona")
        return None


def moment_of(seconds: int | None) -> str:
    """Seconds since 1970 as the ISO 8601 moment that programs in JavaScript write."""
    try:
        moment = datetime.fromtimestamp(seconds or 0, UTC)
    except (OverflowError, ValueError, OSError):
        moment = datetime.fromtimestamp(0, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
