"""A text in another language is told from one with a few foreign words."""

from __future__ import annotations

import pytest

from roleagent.language.foreign import foreign_language, names_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("He aquí lo que he vivido junto con otros.", "Spanish"),
        ("Profesor Moriarty es un profesor de matemáticas y escribió sobre el teorema.", "Spanish"),
        ("Je ne suis pas dans la maison avec vous.", "French"),
        ("Ich bin nicht in der Stadt, aber mein Bruder ist es.", "German"),
    ],
)
def test_another_language_is_named(text: str, language: str) -> None:
    """So that the model can be told which."""
    assert foreign_language(text, "en") == language


@pytest.mark.parametrize(
    "text",
    [
        "I was at the Café de la Paix with the Comte de Sainte-Foix.",
        "He wrote La Traviata and the Requiem.",
        "Sí, señor!",
        "我住在离这里很远的山上。",
        "“Cogito, ergo sum”, as he said.",
        "The word 茶 is all I know.",
        "",
        "…",
        "Los Angeles, El Paso and Las Vegas.",
        "Mademoiselle Rue de Rivoli, du Pont et Fils.",
    ],
)
def test_names_and_quotations_are_not_another_language(text: str) -> None:
    """A character may have been abroad."""
    assert foreign_language(text, "en") == ""


def test_a_chinese_character_speaks_chinese() -> None:
    """English names in a sentence do not count; a sentence of English does."""
    assert foreign_language("我在 Baker Street 住过。", "zh-CN") == ""
    assert foreign_language("I do not know what you are talking about.", "zh-CN") == "English"
    assert foreign_language("Hao de, shifu.", "zh") == ""


def test_other_languages_are_left_alone() -> None:
    """Nothing is known of their short words together with names."""
    assert foreign_language("I do not know what you mean by that.", "fr") == ""


def test_a_language_is_named_in_either_script() -> None:
    """Whoever asks for French may have it."""
    assert names_language("Say it in French!", "French")
    assert names_language("用英文说", "English")
    assert not names_language("Say it again.", "French")
