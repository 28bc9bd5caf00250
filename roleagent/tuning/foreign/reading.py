"""Read a file of another project as dialogues, whatever its shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from roleagent.errors import ConfigurationError, InputError
from roleagent.language.nearest import nearest
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.foreign import chatharuhi, coser, rolebench, sharegpt
from roleagent.tuning.foreign.items import Item, items_of, text_of

SHAPES = ("sharegpt", "coser", "rolebench", "chatharuhi")
"""The shapes that can be read; each has a module of its name, which describes it."""

_IS: Mapping[str, Callable[[Any], bool]] = {  # Any: JSON
    "sharegpt": sharegpt.is_mine,
    "coser": coser.is_mine,
    "rolebench": rolebench.is_mine,
    "chatharuhi": chatharuhi.is_mine,
}


def read_foreign(path: Path, shape: str = "auto") -> Iterator[Dialogue]:
    """The dialogues of a file: JSON (a list of items, or one), JSON Lines, or a ``.txt`` of drama.

    In conversations of several turns every reply is learned. Items in which the character says nothing are
    left out. The dialogues are of the kind ``talk`` and their source is ``import:SHAPE``. They belong to no
    persona; who speaks in them, if the file says so, is the note ``character``.

    Args:
        path: the file.
        shape: one of `SHAPES`, or ``auto`` to tell by the first item.

    Raises:
        ConfigurationError: there is no such shape.
        InputError: the file cannot be read, its shape is not known, or an item breaks it; the message names
            the file and the line, or the number of the item.
    """
    if shape not in ("auto", *SHAPES):
        known = ("auto", *SHAPES)
        hint = f" Did you mean {near!r}?" if (near := nearest(shape, known)) else ""
        raise ConfigurationError(f"{shape!r} is no shape of data.{hint} Known: {', '.join(known)}.")
    return _dialogues(path, shape)


def _dialogues(path: Path, shape: str) -> Iterator[Dialogue]:
    items = iter([Item(str(path), text_of(path))]) if path.suffix.lower() == ".txt" else items_of(path)
    descriptions: Mapping[str, str] = {}
    for number, item in enumerate(items):
        if shape == "auto":
            shape = _shape_of(item)
        if shape == "rolebench" and number == 0:
            descriptions = rolebench.descriptions_for(path)
        try:
            if shape == "sharegpt":
                yield from sharegpt.read(item)
            elif shape == "coser":
                yield from coser.read(item)
            elif shape == "rolebench":
                yield from rolebench.read(item, path, descriptions)
            else:
                yield from chatharuhi.read(item)
        except ValueError as error:
            raise InputError(f"{item.place}: not in the shape {shape!r}: {error}.") from error


def _shape_of(item: Item) -> str:
    if isinstance(item.value, str):
        return "chatharuhi"
    if found := next((name for name, is_mine in _IS.items() if is_mine(item.value)), ""):
        return found
    keys = f" It has {', '.join(sorted(item.value)[:12])}." if isinstance(item.value, dict) else ""
    raise InputError(f"{item.place}: the shape cannot be told.{keys} Name one of {', '.join(SHAPES)}.")
