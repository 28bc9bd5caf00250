"""What a file format is: one value that says how a file is recognised, read and written.

`text_format` makes one from two functions on text. `roleagent.formats.convert.mapped` makes one from the
layout of another program's file, and keeps what the persona has no place for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, Protocol

from roleagent.formats.report import Report
from roleagent.formats.text import decoded_text
from roleagent.persona.problems import Place, ReadError

MAX_TEXT_BYTES = 16 * 1024 * 1024

Document = Mapping[str, Any]  # in the layout of `PersonaDocument`
Holds = Literal["document", "persona", "part"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One file format of a persona.

    Attributes:
        name: the value of ``--to``, such as ``card-v2-png``.
        about: a few words for the list of formats.
        suffixes: those for which this format is the first choice, such as ``(".yaml", ".yml")``.
        read: returns the persona document in a file; raises `ReadError` if the file is damaged. None if files
            of this format are only written.
        write: returns the file of a persona document; reports what it leaves out. None if files of this
            format are only read.
        recognises: whether a file is of this format, by its bytes and its JSON or YAML value (None if it has
            none). Without it, the suffix of a file decides.
        opening: how a text of this format begins; used without `recognises` if a file's suffix is unknown.
        holds: ``document`` for the persona document in another notation, which is read back and compared
            before it is written; ``persona`` if the whole persona is embedded in another program's character;
            ``part`` if something may be lost, which the report then names.
        as_graph: whether `write` gets every literal value as a node and every fact with its id.
        is_fragment: whether a file may hold only a part of a persona, for others to extend.
        layout: how another program's file is taken apart, for a format that `mapped` made.
    """

    name: str
    about: str = ""
    suffixes: tuple[str, ...] = ()
    read: Callable[[bytes, Report], Any] | None = None  # Any: a document, or a `Table` that knows its places
    write: Callable[[Document, Report], bytes] | None = None
    recognises: Callable[[bytes, object], bool] | None = None
    opening: re.Pattern[str] | None = None
    holds: Holds = "part"
    as_graph: bool = False
    is_fragment: bool = False
    layout: Layout | None = None


def text_format(
    name: str,
    *,
    read: Callable[[str, Report], Any] | None = None,  # Any: as of `Format.read`
    write: Callable[[Document], str] | None = None,
    suffixes: tuple[str, ...] = (),
    about: str = "",
    opening: str = "",
    holds: Holds = "part",
    as_graph: bool = False,
) -> Format:
    """A format whose files are text, recognised by their suffix; see `Format` for the arguments.

    Args:
        name: of the format.
        read: gets the decoded text of a file of up to MAX_TEXT_BYTES.
        write: returns the text, which is written as UTF-8.
        suffixes: of its files.
        about: a few words for the list of formats.
        opening: a regular expression for how its text begins.
        holds: how much of a persona comes back.
        as_graph: whether `write` gets every literal value as a node.
    """
    return Format(
        name=name,
        about=about,
        suffixes=suffixes,
        read=partial(_read_text, read) if read else None,
        write=partial(_write_text, write) if write else None,
        opening=re.compile(opening) if opening else None,
        holds=holds,
        as_graph=as_graph,
    )


def _read_text(read: Callable[[str, Report], Any], data: bytes, report: Report) -> Any:
    if len(data) > MAX_TEXT_BYTES:
        raise ReadError(f"is larger than {MAX_TEXT_BYTES // 1024**2} MB", Place(1, 1))
    return read(decoded_text(data, "the file", report), report)


def _write_text(write: Callable[[Document], str], document: Document, report: Report) -> bytes:
    return write(document).encode("utf-8")


# ── other programs' files ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Another program's file, taken apart.

    Attributes:
        raw: its JSON; if it holds several JSON files, a table of them by path.
        files: its other files by path.
    """

    raw: Any  # Any: JSON
    files: Mapping[str, bytes] = field(default_factory=dict)


class Layout(Protocol):
    """How another program's file is parsed, and which part of it becomes which part of a persona.

    A layout only maps. `formats.convert.mapped` keeps what the persona has no place for: the file's own JSON
    is stored in the persona's `extensions`, and on the way back only the changes are written into it.

    Attributes:
        NAME: of the format, such as ``card-v2-png``.
        SCHEMA: names the layout of `Archive.raw`; files of one schema share their place in `extensions`.
        EXTENSION_PATH: keys of a table in `raw` where the other program lets us keep what is ours, or empty.
    """

    NAME: str
    SCHEMA: str
    EXTENSION_PATH: tuple[str, ...]

    def recognises(self, data: bytes, raw: object) -> bool:
        """Whether a file is of this format; `raw` is its JSON (or YAML) value, or None."""

    def unpack(self, data: bytes, report: Report) -> Archive:
        """Take a file apart, bounded in time and memory; raises `ReadError` if that fails."""

    def pack(self, archive: Archive, report: Report) -> bytes:
        """Put a file together."""

    def to_document(self, archive: Archive, report: Report) -> dict[str, Any]:
        """Map onto a persona document, valid whatever the file holds; oddities are reported."""

    def from_document(self, document: Mapping[str, Any], report: Report) -> Archive:
        """Map a persona document, deterministically and with every key that the other program demands."""

    def base_from(self, originals: Mapping[str, Any]) -> Any:
        """`raw` in this schema made from the kept JSON of other schemas, by schema; None if there is none."""
