"""Macros in lore and in cards: ``{{char}}``, ``{{random:a,b}}`` and the like, whatever their case.

A macro that is unknown, or wrong, is left as it is. What a macro puts in is never read as a macro again, so
a user called ``{{char}}`` is called that.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable

MAX_NESTING = 20
MAX_DICE = 100
MAX_SIDES = 1_000_000
_MACRO = re.compile(r"\{\{([^{}]*)\}\}")
_TAG = re.compile(r"<(bot|char|user)>", re.IGNORECASE)
_HIDDEN_KEY = re.compile(r"\{\{\s*hidden_key\s*:([^{}]*)\}\}", re.IGNORECASE)
_UNSEEN = re.compile(r"\{\{\s*(?://|comment\s*:)[^{}]*\}\}", re.IGNORECASE)
_DICE = re.compile(r"(\d{0,3})d(\d{1,7})|(\d{1,7})", re.IGNORECASE)
_COMMA = re.compile(r"(?<!\\),")
# Braces that are done with: two code points that Unicode keeps free for such use, in no text.
_MASK = str.maketrans("{}", "\ufdd0\ufdd1")
_UNMASK = str.maketrans("\ufdd0\ufdd1", "{}")


def expand(text: str, *, char: str, user: str, generator: random.Random, seed_of_pick: str) -> str:
    """Replace the macros of a text, the innermost first.

    ``{{char}}`` and ``<BOT>``, ``{{user}}`` and ``<USER>``: the names. ``{{random:a,b}}``: one of these.
    ``{{pick:a,b}}``: one of these, always the same for one `seed_of_pick` and place in the text.
    ``{{roll:6}}``, ``{{roll:2d6}}``: dice. ``{{reverse:abc}}``: ``cba``. ``{{// …}}``, ``{{comment:…}}``
    and ``{{hidden_key:…}}``: nothing.

    Args:
        text: any text; nesting deeper than MAX_NESTING stays as it is.
        char: the character's name; its nickname if it has one.
        user: the user's name.
        generator: draws for ``random`` and ``roll``.
        seed_of_pick: what a ``pick`` stays the same for, such as an entry's id in a conversation.
    """
    if "{{" not in text and "<" not in text:
        return text
    names = {"char": char.translate(_MASK), "bot": char.translate(_MASK), "user": user.translate(_MASK)}
    expander = _Expander(names, generator, seed_of_pick)
    text = _TAG.sub(lambda match: names[match[1].lower()], text)
    for _ in range(MAX_NESTING):
        text, num_found = _MACRO.subn(expander.replacement, text)
        if not num_found:
            break
    return text.translate(_UNMASK)


def hidden_keys(text: str) -> tuple[str, ...]:
    """The keys of ``{{hidden_key:…}}`` macros: nobody reads them, yet they trigger other entries."""
    return tuple(key.strip() for key in _HIDDEN_KEY.findall(text) if key.strip())


def without_comments(text: str) -> str:
    """A message without ``{{// …}}`` and ``{{comment:…}}``, which trigger nothing."""
    return _UNSEEN.sub("", text) if "{{" in text else text


class _Expander:
    """Gives what stands in place of one macro after another."""

    def __init__(self, names: dict[str, str], generator: random.Random, seed_of_pick: str) -> None:
        self._names, self._generator, self._seed = names, generator, seed_of_pick
        self._num_picks = 0

    def replacement(self, match: re.Match[str]) -> str:
        name, _, argument = match[1].strip().partition(":")
        name = name.strip().lower()
        if name in self._names and not argument:
            return self._names[name]
        if name.startswith("//") or name in ("comment", "hidden_key"):
            return ""
        made = self._made(name, argument)
        return match[0].translate(_MASK) if made is None else made

    def _made(self, name: str, argument: str) -> str | None:
        functions: dict[str, Callable[[str], str | None]] = {
            "random": self._random,
            "pick": self._pick,
            "roll": self._roll,
            "reverse": lambda text: text[::-1],
        }
        if name.startswith("roll ") and not argument:
            return self._roll(name.removeprefix("roll "))
        return functions[name](argument) if name in functions and argument else None

    def _random(self, argument: str) -> str:
        return self._generator.choice(_choices(argument))

    def _pick(self, argument: str) -> str:
        self._num_picks += 1
        words = f"{self._seed}\x1f{self._num_picks}\x1f{argument}"
        number = int.from_bytes(hashlib.sha256(words.encode("utf-8", "surrogatepass")).digest()[:8])
        choices = _choices(argument)
        return choices[number % len(choices)]

    def _roll(self, argument: str) -> str | None:
        match = _DICE.fullmatch(argument.strip().lstrip(":"))
        if match is None:
            return None
        num_dice, sides = int(match[1] or 1), int(match[2] or match[3])
        if not (1 <= num_dice <= MAX_DICE and 1 <= sides <= MAX_SIDES):
            return None
        return str(sum(self._generator.randint(1, sides) for _ in range(num_dice)))


def _choices(argument: str) -> list[str]:
    """``a,b`` or ``:a::b``; a comma after a backslash parts nothing."""
    argument = argument.removeprefix(":")
    if "::" in argument:
        return [choice.strip() for choice in argument.split("::")]
    return [choice.strip().replace("\\,", ",") for choice in _COMMA.split(argument)]
