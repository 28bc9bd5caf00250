"""The prompt of a turn is what the model read, from a log to the letter, from a record as far as it goes."""

from __future__ import annotations

from pathlib import Path

from langchain_core.messages import BaseMessage

from roleagent.agent.agent import Agent
from roleagent.home.home import Home
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, ScriptedModel
from roleagent.tuning.dialogues import Message
from roleagent.tuning.judged_drafts import read_judged
from roleagent.tuning.stored_turns import names_told, prompt_of_record, prompt_of_scene, stored_turns
from roleagent.types import Owner
from tests.parts import in_parts
from tests.tuning.held import holmes, talk

ANN = Owner(persona_id="holmes", user_id="ann")
SAID = ("I live in Lyon.", "What is my town like?", "Who is your landlady?")


async def held(tmp_path: Path) -> list[list[BaseMessage]]:
    """Three turns; what the model read in each."""
    model = ScriptedModel(["Indeed.", "Full of silk.", "Mrs Hudson."])
    parts = in_parts(
        embedder=HashEmbedder(), recall="fast", ranker=FirstFacts(), perceptors=[], guards=[],
        critics=["role"], relationships=False,
    )  # fmt: skip
    with Agent("holmes", model=model, home=tmp_path / "home", critic_log=tmp_path / "log", **parts) as agent:
        for said in SAID:
            await agent.conversation(user_id="ann").say(said)
    return model.prompts


def texts(messages: list[BaseMessage] | tuple[Message, ...]) -> list[str]:
    return [str(each.text) for each in messages]


async def test_a_scene_gives_the_prompt_to_the_letter(tmp_path: Path):
    """What is learned is what will be read."""
    read = await held(tmp_path)
    judged = read_judged(tmp_path / "log", [ANN])
    assert [texts(prompt_of_scene(turn.scene)) for turn in judged.values()] == [texts(each) for each in read]


async def test_a_record_gives_the_same_where_nothing_older_was_recalled(tmp_path: Path):
    """With the same ranker, the prompt of a first conversation is the one that was read."""
    read = await held(tmp_path)
    with Home(tmp_path / "home") as opened:
        turns = stored_turns(list(opened.memory.store.episodes(ANN)))
        made = [prompt_of_record(turn, holmes(), opened.memory, ranker=FirstFacts()) for turn in turns]
    assert [texts(each) for each in made] == [texts(each) for each in read]


async def test_names_are_those_that_were_told_and_no_ones_of_the_persona(tmp_path: Path):
    """Watson belongs to the story; Ann to nobody's."""
    await talk(tmp_path / "home")
    with Home(tmp_path / "home") as opened:
        episodes = list(opened.memory.store.episodes(ANN))
        names = names_told(opened.memory, ANN, episodes, holmes())
    assert names == {"Ann Lee", "Ann", "Lee"}
