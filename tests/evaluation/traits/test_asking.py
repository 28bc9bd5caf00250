"""How a statement is put to a model, and how its answer is read."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest
from langchain_core.messages import AIMessage

from roleagent.errors import ModelError
from roleagent.evaluation.traits.asking import Rating, rate, way_of
from roleagent.evaluation.traits.items import Item, questionnaire_for
from roleagent.testing import ScriptedModel, WeighingModel
from tests.evaluation.traits.people import answering, meaning

ASKED = questionnaire_for("en")
ONE = replace(ASKED, items=ASKED.items[:1])
FOR = Item(trait="openness", text="I dream.", is_reversed=False)


async def ratings(model: ScriptedModel | WeighingModel, *, asked=ONE, system: str = "You are Robin."):
    return [rating async for rating in rate(model, asked, system)]


async def test_the_expected_answer_counts_given_that_it_is_on_the_scale():
    """(1·0.1 + 5·0.3) / 0.4 = 4, which is 0.75 of the way; upside down the same answer is 0.25."""
    model = WeighingModel(weights=lambda _: [0.1, 0, 0, 0, 0.3])
    [rating] = await ratings(model)
    assert rating.upright == pytest.approx(0.75)
    assert rating.upside_down == pytest.approx(0.25)
    assert rating.agreement == pytest.approx(0.5)
    assert rating.on_scale == pytest.approx(0.4)


async def test_each_statement_is_a_question_of_its_own_after_the_same_prompt():
    """Earlier answers would pull the later ones, and a prompt that changes is read again each time."""
    model = answering(meaning())
    await ratings(model, asked=ASKED, system="You are Robin.")
    assert len(model.prompts) == 80
    assert {(len(prompt), prompt[0].type, prompt[0].text) for prompt in model.prompts} == {
        (2, "system", "You are Robin.")
    }
    assert len({prompt[1].text for prompt in model.prompts}) == 80
    scales = [prompt[1].text.partition("“")[0] for prompt in model.prompts]
    assert len(set(scales[:40])) == len(set(scales[40:])) == 1
    assert scales[0] != scales[40]


async def test_without_a_persona_there_is_no_system_message():
    """An empty one would not be the model alone."""
    model = answering(meaning())
    await ratings(model, system="")
    assert [message.type for message in model.prompts[0]] == ["human"]


@pytest.mark.parametrize(
    ("said", "agreement"),
    [
        ("4", 0.75), ("Number: 2.", 0.25), ("５", 1.0), ("I would say 1, love.", 0.0), ("3 of 5", 0.5),
        ("<think>5 or 4?</think>2", 0.25), ("Quite.", None), ("In 1845", None), ("10", None), ("4.5", None),
        ("0", None), ("7", None),
    ],
)  # fmt: skip
async def test_a_model_that_cannot_weigh_is_read_by_its_words(said: str, agreement: float | None):
    """The first number of the scale that stands alone."""
    model = ScriptedModel([said, said])
    [rating] = await ratings(model)
    assert rating.upright == agreement
    assert rating.upside_down == (None if agreement is None else 1 - agreement)
    assert rating.on_scale == (agreement is not None)
    assert way_of(model) == "words"


async def test_written_answers_take_the_likeliest_words():
    """A drawn number would be another one in the next run."""

    class Sober(ScriptedModel):
        sober_options: ClassVar[dict[str, float]] = {"temperature": 0.0}

    model = Sober(["1", AIMessage("2")])
    await ratings(model)
    assert [options["temperature"] for options in model.options] == [0.0, 0.0]


def test_a_statement_against_a_trait_counts_the_other_way_round():
    """Who disagrees with "I have little imagination" has some."""
    rating = Rating(item=replace(FOR, is_reversed=True), upright=0.25, upside_down=None, on_scale=1.0)
    assert (rating.agreement, rating.score) == (0.25, 0.75)
    assert replace(rating, item=FOR).score == 0.25
    assert replace(rating, upright=None).score is None


@pytest.mark.parametrize("error", [ValueError("no"), ConnectionError("gone"), ModelError("died")])
async def test_a_failing_model_is_a_model_error(error: Exception):
    """So a run ends with a sentence, not with a stack trace."""
    with pytest.raises(ModelError, match=r"failed|cannot be reached|died"):
        await ratings(ScriptedModel([error]))


@pytest.mark.parametrize("weights", [[0.1], [-1.0, 0, 0, 0, 2], [float("nan")] * 5, [float("inf")] * 5])
async def test_what_is_no_probability_is_a_model_error(weights: list[float]):
    """It broke the figures after all questions, or counted."""
    with pytest.raises(ModelError, match="weighs 5 answers as"):
        await ratings(WeighingModel(weights=lambda _: weights))
