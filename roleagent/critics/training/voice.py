"""What the head for voice is trained on: sentences that fall out of a role, beside others that do not.

The files are plain text, one group after another with an empty line between them::

    = assistant
    ! I don't have enough information to answer that accurately.
    . I know too little of the matter, and I'll not guess.

Lines after ``!`` are at fault in the way that the group names, those after ``.`` are said in character.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from roleagent.critics.training.answers import shipped_answers
from roleagent.critics.training.groups import marked_groups
from roleagent.critics.training.kernel import KernelOptions, LabelledTexts
from roleagent.critics.training.talks import shipped_talks
from roleagent.critics.training.twins import shipped_talk
from roleagent.critics.voice import FAULT, OUTPUTS, VOICES
from roleagent.errors import InputError

FOLDER = Path(__file__).parent / "voice"
MAY_EXCEED = {"twin": 0.01, "line": 0.0005}
"""Share of the lines of a kind that are in character, held out, that may reach the threshold."""

_OF_TALKS = 2_000  # lines of a language

_FORM = "“= CATEGORY”, then lines after “! ” and “. ”"


class _Row(NamedTuple):
    text: str
    voice: str  # empty for a line in character
    group: int
    language: str
    kind: str


def voice_texts(options: KernelOptions) -> LabelledTexts:
    """All texts that are shipped in some languages; replies that other heads learn from are in character."""
    rows: list[_Row] = []
    for language in options.languages:
        rows += _rows_of(language, 1 + (rows[-1].group if rows else 0), options.seed)
    return LabelledTexts(
        outputs=OUTPUTS,
        texts=tuple(row.text for row in rows),
        wanted=np.array(
            [[bool(row.voice) and name in (FAULT, row.voice) for name in OUTPUTS] for row in rows], np.float32
        ),
        groups=np.array([row.group for row in rows]),
        languages=tuple(row.language for row in rows),
        kinds=tuple(row.kind for row in rows),
        may_exceed=MAY_EXCEED,
        compared=("twin",),
    )


def _rows_of(language: str, first: int, seed: int) -> Iterator[_Row]:
    group = first
    for path in sorted(FOLDER.glob(f"{language}_*.txt")):
        for voice, at_fault, in_character in read_voices(path):
            yield from (_Row(text, voice, group, language, "twin") for text in at_fault)
            yield from (_Row(text, "", group, language, "twin") for text in in_character)
            group += 1
    for text in _in_character(language, seed):
        yield _Row(text, "", group, language, "line")
        group += 1


def _in_character(language: str, seed: int) -> Iterator[str]:
    """Lines that other heads learn from and that people in a story, or in a chat, would say."""
    told = (each.later for each in shipped_talks(language))
    drawn = np.random.default_rng(seed).permutation(sorted(set(told)))[:_OF_TALKS]
    yield from (*shipped_answers(language), *shipped_talk(language), *map(str, drawn))


def read_voices(path: Path) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """The groups of a file: what they are at fault in, the lines at fault, and those in character.

    Raises:
        InputError: it cannot be read, or a group has no known category or lacks lines of either kind.
    """
    for first, at_fault, in_character in marked_groups(path, "!", ".", form=_FORM):
        voice = first.removeprefix("= ")
        if voice not in VOICES or first == voice:
            raise InputError(f"{path}: a group is {_FORM}: {first!r}")
        yield voice, at_fault, in_character
