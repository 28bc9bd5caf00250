"""The whole measurement: in role, alone, and beside what is declared."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from roleagent.evaluation import measure_traits_sync
from roleagent.evaluation.traits.items import Item, questionnaire_for
from roleagent.evaluation.traits.measuring import prompt_of
from roleagent.formats.load import load_persona
from roleagent.testing import ScriptedModel
from tests.evaluation.cast import MARTA, persona
from tests.evaluation.traits.people import ROBIN, answering, meaning, robin


def test_a_character_is_compared_with_what_it_declares():
    """Errors by hand: (0 + 0.15) / 2, (0.5 + 0.1) / 2, (0.5 + 0.1) / 2."""
    model = answering(meaning(openness=1.0, neuroticism=0.25), alone=meaning())
    measured = measure_traits_sync(robin(openness="1", neuroticism="0.4"), model)
    assert measured.way == "probabilities"
    assert measured.errors == {"character": 0.075, "plain": 0.3, "half": 0.3}
    assert measured.moved == pytest.approx((0.5 + 0.25) / 5)
    assert measured.notes == []
    assert (measured.persona, measured.model) == ("Robin Hale", "weighing")


def test_the_persona_s_own_prompt_stands_before_every_statement():
    """As in a conversation with a stranger: without secrets. The model alone is told nothing."""
    marta = persona(MARTA)
    model = answering(meaning())
    measure_traits_sync(marta, model)
    in_role = [prompt for prompt in model.prompts if len(prompt) == 2]
    assert len(model.prompts) == 160
    assert {prompt[0].text for prompt in in_role} == {prompt_of(marta)}
    assert len(in_role) == 80
    assert "keeper of the Crooked Lantern" in prompt_of(marta)
    assert "old cellar" not in prompt_of(marta)


def test_macros_of_a_card_are_filled_in():
    """As they are in a conversation."""
    assert prompt_of(persona(ROBIN.replace("a clerk", "a clerk; {{char}} is tired"))).startswith(
        "You are Robin Hale, a clerk; Robin Hale is tired."
    )


def test_a_persona_without_declared_traits_is_said_to_have_none():
    """Its scores stand all the same."""
    measured = measure_traits_sync(robin(), answering(meaning(extraversion=0.75)))
    assert measured.errors == {}
    assert "declares none of the five traits" in measured.notes[0]
    assert measured.scores()["extraversion"].value == 0.75


def test_a_model_that_answers_alike_without_the_persona_is_named():
    """Its scores look like any others, and are those of the model."""
    hardly = "The persona hardly moves the answers of this model: the scores tell nothing of it."
    same = measure_traits_sync(robin(openness="1"), answering(meaning(openness=1.0)))
    assert same.moved == 0
    assert same.notes == [hardly]
    other = measure_traits_sync(robin(openness="1"), answering(meaning(openness=1.0), alone=meaning()))
    assert other.moved == pytest.approx(0.1)
    assert other.notes == []


def test_words_that_are_no_level_are_said():
    """Nobody should wonder where the trait went."""
    model = answering(meaning(openness=1.0), alone=meaning())
    measured = measure_traits_sync(robin(openness="boundless", neuroticism="low"), model)
    assert measured.declared_values == {"neuroticism": 0.25}
    assert measured.notes == ["openness is declared as 'boundless': not a number 0–1, nor a known level."]


def test_a_chinese_persona_is_asked_in_chinese():
    """Also where only its rendering is."""
    asked = questionnaire_for("zh")
    model = answering(meaning(), questionnaire=asked)
    measured = measure_traits_sync("mira", model, language="zh")
    assert measured.language == "zh"
    assert asked.items[0].text in model.prompts[0][-1].text
    assert load_persona("sunwukong").language == "zh"


def test_answers_in_words_are_read_and_missing_ones_counted():
    """A model that will not answer is said so, and is no error."""
    model = ScriptedModel(["4"] * 160)
    measured = measure_traits_sync(robin(openness="0.9"), model)
    assert measured.way == "words"
    assert not [note for note in measured.notes if "statements" in note]
    silent = measure_traits_sync(robin(), ScriptedModel(["no"] * 160))
    assert "40 statements were answered with no number" in silent.notes[1]
    assert {score.n for score in silent.scores().values()} == {0}


def test_equal_runs_give_equal_figures():
    """Nothing is drawn."""

    def opinion(item: Item) -> float:
        return len(item.text) % 5 / 4

    first, second = (measure_traits_sync(robin(), answering(opinion)) for _ in range(2))
    assert first.ratings == second.ratings
    assert first.errors == second.errors


def test_a_seed_reaches_a_model_that_has_none():
    """Written answers may be drawn."""

    class Seeded(ScriptedModel):
        seed: int | None = None

        def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
            return ChatResult(generations=[ChatGeneration(message=AIMessage(str(self.seed)))])

    told: list[str] = []
    measured = measure_traits_sync(
        robin(), Seeded(), seed=4, on_rating=lambda who, rating: told.append(f"{who} {rating.upright}")
    )
    assert told == ["character 0.75"] * 40 + ["plain 0.75"] * 40
    assert measured.seed == 4
