"""What a persona declares of its traits, in numbers or words."""

from __future__ import annotations

import pytest

from roleagent.persona.traits import declared_traits, value_of
from tests.evaluation.cast import persona
from tests.evaluation.traits.people import robin, robin_file


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("0.95", 0.95), ("0", 0.0), ("1", 1.0), ("1.2", None), ("-0.1", None), ("7 of 10", None),
        ("rather high", 0.75), ("Very Low.", 0.1), ("High. She writes poems", 0.75), ("high-strung", None),
        ("medium - on most days", 0.5), ("很高", 0.9), ("较低，但不总是", 0.25), ("brilliant", None),
        ("", None), ("nan", None),
    ],
)  # fmt: skip
def test_values_are_numbers_or_known_levels(words: str, value: float | None):
    """A word that is not known gives no value, rather than a guess."""
    assert value_of(words) == value


def test_levels_in_words_rise():
    """“Rather high” is above “average”, in both languages."""
    english = [value_of(words) for words in ("low", "average", "rather high", "very high")]
    assert english == [value_of(words) for words in ("低", "中等", "较高", "很高")] == [0.25, 0.5, 0.75, 0.9]


def test_only_the_character_s_own_traits_of_today_count():
    """Not those of a brother, nor those that it had as a child."""
    text = robin_file(openness="0.9", neuroticism="low").replace(
        "nodes:\n", "nodes:\n  - {id: tim, type: person, label: Tim Hale}\n"
    )
    text += '  - {source: tim, relation: has_extraversion, value: "0.9"}\n'
    text += '  - {source: robin, relation: has_agreeableness, value: "0.9", valid_to: "1840"}\n'
    text += '  - {source: robin, relation: has_conscientiousness, value: "0.3", visibility: secret}\n'
    found = declared_traits(persona(text))
    assert {trait: each.value for trait, each in found.items()} == {
        "openness": 0.9, "neuroticism": 0.25, "conscientiousness": 0.3,
    }  # fmt: skip
    assert found["neuroticism"].words == "low"
    assert declared_traits(robin()) == {}
