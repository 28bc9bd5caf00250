"""ChatHaruhi's shapes (Li et al., arXiv:2308.09597): lines of drama, and questions to a character.

* A text file holds a scene, one line a speaker: ``NAME:「what is said」``, after which an action may stand in
  brackets. A line that names no speaker goes on with the line before.
* ``{"dialogue": [{"role": NAME, "text": "「…」"}, …]}`` is a scene as JSON.
* ``{"user_role", "user_question", "agent_role", "agent_response"}`` is a question to a character; so is
  ``{"role_A", "query", "role_B", "response"}``. What may stand beside it, as ``more_dialogues``, is not read.
* ``{"context": "…", "target": "…"}`` is a prompt with its answer. The last line of the context is the user's;
  what stands before it, be it instructions or scenes to recall, is the system message. The character is
  ``agent_role``, or whoever speaks in the target.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from roleagent.tuning.dialogues import Dialogue, Message
from roleagent.tuning.foreign.items import MOST_MESSAGES, Item, rows, table, text
from roleagent.tuning.foreign.scenes import (
    NARRATORS,
    Line,
    alternating,
    dialogues_of,
    language_of,
    noted,
)

SOURCE = "import:chatharuhi"

_SPEAKER = re.compile(r"^\s*([^\s:：「『【\[(（][^:：「『\n]{0,39}?)\s*[:：]\s*(?=\S)")
_QUOTED = re.compile(r"「([^「」]*)」")
_PAIRS = (
    ("user_role", "user_question", "agent_role", "agent_response"),
    ("role_A", "query", "role_B", "response"),
)


def is_mine(value: Any) -> bool:  # Any: JSON
    """Whether an item has this shape."""
    if not isinstance(value, dict):
        return False
    keys = set(value)
    return (
        "dialogue" in keys
        or {"context", "target"} <= keys
        or any({asked, answered} <= keys for _, asked, _, answered in _PAIRS)
    )


def read(item: Item) -> Iterator[Dialogue]:
    """The dialogues of an item; none if the character says nothing.

    Raises:
        ValueError: the item is wrong.
    """
    if isinstance(item.value, str):
        yield from _all_of(lines_in(item.value))
        return
    told = table(item.value)
    if "dialogue" in told:
        spoken = [table(each, "a line") for each in rows(told, "dialogue")]
        yield from _all_of([Line(text(each, "role"), _said(text(each, "text"))) for each in spoken])
    elif {"context", "target"} <= set(told):
        yield from _continued(text(told, "context"), text(told, "target"), text(told, "agent_role"))
    else:
        yield from _answered(told)


def lines_in(drama: str) -> list[Line]:
    r"""The lines of a scene.

    Raises:
        ValueError: no line names a speaker, or there are more than `MOST_MESSAGES`.

    >>> lines_in("春日:「出发！」(跑)\n阿虚：「去哪儿？」")
    [Line(speaker='春日', text='出发！(跑)'), Line(speaker='阿虚', text='去哪儿？')]
    """
    lines: list[Line] = []
    for row in filter(str.strip, drama.splitlines()):
        if found := _SPEAKER.match(row):
            lines.append(Line(found[1], _said(row[found.end() :])))
        elif lines:
            lines[-1] = Line(lines[-1].speaker, f"{lines[-1].text}\n{_said(row)}")
    if not lines:
        raise ValueError("no line names a speaker, as in NAME:「…」")
    if len(lines) > MOST_MESSAGES:
        raise ValueError(f"{len(lines):,} lines; at most {MOST_MESSAGES:,} can be read as one scene")
    return lines


def _all_of(lines: list[Line]) -> Iterator[Dialogue]:
    yield from dialogues_of(lines, systems=_openings(lines), source=SOURCE)


def _openings(lines: list[Line]) -> dict[str, str]:
    chinese = language_of(" ".join(each.text for each in lines)) == "zh"
    return {each.speaker: _opening(each.speaker, chinese=chinese) for each in lines}


def _opening(name: str, *, chinese: bool) -> str:
    return f"你就是{name}。" if chinese else f"You are {name}."


def _answered(told: Mapping[str, Any]) -> Iterator[Dialogue]:  # Any: JSON
    asker, asked, answerer, answered = next(each for each in _PAIRS if {each[1], each[3]} <= set(told))
    character = text(told, answerer)
    if character.casefold() in NARRATORS:
        raise ValueError(f"{answerer!r} names no character")
    lines = [
        Line(text(told, asker), _said(text(told, asked))),
        Line(character, _said(text(told, answered))),
    ]
    yield from (each for each in _all_of(lines) if each.note["character"] == character)


def _continued(context: str, target: str, character: str) -> Iterator[Dialogue]:
    before, _, last = context.rpartition("\n")
    answer = target
    if found := _SPEAKER.match(target):
        character, answer = character or found[1], target[found.end() :]
    language = language_of(f"{last} {answer}")
    if not _said(answer):
        return
    asked = lines_in(last)[0] if _SPEAKER.match(last) else Line("", last)
    name = "" if asked.speaker.casefold() in NARRATORS else f"{asked.speaker}: "
    told = [
        Message(role="system", text=before.strip() or _opening(character, chinese=language == "zh")),
        Message(role="user", text=f"{name}{_said(asked.text)}"),
        Message(role="assistant", text=_said(answer), learn=True),
    ]
    told = [each for each in told if each.text]
    yield Dialogue(
        messages=alternating(told, language), language=language, source=SOURCE, note=noted(character)
    )


def _said(written: str) -> str:
    """What is said, without the marks around it."""
    return _QUOTED.sub(r"\1", written).strip()
