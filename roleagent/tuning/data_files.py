"""Files of dialogues: JSON Lines, one `Dialogue` a line.

A picture within the folder of the file, or below it, is named from there, so that both can be moved together;
in memory all paths are absolute.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from roleagent.errors import InputError
from roleagent.tuning.dialogues import Dialogue, dialogue_from_dict

MOST_BYTES_OF_LINE = 2**20
"""A longer line is refused: no dialogue is that long."""


def read_dialogues(path: Path) -> Iterator[Dialogue]:
    """The dialogues of a file, one after the other.

    Raises:
        InputError: the file cannot be read, or a line is no dialogue; the message names file and line.
    """
    for number, line in numbered_lines(path):
        try:
            told = json.loads(line)
            if not isinstance(told, dict):
                raise ValueError("it is no JSON object")
            dialogue = dialogue_from_dict(told)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}:{number}: not a dialogue: {error}.") from error
        yield _with_pictures(dialogue, lambda picture: str((path.parent / picture).resolve()))


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a text file that are not blank, with their numbers from 1.

    Raises:
        InputError: it cannot be read, is not UTF-8, or a line is longer than `MOST_BYTES_OF_LINE`.
    """
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MOST_BYTES_OF_LINE + 1):
                number += 1
                if len(line) > MOST_BYTES_OF_LINE:
                    raise InputError(
                        f"{path}:{number}: the line is longer than {MOST_BYTES_OF_LINE:,} bytes."
                    )
                try:
                    text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
                except UnicodeDecodeError as error:
                    raise InputError(f"{path}:{number}: not UTF-8: {error}.") from error
                if text:
                    yield number, text
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}.") from error


def write_dialogues(path: Path, dialogues: Iterable[Dialogue], *, private: bool = False) -> int:
    """Write a file, in one step: until it is complete, an older one stays.

    Args:
        path: of the file.
        dialogues: to write.
        private: nobody else on this machine may read it, at no moment.

    Returns:
        How many dialogues it holds.

    Raises:
        InputError: the file cannot be written, or a text is not Unicode (it holds half a surrogate pair).
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    count = 0
    try:
        try:
            beside.unlink(missing_ok=True)
            beside.touch(mode=0o600 if private else 0o666)
            with beside.open("w", encoding="utf-8") as file:
                for dialogue in dialogues:
                    moved = _with_pictures(dialogue, lambda picture: _seen_from(path.parent, picture))
                    file.write(json.dumps(moved.as_dict(), ensure_ascii=False) + "\n")
                    count += 1
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}.") from error
    except UnicodeEncodeError as error:
        raise InputError(f"{path}: dialogue {count + 1} cannot be written as UTF-8: {error}.") from error
    return count


def _with_pictures(dialogue: Dialogue, path_of: Callable[[str], str]) -> Dialogue:
    if not dialogue.pictures:
        return dialogue
    messages = [
        replace(each, pictures=tuple(path_of(picture) for picture in each.pictures))
        for each in dialogue.messages
    ]
    return replace(dialogue, messages=tuple(messages))


def _seen_from(folder: Path, picture: str) -> str:
    whole, place = Path(picture).resolve(), folder.resolve()
    return str(whole.relative_to(place) if whole.is_relative_to(place) else whole)
