"""What a persona declares of its own traits."""

from __future__ import annotations

import re
from dataclasses import dataclass

from roleagent.persona.persona import Persona

TRAITS = ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")
"""The Big Five, in the order of reports.

L. R. Goldberg, "An alternative 'description of personality': the Big-Five factor structure", 1990.
"""

_LEVELS = {
    0.05: ("extremely low", "none", "极低"),
    0.1: ("very low", "很低", "非常低"),
    0.25: ("low", "rather low", "quite low", "fairly low", "低", "较低", "比较低", "偏低"),
    0.4: ("moderately low", "below average", "somewhat low", "medium low", "中等偏低", "中下"),
    0.5: ("average", "medium", "moderate", "middling", "neutral", "中等", "一般", "适中"),
    0.6: ("moderately high", "above average", "somewhat high", "medium high", "中等偏高", "中上"),
    0.75: ("high", "rather high", "quite high", "fairly high", "高", "较高", "比较高", "偏高"),
    0.9: ("very high", "很高", "非常高"),
    0.95: ("extremely high", "极高"),
}
_VALUES = {words: value for value, several in _LEVELS.items() for words in several}
_ENDS_PHRASE = re.compile(r"[.,;:!。，；：！]\s*|\s+[-–(（]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A trait as the persona declares it.

    Attributes:
        words: the value of the fact.
        value: 0–1; None if the words are neither such a number nor a known level.
    """

    words: str
    value: float | None


def declared_traits(persona: Persona) -> dict[str, Declared]:
    """The traits that a persona's facts declare now, by name; secret ones too."""
    found = {}
    for fact in persona.graph.facts.values():
        trait = fact.relation.removeprefix("has_")
        if fact.subject == persona.node_id and fact.valid_to is None and trait in TRAITS:
            words = fact.object.removeprefix("literal:")
            found[trait] = Declared(words=words, value=value_of(words))
    return found


def value_of(words: str) -> float | None:
    """The value 0–1 of a number, or of a level in words at the beginning of a text.

    >>> value_of("0.95"), value_of("Rather high. She writes poems."), value_of("很高"), value_of("7 of 10")
    (0.95, 0.75, 0.9, None)
    """
    try:
        number = float(words)
    except ValueError:
        return _VALUES.get(_ENDS_PHRASE.split(words.strip(), maxsplit=1)[0].strip().casefold())
    return number if 0 <= number <= 1 else None
