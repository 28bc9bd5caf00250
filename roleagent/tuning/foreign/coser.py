"""CoSER's shape (Wang et al., arXiv:2502.09082): scenes of books, with what led to them.

A book is one object. Its ``plots`` each have a ``summary``, ``key_characters`` (``name``, ``description``,
``experience``) and a list ``conversation``; a conversation has a ``scenario``, ``key_characters`` (``name``,
and what moves them under ``motivation`` or ``thought``), and ``dialogues``: lines of a ``character`` and a
``message``. Profiles stand in ``character_datasets`` under NAME and ``profile``. In the test set an item is
one conversation, with its ``plot``, its ``character_profiles`` and the name of the ``book`` beside it. In a
message, thoughts stand in [square brackets] and actions in (round ones); the speaker Environment narrates.

The training set of the authors is in ShareGPT's shape instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from roleagent.language.scripts import has_han
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.foreign.items import Item, rows, table, text
from roleagent.tuning.foreign.scenes import NARRATORS, Line, dialogues_of

SOURCE = "import:coser"

_Table = Mapping[str, Any]  # Any: JSON


def is_mine(value: Any) -> bool:  # Any: JSON
    """Whether an item has this shape."""
    return isinstance(value, dict) and ("plots" in value or ("dialogues" in value and "scenario" in value))


def read(item: Item) -> Iterator[Dialogue]:
    """One dialogue a scene for each character that speaks in it; its system message tells who it is.

    Raises:
        ValueError: the item is wrong.
    """
    book = table(item.value)
    if "plots" not in book:
        plot = table(book.get("plot") or {}, "'plot'")
        yield from _scene(book, plot, _profiles(book, "character_profiles"))
        return
    profiles = _profiles(book, "character_datasets")
    for at, each in enumerate(rows(book, "plots")):
        plot = table(each, f"plots[{at}]")
        for number, conversation in enumerate(rows(plot, "conversation")):
            where = f"plots[{at}].conversation[{number}]"
            try:
                yield from _scene(table(conversation), plot, profiles)
            except ValueError as error:
                raise ValueError(f"{where}: {error}") from error


def _scene(conversation: _Table, plot: _Table, profiles: Mapping[str, str]) -> Iterator[Dialogue]:
    lines = [_line(table(each, "a line")) for each in rows(conversation, "dialogues")]
    speakers = {each.speaker for each in lines} - NARRATORS
    systems = {each: _system(each, conversation, plot, profiles) for each in speakers}
    yield from dialogues_of(lines, systems=systems, source=SOURCE)


def _line(told: _Table) -> Line:
    spoken = text(told, "message", "thought", "description")
    speaker = text(told, "character", "name")
    if not speaker:
        raise ValueError("a line has no 'character'")
    return Line(speaker, spoken)


def _system(name: str, conversation: _Table, plot: _Table, profiles: Mapping[str, str]) -> str:
    """Who a character is, what has happened, what is going on, and what moves the character."""
    in_plot, in_scene = _entry(plot, name), _entry(conversation, name)
    scenario = text(conversation, "scenario")
    opening = f"你就是{name}。" if has_han(f"{name}{scenario}") else f"You are {name}."
    parts = (
        opening,
        profiles.get(name, ""),
        text(in_plot, "description"),
        text(in_plot, "experience"),
        text(plot, "summary"),
        scenario,
        text(in_scene, "motivation", "thought", "description"),
    )
    return "\n\n".join(dict.fromkeys(filter(None, parts)))


def _entry(holder: _Table, name: str) -> _Table:
    entries = (table(each, "a key character") for each in rows(holder, "key_characters"))
    return next((each for each in entries if text(each, "name", "character") == name), {})


def _profiles(book: _Table, key: str) -> dict[str, str]:
    told = table(book.get(key) or {}, repr(key))
    return {
        name: value.strip() if isinstance(value, str) else text(table(value, f"{key}.{name}"), "profile")
        for name, value in told.items()
    }
