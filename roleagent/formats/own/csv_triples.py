"""CSV: a row for each fact, for spreadsheets and pandas.

Above the table stand comment lines with JSON: ``# roleagent {…}`` with the header, ``# node {…}`` for each
node, so that one file holds the whole persona. Lists are JSON in a column whose name ends in ``__json``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from roleagent.formats.columns import Columns, tagged_name, tagged_text
from roleagent.formats.format import Report
from roleagent.formats.text import read_json, text_format
from roleagent.persona.problems import Place, ReadError, Row, Table, moved

HEADER = "# roleagent "
_NODE = "# node "
_START = Place(1, 1)
_FIRST = ("source", "relation", "target")
_DELIMITERS = (",", ";", "\t")
_SEPARATOR_LINE = re.compile(r'\A\ufeff?"?sep=[^\r\n]"?[,;\t]*(?=\r?\n)', re.IGNORECASE)  # Excel's
_COMMENT = re.compile(r'[ \t]*"?[ \t]*#')
_NEEDS_QUOTES = re.compile(r'[",\r\n]|^[\s#]|\s$')

Cell = tuple[str, Place]


def read(text: str, report: Report | None = None) -> Table:
    """Read a CSV text into the layout of a persona document.

    Spreadsheets change the delimiter, put comments into quotes or several cells, and add empty cells at the
    end of rows: all of that is read.

    Args:
        text: the file.
        report: takes the columns that are skipped.

    Raises:
        ReadError: the lines with the header or the columns are missing, or a row does not fit the columns.
    """
    report = report or Report()
    document = Table(_START)
    text = _SEPARATOR_LINE.sub("", text)  # the end of the line stays, so that lines keep their numbers
    for key in ("nodes", "edges"):
        document.put(key, Row(_START), key_place=_START, value_place=_START)
    start, line = _end_of_comments(text)
    delimiter = _delimiter_of(text, start)
    is_ours = _read_comments(text[:start], delimiter, document) and delimiter == ","
    if "roleagent" not in document:
        raise ReadError(
            f"there is no line {HEADER + '{…}'!r} with the persona's header above the table", _START
        )
    rows = _rows(text, start, line, delimiter)
    names = [name.strip().removeprefix("\ufeff") for name, _ in next(rows, [])]
    columns = Columns(report)
    is_ours = is_ours and all(name == name.lower() and name for name in names)
    keys = [columns.key_of("edge", name, is_ours=is_ours) if name else None for name in names]
    if not {*_FIRST[:2]} <= {*keys}:
        found = f"; found: {', '.join(names)[:80]}" if names else ""
        raise ReadError(f"the columns must be named here: {','.join(_FIRST)}, …{found}", Place(line, 1))
    for cells in rows:
        _read_row(cells, keys, document["edges"], columns, is_ours=is_ours)
    return document


# ── above the table ──────────────────────────────────────────────────────────────────────────


def _end_of_comments(text: str) -> tuple[int, int]:
    """The offset and the line at which the table begins."""
    line, start = 1, 0
    while start < len(text):
        found = text.find("\n", start)
        end = len(text) if found < 0 else found
        content = text[start:end]
        if content.strip(" \t\r,;\ufeff") and not _COMMENT.match(content):
            break
        line, start = line + 1, end + 1
    return min(start, len(text)), line


def _delimiter_of(text: str, start: int) -> str:
    """The character between the names of the columns; a comma if none is found."""
    names = text[start:].partition("\n")[0]

    def num_first(delimiter: str) -> int:
        found = {name.strip(' "\r\ufeff').casefold() for name in names.split(delimiter)}
        return len(found.intersection(_FIRST))

    return max(_DELIMITERS, key=num_first)


def _read_comments(text: str, delimiter: str, document: Table) -> bool:
    """Read the comments above the table; False if a spreadsheet has put them into cells."""
    is_plain = True
    for line, content in enumerate(text.split("\n"), start=1):
        if content.startswith("#"):
            _read_comment([content.rstrip(" \t\r,;")], line, document)
        elif content.strip(" \t\r,;"):
            is_plain = False
            cells = [cell for cell, _ in next(_rows(content.strip(" \t\r"), 0, line, delimiter), [])]
            while cells and not cells[-1].strip():
                cells.pop()
            _read_comment([mark.join(cells).strip() for mark in _DELIMITERS], line, document)
    return is_plain


def _read_comment(ways: list[str], line: int, document: Table) -> None:
    """Read a comment; `ways` are its possible texts, of which the first that is valid counts."""
    prefix = next((each for each in (HEADER, _NODE) if ways[0].startswith(each)), None)
    if prefix is None:
        return

    def here(place: Place) -> Place:
        return Place(line, place.column + len(prefix))

    failure: ReadError | None = None
    for content in dict.fromkeys(ways):
        try:
            table = moved(read_json(content[len(prefix) :]), here)
            break
        except ReadError as error:
            failure = failure or error
    else:
        assert failure is not None
        raise ReadError(failure.message, here(failure.place)) from failure
    if not isinstance(table, Table):
        raise ReadError(f"a table {{…}} is expected after {prefix.strip()!r}", Place(line, 1))
    if prefix == _NODE:
        document["nodes"].put(table, value_place=table.place)
        return
    for key, value in table.items():
        document.put(key, value, key_place=table.key_places[key], value_place=table.value_places[key])


# ── the table ────────────────────────────────────────────────────────────────────────────────


@cache
def _patterns(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A cell, and what comes after it."""
    blanks = " *" if delimiter == "\t" else "[ \t]*"
    cell = rf'{blanks}"((?:[^"]|"")*)"{blanks}|([^"{delimiter}\r\n]*)'
    return re.compile(cell), re.compile(rf"{delimiter}|\r?\n|\Z")


def _rows(text: str, at: int, line: int, delimiter: str) -> Iterator[list[Cell]]:
    cell, after_cell = _patterns(delimiter)
    line_start = at
    row: list[Cell] = []
    while at < len(text) or row:  # after a last comma, one empty cell is still to come
        place = Place(line, at - line_start + 1)
        match = cell.match(text, at)
        after = after_cell.match(text, match.end()) if match else None
        if match is None or after is None:
            what = _DELIMITER_NAMES[delimiter]
            raise ReadError(f"a {what} or the end of the line is expected after a value", place)
        row.append((match[2] if match[1] is None else match[1].replace('""', '"'), place))
        newlines = match[0].count("\n")
        if newlines:
            line, line_start = line + newlines, match.start() + match[0].rindex("\n") + 1
        at = after.end()
        if after[0] != delimiter:
            if any(value.strip() for value, _ in row):
                yield row
            row, line, line_start = [], line + 1, at


_DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab"}


def _read_row(
    cells: list[Cell], keys: list[str | None], edges: Row, columns: Columns, *, is_ours: bool
) -> None:
    place = cells[0][1]
    while len(cells) > len(keys) and not cells[-1][0].strip():
        cells.pop()
    if len(cells) > len(keys):
        raise ReadError(f"{len(cells)} values, but there are {len(keys)} columns", place)
    edge = Table(place)
    for key, (value, value_place) in zip(keys, cells, strict=False):
        if key is not None and value.strip():
            columns.put("edge", edge, key, value.strip(), value_place, is_ours=is_ours)
    edges.put(edge, value_place=place)


def write(document: Mapping[str, Any]) -> str:
    """The CSV text of a document, in which every edge must have a target."""
    header = {key: value for key, value in document.items() if key not in ("nodes", "edges")}
    edges = [
        {tagged_name(key, value): tagged_text(value) for key, value in edge.items()}
        for edge in document.get("edges", [])
    ]
    columns = list(dict.fromkeys([*_FIRST, *(name for edge in edges for name in edge)]))
    lines = [f"{HEADER}{_dump(header)}", *(f"{_NODE}{_dump(node)}" for node in document["nodes"])]
    for row in (columns, *([edge.get(column, "") for column in columns] for edge in edges)):
        cells = ('"' + cell.replace('"', '""') + '"' if _NEEDS_QUOTES.search(cell) else cell for cell in row)
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


CSV = text_format(
    "csv",
    read=read,
    write=write,
    suffixes=(".csv",),
    about="a row for each fact",
    opening=r'[ \t]*"?[ \t]*# roleagent \{',
    holds="document",
    as_graph=True,
)
