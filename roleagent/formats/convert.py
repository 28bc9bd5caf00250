"""From any file to any other, with a report of what the other cannot hold.

Another program's file is mapped onto a persona, and its own JSON is kept in the persona's `extensions`.
If the persona is written in the same format again, that JSON comes back, and only what changed in between is
changed in it. If it is written in another format that has a place for extensions, the whole persona is
embedded there; if not, the report names everything that is lost when the result is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from roleagent.errors import InputError, PersonaFileError
from roleagent.formats import find
from roleagent.formats.changes import additions, losses, patch, path_text, same
from roleagent.formats.format import Archive, Format, Layout, Report
from roleagent.formats.values import as_table, dump_json
from roleagent.persona.as_document import persona_document
from roleagent.persona.build import build_persona
from roleagent.persona.fields import LONGEST_EXTENSION
from roleagent.persona.persona import Persona
from roleagent.persona.problems import Place, ReadError

_EMBEDDED = "roleagent"
_NOT_COMPARED = ("extensions",)
Document = dict[str, Any]  # in the layout of `PersonaDocument`


def mapped(
    layout: Layout, *, about: str, suffixes: tuple[str, ...] = (), is_fragment: bool = False
) -> Format:
    """The format of another program's file, mapped without loss; see `Format` for the arguments."""
    return Format(
        name=layout.NAME,
        about=about,
        suffixes=suffixes,
        read=partial(_read, layout),
        write=partial(_write, layout),
        recognises=layout.recognises,
        holds="persona" if layout.EXTENSION_PATH else "part",
        is_fragment=is_fragment,
        layout=layout,
    )


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def _read(foreign: Layout, data: bytes, report: Report) -> Document:
    """The persona document of another program's file, with that file's own JSON among the extensions."""
    archive = foreign.unpack(data, report)
    archive, embedded = _take_out(archive, foreign)
    document = foreign.to_document(archive, report)
    if embedded is not None:
        document = _with_embedded(document, embedded, foreign, report)
        again = foreign.from_document(document, Report()).raw
        if same(*(_without_empty(each, foreign.EXTENSION_PATH) for each in (again, archive.raw))):
            return document  # the file can be made from it alone
    text = dump_json(archive.raw, indent=None)
    if len(text) > LONGEST_EXTENSION:
        message = f"holds {len(text)} characters of JSON, and {LONGEST_EXTENSION} is the most that is kept"
        raise ReadError(message, Place(1, 1))
    return {**document, "extensions": {**document.get("extensions", {}), foreign.SCHEMA: text}}


def _with_embedded(document: Document, embedded: Document, foreign: Layout, report: Report) -> Document:
    """The persona embedded in a file, with the changes that another program has made since."""
    before = normal(foreign.to_document(foreign.from_document(embedded, Report()), Report()))
    as_seen = (_with_ids_of(embedded, each) for each in (before, normal(document)))
    patched = _normal_or_none(patch(embedded, *as_seen))
    if patched is None:
        report.warn(
            ".".join((*foreign.EXTENSION_PATH, _EMBEDDED)),
            "the embedded persona does not fit the changes made since: left out",
        )
    return document if patched is None else patched


def _take_out(archive: Archive, foreign: Layout) -> tuple[Archive, Document | None]:
    """The archive without the persona embedded in it, and that persona; None if there is no valid one."""
    found = _at(archive.raw, foreign.EXTENSION_PATH)
    if not isinstance(found, Mapping) or not isinstance(found.get(_EMBEDDED), Mapping):
        return archive, None
    embedded = _normal_or_none(found[_EMBEDDED])
    if embedded is None:
        return archive, None
    rest = {key: value for key, value in found.items() if key != _EMBEDDED}
    return _with_raw(archive, _put(archive.raw, foreign.EXTENSION_PATH, rest)), embedded


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def bytes_in(persona: Persona, format_: str | Format, report: Report) -> bytes:
    """A persona as a file of some format.

    Args:
        persona: of canon only.
        format_: the format, or its name.
        report: takes the names of the fields that the format cannot hold.

    Raises:
        ConfigurationError: there is no such format.
        InputError: it is only read.
    """
    found = find(format_) if isinstance(format_, str) else format_
    if found.write is None:
        raise InputError(f"The format {found.name!r} is only read.")
    data = found.write(persona_document(persona, for_tools=found.as_graph), report)
    if found.read is None:
        report.lost("the persona", f"{found.name} is for looking at: it cannot be read back")
    elif found.holds == "part" and found.layout is None:
        _report_what_is_lost(normal(persona_document(persona)), data, found, report)
    return data


def _report_what_is_lost(document: Document, data: bytes, format_: Format, report: Report) -> None:
    """Read a file again that another package's format wrote, and compare."""
    try:
        back = normal(format_.read(data, Report())) if format_.read else {}
    except (ReadError, PersonaFileError) as error:
        report.lost("the persona", f"what {format_.name} writes of it cannot be read back: {error}")
        return
    _report_differences(document, _with_node_of(document, back), format_.name, report)
    _report_extensions(document.get("extensions", ()), format_.name, report)


def _write(foreign: Layout, persona_document: Mapping[str, Any], report: Report) -> bytes:
    """Another program's file for a persona document; see `bytes_in`."""
    document = normal(persona_document)
    archive = _mended(document, foreign, report)
    back = _with_node_of(document, normal(foreign.to_document(archive, Report())))
    differs = any(losses(_compared(document), _compared(back)))
    differs = differs or any(additions(_compared(document), _compared(back)))
    others = {name: text for name, text in document.get("extensions", {}).items() if name != foreign.SCHEMA}
    if not foreign.EXTENSION_PATH:
        if differs:
            _report_differences(document, back, foreign.NAME, report)
        _report_extensions(others, foreign.NAME, report)
    # Embed also if other programs' JSON is kept that this format makes no use of.
    elif differs or any(foreign.base_from({name: json.loads(text)}) is None for name, text in others.items()):
        archive = _with_raw(archive, _embed(archive.raw, document, back, foreign))
    return foreign.pack(archive, report)


def _report_differences(document: Document, back: Document, name: str, report: Report) -> None:
    """Report what a document loses when its file is read back, and what is new in it."""
    before, after = _compared(document), _compared(back)
    for steps in losses(before, after):
        report.lost(path_text(steps), f"{name} has no place for it")
    for steps in additions(before, after):
        report.warn(path_text(steps), f"will be there when the {name} is read")


def _report_extensions(extensions: Iterable[str], name: str, report: Report) -> None:
    for each in extensions:
        report.lost(f"extensions.{each}", f"{name} has no place for another program's fields")


def _mended(document: Document, foreign: Layout, report: Report) -> Archive:
    """The document in the foreign layout: if it came from such a file, that file with only the changes."""
    now = foreign.from_document(document, report)
    originals = {name: json.loads(text) for name, text in document.get("extensions", {}).items()}
    base = originals.get(foreign.SCHEMA)
    if base is None:
        base = foreign.base_from(originals)
    if base is None:
        return now
    before = foreign.to_document(Archive(raw=base, files=now.files), Report())
    kept = document.get("extensions", {})
    then = foreign.from_document(normal({**before, "extensions": kept}), Report())
    return _with_raw(now, patch(base, then.raw, now.raw))


def _embed(raw: Any, document: Document, back: Document, foreign: Layout) -> Any:  # Any: JSON
    """The JSON with the whole persona in it, except assets that are in the file anyway."""
    extensions = {
        name: text for name, text in document.get("extensions", {}).items() if name != foreign.SCHEMA
    }
    travelling = {key: value for key, value in document.items() if key not in _NOT_COMPARED}
    if same(document.get("assets", []), back.get("assets", [])):
        travelling.pop("assets", None)
    if extensions:
        travelling["extensions"] = extensions
    there = _at(raw, foreign.EXTENSION_PATH)
    table = dict(there) if isinstance(there, Mapping) else {}
    return _put(raw, foreign.EXTENSION_PATH, {**table, _EMBEDDED: travelling})


# ── documents ────────────────────────────────────────────────────────────────────────────────


def normal(document: Mapping[str, Any]) -> Document:
    """A document as it is after it was read and written: blanks trimmed, defaults left out."""
    return persona_document(build_persona(as_table(document), source=""))


def _with_ids_of(known: Document, document: Document) -> Document:
    """A document with the id and the own node of a known persona, for files that do not keep them."""
    renamed = {key: value for key, value in _with_node_of(known, document).items() if key != "node"}
    ids: Document = {key: known[key] for key in ("id", "node") if key in known}
    return {**renamed, **ids}


def _with_node_of(known: Document, document: Document) -> Document:
    """A document whose own node has the id that it has in a known persona."""
    new, old = (each.get("node", each["id"]) for each in (known, document))
    if any(node["id"] == new for node in document["nodes"]) and new != old:
        return document
    nodes = [{**node, "id": new} if node["id"] == old else node for node in document["nodes"]]
    edges = [
        {key: new if key in ("source", "target") and value == old else value for key, value in edge.items()}
        for edge in document.get("edges", [])
    ]
    rest = {key: value for key, value in document.items() if key != "node"}
    own = {"node": new} if "node" in known and "node" in document else {}
    return {**rest, **own, "nodes": nodes, **({"edges": edges} if edges else {})}


def _normal_or_none(document: Mapping[str, Any]) -> Document | None:
    try:
        return normal(document)
    except PersonaFileError:
        return None  # not a valid persona: it stays in the JSON that is kept


def _compared(document: Document) -> Document:
    return {key: value for key, value in document.items() if key not in _NOT_COMPARED}


# ── a value deep in a table ──────────────────────────────────────────────────────────────────


def _with_raw(archive: Archive, raw: Any) -> Archive:  # Any: JSON
    return Archive(raw=raw, files=archive.files)


def _at(value: Any, path: tuple[str, ...]) -> Any:  # Any: JSON
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if path else None


def _put(value: Any, path: tuple[str, ...], item: Any) -> Any:  # Any: JSON
    """A copy of a table with another value at a path."""
    if not path:
        return item
    table = dict(value) if isinstance(value, Mapping) else {}
    return {**table, path[0]: _put(table.get(path[0]), path[1:], item)}


def _without_empty(value: Any, path: tuple[str, ...]) -> Any:  # Any: JSON
    """A table without the table at a path, if that is empty."""
    if not isinstance(value, Mapping) or path[0] not in value:
        return value
    inner = value[path[0]]
    if len(path) > 1:
        return {**value, path[0]: _without_empty(inner, path[1:])}
    return {key: item for key, item in value.items() if key != path[0] or inner != {}}
