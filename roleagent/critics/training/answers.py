"""What is said to a character, with replies that take it up and replies that do not.

The files are plain text, one group after another with an empty line between them::

    Did you find the ring in the pond?
    + No ring. Only frogs and a bicycle.
    - Rings are pieces of jewellery that are worn on the finger.

A reply after ``+`` takes up the first line, one after ``-`` does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from roleagent.critics.relevance import ANSWERS, MISSES
from roleagent.critics.training.examples import Example
from roleagent.critics.training.groups import marked_groups

FOLDER = Path(__file__).parent / "answers"
LANGUAGES = ("en", "zh")

_TIMES = 2  # that a reply stands beside another group's line
_FORM = "a line, then lines after “+ ” and “- ”"


def examples(*, languages: Sequence[str] = LANGUAGES, seed: int = 0) -> list[Example]:
    """All shipped examples; each reply that takes something up also stands beside another group's line."""
    order = np.random.default_rng(seed)
    found: list[Example] = []
    for language in languages:
        paths = sorted(FOLDER.glob(f"{language}_*.txt"))
        read = [each for path in paths for each in read_answers(path)]
        found += read
        said = list({each.group: each.earlier for each in read}.items())
        good = [each for each in read if each.may_be == (ANSWERS,)]
        for each in _TIMES * good:
            group, earlier = said[int(order.integers(len(said)))]
            if group != each.group:
                found.append(Example(earlier=earlier, later=each.later, may_be=(MISSES,), group=each.group))
    return found


def shipped_answers(language: str) -> Iterator[str]:
    """The replies of a language that take something up; characters say them."""
    for path in sorted(FOLDER.glob(f"{language}_*.txt")):
        yield from (each.later for each in read_answers(path) if each.may_be == (ANSWERS,))


def read_answers(path: Path) -> Iterator[Example]:
    """The examples of a file.

    Raises:
        InputError: it cannot be read, or a group has no first line or lacks lines of either kind.
    """
    for number, (said, answers, misses) in enumerate(marked_groups(path, "+", "-", form=_FORM)):
        for replies, label in ((answers, ANSWERS), (misses, MISSES)):
            for reply in replies:
                group = f"{path.stem}:{number}"
                yield Example(earlier=said, later=reply, may_be=(label,), group=group)
