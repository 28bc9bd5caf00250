"""Reading text files of groups: a first line, then lines of two kinds, each after its mark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from roleagent.errors import InputError

Group = tuple[str, tuple[str, ...], tuple[str, ...]]  # the first line, and the lines of both kinds


def marked_groups(path: Path, one: str, other: str, *, form: str) -> Iterator[Group]:
    """The groups of a file, between which empty lines stand.

    Args:
        path: of the file.
        one: the mark of the lines of one kind.
        other: that of the lines of the other kind.
        form: what a group has to look like, for the error.

    Raises:
        InputError: the file cannot be read, or a group has no first line, lacks lines of either kind, or has
            others.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}") from error
    for block in filter(None, map(str.strip, text.split("\n\n"))):
        first, *rest = (line.strip() for line in block.splitlines())
        ones, others = (
            tuple(line.removeprefix(f"{mark} ") for line in rest if line.startswith(f"{mark} "))
            for mark in (one, other)
        )
        is_whole = ones and others and len(ones) + len(others) == len(rest)
        if not is_whole or first.startswith((f"{one} ", f"{other} ")):
            raise InputError(f"{path}: a group is {form}: {block[:80]!r}")
        yield first, ones, others
