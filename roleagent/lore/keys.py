r"""The keys of lorebook entries: plain words, and JavaScript regular expressions for the `regex` package.

Only JavaScript's grammar is translated, so a key cannot use the package's own extras (recursion, fuzzy
matching, named lists). Flags: ``i m s u``; ``g d y`` change nothing for a search. Two things differ from a
browser: a back-reference to a group that took no part fails, and ``\s`` is Unicode's.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from roleagent.language.scripts import UNSPACED

if TYPE_CHECKING:
    from regex import Pattern


MAX_LENGTH = 2_000  # characters of a pattern
MAX_REPEAT = 1_000
MAX_GROUPS = 100
MAX_SIZE = 20_000  # single characters to match once repeats are written out, which is what compiling costs
_FLAGS = frozenset("dgimsuy")
_WORD = "A-Za-z0-9_"
_NOT_WORD = r"\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\U0010ffff"
_NOT_DIGIT = r"\x00-\x2f\x3a-\U0010ffff"
_BORDER = rf"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))"
_NO_BORDER = rf"(?:(?<=[{_WORD}])(?=[{_WORD}])|(?<![{_WORD}])(?![{_WORD}]))"
_LINE_END = r"\n\r\u2028\u2029"
_CLASSES = {"d": "0-9", "D": _NOT_DIGIT, "w": _WORD, "W": _NOT_WORD, "s": r"\s\ufeff", "S": r"\S"}
_CONTROLS = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}
_GROUP = re.compile(r"\(\?(?::|=|!|<=|<!)")
_NAMED = re.compile(r"\(\?<([A-Za-z_]\w*)>")
_REPEAT = re.compile(r"\{(\d{1,9})(?:(,)(\d{0,9}))?\}")
_PROPERTY = re.compile(r"\{\^?([A-Za-z_]+(?:=[A-Za-z_]+)?)\}")
_REFERENCE = re.compile(r"[1-9]\d{0,2}")
_NAME_REFERENCE = re.compile(r"<([A-Za-z_]\w*)>")
_CODE = {"x": re.compile(r"([0-9A-Fa-f]{2})"), "u": re.compile(r"([0-9A-Fa-f]{4})")}
_CODE_POINT = re.compile(r"\{([0-9A-Fa-f]{1,6})\}")


@lru_cache(maxsize=4_096)
def compiled(source: str, flags: str = "") -> Pattern[str] | str:
    """A JavaScript pattern, compiled; if that fails, a text that says why."""
    import regex

    options = regex.V0 | regex.IGNORECASE if "i" in flags else regex.V0
    try:
        return regex.compile(translated(source, flags), options, cache_pattern=False)
    except (ValueError, RecursionError, OverflowError, regex.error) as error:
        return str(error) or type(error).__name__


def translated(source: str, flags: str = "") -> str:
    r"""A JavaScript pattern in the syntax of `regex`.

    >>> translated(r"\d+\/x")
    '[0-9]+/x'

    Raises:
        ValueError: it is no JavaScript pattern, or too long.
    """
    if len(source) > MAX_LENGTH:
        raise ValueError(f"the pattern has more than {MAX_LENGTH} characters")
    odd = [flag for flag in flags if flag not in _FLAGS or flags.count(flag) > 1]
    if odd:
        raise ValueError(f"the flag {odd[0]!r} is unknown or given twice")
    return _Translator(source, frozenset(flags)).run()


class _Translator:
    """Walks over a pattern once; `_at` is the next character to read."""

    def __init__(self, source: str, flags: frozenset[str]) -> None:
        self._source, self._flags, self._at = source, flags, 0
        self._out: list[str] = []
        self._sizes = [0]  # written out, of each group that is open
        self._last_size = 0
        self._can_repeat = False
        self._num_groups = _num_groups(source)

    def run(self) -> str:
        while self._at < len(self._source):
            self._step(self._source[self._at])
        if len(self._sizes) > 1:
            raise ValueError("a group is not closed")
        return "".join(self._out)

    def _step(self, char: str) -> None:
        if char == "\\":
            self._escape()
        elif char == "[":
            self._class()
        elif char == "(":
            self._group()
        elif char == ")":
            self._close()
        elif char in "*+?" or (char == "{" and _REPEAT.match(self._source, self._at)):
            self._repeat(char)
        else:
            self._plain(char)

    def _emit(self, text: str, num_read: int, *, can_repeat: bool = True) -> None:
        self._out.append(text)
        self._at += num_read
        self._can_repeat = can_repeat
        self._grow(1)

    def _grow(self, size: int) -> None:
        self._last_size = size
        self._sizes[-1] += size
        if self._sizes[-1] > MAX_SIZE:
            raise ValueError(f"the pattern's repeats multiply to more than {MAX_SIZE}")

    def _plain(self, char: str) -> None:
        if char == "|":
            self._emit("|", 1, can_repeat=False)
        elif char == "^":
            self._emit("(?m:^)" if "m" in self._flags else r"\A", 1, can_repeat=False)
        elif char == "$":
            self._emit("(?m:$)" if "m" in self._flags else r"\Z", 1, can_repeat=False)
        elif char == ".":
            self._emit(r"[\s\S]" if "s" in self._flags else f"[^{_LINE_END}]", 1)
        else:
            self._emit(re.escape(char), 1)

    def _group(self) -> None:
        named = _NAMED.match(self._source, self._at)
        plain = _GROUP.match(self._source, self._at)
        if named:
            self._emit(f"(?P<{named[1]}>", len(named[0]), can_repeat=False)
        elif plain:
            self._emit(plain[0], len(plain[0]), can_repeat=False)
        elif self._source.startswith("(?", self._at):
            raise ValueError(
                f"{self._source[self._at : self._at + 4]!r} begins no group that JavaScript knows"
            )
        else:
            self._emit("(", 1, can_repeat=False)
        self._sizes.append(0)

    def _close(self) -> None:
        if len(self._sizes) == 1:
            raise ValueError("')' closes no group")
        size = self._sizes.pop()
        self._out.append(")")
        self._at += 1
        self._can_repeat = True
        self._grow(size + 1)

    def _repeat(self, char: str) -> None:
        if not self._can_repeat:
            raise ValueError(f"{char!r} has nothing to repeat")
        match = _REPEAT.match(self._source, self._at)
        text = match[0] if match else char
        most = max(int(number) for number in (match[1], match[3]) if number) if match else 1
        if most > MAX_REPEAT:
            raise ValueError(f"{text} repeats more than {MAX_REPEAT} times")
        self._grow(self._last_size * (most - 1))
        lazy = self._source.startswith("?", self._at + len(text))
        self._emit(text + "?" * lazy, len(text) + lazy, can_repeat=False)

    def _escape(self) -> None:
        char = self._next_after_backslash()
        if char in "bB":
            self._emit(_BORDER if char == "b" else _NO_BORDER, 2, can_repeat=False)
        elif char in _CLASSES:
            self._emit(f"[{_CLASSES[char]}]", 2)
        elif char in "pP" and "u" in self._flags:
            self._property()
        elif char == "k" and (name := _NAME_REFERENCE.match(self._source, self._at + 2)):
            self._emit(f"(?P={name[1]})", 2 + len(name[0]))
        elif (number := _REFERENCE.match(self._source, self._at + 1)) and int(number[0]) <= self._num_groups:
            self._emit(f"(?:\\{number[0]})", 1 + len(number[0]))
        else:
            self._emit(*self._character())

    def _next_after_backslash(self) -> str:
        if self._at + 1 >= len(self._source):
            raise ValueError("ends with a backslash")
        return self._source[self._at + 1]

    def _property(self) -> None:
        match = _PROPERTY.match(self._source, self._at + 2)
        if match is None:
            raise ValueError("\\p needs a property such as {Letter}")
        self._emit(f"\\{self._source[self._at + 1]}{{{match[1]}}}", 2 + len(match[0]))

    def _character(self) -> tuple[str, int]:
        """The escape of one character at `_at`: its translation, and its length."""
        char = self._next_after_backslash()
        after = self._at + 2
        if char in _CONTROLS:
            return re.escape(_CONTROLS[char]), 2
        if char == "0":
            return r"\x00", 2
        if char == "c" and self._source[after : after + 1].isalpha() and self._source[after].isascii():
            return f"\\x{ord(self._source[after]) % 32:02x}", 3
        code = _CODE[char].match(self._source, after) if char in _CODE else None
        if code is None and char == "u" and "u" in self._flags:
            code = _CODE_POINT.match(self._source, after)
        if code is None:
            return re.escape(char), 2
        number = int(code[1], 16)
        if number > 0x10FFFF:
            raise ValueError(f"{number:#x} is no character")
        return f"\\U{number:08x}", 2 + len(code[0])

    def _class(self) -> None:
        self._at += 1
        negated = self._source.startswith("^", self._at)
        self._at += negated
        inside: list[str] = []
        while not self._source.startswith("]", self._at):
            if self._at >= len(self._source):
                raise ValueError("a class [ is not closed")
            inside.append(self._class_member())
        if not inside:  # JavaScript's [^] is any character, and [] is none
            self._emit(r"[\s\S]" if negated else "(?!)", 1)
            return
        self._emit(f"[{'^' * negated}{''.join(inside)}]", 1)

    def _class_member(self) -> str:
        char = self._source[self._at]
        if char != "\\":
            self._at += 1
            return "-" if char == "-" else re.escape(char)
        escaped = self._next_after_backslash()
        if escaped in _CLASSES:
            text, num_read = _CLASSES[escaped], 2
        elif escaped in "pP" and "u" in self._flags:
            out = len(self._out)
            self._property()
            return self._out.pop(out)
        elif escaped == "b":
            text, num_read = r"\x08", 2
        else:
            text, num_read = self._character()
        self._at += num_read
        return text


def _num_groups(source: str) -> int:
    """The number of capturing groups; escapes and classes hold none."""
    bare = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "", source, flags=re.DOTALL)
    number = len(re.findall(r"\((?!\?)|\(\?<(?![=!])", bare))
    if bare.count("(") > MAX_GROUPS:
        raise ValueError(f"the pattern has more than {MAX_GROUPS} groups")
    return number


# ── plain keys ───────────────────────────────────────────────────────────────────────────────────

# Scripts without spaces between words: those of East Asia, and Thai, Lao, Tibetan, Burmese and Khmer.
_UNSPACED = re.compile(f"[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\uff66-\uff9d{UNSPACED}]")
_APOSTROPHES = str.maketrans("\u2019\u02bc", "''")
_LITERAL = re.compile(r"/(.+)/([dgimsuvy]*)", re.DOTALL)
_BARE_SLASH = re.compile(r"(?:^|[^\\])(?:\\\\)*/")


class RegexLiteral(NamedTuple):
    """A key such as ``/drag(on|ons)/i``, taken apart."""

    source: str
    flags: str


def exact(text: str) -> str:
    """Text as keys are compared when case matters."""
    return unicodedata.normalize("NFC", text).translate(_APOSTROPHES)


def folded(text: str) -> str:
    """Text as keys are compared when case does not matter."""
    return exact(text).casefold()


def regex_literal(key: str) -> RegexLiteral | None:
    """The parts of a key written as a JavaScript regular expression; None for a plain key.

    >>> regex_literal("/dragons?/i")
    RegexLiteral(source='dragons?', flags='i')
    >>> regex_literal("/usr/bin") is None
    True
    """
    match = _LITERAL.fullmatch(key)
    if match is None or _BARE_SLASH.search(match[1]):
        return None
    return RegexLiteral(match[1], match[2])


def is_word_key(key: str) -> bool:
    """Whether a key is looked for as a whole word, where whole words are asked for."""
    return len(key.split()) == 1 and not _UNSPACED.search(key)


def has_borders(text: str, start: int, end: int) -> bool:
    """Whether no word goes on before `start` or after `end`."""
    return not (start > 0 and _is_letter(text[start - 1])) and not (end < len(text) and _is_letter(text[end]))


def _is_letter(char: str) -> bool:
    if char.isascii():
        return char.isalnum() or char == "_"
    in_word = char.isalnum() or unicodedata.category(char).startswith("M")
    return in_word and not _UNSPACED.match(char)


def contains(text: str, key: str, *, whole: bool) -> bool:
    """Whether `key` is in `text`, both made comparable by `exact` or `folded`.

    >>> contains("a bold kingdom", "king", whole=True), contains("a bold kingdom", "king", whole=False)
    (False, True)
    """
    start = text.find(key) if key else -1
    while start >= 0:
        if not whole or has_borders(text, start, start + len(key)):
            return True
        start = text.find(key, start + 1)
    return False
