"""The statements by which traits are measured, and how they are put to a model."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from roleagent.persona.traits import TRAITS

CHOICES = ("1", "2", "3", "4", "5")
"""What may be answered to a statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One statement.

    Attributes:
        trait: which trait it is a sign of.
        text: the statement, in the first person.
        is_reversed: whether agreeing speaks against the trait.
    """

    trait: str
    text: str
    is_reversed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """Statements in one language, and the words around them.

    Attributes:
        items: all statements, trait by trait.
        ask: the question, with ``{scale}`` and ``{statement}``.
        grade: a line of the scale, with ``{number}`` and ``{words}``.
        grades: the five grades in words, from disagreement to agreement.
    """

    items: Sequence[Item]
    ask: str
    grade: str
    grades: Sequence[str]

    def question(self, item: Item, *, is_upside_down: bool = False) -> str:
        """What the model is asked. The scale comes first and the statement last, which a prompt cache likes.

        Args:
            item: the statement.
            is_upside_down: 1 stands for full agreement, not 5.
        """
        grades = reversed(self.grades) if is_upside_down else self.grades
        lines = (
            self.grade.format(number=number, words=words)
            for number, words in zip(CHOICES, grades, strict=True)
        )
        return self.ask.strip().format(scale="\n".join(lines), statement=item.text)


def questionnaire_for(language: str) -> Questionnaire:
    """The statements in a language; English for one that has none."""
    told = _told("zh" if language.startswith("zh") else "en")
    items = [
        Item(trait=trait, text=text, is_reversed=key == "contradicts")
        for trait in TRAITS
        for key in ("fits", "contradicts")
        for text in told[trait][key]
    ]
    asked = told["question"]
    return Questionnaire(items=items, ask=asked["ask"], grade=asked["grade"], grades=asked["grades"])


@cache
def _told(language: str) -> dict[str, Any]:  # Any: as TOML has it
    file = files("roleagent.evaluation.traits").joinpath(f"items/{language}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))
