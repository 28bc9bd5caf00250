"""Statements of one speaker that contradict each other, and statements on the same topic that do not.

The files are plain text, one group after another with an empty line between them::

    I've two sisters, no brothers.
    x My brother rang me last night.
    o I always wished for a brother, to be honest.

The first line is what was said or stands in the notes ("You live in Riga."); what the same speaker says later
contradicts it after ``x``, and does not after ``o``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from roleagent.errors import InputError

FOLDER = Path(__file__).parent / "pairs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What was said first, and what might be said later.

    Attributes:
        against: lines that contradict it.
        beside: lines on the same topic that do not.
    """

    first: str
    against: tuple[str, ...]
    beside: tuple[str, ...]


@cache
def shipped_groups(language: str) -> tuple[Group, ...]:
    """All groups of a language, ``en`` or ``zh``."""
    return tuple(group for path in sorted(FOLDER.glob(f"{language}_*.txt")) for group in read_groups(path))


def read_groups(path: Path) -> Iterator[Group]:
    """The groups of a file.

    Raises:
        InputError: it cannot be read, or a group has no first line or lacks lines of either kind.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}") from error
    for block in filter(None, map(str.strip, text.split("\n\n"))):
        first, *rest = (line.strip() for line in block.splitlines())
        against = tuple(line[2:] for line in rest if line.startswith("x "))
        beside = tuple(line[2:] for line in rest if line.startswith("o "))
        is_whole = against and beside and len(against) + len(beside) == len(rest)
        if not is_whole or first.startswith(("x ", "o ")):
            raise InputError(f"{path}: a group is a line, then lines after “x ” and “o ”: {block[:80]!r}")
        yield Group(first=first, against=against, beside=beside)
