"""What the head for contradictions is trained on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from roleagent.critics.contradiction import CONTRADICTS, NEUTRAL
from roleagent.critics.training.examples import Example
from roleagent.critics.training.pair_files import Row, read_pairs
from roleagent.critics.training.pairs import shipped_groups
from roleagent.critics.training.talks import NO_CONTRADICTION, shipped_talks

LANGUAGES = ("en", "zh")

_OF_ANOTHER_TALK = 0.7  # weight of a line beside the first line of another group, which it seldom contradicts
_BESIDE = 0.4  # weight of a profile's other facts, of which a label says nothing but that they are not meant


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file to train on beside the shipped texts.

    Attributes:
        form: of `pair_files.FORMS`.
    """

    form: str
    path: Path


def examples(
    files: Sequence[DataFile] = (), *, languages: Sequence[str] = LANGUAGES, seed: int = 0
) -> list[Example]:
    """All examples of the shipped texts and of some files.

    Raises:
        InputError: a file is not of its form.
    """
    found = [each for language in languages for each in _shipped(language, seed)]
    for file in files:
        rows = read_pairs(file.form, file.path)
        read = [
            each for number, row in enumerate(rows) for each in _of_row(row, f"{file.path.name}:{number}")
        ]
        is_one_sided = all(row.label == CONTRADICTS for row in rows)
        found += [*read, *(_crossed(read, seed, every=1.0) if is_one_sided else ())]
    return found


def _shipped(language: str, seed: int) -> Iterator[Example]:
    for number, group in enumerate(shipped_groups(language)):
        name = f"{language} {number}"
        for later in group.against:
            yield Example(earlier=group.first, later=later, may_be=(CONTRADICTS,), group=name)
        for later in group.beside:
            yield Example(earlier=group.first, later=later, may_be=NO_CONTRADICTION, group=name)
    talks = list(shipped_talks(language))
    yield from talks
    yield from _crossed(talks, seed, every=1.0)


def _of_row(row: Row, group: str) -> Iterator[Example]:
    for place, earlier in enumerate(row.earlier):
        if len(row.earlier) == 1 or place == row.about:
            yield Example(earlier=earlier, later=row.later, may_be=(row.label,), group=group)
        else:
            yield Example(earlier=earlier, later=row.later, may_be=(NEUTRAL,), group=group, weight=_BESIDE)


def _crossed(read: Sequence[Example], seed: int, *, every: float) -> Iterator[Example]:
    """Lines that contradict something, beside the earlier lines of other groups."""
    order = np.random.default_rng(seed)
    firsts = list({each.group: each.earlier for each in read}.items())
    for each in read:
        if each.may_be != (CONTRADICTS,) or order.random() > every:
            continue
        group, earlier = firsts[int(order.integers(len(firsts)))]
        if group != each.group:
            yield replace(each, earlier=earlier, may_be=NO_CONTRADICTION, weight=_OF_ANOTHER_TALK)
