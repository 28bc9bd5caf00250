"""What a persona declares of its own traits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from roleagent.evaluation.traits.items import TRAITS, levels

if TYPE_CHECKING:
    from roleagent.persona.persona import Persona

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
        return levels().get(_ENDS_PHRASE.split(words.strip(), maxsplit=1)[0].strip().casefold())
    return number if 0 <= number <= 1 else None
