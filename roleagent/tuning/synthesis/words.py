"""The lines of which synthesised dialogues are made, by language, with some kept for testing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

Split = Literal["train", "held_out"]

_KEPT = 4  # of so many lines, one is kept for testing
LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Words:
    """The lines of a language.

    Attributes:
        language: ``en`` or ``zh``.
        split: which part of what users say is used: ``train``, or ``held_out``, which no training sees.
    """

    language: str
    split: Split = "train"

    def table(self, *path: str) -> Any:  # Any: as TOML has it
        """What stands under a path of keys; empty text if there is nothing.

        >>> Words("en").table("echo", "person")
        'whom'
        """
        found: Any = read_words(self.language)
        for key in path:
            found = found.get(key, "") if isinstance(found, Mapping) else ""
        return found

    def asked(self, *path: str) -> tuple[Any, ...]:  # Any: texts, or rows of them
        """Lines that users say, of this split: the last quarter of a list, at least one, is held out.

        >>> len(Words("en").asked("self", "who")), len(Words("en", "held_out").asked("self", "who"))
        (6, 2)
        """
        return self.part(self.table(*path) or ())

    def part(self, lines: Sequence[Any]) -> tuple[Any, ...]:  # Any: texts, or rows of them
        """The lines of a list that are of this split."""
        kept = max(1, len(lines) // _KEPT) if len(lines) > 1 else 0
        at = len(lines) - kept
        return tuple(lines[at:] if self.split == "held_out" else lines[:at])

    def lines(self, *path: str) -> tuple[str, ...]:
        """Lines that the character says, and values: the same in both splits."""
        return tuple(self.table(*path) or ())


def words_for(language: str, split: Split = "train") -> Words:
    """The lines for a language code; English where there are none."""
    base = language.partition("-")[0].lower()
    return Words(base if base in LANGUAGES else "en", split)


@cache
def read_words(language: str) -> Mapping[str, Any]:  # Any: as TOML has it
    """The table of a language."""
    file = resources.files("roleagent.tuning.synthesis").joinpath(f"words/{language}.toml")
    return tomllib.loads(file.read_text("utf-8"))
