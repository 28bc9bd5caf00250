"""A whole turn through the real workflow, with fakes where weights would be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from roleagent.agent.intake import MAX_MESSAGE_CHARS
from roleagent.errors import InputError, ModelError
from roleagent.graph.graph import PersonaGraph
from roleagent.persona.address import to_character
from roleagent.testing.fakes import FixedUpdater
from roleagent.types import (
    Done,
    Fact,
    GraphUpdate,
    Observed,
    Recalled,
    Revised,
    TextDelta,
    Verdict,
)
from roleagent.workflow.state import Limits
from tests.agent.ada import LIVES_IN_LONDON, USER, events_of, make_agent, make_persona, told

# ── a plain turn ─────────────────────────────────────────────────────────────────────────────


async def test_a_turn_answers_and_says_what_it_rests_on():
    """The reply carries its facts, verdicts, usage and timings."""
    agent, model = make_agent("I live in London. Do come.")
    reply = await agent.run("Where do you live?", **USER)
    assert reply.text == "I live in London. Do come."
    assert [fact.id for fact in reply.grounds.facts] == ["ada.lives_in.london"]
    assert [verdict.ok for verdict in reply.verdicts] == [True]
    assert reply.usage.output_tokens == 6
    assert set(reply.timings_ms) == {
        "perceive",
        "screen",
        "recall",
        "update_persona",
        "respond",
        "critique",
        "remember",
    }
    assert "You are Ada." in told(model, 0)
    assert "You live in London." in told(model, 0)
    assert told(model, 0).endswith("Where do you live?")


async def test_the_stream_joins_to_the_reply_and_comes_in_order():
    """A client may show deltas as they come and never has to take one back."""
    agent, _ = make_agent("I live in London. Do come.  It rains. ")
    events = await events_of(agent, "Where?")
    deltas = [event.text for event in events if isinstance(event, TextDelta)]
    assert [type(event) for event in events if not isinstance(event, TextDelta)] == [Observed, Recalled, Done]
    assert len(deltas) == 3
    assert "".join(deltas) == events[-1].reply.text


async def test_without_critics_tokens_pass_one_by_one():
    """Nobody waits for a sentence to end when nobody judges it."""
    agent, _ = make_agent("I live here now.", critics=[])
    events = await events_of(agent, "Where?")
    assert [event.text for event in events if isinstance(event, TextDelta)] == [
        "I",
        " live",
        " here",
        " now.",
    ]


async def test_the_conversation_so_far_is_in_the_prompt():
    """The second turn knows the first."""
    agent, model = make_agent("Good day.", "Tea, please.")
    await agent.run("Hello Ada", **USER)
    await agent.run("Tea or coffee?", **USER)
    assert [message.text for message in model.prompts[1][1:3]] == ["Hello Ada", "Good day."]


async def test_other_threads_are_recalled_and_other_users_never_are():
    """Conversations of one person touch; people do not."""
    agent, model = make_agent("Noted.", "Yes.", "No.")
    await agent.run("My cat is called Milo.", user_id="ann", thread_id="one")
    reply = await agent.run("What is my cat called?", user_id="ann", thread_id="two")
    assert "My cat is called Milo." in [episode.text for episode in reply.grounds.episodes]
    reply = await agent.run("What is my cat called?", user_id="bob", thread_id="one")
    assert reply.grounds.episodes == ()
    assert "Milo" not in told(model, 2)


async def test_what_was_learned_from_one_user_reaches_their_next_turn_only():
    """Learned facts are kept per persona and user."""
    agent, model = make_agent(
        "Ah.", "So.", "So.", updater=FixedUpdater(GraphUpdate(added=(LIVES_IN_LONDON,)))
    )
    first = await agent.run("I live in London.", user_id="ann")
    assert first.update.added == (LIVES_IN_LONDON,)
    await agent.run("Well?", user_id="ann")
    assert "Your visitor lives in London." in told(model, 1)
    await agent.run("Well?", user_id="bob")
    assert "lives in London." not in told(model, 2)


# ── the critic ───────────────────────────────────────────────────────────────────────────────


async def test_a_rejected_draft_is_written_anew_with_the_reason():
    """The model is told what was wrong; the user never sees the rejected sentence."""
    agent, model = make_agent("I am a robot. ", "I am Ada.")
    events = await events_of(agent, "Who are you?")
    reply = events[-1].reply
    assert reply.text == "I am Ada."
    assert [revision.draft for revision in reply.revisions] == ["I am a robot."]
    assert reply.revisions[0].verdicts[0].evidence == ("ada.lives_in.london",)
    assert "No robot." in told(model, 1)
    assert "robot" not in "".join(event.text for event in events if isinstance(event, TextDelta))
    assert sum(isinstance(event, Revised) for event in events) == 1


@pytest.mark.parametrize(
    "notes",
    [
        "[What you know that may bear on what they say: - You live in London.]",
        "(What you know that may bear on what they say: - I live in London.)",
        "[What they take for granted is not so; set it right in your answer:\n- You have no sister.]",
        "What you know of the person before you:\n- Your visitor lives in London.",
    ],
)
async def test_notes_that_the_model_reads_out_are_not_shown(notes: str):
    """Small models recite what stands over the facts they were given."""
    agent, _ = make_agent(notes, "Good day.", critics=["leak"])
    assert (await agent.run("Good day.", **USER)).text == "Good day."


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (
            "Charles Babbage designed the Difference Engine in the summer of 1822.",
            "Charles Babbage designed the Difference Engine in the summer of 1822.",
        ),
        (
            "Ada lives in the old mill by the river near Ashford.",
            "I live in the old mill by the river near Ashford.",
        ),
        (
            "Tom teaches Ada's brother the flute every Sunday after the long service.",
            "Tom teaches my brother the flute every Sunday after the long service.",
        ),
        (
            "Ada has kept the red notebook of her father since 1830.",
            "I have kept the red notebook of her father since 1830.",
        ),
    ],
)
async def test_what_the_prompt_tells_of_the_character_may_be_said_in_its_words(fact: str, said: str):
    """All facts of a small persona stand in its instructions, but they are no secret."""
    known = Fact(id="known", subject="ada", relation="knows", object="london", text=fact)
    persona = make_persona()
    nodes, facts = persona.graph.nodes.values(), persona.graph.facts.values()
    graph = PersonaGraph(nodes=list(nodes), facts=[*facts, known], relations={})
    agent, model = make_agent(said, critics=["leak"], persona=replace(persona, graph=graph))
    reply = await agent.run("Tell me.", **USER)
    assert to_character(fact, persona) in model.prompts[0][0].text
    assert reply.text == said


async def test_what_was_shown_stays_and_the_new_draft_goes_on_from_it():
    """A sentence that passed is not taken back when the next one fails."""
    agent, model = make_agent("Good day. I am a robot. ", "I am Ada.")
    events = await events_of(agent, "Who are you?")
    assert events[-1].reply.text == "Good day. I am Ada."
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "Good day. I am Ada."
    assert "Good day." in told(model, 1)


async def test_after_the_last_draft_the_persona_declines_in_its_own_words():
    """The loop is bounded, and what was rejected is never stored."""
    agent, model = make_agent("robot.", "robot!", "robot?", "Fine.", limits=Limits(drafts=3))
    reply = await agent.run("Who are you?", **USER)
    assert reply.text == "Let us turn to the engine."
    assert reply.fell_back
    assert reply.verdicts == ()
    assert len(reply.revisions) == 3 == model.num_calls
    history = await agent.conversation(**USER).history()
    assert [episode.text for episode in history] == ["Who are you?", "Let us turn to the engine."]


async def test_an_empty_answer_is_a_failed_draft():
    """A model that says nothing must not become a silent reply."""
    agent, _ = make_agent("", "  ", "I am Ada.")
    reply = await agent.run("Who are you?", **USER)
    assert reply.text == "I am Ada."
    assert [revision.verdicts[0].critic for revision in reply.revisions] == ["answer", "answer"]


async def test_a_critic_that_breaks_lets_nothing_through(caplog: pytest.LogCaptureFixture):
    """Failing closed: an unjudged draft is a rejected draft."""

    class Broken:
        name = "broken"

        def check(self, draft: str, scene: Any, *, complete: bool) -> Verdict:
            raise ZeroDivisionError

    agent, _ = make_agent("a.", "b.", "c.", critics=[Broken()])
    reply = await agent.run("Hello", **USER)
    assert reply.fell_back
    assert "broken" in caplog.text


# ── failures ─────────────────────────────────────────────────────────────────────────────────


async def test_a_model_that_raises_gives_one_clear_error_and_leaves_no_trace():
    """Nothing half-done is remembered."""
    agent, _ = make_agent(ValueError("out of memory"), "Here I am.")
    with pytest.raises(ModelError, match="The language model failed: ValueError"):
        await agent.run("Hello", **USER)
    assert await agent.conversation(**USER).history() == []
    assert (await agent.run("Hello", **USER)).text == "Here I am."


async def test_a_silent_model_ends_within_its_time():
    """A hung server must not hang the app."""
    agent, _ = make_agent("Too late.", limits=Limits(model_s=0.2))
    agent._running.model.word_delay_s = 5  # type: ignore[union-attr]
    with pytest.raises(ModelError, match=r"said nothing for 0\.2 s"):
        await agent.run("Hello", **USER)


async def test_stopping_in_the_middle_remembers_nothing_and_blocks_nobody():
    """A user who leaves mid-sentence leaves no half turn behind."""
    agent, _ = make_agent("One. Two. Three.", "Fine.")
    async for event in agent.stream("Count", **USER):
        if isinstance(event, TextDelta):
            break
    assert (await agent.run("Hello", **USER)).text == "Fine."
    assert [episode.text for episode in await agent.conversation(**USER).history()] == ["Hello", "Fine."]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("x" * (MAX_MESSAGE_CHARS + 1), USER, "The message has 20,001 characters"),
        ("  ", USER, "nothing is attached"),
        ("Hello", {"user_id": " "}, "user_id is ' '"),
        ("Hello", {"user_id": "ann", "thread_id": ""}, "thread_id is ''"),
        ("Hello", USER | {"attachments": ["no/such.png"]}, "no/such.png"),
    ],
)
async def test_unusable_input_is_refused_before_anything_runs(
    text: str, options: dict[str, Any], message: str
):
    """Input is checked where it enters."""
    agent, model = make_agent("Fine.")
    with pytest.raises(InputError, match=message):
        await agent.run(text, **options)
    assert model.num_calls == 0
