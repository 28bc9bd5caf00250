"""What the guard models of the hub have in common: how they are asked, and how their verdict is read.

A guard is a language model that answers one word, or a classifier. The word's probability is that of its
first token among those of both words, as in the models' own cards.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from roleagent.critics.text import read_table
from roleagent.critics.training.twins import CATEGORIES
from roleagent.errors import ConfigurationError

HARM = "harm"
MAX_CHARS = 4_000
"""Of a longer text the first and the last half of as many are read, so that the template stays whole."""

MAX_WORDS_BEFORE = 8
"""Tokens that a guard may write before its verdict, such as a line break or ``<score>``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family of guards.

    Attributes:
        name: as in the table.
        sign: a pattern of what only its chat template holds.
        called: a pattern of its models' names.
        harmful: the words of its verdict on a harmful text, in small letters.
        harmless: those on a harmless one.
        questions: what is asked, by the category that the answer is about: what the template is told besides
            the text.
        hazards: the category of each code that follows a harmful verdict.
    """

    name: str
    sign: str
    called: str
    harmful: tuple[str, ...]
    harmless: tuple[str, ...]
    questions: Mapping[str, Mapping[str, Any]]  # Any: what templates take
    hazards: Mapping[str, str]


@cache
def families() -> tuple[Family, ...]:
    """All that are known."""
    return tuple(_family(name, row) for name, row in read_table("hub_guard")["families"].items())


def _family(name: str, row: Mapping[str, Any]) -> Family:  # Any: of a table
    if "risks" in row:
        questions = {
            category: {"guardian_config": {"risk_name": risk, "criteria_id": risk}, "think": False}
            for category, risk in row["risks"].items()
        }
    else:
        guidelines = row.get("guidelines", {})
        questions = {category: {"guideline": text} for category, text in guidelines.items()} or {HARM: {}}
    return Family(
        name=name,
        sign=row["sign"],
        called=row["name"],
        harmful=tuple(row["harmful"]),
        harmless=tuple(row["harmless"]),
        questions=questions,
        hazards=row.get("hazards", {}),
    )


def family_of_template(model: str, template: str) -> Family:
    """The family whose chat template this is.

    Raises:
        ConfigurationError: it is that of no guard that is known.
    """
    for family in families():
        if re.search(family.sign, template):
            return family
    raise ConfigurationError(f"{model!r} has the chat template of no guard that is known. {_KNOWN}")


def family_of_name(model: str) -> Family:
    """The family that a model's name tells.

    Raises:
        ConfigurationError: it tells none.
    """
    for family in families():
        if re.search(family.called, model, re.IGNORECASE):
            return family
    raise ConfigurationError(f"The name {model!r} tells of no guard that is known. {_KNOWN}")


_KNOWN = (
    "Take a Granite Guardian, a Llama Guard 3, a ShieldGemma or, with 'hub:', a text classifier with labels."
)


def probability(family: Family, found: Mapping[str, float]) -> float:
    """Chance of a harmful verdict, 0–1, from the log-probabilities of tokens by their text.

    A token counts for a word if the word begins with it; one with which words of both kinds begin counts for
    none. 0.5 if there is no such token.

    >>> yes_no = next(each for each in families() if each.name == "granite")
    >>> round(probability(yes_no, {"Yes": math.log(0.6), " no": math.log(0.2), "So": math.log(0.2)}), 2)
    0.75
    """
    harmful, harmless = (
        sum(math.exp(value) for token, value in found.items() if verdict_of(family, token) is is_harmful)
        for is_harmful in (True, False)
    )
    return harmful / (harmful + harmless) if harmful + harmless else 0.5


def verdict_of(family: Family, token: str) -> bool | None:
    """Whether a token begins a harmful verdict, a harmless one, or neither."""
    word = token.strip("▁Ġ \t\r\n*\"'.,").lower()
    if not word:
        return None
    kinds = [any(each.startswith(word) for each in kind) for kind in (family.harmful, family.harmless)]
    return kinds[0] if kinds[0] is not kinds[1] else None


def hazards_in(family: Family, answer: str) -> Iterator[str]:
    """The categories of the codes in an answer, such as ``S1,S10`` after ``unsafe``."""
    for code in re.findall(r"\bS\d{1,2}\b", answer):
        if code in family.hazards:
            yield family.hazards[code]


def scores_of(found: Mapping[str, float]) -> Mapping[str, float]:
    """Probabilities by category, with the highest of all as that of any harm."""
    return {**found, HARM: max(found.values(), default=0.0)}


def scores_of_labels(labels: Sequence[str], odds: Sequence[float], *, several: bool) -> Mapping[str, float]:
    """What a classifier says, in our categories.

    Args:
        labels: names of its outputs.
        odds: their probabilities.
        several: whether several may hold at once; otherwise they sum to 1, and harm is what is not harmless.
    """
    table = read_table("hub_guard")["labels"]
    found: dict[str, float] = {}
    harmless = 0.0
    for label, value in zip(labels, odds, strict=True):
        if re.fullmatch(table["harmless"], label, re.IGNORECASE):
            harmless += value
            continue
        category = _category_of(label, table["categories"])
        if category in CATEGORIES:
            found[category] = (
                max(found.get(category, 0.0), value) if several else found.get(category, 0.0) + value
            )
        found[HARM] = max(found.get(HARM, 0.0), value)
    return found if several else {**found, HARM: max(0.0, 1.0 - harmless)}


def _category_of(label: str, patterns: Mapping[str, str]) -> str:
    return next((name for name, each in patterns.items() if re.search(each, label, re.IGNORECASE)), "")


def clipped(text: str) -> str:
    """The text, or the first and the last part of a long one."""
    half = MAX_CHARS // 2
    return text if len(text) <= MAX_CHARS else f"{text[:half]} … {text[-half:]}"
