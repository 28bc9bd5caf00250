"""Scores, their intervals, and signs that answers mean little."""

from __future__ import annotations

import pytest

from roleagent.evaluation.traits.asking import Rating, rate
from roleagent.evaluation.traits.items import questionnaire_for
from roleagent.evaluation.traits.scores import Score, mean_absolute_error, scores_of, signs_of
from roleagent.persona.traits import TRAITS
from tests.evaluation.traits.people import Opinion, answering, meaning


async def ratings(opinion: Opinion) -> list[Rating]:
    return [each async for each in rate(answering(opinion), questionnaire_for("en"), "You are Robin.")]


def test_an_interval_is_student_s():
    """Worked out by hand: 0.6 ± 4.303 · 0.1 / √3."""
    assert Score.of([0.5, 0.7, 0.6]) == Score(n=3, value=0.6, interval=(0.352, 0.848))
    assert Score.of([0.9, 0.9]).interval == (0.9, 0.9)


def test_few_statements_say_nothing():
    """One answer may be anything."""
    assert Score.of([]) == Score(n=0, value=0.5, interval=(0.0, 1.0))
    assert Score.of([0.7]) == Score(n=1, value=0.7, interval=(0.0, 1.0))


async def test_who_means_what_they_say_gets_their_own_traits():
    """And shows no sign of anything else."""
    answered = await ratings(meaning(openness=1.0, neuroticism=0.25))
    scores = scores_of(answered)
    values = {trait: score.value for trait, score in scores.items()}
    assert values == {**dict.fromkeys(TRAITS, 0.5), "openness": 1.0, "neuroticism": 0.25}
    assert {score.n for score in scores.values()} == {8}
    signs = signs_of(answered)
    assert (signs.yes_saying, signs.keys_apart, signs.order_gap, signs.unanswered) == (0.5, 0, 0, 0)
    assert signs.on_scale == pytest.approx(0.8)


async def test_who_agrees_with_everything_has_no_traits():
    """That is what half of the statements are there for."""
    answered = await ratings(lambda item: 0.75)
    for score in scores_of(answered).values():
        assert score.value == 0.5
        assert score.interval == (0.277, 0.723)  # 0.5 ± 2.365 · 0.2673 / √8
    signs = signs_of(answered)
    assert (signs.yes_saying, signs.keys_apart) == (0.75, 0.5)


def test_who_always_names_one_number_is_seen_by_the_turned_scale():
    """Always 5 is full agreement and none: 0.5 on average, with the whole scale between."""
    items = questionnaire_for("en").items
    answered = [Rating(item=item, upright=1.0, upside_down=0.0, on_scale=1.0) for item in items]
    assert {score.value for score in scores_of(answered).values()} == {0.5}
    assert signs_of(answered).order_gap == 1.0


def test_statements_without_an_answer_do_not_count():
    """They are no answer in the middle."""
    items = questionnaire_for("en").items
    answered = [
        Rating(item=item, upright=None if at % 4 else 1.0, upside_down=None, on_scale=0.5)
        for at, item in enumerate(items)
    ]
    assert scores_of(answered)["openness"].n == 2
    assert signs_of(answered).unanswered == 30


def test_the_error_counts_declared_traits_alone():
    """(|0.5 − 0.9| + |0.5 − 0.3|) / 2 = 0.3."""
    found = dict.fromkeys(("openness", "extraversion", "neuroticism"), 0.5)
    assert mean_absolute_error(found, {"openness": 0.9, "neuroticism": 0.3}) == 0.3
    assert mean_absolute_error(found, {}) is None
