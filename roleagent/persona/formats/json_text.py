"""A JSON reader that knows at which line and column everything stands."""

from __future__ import annotations

import json
import re
from typing import Any

from roleagent.persona.collector import collector_paused
from roleagent.persona.places import MAX_DEPTH, Place, ReadError, Row, Table
from roleagent.unicode import repaired

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
        """Step over white space, counting lines."""
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
