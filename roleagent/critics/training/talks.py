"""Talks of one speaker with lines that contradict an earlier one, and profiles with what their owner says.

The files are plain text, one block after another with an empty line between them. In English, the lines of
one speaker in order, then lines that contradict the one of that number::

    - I only ever had a goldfish as a kid.
    - Same, I can't stand getting up early.
    x1 growing up we always had two or three dogs

In Chinese, an exchange, then questions with answers that contradict it (x) or do not (o)::

    ? 你平时喜欢吃辣吗
    - 喜欢啊，无辣不欢
    ?x 那你能吃辣的吗？
    x 不能，我一吃辣就上火
    ?o 你是哪里人呀
    o 四川的，你呢

or a profile with lines that contradict it (x), agree with it (e), or say nothing of it (o)::

    # 性别 男 | 星座 白羊座
    x 我们射手座就是爱自由
    e 白羊就是急性子
    o 今天加班到十点
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from roleagent.critics.contradiction import AGREES, CONTRADICTS, NEUTRAL
from roleagent.critics.training.examples import Example
from roleagent.errors import InputError

FOLDER = Path(__file__).parent / "talks"

NO_CONTRADICTION = (NEUTRAL, AGREES)

_OF_ANOTHER = 0.5  # weight of a line that contradicts another one: it may contradict this one as well
_NUMBERED = re.compile(r"x(\d+) (.+)")
_LATER = re.compile(r"([xeo]) (.+)")
_OF_MARK = {"x": (CONTRADICTS,), "e": (AGREES,), "o": NO_CONTRADICTION}


def shipped_talks(language: str) -> Iterator[Example]:
    """The pairs of all shipped talks of a language, ``en`` or ``zh``."""
    for path in sorted(FOLDER.glob(f"{language}_*.txt")):
        yield from read_talks(path)


def read_talks(path: Path) -> Iterator[Example]:
    """The pairs of a file of talks.

    Raises:
        InputError: it cannot be read, or a block is of none of the three forms.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}") from error
    for number, block in enumerate(filter(None, map(str.strip, text.split("\n\n")))):
        lines, group = [line.strip() for line in block.splitlines()], f"{path.stem}:{number}"
        read = _profile if lines[0][0] == "#" else _exchange if lines[0][0] == "?" else _talk
        try:
            yield from read(lines, group)
        except (ValueError, IndexError) as error:
            raise InputError(f"{path}: this block is no talk: {block[:80]!r} ({error}).") from error


def _talk(lines: list[str], group: str) -> Iterator[Example]:
    said = [_after("- ", line) for line in lines if not _NUMBERED.fullmatch(line)]
    for place, later in enumerate(said):
        for earlier in said[:place]:
            yield Example(earlier=earlier, later=later, may_be=NO_CONTRADICTION, group=group)
    for line in lines[len(said) :]:
        number, later = int(line[1 : line.index(" ")]), line[line.index(" ") + 1 :]
        if not 1 <= number <= len(said):
            raise ValueError(f"there is no line {number}")
        for place, earlier in enumerate(said, start=1):
            is_it = place == number
            may_be = (CONTRADICTS,) if is_it else NO_CONTRADICTION
            weight = 1.0 if is_it else _OF_ANOTHER
            yield Example(earlier=earlier, later=later, may_be=may_be, group=group, weight=weight)


def _exchange(lines: list[str], group: str) -> Iterator[Example]:
    first = as_exchange(_after("? ", lines[0]), _after("- ", lines[1]))
    for question, answer in zip(lines[2::2], lines[3::2], strict=True):
        mark = answer[0]
        later = as_exchange(_after(f"?{mark} ", question), _after(f"{mark} ", answer))
        yield Example(earlier=first, later=later, may_be=_OF_MARK[mark], group=group)


def _profile(lines: list[str], group: str) -> Iterator[Example]:
    profile = _after("# ", lines[0])
    for line in lines[1:]:
        found = _LATER.fullmatch(line)
        if found is None:
            raise ValueError(f"no mark before {line!r}")
        mark, later = found.groups()
        may_be = (NEUTRAL,) if mark == "o" else _OF_MARK[mark]
        yield Example(earlier=profile, later=later, may_be=may_be, group=group)


def as_exchange(question: str, answer: str) -> str:
    """A question and its answer as one line that can be compared."""
    return f"{question} — {answer}" if question else answer


def _after(mark: str, line: str) -> str:
    if not line.startswith(mark):
        raise ValueError(f"no {mark.strip()!r} before {line!r}")
    return line.removeprefix(mark)
