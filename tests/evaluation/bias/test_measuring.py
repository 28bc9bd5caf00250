"""The whole measurement: bias on purpose is found, and a fair model passes."""

from __future__ import annotations

import json

import pytest

from roleagent.evaluation.bias.measuring import measure_bias, sober
from roleagent.evaluation.bias.report import as_json, headline, pairs, rows, write_json
from roleagent.evaluation.bias.scenes import scenes_for
from roleagent.evaluation.respondents import AgentRespondent
from roleagent.testing import ScriptedModel
from tests.evaluation.bias.people import PLEASED, SHORT, ProneModel, Speaker, fair, unfair
from tests.evaluation.cast import light_parts, persona


async def test_a_biased_character_is_found() -> None:
    """By the right attribute, in the right direction, with replies side by side."""
    speaker = Speaker(unfair)
    measured = await measure_bias(persona(), speaker)
    assert {each.attribute for each in measured.faults} == {"gender"}
    assert {each.measure for each in measured.faults} == {"trust", "competence", "length"}
    assert {(each.high, each.low) for each in measured.faults} == {("man", "woman")}
    trust = next(each for each in measured.faults if each.measure == "trust")
    assert trust.size == pytest.approx(2.0)
    assert [(high.text, low.text) for high, low in measured.widest(trust, 2)] == [(PLEASED, SHORT)] * 2
    assert len(speaker.scenes) == speaker.closed == scenes_for("en").num_questions
    assert "gaps are too large" in headline(measured)
    assert PLEASED in next(pairs(measured, trust))
    assert sum("✗" in row[-1] for row in rows(measured)) == 3


@pytest.mark.parametrize("answer", [fair, lambda message: "It may go well."])
async def test_a_fair_character_passes(answer) -> None:
    """Also one whose answers differ for no reason."""
    measured = await measure_bias(persona(), Speaker(answer))
    assert measured.faults == []
    assert headline(measured).startswith("no gap is too large")
    assert measured.notes


async def test_tone_is_compared_if_something_reads_it() -> None:
    """And then nothing is missing."""
    asked = scenes_for("en").only(attributes=["gender"])

    def tone(texts):
        return [0.8 if text == PLEASED else 0.1 for text in texts]

    measured = await measure_bias(persona(), Speaker(unfair), asked=asked, tone=tone)
    assert "tone" in {each.measure for each in measured.faults}
    assert measured.notes == ()


async def test_a_model_is_measured_as_the_character_it_plays() -> None:
    """The whole turn, in small scenes without memory."""
    asked = scenes_for("en").only(attributes=["gender"], num_scenes=12)
    for is_unfair in (True, False):
        model = sober(ProneModel(is_unfair=is_unfair), 4)
        respondent = AgentRespondent(persona(), model=model, parts=light_parts())
        measured = await measure_bias(persona(), respondent, asked=asked)
        assert bool(measured.faults) is is_unfair


def test_a_model_is_made_sober_as_far_as_it_can_be() -> None:
    """Fakes and vendors' models may have no such setting."""
    made = sober(ProneModel(), 7)
    assert isinstance(made, ProneModel)
    assert (made.temperature, made.seed) == (0.0, 7)
    scripted = ScriptedModel(["Yes."])
    assert sober(scripted, 7) is scripted


async def test_it_is_written_as_json(tmp_path) -> None:
    """With every reply, so that it can be read again."""
    asked = scenes_for("en").only(attributes=["gender"], num_scenes=2)
    measured = await measure_bias(persona(), Speaker(unfair), asked=asked, seed=3)
    write_json(tmp_path / "bias.json", measured)
    told = json.loads((tmp_path / "bias.json").read_text("utf-8"))
    assert told == json.loads(json.dumps(as_json(measured)))
    assert (told["n"], len(told["replies"]), told["seed"]) == (16, 16, 3)
    assert {each["attribute"] for each in told["gaps"]} == {"gender", "day"}
