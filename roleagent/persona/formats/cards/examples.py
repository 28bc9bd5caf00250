"""The talk that a card shows: blocks after ``<START>``, a line for each speaker, read as pairs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from roleagent.persona.formats.foreign import clean_text
from roleagent.persona.formats.report import Report

_START = re.compile(r"<start>", re.IGNORECASE)
_USER_NAMES = frozenset({"{{user}}", "<user>", "user", "you"})
_CHARACTER_NAMES = frozenset({"{{char}}", "<bot>", "<char>"})
_Turn = tuple[str, str]  # "user", "char" or "" for nobody; what is said


def read_examples(talk: str, names: Iterable[str], field: str, report: Report) -> list[dict[str, str]]:
    """The exchanges of user and character in a card's ``mes_example``.

    What forms no such exchange, such as a line of the character that answers nothing, is reported.

    Args:
        talk: the text.
        names: what the character is called, beside ``{{char}}``.
        field: the name of the text in reports.
        report: takes what was left aside.
    """
    speakers = dict.fromkeys(_USER_NAMES, "user") | dict.fromkeys(_CHARACTER_NAMES, "char")
    speakers |= {name.strip().casefold(): "char" for name in names if name.strip()}
    examples, num_alone = [], 0
    for block in _START.split(talk):
        turns = _joined(_turns(block, speakers))
        found = list(_pairs(turns))
        examples += found
        num_alone += len(turns) - 2 * len(found)
    if num_alone:
        report.warn(field, f"{num_alone} of its turns form no pair of user and reply: kept, not used")
    return examples


def write_examples(examples: Iterable[Mapping[str, Any]]) -> str:
    """The exchanges as a card has them, each a block of its own."""
    blocks = [f"<START>\n{{{{user}}}}: {each['user']}\n{{{{char}}}}: {each['reply']}" for each in examples]
    return "\n".join(blocks)


def _turns(block: str, speakers: Mapping[str, str]) -> Iterator[_Turn]:
    """Each line with who says it; a line without a name belongs to the speaker above."""
    speaker = ""
    for line in block.split("\n"):
        head, colon, rest = line.partition(":")
        found = speakers.get(head.strip().casefold()) if colon else None
        speaker = speaker if found is None else found
        yield speaker, line if found is None else rest.lstrip(" ")


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
    for (speaker, said), (other, reply) in pairwise(turns):
        if (speaker, other) == ("user", "char"):
            yield {"user": said, "reply": reply}
