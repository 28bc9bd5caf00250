"""CSV: a row for each fact, for spreadsheets and pandas.

Above the table stand comment lines with JSON: ``# roleagent {…}`` with the header, ``# node {…}`` for each
node, so that one file holds the whole persona. Lists are JSON in a column whose name ends in ``__json``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from roleagent.persona.formats.json_text import read_json
from roleagent.persona.formats.tagged import put_tagged, tagged_name, tagged_text
from roleagent.persona.places import Place, ReadError, Row, Table, moved

HEADER = "# roleagent "
_NODE = "# node "
_START = Place(1, 1)
_FIRST = ("source", "relation", "target")
_CELL = re.compile(r'"((?:[^"]|"")*)"|([^",\r\n]*)')
_AFTER_CELL = re.compile(r",|\r?\n|\Z")
_NEEDS_QUOTES = re.compile(r'[",\r\n]|^[\s#]|\s$')

Cell = tuple[str, Place]


def read(text: str) -> Table:
    """Read a CSV text into the layout of a persona document.

    Raises:
        ReadError: the lines with the header or the columns are missing, or a row does not fit the columns.
    """
    document = Table(_START)
    for key in ("nodes", "edges"):
        document.put(key, Row(_START), key_place=_START, value_place=_START)
    line, start = _read_comments(text, document)
    if "roleagent" not in document:
        raise ReadError(
            f"there is no line {HEADER + '{…}'!r} with the persona's header above the table", _START
        )
    rows = _rows(text, start, line)
    columns = [name for name, _ in next(rows, [])]
    if not {*_FIRST[:2]} <= {*columns}:
        raise ReadError(f"the columns must be named here: {','.join(_FIRST)}, …", Place(line, 1))
    for cells in rows:
        _read_row(cells, columns, document["edges"])
    return document


def _read_comments(text: str, document: Table) -> tuple[int, int]:
    """Take over what stands above the table; the line and the offset at which the table begins."""
    line, start = 1, 0
    while start < len(text):
        found = text.find("\n", start)
        end = len(text) if found < 0 else found
        content = text[start:end]
        if content.strip() and not content.startswith("#"):
            break
        _read_comment(content, line, document)
        line, start = line + 1, end + 1
    return line, start


def _read_comment(content: str, line: int, document: Table) -> None:
    prefix = next((each for each in (HEADER, _NODE) if content.startswith(each)), None)
    if prefix is None:
        return

    def here(place: Place) -> Place:
        return Place(line, place.column + len(prefix))

    try:
        table = moved(read_json(content[len(prefix) :]), here)
    except ReadError as error:
        raise ReadError(error.message, here(error.place)) from error
    if not isinstance(table, Table):
        raise ReadError(f"a table {{…}} is expected after {prefix.strip()!r}", Place(line, 1))
    if prefix == _NODE:
        document["nodes"].put(table, value_place=table.place)
        return
    for key, value in table.items():
        document.put(key, value, key_place=table.key_places[key], value_place=table.value_places[key])


def _rows(text: str, at: int, line: int) -> Iterator[list[Cell]]:
    line_start = at
    row: list[Cell] = []
    while at < len(text) or row:  # after a last comma, one empty cell is still to come
        place = Place(line, at - line_start + 1)
        match = _CELL.match(text, at)
        after = _AFTER_CELL.match(text, match.end()) if match else None
        if match is None or after is None:
            raise ReadError("a comma or the end of the line is expected after a value", place)
        row.append((match[2] if match[1] is None else match[1].replace('""', '"'), place))
        newlines = match[0].count("\n")
        if newlines:
            line, line_start = line + newlines, match.start() + match[0].rindex("\n") + 1
        at = after.end()
        if after[0] != ",":
            if len(row) > 1 or row[0][0]:
                yield row
            row, line, line_start = [], line + 1, at


def _read_row(cells: list[Cell], columns: list[str], edges: Row) -> None:
    place = cells[0][1]
    if len(cells) > len(columns):
        raise ReadError(f"{len(cells)} values stand here, and there are {len(columns)} columns", place)
    edge = Table(place)
    for name, (value, value_place) in zip(columns, cells, strict=False):
        if value:
            put_tagged(edge, name, value, value_place)
    edges.put(edge, value_place=place)


def write(document: Mapping[str, Any]) -> str:
    """The CSV text of a document, in which every edge must have a target."""
    header = {key: value for key, value in document.items() if key not in ("nodes", "edges")}
    edges = [_tagged(edge) for edge in document.get("edges", [])]
    columns = list(dict.fromkeys([*_FIRST, *(name for edge in edges for name in edge)]))
    lines = [f"{HEADER}{_dump(header)}", *(f"{_NODE}{_dump(node)}" for node in document["nodes"])]
    rows = [columns, *([edge.get(column, "") for column in columns] for edge in edges)]
    return "\n".join([*lines, *(",".join(map(_cell, row)) for row in rows)]) + "\n"


def _tagged(edge: Mapping[str, Any]) -> dict[str, str]:
    return {tagged_name(key, value): tagged_text(value) for key, value in edge.items()}


def _cell(value: str) -> str:
    quoted = value.replace('"', '""')
    return f'"{quoted}"' if _NEEDS_QUOTES.search(value) else value


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
