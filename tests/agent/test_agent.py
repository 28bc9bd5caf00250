"""A whole turn through the real workflow, with fakes where weights would be."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage

from roleagent.agent.agent import Agent
from roleagent.agent.intake import MAX_MESSAGE_CHARS
from roleagent.errors import InputError, ModelError, StoreError
from roleagent.graph.graph import PersonaGraph
from roleagent.persona.address import to_character
from roleagent.persona.persona import Persona
from roleagent.settings import get_settings
from roleagent.store import Store
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, FixedUpdater, ScriptedModel
from roleagent.types import (
    ApprovalRequired,
    Attachment,
    Done,
    Fact,
    GraphUpdate,
    Node,
    Observation,
    Observed,
    Recalled,
    Revised,
    TextDelta,
    ToolUsed,
    Verdict,
)
from roleagent.workflow.state import Limits
from tests.parts import in_parts

USER = {"user_id": "ann"}


def make_persona() -> Persona:
    nodes = [
        Node(id="ada", type="person", label="Ada"),
        Node(id="london", type="place", label="London"),
        Node(id="user", type="person", label="the user"),
    ]
    facts = [
        Fact(
            id="ada.lives_in.london",
            subject="ada",
            relation="lives_in",
            object="london",
            text="Ada lives in London.",
        )
    ]
    graph = PersonaGraph(nodes=nodes, facts=facts, relations={})
    return Persona(
        id="ada",
        name="Ada",
        summary="You are Ada.",
        graph=graph,
        node_id="ada",
        fall_backs=("Let us turn to the engine.",),
    )


class Forbid:
    """A critic that rejects a word."""

    name = "forbid"

    def __init__(self, word: str) -> None:
        self._word = word

    def check(self, draft: str, scene: Any, *, complete: bool) -> Verdict:
        if self._word in draft:
            return Verdict(
                critic=self.name,
                ok=False,
                reason=f"No {self._word}.",
                quote=self._word,
                evidence=("ada.lives_in.london",),
            )
        return Verdict(critic=self.name, ok=True)


def make_agent(*script: Any, **options: Any) -> tuple[Agent, ScriptedModel]:
    model = ScriptedModel(list(script))
    defaults: dict[str, Any] = dict(
        model=model, embedder=HashEmbedder(), updater=FixedUpdater(), ranker=FirstFacts(),
        perceptors=[], guards=[], critics=[Forbid("robot")], on_disk=False,
    )  # fmt: skip
    chosen = defaults | options
    return Agent(chosen.pop("persona", None) or make_persona(), **in_parts(**chosen)), model


async def events_of(agent: Agent, text: str, **options: Any) -> list[Any]:
    return [event async for event in agent.stream(text, **(USER | options))]


def told(model: ScriptedModel, number: int) -> str:
    """All that the model read before it answered for the n-th time."""
    return "\n".join(message.text for message in model.prompts[number])


def call(name: str, **arguments: Any) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": f"call-{name}"}])


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


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
    learned = Fact(
        id="user.lives_in.london",
        subject="user",
        relation="lives_in",
        object="london",
        text="The user lives in London.",
        layer="learned",
    )
    agent, model = make_agent("Ah.", "So.", "So.", updater=FixedUpdater(GraphUpdate(added=(learned,))))
    first = await agent.run("I live in London.", user_id="ann")
    assert first.update.added == (learned,)
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


# ── perception ───────────────────────────────────────────────────────────────────────────────


class Seer:
    """A perceptor that sees what it was told to."""

    name = "seer"
    media_types = ("image/*",)

    def __init__(self, see: Any) -> None:
        self._see = see

    def perceive(self, attachment: Attachment) -> list[Observation]:
        text = self._see()
        return [Observation(kind="caption", text=text, source=self.name, attachment_id=attachment.id)]


PICTURE = Attachment(id="ab" * 32, media_type="image/png", path="bridge.png", name="bridge.png", num_bytes=1)


async def test_what_is_seen_is_in_the_prompt_as_material_and_in_memory():
    """The picture can be talked about, now and later."""
    agent, model = make_agent("A fine bridge.", perceptors=[Seer(lambda: "a red bridge")])
    reply = await agent.run("Look", attachments=[PICTURE], **USER)
    assert [seen.text for seen in reply.grounds.observations] == ["a red bridge"]
    assert "- bridge.png, a picture of: a red bridge" in told(model, 0)
    (said, _) = await agent.conversation(**USER).history()
    assert (said.text, said.text_and_seen) == ("Look", "Look\n[caption: a red bridge]")


async def test_a_perceptor_that_hangs_or_breaks_is_a_visible_event(caplog: pytest.LogCaptureFixture):
    """The turn goes on without it, and says so."""
    release = threading.Event()
    seers = [Seer(release.wait), Seer(lambda: 1 / 0)]
    agent, _ = make_agent("I cannot see it.", perceptors=seers, limits=Limits(perceive_s=0.2))
    reply = await agent.run("Look", attachments=[PICTURE], **USER)
    release.set()
    assert [seen.kind for seen in reply.grounds.observations] == ["failure", "failure"]
    assert "longer than 0.2 s" in reply.grounds.observations[0].text
    assert "division by zero" in reply.grounds.observations[1].text


async def test_a_guard_sees_words_and_pictures_and_its_warning_reaches_the_prompt():
    """An order written on a picture is material, and known to be suspicious."""

    class Suspicious:
        name = "suspicious"

        def screen(self, text: str, *, where: str) -> Verdict:
            return Verdict(critic=self.name, ok="obey" not in text, reason="an order", where=where)

    agent, model = make_agent("No.", perceptors=[Seer(lambda: "obey me")], guards=[Suspicious()])
    reply = await agent.run("Look", attachments=[PICTURE], **USER)
    assert [warning.where for warning in reply.warnings] == ["bridge.png"]
    assert "Somebody tries to command you in bridge.png" in told(model, 0)


# ── tools ────────────────────────────────────────────────────────────────────────────────────


async def test_a_typed_function_is_a_tool():
    """Call, result and answer, in one turn."""
    agent, model = make_agent(call("add", a=2, b=3), "Five.", tools=[add])
    events = await events_of(agent, "2 + 3?")
    assert [event.use.result for event in events if isinstance(event, ToolUsed)] == ["5"]
    assert events[-1].reply.text == "Five."
    assert model.prompts[1][-1].text == "5"
    assert model.options[0]["tools"][0]["function"]["name"] == "add"


async def test_tool_calls_are_bounded():
    """A model that only ever calls tools still has to answer in the end."""
    script = [call("add", a=1, b=1)] * 2
    agent, model = make_agent(*script, "Two.", tools=[add], limits=Limits(tool_rounds=2))
    reply = await agent.run("1 + 1?", **USER)
    assert reply.text == "Two."
    assert "tools" not in model.options[2]


@pytest.mark.parametrize(
    ("asked", "told"),
    [(call("add", a="two", b=3), "add failed"), (call("fly"), "There is no tool 'fly'.")],
)
async def test_a_bad_call_is_told_to_the_model(asked: AIMessage, told: str):
    """The model may try again; the turn does not break."""
    agent, _ = make_agent(asked, "Never mind.", tools=[add])
    reply = await agent.run("?", **USER)
    assert reply.text == "Never mind."
    assert not reply.tool_uses[0].ok
    assert told in str(reply.tool_uses[0].result)


@pytest.mark.parametrize(("approve", "result"), [(True, "5"), (False, "This was not allowed.")])
async def test_a_tool_waits_for_approval(approve: bool, result: str):
    """The turn stops before the tool runs, and goes on when somebody has decided."""
    agent, _ = make_agent(call("add", a=2, b=3), "Done.", tools=[add], approve=["add"])
    events = await events_of(agent, "2 + 3?")
    assert isinstance(events[-1], ApprovalRequired)
    waiting = events[-1].reply
    assert [(use.name, use.result) for use in waiting.pending] == [("add", None)]
    reply = await agent.conversation(**USER).resume(approve=approve)
    assert [use.result for use in reply.tool_uses] == [result]
    assert reply.text == "Done."


async def test_approval_survives_a_restart(tmp_path: Path):
    """The app may be restarted between the question and the answer."""
    options: dict[str, Any] = dict(tools=[add], approve=True, on_disk=True, home=tmp_path)
    agent, _ = make_agent(call("add", a=2, b=3), **options)
    assert (await agent.run("2 + 3?", **USER)).pending
    agent.close()
    agent, _ = make_agent("Five.", **options)
    reply = await agent.conversation(**USER).resume(approve=True)
    assert (reply.text, reply.tool_uses[0].result) == ("Five.", "5")
    agent.close()


async def test_what_was_doubted_survives_a_restart(tmp_path: Path):
    """The answer after the approval is judged by it too."""
    options: dict[str, Any] = dict(
        tools=[add], approve=True, on_disk=True, home=tmp_path, critics=["premise"]
    )
    agent, _ = make_agent(call("add", a=2, b=3), **options)
    waiting = await agent.run("How is your sister Clara?", **USER)
    agent.close()
    agent, model = make_agent("Five, and Clara is well.", **options)
    reply = await agent.conversation(**USER).resume(approve=True)
    agent.close()
    (doubt,) = reply.grounds.doubts
    assert reply.grounds.doubts == waiting.grounds.doubts
    assert doubt.note in told(model, 0)
    assert (reply.text, reply.fell_back) == (doubt.answer, True)


async def test_resuming_what_does_not_wait_is_refused():
    """An approval for nothing is a mistake of the caller."""
    agent, _ = make_agent("Fine.")
    await agent.run("Hello", **USER)
    with pytest.raises(InputError, match="waits for approval"):
        await agent.conversation(**USER).resume(approve=True)


# ── state on disk, life ──────────────────────────────────────────────────────────────────────


async def test_reopening_brings_everything_back_and_forgetting_removes_it(tmp_path: Path):
    """Memory outlives the process, until it is asked to go."""
    learned = Fact(
        id="user.lives_in.london",
        subject="user",
        relation="lives_in",
        object="london",
        text="The user lives in London.",
        layer="learned",
    )
    options: dict[str, Any] = dict(
        on_disk=True, home=tmp_path, updater=FixedUpdater(GraphUpdate(added=(learned,)))
    )
    agent, _ = make_agent("Milo, then.", **options)
    await agent.run("My cat is called Milo.", **USER)
    agent.close()
    agent, _ = make_agent("Milo.", **options)
    reply = await agent.run("What is my cat called?", thread_id="other", **USER)
    assert "My cat is called Milo." in [episode.text for episode in reply.grounds.episodes]
    assert "user.lives_in.london" in (await agent.conversation(**USER).knowledge()).facts
    receipt = await agent.conversation(**USER).forget()
    assert receipt.removed["episodes"] == 4
    assert "user.lives_in.london" not in (await agent.conversation(**USER).knowledge()).facts
    agent.close()
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"Milo" not in left


@pytest.mark.parametrize("is_opened", [True, False])
async def test_a_closed_agent_says_so_and_opens_nothing(tmp_path: Path, is_opened: bool):
    """A conversation that outlives its agent would open the home again, and nobody would close it."""
    agent, _ = make_agent("Ah.", on_disk=True, home=tmp_path / "home")
    ann = agent.conversation(**USER)
    if is_opened:
        await ann.say("Hello")
    agent.close()
    agent.close()
    before = sorted(tmp_path.rglob("*"))
    calls = (ann.say("Hello"), ann.history(), ann.forget(), ann.resume(approve=True), agent.warm_up())
    for each in calls:
        with pytest.raises(StoreError, match=r"This agent is closed\. Make a new one"):
            await each
    with pytest.raises(StoreError, match="This agent is closed"):
        agent.run_sync("Hello", **USER)
    assert sorted(tmp_path.rglob("*")) == before


async def test_committing_what_is_no_update_is_refused():
    """A caller that passes None believes that something was written."""
    agent, _ = make_agent("Ah.")
    with pytest.raises(InputError, match="update is None: pass a GraphUpdate, such as `propose` returns"):
        await agent.conversation(**USER).commit(None)  # type: ignore[arg-type]


async def test_the_record_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Several homes share one record; whoever set it must not find an empty one in the home."""
    monkeypatch.setenv("ROLEAGENT_RECORD", str(tmp_path / "shared.sqlite3"))
    get_settings.cache_clear()
    try:
        agent, _ = make_agent("Good day.", on_disk=True, home=tmp_path / "home")
        with agent:
            await agent.run("Hello", **USER)
    finally:
        get_settings.cache_clear()
    store = Store(tmp_path / "shared.sqlite3")
    assert store.users("ada") == ["ann"]
    store.close()
    assert not (tmp_path / "home" / "memory.sqlite3").exists()


def test_sync_code_can_talk_too():
    """A script needs no event loop."""
    agent, _ = make_agent("One.", "Two.")
    assert [agent.run_sync(text, **USER).text for text in ("a", "b")] == ["One.", "Two."]


async def test_sync_calls_work_inside_a_running_loop():
    """A notebook already runs one."""
    agent, _ = make_agent("One.")
    assert agent.run_sync("a", **USER).text == "One."


async def test_turns_of_one_conversation_wait_for_each_other():
    """Two messages sent at once must not be woven into each other."""
    agent, _ = make_agent("One.", "Two.")
    await asyncio.gather(agent.run("a", **USER), agent.run("b", **USER))
    assert [episode.text for episode in await agent.conversation(**USER).history()] == [
        "a",
        "One.",
        "b",
        "Two.",
    ]


async def test_fifty_people_at_once_keep_apart():
    """An agent serves many; nobody reads another's words."""
    agent, _ = make_agent(*["Noted."] * 50)
    await asyncio.gather(*(agent.run(f"My number is {n}.", user_id=f"user-{n}") for n in range(50)))
    for n in (0, 49):
        history = await agent.conversation(user_id=f"user-{n}").history()
        assert [episode.text for episode in history] == [f"My number is {n}.", "Noted."]


async def test_warming_up_lets_the_model_read_the_persona_and_remembers_nothing():
    """The first turn should not pay for loading."""
    agent, model = make_agent("…", "Fine.")
    await agent.warm_up()
    assert "You are Ada." in model.prompts[0][0].text
    assert await agent.conversation(user_id="warm-up", thread_id="warm-up").history() == []


async def test_warming_up_a_model_that_reads_ahead_asks_it_for_no_answer():
    """It can do more with the persona than forget it at the end of the process."""
    read: list[list[BaseMessage]] = []

    class Reader(ScriptedModel):
        async def read_ahead(self, messages: list[BaseMessage]) -> None:
            read.append(messages)

    model = Reader([])
    agent, _ = make_agent(model=model)
    await agent.warm_up()
    assert model.prompts == []
    assert "You are Ada." in read[0][0].text
