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

from roleagent.critics.training.groups import marked_groups

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
    form = "a line, then lines after “x ” and “o ”"
    for first, against, beside in marked_groups(path, "x", "o", form=form):
        yield Group(first=first, against=against, beside=beside)
