"""From any file to any other, with a report of what the other cannot hold.

Another program's file is mapped onto a persona, and its own JSON travels in the persona's `extensions`.
Written in the same format again, that JSON comes back with only those values changed that were changed
meanwhile. Written in another, whatever does not come back when the result is read is named in the report,
unless the other format has a place where the whole persona can travel along.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from roleagent.persona.build import build_persona
from roleagent.persona.formats import FOREIGN, VIEWS, foreign_format, own_format
from roleagent.persona.formats.foreign import Archive, ForeignFormat, as_table, bytes_of, dump_json
from roleagent.persona.formats.report import Report
from roleagent.persona.patch import differences, patch, same
from roleagent.persona.persona import Persona
from roleagent.persona.save import persona_document

_EMBEDDED = "roleagent"
_NOT_COMPARED = ("extensions",)
Document = dict[str, Any]  # in the layout of `PersonaDocument`


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def document_from(data: bytes, foreign: ForeignFormat, report: Report) -> Document:
    """The persona document that another program's file stands for, its own JSON among the extensions.

    Raises:
        ReadError: the file is damaged, or would take too much time or memory.
    """
    archive = foreign.unpack(data, report)
    archive, embedded = _take_out(archive, foreign)
    document = foreign.to_document(archive, report)
    if embedded is not None:
        document = _with_embedded(document, embedded, foreign)
        if same(foreign.from_document(document, Report()).raw, archive.raw):
            return document
    own = document.get("extensions", {})
    return {**document, "extensions": {**own, foreign.SCHEMA: dump_json(archive.raw, indent=None)}}


def _with_embedded(document: Document, embedded: Document, foreign: ForeignFormat) -> Document:
    """The persona that travelled along, with what another program has changed in its own part since."""
    before = foreign.to_document(foreign.from_document(embedded, Report()), Report())
    patched: Document = patch(embedded, before, document)
    return patched


def _take_out(archive: Archive, foreign: ForeignFormat) -> tuple[Archive, Document | None]:
    """The archive without the persona that travels in it, and that persona; None where it is no sound one."""
    found = _at(archive.raw, foreign.EXTENSION_PATH)
    if not isinstance(found, Mapping) or not isinstance(found.get(_EMBEDDED), Mapping):
        return archive, None
    embedded = _normal_or_none(found[_EMBEDDED])
    rest = {key: value for key, value in found.items() if key != _EMBEDDED}
    return _with_raw(archive, _put(archive.raw, foreign.EXTENSION_PATH, rest)), embedded


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def bytes_in(persona: Persona, name: str, report: Report) -> bytes:
    """A persona as a file of some format.

    Args:
        persona: of canon only.
        name: one of `formats.names()`.
        report: takes the names of the fields that the format cannot hold.
    """
    if name in FOREIGN:
        return _foreign_bytes(normal(persona_document(persona)), foreign_format(name), report)
    if name in VIEWS:
        report.lost("the persona", f"{name} is for looking at: it cannot be read back")
    text = own_format(name).write(persona_document(persona, for_tools=name != "yaml"))
    return text.encode("utf-8")


def _foreign_bytes(document: Document, foreign: ForeignFormat, report: Report) -> bytes:
    archive = _mended(document, foreign, report)
    back = normal(foreign.to_document(archive, Report()))
    lost = [path for path in differences(_compared(document), _compared(back)) if _is_said(document, path)]
    if lost and foreign.EXTENSION_PATH:
        archive = _with_raw(archive, _embed(archive.raw, document, foreign))
    else:
        for path in lost:
            report.lost(path, f"{foreign.NAME} has no place for it")
    _report_other_extensions(document, foreign, report)
    return foreign.pack(archive, report)


def _mended(document: Document, foreign: ForeignFormat, report: Report) -> Archive:
    """The document in the foreign layout: the file it came from, with only the changes written in."""
    now = foreign.from_document(document, report)
    originals = {name: json.loads(text) for name, text in document.get("extensions", {}).items()}
    base = originals.get(foreign.SCHEMA)
    if base is None:
        base = foreign.base_from(originals)
    if base is None:
        return now
    before = foreign.to_document(Archive(raw=base, files=now.files), Report())
    then = foreign.from_document(normal(before), Report())
    return _with_raw(now, patch(base, then.raw, now.raw))


def _embed(raw: Any, document: Document, foreign: ForeignFormat) -> Any:  # Any: JSON
    extensions = {
        name: text for name, text in document.get("extensions", {}).items() if name != foreign.SCHEMA
    }
    travelling = {key: value for key, value in document.items() if key not in _NOT_COMPARED}
    if extensions:
        travelling["extensions"] = extensions
    there = _at(raw, foreign.EXTENSION_PATH)
    table = dict(there) if isinstance(there, Mapping) else {}
    return _put(raw, foreign.EXTENSION_PATH, {**table, _EMBEDDED: travelling})


def _report_other_extensions(document: Document, foreign: ForeignFormat, report: Report) -> None:
    if foreign.EXTENSION_PATH:
        return
    for name in document.get("extensions", {}):
        if name != foreign.SCHEMA:
            report.lost(f"extensions.{name}", f"{foreign.NAME} has no place for another program's fields")


# ── documents ────────────────────────────────────────────────────────────────────────────────


def normal(document: Mapping[str, Any]) -> Document:
    """A document as it would be after being read and written: blanks trimmed, defaults left out."""
    return persona_document(build_persona(as_table(document), source=""))


def _normal_or_none(document: Mapping[str, Any]) -> Document | None:
    from roleagent.errors import PersonaFileError

    try:
        return normal(document)
    except PersonaFileError:
        return None  # somebody's else idea of a persona: it stays in the JSON that is kept


def _compared(document: Document) -> Document:
    return {key: value for key, value in document.items() if key not in _NOT_COMPARED}


def _is_said(document: Document, path: str) -> bool:
    """Whether a path of a difference is in the document, and not only in what came back."""
    key = path.partition(".")[0].partition("[")[0]
    return key in document


# ── a value deep in a table ──────────────────────────────────────────────────────────────────


def _with_raw(archive: Archive, raw: Any) -> Archive:  # Any: JSON
    return Archive(raw=raw, files=archive.files)


def _at(value: Any, path: tuple[str, ...]) -> Any:  # Any: JSON
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if path else None


def _put(value: Any, path: tuple[str, ...], item: Any) -> Any:  # Any: JSON
    """A copy of a table in which the value at a path is another."""
    if not path:
        return item
    table = dict(value) if isinstance(value, Mapping) else {}
    return {**table, path[0]: _put(table.get(path[0]), path[1:], item)}


def asset_files(document: Mapping[str, Any]) -> dict[str, bytes]:
    """The bytes of the document's assets that travel in it, by the path they have in an archive."""
    found = {}
    for index, asset in enumerate(document.get("assets", [])):
        data = bytes_of(asset.get("uri", ""))
        if data is not None:
            found[asset.get("path") or f"asset-{index}"] = data
    return found
