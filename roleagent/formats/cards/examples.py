"""The talk that a card shows: blocks after ``<START>``, a line for each speaker, read as pairs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from roleagent.formats.foreign import clean_text
from roleagent.formats.report import Report

_START = re.compile(
    r"(?:<|&lt;)[ \t]{0,9}start[ \t]{0,9}/?(?:>|&gt;)|^[ \t]{0,9}\[start[^\]\n]{0,40}\][ \t]{0,9}$",
    re.I | re.M,
)
_NAMED = re.compile(r"([^:：\n]{1,200})[:：]")
_STRANGER = re.compile(r"\{\{(?:user\d?|random_user_\d)\}\}")
_USER_NAMES = frozenset({"<user>", "user", "you"})
_CHARACTER_NAMES = frozenset({"{{char}}", "<bot>", "<char>"})
_Turn = tuple[str, str]  # "user", "char" or "" for nobody; what is said


def read_examples(talk: str, names: Iterable[str], field: str, report: Report) -> list[dict[str, str]]:
    """The exchanges of user and character in a card's ``mes_example``.

    What the character says unasked is an exchange without a `user`; so is a block after ``<START>`` in which
    nobody is named. A line of the user's that nobody answers is reported.

    Args:
        talk: the text.
        names: what the character is called, beside ``{{char}}``.
        field: the name of the text in reports.
        report: takes what was left aside.
    """
    speakers = dict.fromkeys(_USER_NAMES, "user") | dict.fromkeys(_CHARACTER_NAMES, "char")
    speakers |= {name.strip().casefold(): "char" for name in names if name.strip()}
    examples, num_alone = [], 0
    preface, *blocks = _START.split(talk)
    for number, block in enumerate((preface, *blocks)):
        turns = _joined(_turns(block, speakers))
        if len(turns) == 1 and not turns[0][0] and (number or not blocks):
            turns = [("char", turns[0][1])]
        found = list(_pairs(turns))
        examples += found
        num_alone += len(turns) - sum(map(len, found))
    if num_alone:
        report.warn(field, f"{num_alone} of its turns are answered by no reply, or nobody's: kept, not used")
    return examples


def write_examples(examples: Iterable[Mapping[str, Any]]) -> str:
    """The exchanges as a card has them, each a block of its own."""
    return "\n".join(f"<START>\n{talk_of(each)}" for each in examples)


def talk_of(example: Mapping[str, Any], *, user: str = "{{user}}", char: str = "{{char}}") -> str:
    """One exchange, a turn for each speaker."""
    asked = f"{user}: {example['user']}\n" if example.get("user") else ""
    return f"{asked}{char}: {example['reply']}"


def _turns(block: str, speakers: Mapping[str, str]) -> Iterator[_Turn]:
    """Each line with who says it; a line without a name belongs to the speaker above."""
    speaker = ""
    for line in block.split("\n"):
        named = _NAMED.match(line)
        found = _speaker(named[1], speakers) if named else None
        speaker = speaker if found is None else found
        yield speaker, line if found is None or named is None else _said(line, named)


def _said(line: str, named: re.Match[str]) -> str:
    """What stands behind a name, without the stars that close those before it."""
    stars = len(named[1]) - len(named[1].lstrip("*"))
    return line[named.end() :].removeprefix("*" * stars).lstrip(" ")


def _speaker(name: str, speakers: Mapping[str, str]) -> str | None:
    name = name.strip().strip("*").strip().casefold()
    if name.startswith("{{"):
        name = "".join(name.split())
    return "user" if _STRANGER.fullmatch(name) else speakers.get(name)


def _joined(turns: Iterable[_Turn]) -> list[_Turn]:
    """Turns in which no speaker follows on himself, without empty ones."""
    joined: list[tuple[str, list[str]]] = []
    for speaker, line in turns:
        if joined and joined[-1][0] == speaker:
            joined[-1][1].append(line)
        else:
            joined.append((speaker, [line]))
    cleaned = [(speaker, clean_text("\n".join(lines))) for speaker, lines in joined]
    return [(speaker, said) for speaker, said in cleaned if said]


def _pairs(turns: list[_Turn]) -> Iterator[dict[str, str]]:
    for (speaker, said), (other, reply) in pairwise([("", ""), *turns]):
        if other == "char":
            yield {"user": said, "reply": reply} if speaker == "user" else {"reply": reply}
