"""What a turn asks the memory, and what of the answer reaches the model."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from roleagent import Parts
from roleagent.agent.agent import Agent
from roleagent.errors import ToolError
from roleagent.memory.in_process import InProcessMemory
from roleagent.protocols import Cue
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, FixedUpdater, ScriptedModel
from roleagent.types import Episode, Fact, GraphUpdate, Owner, Sight, Thread
from roleagent.workflow.state import Limits
from tests.workflow.test_remembering import make_persona

ANN = Owner(persona_id="ada", user_id="ann")
TALK = Thread(owner=ANN, thread_id="before")
START = datetime(2026, 1, 1, tzinfo=UTC)
FACT = {"id": "f", "subject": "ada", "relation": "knows", "object": "ada", "text": "…"}


class Listening(InProcessMemory):
    """Keeps what it is asked."""

    def __init__(self) -> None:
        super().__init__(HashEmbedder())
        self.asked: list[tuple[Any, Any]] = []

    def recall(  # type: ignore[override]
        self, cue: Any, owner: Owner, sight: Sight, *, limit: int, token_budget: int | None = None
    ) -> list[Episode]:
        self.asked.append((cue, token_budget))
        return super().recall(cue, owner, sight, limit=limit, token_budget=token_budget)


def make_agent(memory: InProcessMemory, num_turns: int, **limits: int) -> Agent:
    return Agent(
        make_persona(),
        model=ScriptedModel(["Yes."] * num_turns),
        parts=Parts(
            embedder=HashEmbedder(),
            memory=memory,
            updater=FixedUpdater(),
            ranker=FirstFacts(),
            perceptors=[],
            guards=[],
            critics=[],
        ),
        on_disk=False,
        limits=Limits(**limits),
    )


def fill(memory: InProcessMemory, *texts: str, speaker: Literal["user", "persona"] = "user") -> None:
    episodes = [
        Episode(
            id=f"e{number}", thread=TALK, turn_id=f"t{number}", speaker=speaker, text=text,
            at=START + timedelta(minutes=number),
        )
        for number, text in enumerate(texts)
    ]  # fmt: skip
    memory.remember(episodes, GraphUpdate(), ANN)


async def test_the_memory_is_asked_with_the_last_utterances_and_the_turns_time():
    """No question by itself: "And then?", and no date: "last summer"."""
    memory = Listening()
    agent = make_agent(memory, 4)
    for text in ("One.", "Two.", "Three."):
        await agent.run(text, user_id="ann")
    reply = await agent.run("And then?", user_id="ann")
    cue, _ = memory.asked[-1]
    assert isinstance(cue, Cue)
    assert (cue.text, cue.history) == ("And then?", ("Two.", "Yes.", "Three.", "Yes."))
    assert cue.at == reply.turn.at


async def test_recall_spreads_over_no_more_than_the_listener_may_learn():
    """A secret edge would lead from one innocent word to another."""
    memory = Listening()
    agent = make_agent(memory, 2)
    await agent.run("Hello.", user_id="ann")
    await agent.run("Hello.", user_id="ann", listener="lovelace")
    stranger, husband = (cue.graph for cue, _ in memory.asked)
    assert "byron" not in stranger.nodes
    assert "2" not in stranger.facts
    assert {"byron", "2"} <= {*husband.nodes, *husband.facts}


async def test_recalled_words_stay_within_their_tokens():
    """A letter that somebody pasted must not crowd the prompt; the next best takes its place."""
    memory = Listening()
    fill(memory, "The violin " + "was lost in the fog " * 100, "The violin is found.", "A violin sings.")
    agent = make_agent(memory, 1, recall_tokens=12)
    reply = await agent.run("Where is the violin?", user_id="ann")
    assert {episode.id for episode in reply.grounds.episodes} == {"e1", "e2"}
    assert memory.asked[0][1] == 12


async def test_what_the_model_reads_anyway_takes_nothing_from_the_budget():
    """The conversation stands in the prompt as it is."""
    memory = Listening()
    fill(memory, "The violin is found.")
    here = replace(TALK, thread_id="main")
    said = Episode(
        id="h", thread=here, turn_id="h", speaker="user", text="The violin, the violin!",
        at=START + timedelta(days=1),
    )  # fmt: skip
    memory.remember([said], GraphUpdate(), ANN)
    agent = make_agent(memory, 1, recall_tokens=6)
    reply = await agent.run("Where is the violin?", user_id="ann")
    assert [episode.id for episode in reply.grounds.episodes] == ["e0"]
    assert memory.asked[0][1] == 6 + 6


async def test_slight_answers_of_the_character_are_not_recalled():
    """A small model repeats them, and they take the place of what was told."""
    memory = Listening()
    answers = ("Quite so.", "The violin, yes.", "The violin was left in the old tower by a stranger.")
    fill(memory, *answers, speaker="persona")
    reply = await make_agent(memory, 1).run("Where is the violin?", user_id="ann")
    assert [episode.text for episode in reply.grounds.episodes] == [answers[-1]]


async def test_slight_words_of_the_user_are_recalled():
    """Whatever a user told may be asked for."""
    memory = Listening()
    fill(memory, "A violin.")
    reply = await make_agent(memory, 1).run("Where is the violin?", user_id="ann")
    assert [episode.text for episode in reply.grounds.episodes] == ["A violin."]


@pytest.mark.parametrize(
    ("said", "come_to_mind"),
    [
        ("What is my dog called?", False),
        ("Where do I live?", False),
        ("我的狗叫什么？", False),
        ("What do you think of my dog?", True),
        ("What did I tell you?", True),
        ("Who is Byron?", True),
        ("What should I bring Ada?", True),
        ("你知道我的狗叫什么吗？", True),
        ("I want to write to her.", True),
        ("I see. Where was the person born?", True),
    ],
)
async def test_the_characters_facts_stay_out_of_the_users_own_affairs(said: str, come_to_mind: bool):
    """Beside what the user told they would be mistaken for it: the character's dog for the user's."""
    reply = await make_agent(Listening(), 1).run(said, user_id="ann")
    assert bool(reply.grounds.facts) is come_to_mind


async def test_what_is_presumed_without_reason_is_a_ground_of_the_reply():
    """The model is told, and whoever asks why sees it too."""
    agent = make_agent(Listening(), 2)
    reply = await agent.run("How is your sister Clara?", user_id="ann")
    (doubt,) = reply.grounds.doubts
    assert "your sister Clara" in doubt.quote
    assert doubt.note in reply.explain().as_markdown()
    assert (await agent.run("How are you?", user_id="ann")).grounds.doubts == ()


@pytest.mark.parametrize(
    ("found", "told"),
    [(None, "gave None"), ([1], r"gave \[1\]"), ([Fact(**FACT, score=40.0)], "scores from 0 to 1")],
)
async def test_a_ranker_that_gives_something_else_is_named(found: Any, told: str):
    """Not a bare error in the middle of a turn."""

    class Odd:
        def rank(self, graph: Any, query: str, **_: Any) -> Any:
            return found

    agent = Agent(
        make_persona(),
        model=ScriptedModel(["Yes."]),
        parts=Parts(embedder=HashEmbedder(), updater=FixedUpdater(), ranker=Odd(), perceptors=[], guards=[]),
        on_disk=False,
    )
    with pytest.raises(ToolError, match=rf"The ranker Odd .*{told}"):
        await agent.run("Who are you?", user_id="ann")


async def test_a_ranker_that_fails_is_named():
    """With what went wrong."""

    class Broken:
        def rank(self, graph: Any, query: str, **_: Any) -> Any:
            raise KeyError("nothing")

    agent = Agent(
        make_persona(),
        model=ScriptedModel(["Yes."]),
        parts=Parts(
            embedder=HashEmbedder(), updater=FixedUpdater(), ranker=Broken(), perceptors=[], guards=[]
        ),
        on_disk=False,
    )
    with pytest.raises(ToolError, match="The ranker Broken failed: KeyError"):
        await agent.run("Who are you?", user_id="ann")
