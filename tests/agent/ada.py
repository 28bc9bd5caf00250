"""Ada Lovelace with fakes where weights would be, and short ways to talk to her."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage

from roleagent.agent.agent import Agent
from roleagent.graph.graph import PersonaGraph
from roleagent.persona.persona import Persona
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, FixedUpdater, ScriptedModel
from roleagent.types import (
    Fact,
    Node,
    Verdict,
)
from tests.parts import in_parts

USER = {"user_id": "ann"}
LIVES_IN_LONDON = Fact(
    id="user.lives_in.london",
    subject="user",
    relation="lives_in",
    object="london",
    text="The user lives in London.",
    layer="learned",
)


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
