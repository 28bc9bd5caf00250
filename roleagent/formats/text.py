"""Formats whose files are text: `text_format`, how a text is decoded, and JSON that keeps its places."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from roleagent.formats.format import Document, Format, Holds, Report
from roleagent.language.unicode import repaired
from roleagent.persona.problems import MAX_DEPTH, Place, ReadError, Row, Table, collector_paused

MAX_TEXT_BYTES = 16 * 1024 * 1024


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


# ── encodings ────────────────────────────────────────────────────────────────────────────────

_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_NOT_IN_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HIGH = re.compile(rb"[\x80-\xff]+")
_IS_CHINESE = 0.9  # share of the bytes beyond ASCII that come two by two
_SAMPLE = 200_000  # bytes by which that is judged
_FEWEST_CHINESE = 6  # of these bytes; fewer may be by chance, as in "hyvää"


def decoded_text(data: bytes, what: str, report: Report | None = None) -> str:
    """The text that bytes stand for, without a byte order mark.

    UTF-8; UTF-16 with a byte order mark; GB18030 if the bytes beyond ASCII come in pairs, as in Chinese; else
    Windows-1252. NULs at the end are padding.

    Args:
        data: the bytes.
        what: the name of the data in the report and in errors.
        report: takes a note on the encoding, unless that is UTF-8.

    Raises:
        ReadError: they are not text in any of these encodings.
    """
    try:
        return data.decode("utf-8-sig").rstrip("\0")
    except UnicodeDecodeError as error:
        name = _encoding_of(data)
        if not name:
            message = f"{what} is not UTF-8 at byte {error.start}, {data[error.start]:#04x}, and no text"
            raise ReadError(message, Place(data.count(b"\n", 0, error.start) + 1, 1)) from error
    text = data.decode(name, "replace").removeprefix("\ufeff").rstrip("\0")
    if report is not None:
        lost = text.count("\ufffd")
        also = f"; {lost} of its bytes mean nothing in that encoding" if lost else ""
        report.warn(what, f"is not UTF-8: read as {_CALLED[name]}{also}. Save it as UTF-8")
    return text


_CALLED = {
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "gb18030": "GB18030",
    "cp1252": "Windows-1252 (Latin-1)",
}


def _encoding_of(data: bytes) -> str:
    """The encoding of bytes that are not UTF-8; empty if they are no text."""
    if data[:2] in _UTF_16:
        return _UTF_16[data[:2]]
    if _NOT_IN_TEXT.search(data):
        return ""
    runs = [end - start for start, end in (found.span() for found in _HIGH.finditer(data, 0, _SAMPLE))]
    paired = sum(run for run in runs if run % 2 == 0)
    if paired >= max(_FEWEST_CHINESE, _IS_CHINESE * sum(runs)):
        try:
            data.decode("gb18030")
        except UnicodeDecodeError:
            return "cp1252"
        return "gb18030"
    return "cp1252"


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────

_BLANK = re.compile(r"[ \t\r\n]*")
_BLANKS = (" ", "\t", "\r", "\n")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,39})(\.\d{1,40})?([eE][-+]?\d{1,3})?(?![\w.])")
_WORD = re.compile(r"[\w.+-]+")
# A key and a plain string on one line: most of a persona file, read in one step.
_PAIR = re.compile(r'"([^"\\\x00-\x1f]*)"[ \t]*:[ \t]*("[^"\\\x00-\x1f]*")[ \t]*([,}])[ \t]*')
_DECODER = json.JSONDecoder()
_WORDS = {"true": True, "false": False, "null": None}


@collector_paused()
def read_json(text: str) -> Any:  # Any: JSON
    """Read a JSON text; objects become tables and arrays rows, which keep their places.

    Raises:
        ReadError: it is not well-formed, has a key twice, is nested too deep, or holds NaN.
    """
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._line_start = 0

    def read(self) -> Any:
        value = self._value(0)
        self._skip()
        if self._at < len(self._text):
            raise self._error("nothing more is expected")
        return value

    def _value(self, depth: int) -> Any:
        self._skip()
        char = self._text[self._at : self._at + 1]
        if char == '"':
            return self._string()
        if char not in ("{", "["):
            return self._number_or_word()
        if depth == MAX_DEPTH:
            raise ReadError(f"nested more than {MAX_DEPTH} levels deep", self._place())
        return self._table(depth + 1) if char == "{" else self._row(depth + 1)

    def _table(self, depth: int) -> Table:
        table = Table(self._place())
        self._at += 1
        goes_on = not self._takes("}")
        while goes_on:
            if not self._text.startswith('"', self._at):
                self._skip()
            pair = _PAIR.match(self._text, self._at)
            goes_on = self._pair(table, depth) if pair is None else self._plain_pair(table, pair)
        return table

    def _pair(self, table: Table, depth: int) -> bool:
        """Read a key and its value; tells whether another key follows."""
        key_place = self._place()
        if not self._text.startswith('"', self._at):
            raise self._error("a key in double quotes is expected")
        key = self._string()
        if not self._takes(":"):
            raise self._error(f"a colon is expected after the key {key!r}")
        self._skip()
        place = self._place()
        table.put(key, self._value(depth), key_place=key_place, value_place=place)
        return self._goes_on("}", is_first=False)

    def _plain_pair(self, table: Table, pair: re.Match[str]) -> bool:
        key, value, mark = pair.groups()
        start = self._line_start - 1
        key_place = Place(self._line, pair.start() - start)
        value_place = Place(self._line, pair.start(2) - start)
        table.put(key, value[1:-1], key_place=key_place, value_place=value_place)
        self._at = pair.end()
        return mark == ","

    def _row(self, depth: int) -> Row:
        row = Row(self._place())
        self._at += 1
        while self._goes_on("]", is_first=not row):
            place = self._place()
            row.put(self._value(depth), value_place=place)
        return row

    def _goes_on(self, closer: str, *, is_first: bool) -> bool:
        self._skip()
        char = self._text[self._at : self._at + 1]
        if char == closer:
            self._at += 1
            return False
        if not is_first:
            if char != ",":
                raise self._error(f"a comma or {closer!r} is expected")
            self._at += 1
            self._skip()
        return True

    def _string(self) -> str:
        try:
            text, self._at = _DECODER.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            self._at = error.pos
            raise self._error(error.msg[:1].lower() + error.msg[1:]) from error
        return repaired(str(text))

    def _number_or_word(self) -> Any:
        number = _NUMBER.match(self._text, self._at)
        if number:
            self._at = number.end()
            is_float = number[1] or number[2]
            return float(number[0]) if is_float else int(number[0])
        word = _WORD.match(self._text, self._at)
        if word is None or word[0] not in _WORDS:
            raise self._error("a value is expected")
        self._at = word.end()
        return _WORDS[word[0]]

    def _takes(self, char: str) -> bool:
        self._skip()
        found = self._text.startswith(char, self._at)
        self._at += found
        return found

    def _skip(self) -> None:
        """Skip white space, counting lines."""
        if self._text[self._at : self._at + 1] not in _BLANKS:
            return
        match = _BLANK.match(self._text, self._at)
        end = match.end() if match else self._at
        newlines = self._text.count("\n", self._at, end)
        if newlines:
            self._line += newlines
            self._line_start = self._text.rindex("\n", self._at, end) + 1
        self._at = end

    def _place(self) -> Place:
        return Place(self._line, self._at - self._line_start + 1)

    def _error(self, expected: str) -> ReadError:
        word = _WORD.match(self._text, self._at)
        found = word[0][:40] if word else self._text[self._at : self._at + 1]
        found_text = f"found {found!r}" if found else "the file ends here"
        return ReadError(f"not well-formed JSON: {expected}, {found_text}", self._place())
