"""The same model with one prompt: what it is told, and what it is not."""

from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage

from roleagent.errors import ModelError
from roleagent.evaluation import PlainRespondent, Scene, Session, Step, run_suite_sync
from roleagent.evaluation.checks import CallsNot, CallsTool, Tells
from roleagent.evaluation.plain import plain_prompt
from roleagent.evaluation.results import summary
from roleagent.evaluation.suite import Material, ScriptedTool
from roleagent.formats.load import load_persona
from roleagent.language.tokens import estimated_tokens
from roleagent.testing import ScriptedModel
from tests.evaluation.cast import persona, probe, scene, suite


def test_the_prompt_holds_the_persona_and_every_public_fact():
    """A baseline that knows less would be too easy to beat; one that knows secrets, unfair."""
    marta = persona()
    prompt = plain_prompt(marta)
    for text in (marta.summary, "Tobias Quill", "innkeeper", marta.examples[0].reply, "Stay in character"):
        assert text in prompt
    assert "old cellar" not in prompt
    assert "old cellar" in plain_prompt(marta, Session(steps=(), listener="ness"))


def test_a_chinese_persona_gets_a_chinese_prompt():
    """Instructions in another language would pull the model out of its own."""
    prompt = plain_prompt(load_persona("sunwukong"))
    assert prompt.endswith("请始终以孙悟空的身份说话，简短作答。")
    assert "如今是0650" in prompt


def test_all_talk_stands_in_the_conversation():
    """Also that of another day; what was shown comes as a caption."""
    told = Session(steps=(Step(say="My dog is Biscuit.", answered="Good dog."),), days_ago=3)
    boat = Material(kind="picture", text="a yellow boat")
    asked = Session(steps=(probe("And this?", materials=(boat,)), probe("My dog?")))
    model = ScriptedModel(["A boat.", "Biscuit."])
    played = suite(Scene(name="a", sessions=(told, asked)))
    results = run_suite_sync(played, PlainRespondent(persona(), model=model), persona())
    assert [each.text for each in results] == ["A boat.", "Biscuit."]
    assert [message.text for message in model.prompts[1][1:]] == [
        "My dog is Biscuit.",
        "Good dog.",
        "[Picture: a yellow boat]\nAnd this?",
        "A boat.",
        "My dog?",
    ]
    assert (results[0].respondent, results[0].output_tokens) == ("plain", 2)


def test_the_oldest_talk_is_left_out_if_the_context_is_full():
    """As any chat program does."""
    old = [Step(say=f"Number {number} " + "word " * 50, answered="Yes.") for number in range(20)]
    model = ScriptedModel(["Hm."])
    plain = PlainRespondent(persona(), model=model, context_tokens=1_000)
    run_suite_sync(suite(scene("a", *old, probe("Which?"))), plain, persona())
    [prompt] = model.prompts
    assert 2 < len(prompt) < 20
    assert prompt[0].type == "system"
    assert "Number 19" in prompt[-3].text
    assert prompt[-1].text == "Which?"


def test_facts_are_left_out_from_the_end_if_there_is_no_room_for_all():
    """A user with a small model cuts the character, too; the reply says that it was cut."""
    marta = persona()
    facts = [fact.text for fact in marta.graph.facts.values() if "cellar" not in fact.text]
    model = ScriptedModel(["Hm."])
    room = estimated_tokens(plain_prompt(marta)) + 300
    plain = PlainRespondent(marta, model=model, context_tokens=room)
    talk = Step(say="Good day.", answered="Good day.")
    [result] = run_suite_sync(suite(scene("a", talk, probe("Which?"))), plain, marta)
    [system, asked] = model.prompts[0]
    kept = [fact in system.text for fact in facts]
    assert kept == sorted(kept, reverse=True)
    assert any(kept)
    assert not all(kept)
    assert "Stay in character" in system.text
    assert asked.text == "Which?"
    assert result.omitted == (
        "2 utterances of this conversation, the oldest",
        f"{kept.count(False)} facts, the last of the list",
    )
    assert summary([result])["cut"] == 1


def test_a_prompt_that_the_model_refuses_as_too_long_is_cut_and_asked_again():
    """Tokens are estimated, and a small model may need three for a Chinese character."""
    refusal = ModelError("The prompt of 9000 tokens does not fit the context of 4096 tokens.")
    old = [Step(say=f"Number {number} " + "word " * 50, answered="Yes.") for number in range(20)]
    model = ScriptedModel([refusal, refusal, "Hm.", "Ah."])
    plain = PlainRespondent(persona(), model=model)
    first, second = run_suite_sync(suite(scene("a", *old, probe("Which?"), probe("And?"))), plain, persona())
    sizes = [len(prompt) for prompt in model.prompts]
    assert sizes[0] > sizes[1] > sizes[2]
    assert model.num_calls == 4, "what was found to fit holds for the next turn"
    assert (first.text, second.text) == ("Hm.", "Ah.")
    assert "utterances of this conversation, the oldest" in first.omitted[0]


def test_a_persona_that_never_fits_is_a_model_error():
    """With nothing left to leave out, the model's own words say why."""
    refusal = ModelError("The prompt of 9000 tokens does not fit the context of 4096 tokens.")
    model = ScriptedModel([refusal] * 100)
    with pytest.raises(ModelError, match="9000 tokens"):
        run_suite_sync(suite(scene("a", probe("1"))), PlainRespondent(persona(), model=model), persona())
    assert "Tobias" not in model.prompts[-1][0].text
    assert model.num_calls < 20


def test_a_tool_is_called_once_and_its_result_is_read():
    """The baseline has the same tools."""
    tide = ScriptedTool(name="tide", description="High water.", result="At six.")
    call = AIMessage("", tool_calls=[{"name": "tide", "args": {}, "id": "1"}])
    model = ScriptedModel([call, "At six, love."])
    played = Scene(
        name="a", sessions=(Session(steps=(probe("When?", Tells(values=("six",))),)),), tools=(tide,)
    )
    [result] = run_suite_sync(suite(played), PlainRespondent(persona(), model=model), persona())
    assert (result.text, result.faults) == ("At six, love.", ())
    assert model.prompts[1][-1].text == "At six."
    assert [bool(options.get("tools")) for options in model.options] == [True, False]


def test_a_call_counts_for_the_checks_of_calls():
    """The baseline must neither pass nor fail them by chance."""
    call = AIMessage("", tool_calls=[{"name": "tide", "args": {}, "id": "1"}])
    tide = ScriptedTool(name="tide", description="High water.", result="At six.")
    step = probe("Good day.", CallsTool(name="tide"), CallsNot(name="tide"))
    played = Scene(name="a", sessions=(Session(steps=(step,)),), tools=(tide,))
    for answers, fault in (([call, "Good day."], "'tide' was called."), (["Hm."], "'tide' was not called.")):
        plain = PlainRespondent(persona(), model=ScriptedModel(answers))
        [result] = run_suite_sync(suite(played), plain, persona())
        assert result.faults == (fault,)


def test_a_tool_that_does_not_exist_is_no_crash():
    """Small models invent names."""
    call = AIMessage("", tool_calls=[{"name": "tied", "args": {}, "id": "1"}])
    tide = ScriptedTool(name="tide", description="High water.", result="At six.")
    model = ScriptedModel([call, "Hm."])
    played = Scene(name="a", sessions=(Session(steps=(probe("When?"),)),), tools=(tide,))
    run_suite_sync(suite(played), PlainRespondent(persona(), model=model), persona())
    assert model.prompts[1][-1].text == "There is no such tool."


@pytest.mark.parametrize("error", [ValueError("no"), ConnectionError("gone"), ModelError("died")])
def test_a_failing_model_is_a_model_error(error: Exception):
    """So a run ends with a sentence and a journal, not with a stack trace."""
    plain = PlainRespondent(persona(), model=ScriptedModel([error]))
    with pytest.raises(ModelError, match=r"failed|cannot be reached|died"):
        run_suite_sync(suite(scene("a", probe("1"))), plain, persona())
