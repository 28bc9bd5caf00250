"""A model's wording counts only if what the reply needs survived."""

from __future__ import annotations

import pytest

from roleagent.errors import ModelError
from roleagent.testing.fakes import ScriptedModel
from roleagent.tuning.noise import pieces_of
from roleagent.tuning.rewording import Rewording

PIECES = pieces_of("Did you ever meet Watson in Lewes?", "I met Watson there.")


class Warm(ScriptedModel):
    """A model with settings."""

    temperature: float = 0.0
    seed: int = 0


def test_a_wording_that_keeps_the_names_is_taken():
    """Without the quotation marks and thoughts around it; the model is told what to keep."""
    model = ScriptedModel(['<think>Hm.</think>"In Lewes, did you run across Watson?"'])
    new = Rewording(model, 0).reworded("paraphrase", PIECES, "en")
    assert new == "In Lewes, did you run across Watson?"
    system, said = model.prompts[0]
    assert "Watson, Lewes" in str(system.content)
    assert said.content == "Did you ever meet Watson in Lewes?"


@pytest.mark.parametrize(
    "answer",
    [
        "Did you ever run across him in Lewes?",
        "你在Lewes见过Watson吗？",
        "Watson, Lewes?\nOr: did you meet Watson in Lewes?",
        "Certainly! Here is another wording: " * 3 + "Watson Lewes met",
        "Watson",
        "",
    ],
)
def test_a_wording_that_will_not_do_is_empty(answer: str):
    """A name is lost, the language is another, it explains, or it says too little."""
    assert Rewording(ScriptedModel([answer]), 0).reworded("paraphrase", PIECES, "en") == ""


def test_translation_goes_there_and_back():
    """The second call translates what the first gave."""
    model = ScriptedModel(["你在 Lewes 遇见过 Watson 吗？", "Have you ever met Watson in Lewes?"])
    new = Rewording(model, 0).reworded("back_translation", PIECES, "en")
    assert new == "Have you ever met Watson in Lewes?"
    assert model.prompts[1][1].content == "你在 Lewes 遇见过 Watson 吗？"
    assert "译成中文" in str(model.prompts[0][0].content)


def test_one_failure_is_an_empty_wording_and_five_end_it():
    """A server that is gone must not be asked ten thousand times."""
    model = ScriptedModel([OSError("gone")] * 5)
    rewording = Rewording(model, 0)
    assert [rewording.reworded("paraphrase", PIECES, "en") for _ in range(4)] == [""] * 4
    with pytest.raises(ModelError, match="5 times in a row, last with: gone"):
        rewording.reworded("paraphrase", PIECES, "en")


def test_a_model_with_settings_is_asked_warm_and_stays_as_it_was():
    """At temperature 0 every wording would be the same."""
    model = Warm(["In Lewes, did you ever meet Watson?"])
    rewording = Rewording(model, 7)
    asked = rewording._model
    assert isinstance(asked, Warm)
    assert (asked.temperature, asked.seed, model.temperature) == (0.8, 7, 0.0)
