"""The statements: balanced, the same in both languages, and put to a model with either scale."""

from __future__ import annotations

from collections import Counter

import pytest

from roleagent.evaluation.traits.items import CHOICES, questionnaire_for
from roleagent.persona.traits import TRAITS

LANGUAGES = ("en", "zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_trait_has_as_many_statements_for_it_as_against_it(language: str):
    """Else somebody who agrees with everything would seem to have traits."""
    counts = Counter((item.trait, item.is_reversed) for item in questionnaire_for(language).items)
    assert set(counts) == {(trait, key) for trait in TRAITS for key in (True, False)}
    assert set(counts.values()) == {4}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_statement_is_asked_twice(language: str):
    """Nor contains another one: it would count twice."""
    texts = [item.text for item in questionnaire_for(language).items]
    assert not [(one, other) for one in texts for other in texts if one != other and one in other]
    assert len(set(texts)) == len(texts) == 40


def test_another_language_gets_the_english_statements():
    """A persona that speaks German understands them, or its model does."""
    assert questionnaire_for("de") == questionnaire_for("en")
    assert questionnaire_for("zh-Hant") == questionnaire_for("zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_scale_can_be_turned_upside_down(language: str):
    """The numbers stay in order, the words turn, and the statement comes last."""
    asked = questionnaire_for(language)
    item = asked.items[0]
    upright, turned = asked.question(item), asked.question(item, is_upside_down=True)
    assert f"5 = {asked.grades[-1]}" in upright
    assert f"1 = {asked.grades[-1]}" in turned
    assert len(asked.grades) == len(CHOICES) == 5
    for question in (upright, turned):
        assert [question.index(f"{number} = ") for number in CHOICES] == sorted(
            question.index(f"{number} = ") for number in CHOICES
        )
        assert question.index(item.text) > question.index("5 = ")
        assert "{" not in question
