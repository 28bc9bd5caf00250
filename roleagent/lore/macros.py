"""Macros in lore and in cards: ``{{char}}``, ``{{random:a,b}}`` and the like, in upper or lower case.

No macro reaches a model. A macro that has a meaning here is filled in. Any other is taken out: a name that
other programs use, and any word of two letters or more, alone or before a colon (``{{lastMessage}}``,
``{{mood::3}}``). Other text between such braces is no macro, and stays: ``{{x}}``,
``{{the name of a place}}``, ``{{"key": 1}}``, ``{{key: "1"}}``, ``{{ user.name }}``.

The text that replaces a macro is not searched for macros, so a user named ``{{char}}`` keeps that name.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from roleagent.lore.macro_values import blanks, calculated, choices, is_of_time, moment, picked, roll

MAX_NESTING = 20
MAX_PUT_IN = 500_000  # characters that macros may add to one text
_OPENER, _CLOSER = "{{", "}}"
_BRACES = re.compile(r"\{{2,}|\}{2,}")
_TAG = re.compile(r"<(bot|char|user|group|charifnotgroup)>", re.IGNORECASE)
_HEAD = re.compile(
    r"([#/:.$]?)\s*([a-z][a-z0-9_]*(?:-[a-z][a-z0-9_]*)*)(?=[\s:]|[+-][0-9]|\Z)", re.IGNORECASE
)
_OBJECT = re.compile(r":[\s\"'\[]|:\Z")  # behind the key of a table in some language
_HIDDEN_KEY = re.compile(r"\{\{\s*hidden_key\s*:([^{}]*)\}\}", re.IGNORECASE)
_UNSEEN = re.compile(r"\{\{\s*(?://|comment\s*:)[^{}]*\}\}", re.IGNORECASE)
_TRIM = "\ufdd4"
# Noncharacters of Unicode, which no text holds, stand for punctuation that must not be read as a macro's.
_MASK = str.maketrans("{}:,", "\ufdd0\ufdd1\ufdd2\ufdd3")
_UNMASK = str.maketrans("\ufdd0\ufdd1\ufdd2\ufdd3", "{}:,")

_CHARACTER = frozenset({"char", "bot", "character", "group", "groupnotmuted", "charifnotgroup", "agentname"})
_NUMBERED = ("user", "name", "random_user_")
_USER = frozenset({"user", "notchar", *(f"{word}{n}" for word in _NUMBERED for n in range(1, 10))})
_TEXTS = {
    "charpersonality": "personality", "chardescription": "description", "charscenario": "scenario",
    "personality": "personality", "description": "description", "scenario": "scenario",
    "original": "original",
}  # fmt: skip
_FILLED = frozenset(
    {"random", "pick", "roll", "reverse", "calc", "newline", "space", "noop", "trim", "comment", "hidden_key"}
)
_TAKEN_OUT = frozenset(
    {"getvar", "setvar", "addvar", "incvar", "decvar", "hasvar", "deletevar", "getglobalvar", "setglobalvar",
     "addglobalvar", "incglobalvar", "decglobalvar", "outlet", "banned", "timediff", "input", "model"}
)  # fmt: skip
_WITH_BLANK = frozenset({"roll", "banned", "datetimeformat", "time_utc"})  # whose argument may follow a blank
_CONDITIONS = frozenset({"if", "unless", "when"})
_FALSE = frozenset({"", "0", "false", "off", "no", "null", "none", "undefined"})
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """The macros of a text that its author may want to know about.

    Attributes:
        taken_out: names of macros that have no meaning here, or are written wrongly.
        of_time: names of macros that say what time it is.
    """

    taken_out: tuple[str, ...] = ()
    of_time: tuple[str, ...] = ()


def expand(
    text: str,
    *,
    char: str,
    user: str,
    generator: random.Random,
    seed_of_pick: str,
    texts: Mapping[str, str] | None = None,
    now: datetime | None = None,
    language: str = "en",
) -> str:
    """Replace the macros of a text, the innermost first.

    - ``{{char}}``, ``<BOT>``, ``{{user}}``, ``<USER>``: the names.
    - ``{{description}}``, ``{{personality}}``, ``{{scenario}}``: the persona's texts.
    - ``{{time}}``, ``{{date}}``, ``{{weekday}}``, ``{{isotime}}``, ``{{isodate}}``: the moment.
    - ``{{random:a,b}}``, ``{{random::a::b}}``: one of these; ``{{pick:a,b}}``: always the same one for one
      `seed_of_pick` and place in the text.
    - ``{{roll:6}}``, ``{{roll:2d6+1}}``: dice. ``{{calc::1+1}}``, ``{{? 1+1}}``: a sum. ``{{reverse:abc}}``:
      the letters from the last to the first.
    - ``{{newline}}``, ``{{space::3}}``: blanks; ``{{trim}}`` takes the line breaks around it away.
    - ``{{#if personality}} … {{else}} … {{/if}}``: one of the two.
    - ``{{// …}}``, ``{{comment:…}}``, ``{{hidden_key:…}}``, ``{{noop}}`` and any other macro: nothing.

    Args:
        text: any text; macros nested deeper than MAX_NESTING stay as they are. Once macros have added
            MAX_PUT_IN characters, all later ones are empty.
        char: the character's name; its nickname if it has one.
        user: the user's name.
        generator: draws for ``random`` and ``roll``.
        seed_of_pick: with one seed, a ``pick`` always chooses the same; such as an entry's id.
        texts: by the names of their macros; they hold no macros themselves.
        now: in UTC; without it, macros of time are taken out.
        language: of dates.
    """
    if _OPENER not in text and "<" not in text:
        return text
    return _Expander(char, user, texts or {}, now, language, generator, seed_of_pick).expanded(text)


def uses_of(text: str, *, texts: Mapping[str, str] | None = None) -> Uses:
    """The macros of a text that are taken out, or say what time it is."""
    if _OPENER not in text:
        return Uses()
    now = datetime(2000, 1, 1, tzinfo=UTC)  # any moment does
    expander = _Expander("x", "x", texts or {}, now, "en", random.Random(0), "")  # noqa: S311
    expander.expanded(text)
    return expander.uses()


def hidden_keys(text: str) -> tuple[str, ...]:
    """The keys in ``{{hidden_key:…}}`` macros, which are not shown but trigger other entries."""
    return tuple(key.strip() for key in _HIDDEN_KEY.findall(text) if key.strip())


def without_comments(text: str) -> str:
    """A message without ``{{// …}}`` and ``{{comment:…}}``, which trigger nothing."""
    return _UNSEEN.sub("", text) if _OPENER in text else text


class _Frame:
    """The text within one pair of braces, or outside all of them.

    Attributes:
        pieces: of text.
        num_plain: how many pieces, counted from the first, are the author's own text.
        blocks: conditions that are open: the piece at which each begins, the piece at which its `else` begins
            (-1: none so far), and whether the condition holds.
    """

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.num_plain = 0
        self.blocks: list[tuple[int, int, bool]] = []

    def add(self, text: str) -> None:
        """Add text that is not from a macro."""
        self.num_plain += len(self.pieces) == self.num_plain
        self.pieces.append(text)

    def begin(self, *, holds: bool) -> None:
        """Begin a conditional block."""
        self.blocks.append((len(self.pieces), -1, holds))

    def turn(self) -> None:
        """Begin the `else` part of a block."""
        if self.blocks:
            start, _, holds = self.blocks.pop()
            self.blocks.append((start, len(self.pieces), holds))

    def end(self) -> None:
        """End a block, and drop the part whose condition does not hold."""
        if self.blocks:
            start, middle, holds = self.blocks.pop()
            middle = len(self.pieces) if middle < 0 else middle
            del self.pieces[middle if holds else start : len(self.pieces) if holds else middle]


class _Expander:
    """Replaces one macro after another."""

    def __init__(
        self,
        char: str,
        user: str,
        texts: Mapping[str, str],
        now: datetime | None,
        language: str,
        generator: random.Random,
        seed_of_pick: str,
    ) -> None:
        self._values = dict.fromkeys(_CHARACTER, char.translate(_MASK))
        self._values |= dict.fromkeys(_USER, user.translate(_MASK))
        found = ((name, texts.get(kind)) for name, kind in _TEXTS.items())
        self._values |= {name: text.translate(_MASK) for name, text in found if text is not None}
        self._now, self._language, self._generator, self._seed = now, language, generator, seed_of_pick
        self._num_picks, self._left = 0, MAX_PUT_IN
        self._taken_out: dict[str, None] = {}
        self._of_time: dict[str, None] = {}

    def expanded(self, text: str) -> str:
        frames, too_deep = [_Frame()], 0
        for piece in _parted(_TAG.sub(lambda tag: self._values[tag[1].lower()], text)):
            if piece == _OPENER and len(frames) <= MAX_NESTING:
                frames.append(_Frame())
            elif piece == _CLOSER and not too_deep and len(frames) > 1:
                frame = frames.pop()
                self._close(frame, frames[-1])
            else:
                too_deep = max(0, too_deep + (piece == _OPENER) - (piece == _CLOSER))
                frames[-1].add(piece)
        open_ones = (_OPENER + "".join(frame.pieces) for frame in frames[1:])
        return _trimmed("".join((*frames[0].pieces, *open_ones))).translate(_UNMASK)

    def uses(self) -> Uses:
        return Uses(taken_out=tuple(self._taken_out), of_time=tuple(self._of_time))

    def _close(self, frame: _Frame, around: _Frame) -> None:
        """Replace a pair of braces, and add the result to the text around it."""
        content = "".join(frame.pieces)
        made = self._made("".join(frame.pieces[: frame.num_plain]), content, around)
        if made is None:
            made = (_OPENER + content + _CLOSER).translate(_MASK)
        self._left -= max(0, len(made) - len(content) - len(_OPENER + _CLOSER))
        around.pieces.append(made if self._left >= 0 else "")

    def _made(self, written: str, content: str, around: _Frame) -> str | None:
        """The replacement of a macro; None if it is not a macro.

        Args:
            written: the beginning of `content` that is the author's own text; only this may name a macro.
            content: the text between the braces, with the macros in it replaced.
            around: the text around the braces.
        """
        blank = len(content) - len(content.lstrip())
        if content.startswith("//", blank):
            return ""
        if content.startswith("?", blank):
            return self._or_nothing("?", calculated(content[blank + 1 :]))
        head = _HEAD.match(written, blank)
        if head is None:
            return None
        if head.end() == len(written) < len(content):
            return self._or_nothing(head[2], None)  # a macro is part of its name
        mark, name, rest = head[1], head[2].lower(), content[head.end() :].lstrip()
        if mark == "#" or (name in _CONDITIONS and not mark):
            return self._begun(name, rest, around)
        if mark == "/":
            around.end() if name in _CONDITIONS else None
            return ""
        if name == "else":
            around.turn()
            return ""
        if mark:
            return self._or_nothing(head[0], None) if mark in ".$" else None
        return self._named(head[2], name, rest)

    def _begun(self, name: str, condition: str, around: _Frame) -> str:
        """Begin a block; one whose condition is of a kind that is not known here is always kept."""
        if name in _CONDITIONS:
            word = condition.lstrip(":").strip().lower()
            is_not = word.startswith("!")
            word = word.lstrip("! ")
            value = self._values.get(word, "" if word in _TEXTS else word)
            around.begin(holds=(value.strip().lower() not in _FALSE) != (is_not != (name == "unless")))
        return ""

    def _named(self, written: str, name: str, rest: str) -> str | None:
        """The replacement of a macro by its name; `rest` begins with the colon or blank after the name."""
        if rest and not rest.startswith(":") and name not in _WITH_BLANK:
            return None  # such as {{the name of a place}}
        is_known = name in self._values or name in _TEXTS or name in _FILLED or name in _TAKEN_OUT
        if name == "time_utc":
            name += rest
        if is_of_time(name):
            self._of_time[written] = None
            said = None if self._now is None else moment(name, self._now, self._language)
            return self._or_nothing(written, said)
        if not is_known and (len(name) == 1 or _OBJECT.match(rest)) and not rest.startswith("::"):
            return None
        if name in self._values:
            return self._values[name]
        argument = rest.removeprefix(":").removeprefix(":")
        return self._or_nothing(written, self._put_in(name, argument))

    def _or_nothing(self, written: str, made: str | None) -> str:
        if made is None:
            self._taken_out[written[:_LONGEST_NAME]] = None
        return made or ""

    def _put_in(self, name: str, argument: str) -> str | None:
        """What a macro with an argument becomes; None if it is not known, or is written wrongly."""
        if name == "random" and argument.strip():
            return self._generator.choice(choices(argument))
        if name == "pick" and argument.strip():
            self._num_picks += 1
            return picked(argument, f"{self._seed}\x1f{self._num_picks}")
        simple: dict[str, Callable[[], str | None]] = {
            "roll": lambda: roll(argument.strip(), self._generator),
            "calc": lambda: calculated(argument),
            "reverse": lambda: argument[::-1],
            "newline": lambda: blanks("\n", argument.strip()),
            "space": lambda: blanks(" ", argument.strip()),
            "trim": lambda: _TRIM,
            **dict.fromkeys(("noop", "comment", "hidden_key"), str),
        }
        return simple[name]() if name in simple else None


def _parted(text: str) -> Iterator[str]:
    """Split a text into double braces and what is between them."""
    start = 0
    for found in _BRACES.finditer(text):
        if found.start() > start:
            yield text[start : found.start()]
        brace, pairs = found[0][0], len(found[0]) // 2
        odd = (brace,) * (len(found[0]) % 2)
        yield from (*odd, *(_OPENER,) * pairs) if brace == "{" else (*(_CLOSER,) * pairs, *odd)
        start = found.end()
    if start < len(text):
        yield text[start:]


def _trimmed(text: str) -> str:
    """A text without the line breaks around each ``{{trim}}``."""
    first, *others = text.split(_TRIM)
    if not others:
        return first
    *middle, last = others
    inner = (part.strip("\r\n") for part in middle)
    return "".join((first.rstrip("\r\n"), *inner, last.lstrip("\r\n")))
