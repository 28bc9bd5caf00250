"""What the affect head learns from: GoEmotions, and lines that show how a speaker treats the listener.

GoEmotions (Demszky et al., arXiv:2005.00547, Apache-2.0) is 58,000 English comments from Reddit, each with
some of 28 emotions. It says what a speaker feels and not at whom, so it cannot tell "my boss is an idiot"
from "you are an idiot". The lines in `conduct` do: a language model wrote them for this purpose, in English
and Chinese, and they are under the licence of the project.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from roleagent.embedding.text_vectors import Matrix
from roleagent.errors import InputError
from roleagent.gnn.affect import CONDUCT, EMOTIONS
from roleagent.gnn.training.characters import characters_in

LINES = Path(__file__).parent / "conduct"
TRAIN, DEV = "original_train.tsv", "original_dev.tsv"
_EVERY = 12  # one in so many of the characters' questions is shown as an utterance that is neither
_HELD_OUT = 5  # one line in so many is not trained on


@dataclass(frozen=True, slots=True, kw_only=True)
class Comments:
    """Comments with their emotions.

    Attributes:
        wanted: 1 for each emotion that a comment has, [num_comments, num_emotions].
    """

    texts: tuple[str, ...]
    wanted: Matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An utterance, and how the speaker treats the listener.

    Attributes:
        conduct: place in `CONDUCT`.
        is_held_out: whether it measures the training instead of taking part in it.
    """

    text: str
    conduct: int
    language: str
    is_held_out: bool


def read_comments(path: Path) -> Comments:
    """Comments of a file of GoEmotions: text, numbers of emotions, and id, by tabs.

    Raises:
        InputError: the file cannot be read, or a line is of another form.
    """
    try:
        rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}. Pass the folder of GoEmotions.") from error
    wanted = np.zeros((len(rows), len(EMOTIONS)), np.float32)
    for number, row in enumerate(rows):
        try:
            wanted[number, [int(label) for label in row[1].split(",")]] = 1
        except (IndexError, ValueError) as error:
            raise InputError(f"{path}, line {number + 1}: no text with numbers of emotions.") from error
    return Comments(texts=tuple(row[0] for row in rows), wanted=wanted)


@cache
def read_lines() -> tuple[Line, ...]:
    """The lines of conduct in both languages, and questions of the characters as lines that are neither."""
    found = [
        Line(
            text=text,
            conduct=CONDUCT.index(kind),
            language=path.stem,
            is_held_out=number % _HELD_OUT == _HELD_OUT - 1,
        )
        for path in sorted(LINES.glob("*.txt"))
        for kind, texts in _by_kind(path).items()
        for number, text in enumerate(texts)
    ]
    known = {line.text for line in found}
    return (*found, *(line for line in _questions() if line.text not in known))


def _by_kind(path: Path) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, path.read_text(encoding="utf-8").splitlines())):
        if line.startswith("["):
            texts = kinds[line.strip("[]")] = []
        else:
            texts.append(line)
    return kinds


def _questions() -> Iterator[Line]:
    """What people ask characters: neither kind nor rude."""
    for language in ("en", "zh"):
        asked = [question.text for world in characters_in(language) for question in world.questions]
        for number, text in enumerate(dict.fromkeys(asked[::_EVERY])):
            yield Line(
                text=text,
                conduct=CONDUCT.index("other"),
                language=language,
                is_held_out=number % _HELD_OUT == _HELD_OUT - 1,
            )
