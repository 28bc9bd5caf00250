"""Models that write in the pieces they are given, and turns with them."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from pydantic import Field

from roleagent.agent.agent import Agent
from roleagent.graph.graph import PersonaGraph
from roleagent.language.sentences import letters, split_sentences
from roleagent.persona.persona import Persona
from roleagent.persona.view import View
from roleagent.protocols import Scene
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, FixedUpdater, ScriptedModel
from roleagent.types import Node, Owner, Reply, TextDelta, Thread, Turn, Verdict
from roleagent.workflow.judging import critique, fall_back
from roleagent.workflow.parts import LiveParts
from roleagent.workflow.responding import respond
from roleagent.workflow.run import after_critique
from roleagent.workflow.state import AgentContext, AgentState, Meeting, fresh_state
from tests.parts import in_parts

DECLINES = "Let us turn to the engine."
Pieces = Sequence[str | AIMessageChunk]


class PieceModel(ScriptedModel):
    """Streams exactly the pieces it is given, one list a call; the last list again when asked more often."""

    pieces: list[list[Any]] = Field(default_factory=list)

    async def _astream(self, messages: Any, *_: Any, **options: Any) -> AsyncIterator[ChatGenerationChunk]:
        call = min(len(self.prompts), len(self.pieces) - 1)
        self.prompts.append(list(messages))
        for piece in self.pieces[call] or [""]:
            chunk = AIMessageChunk(content=piece) if isinstance(piece, str) else piece
            yield ChatGenerationChunk(message=chunk)


class Streams:
    """As much of a chat model as the writing needs, without LangChain's work for each piece."""

    profile = None

    def __init__(self, drafts: Sequence[Pieces]) -> None:
        self._left = list(drafts)

    async def astream(self, messages: Any) -> AsyncIterator[AIMessageChunk]:
        pieces = self._left.pop(0) if len(self._left) > 1 else self._left[0]
        for piece in pieces:
            yield AIMessageChunk(content=piece) if isinstance(piece, str) else piece


class EndsBadly:
    """Rejects a draft only while a bad sentence is its last: one word more, and it would pass."""

    name = "ends-badly"

    def __init__(self, bad: Sequence[str]) -> None:
        self.bad = [letters(each) for each in bad]
        self.num_read = 0

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        self.num_read += len(draft) - scene.judged
        last = letters(split_sentences(draft)[-1])
        if last in self.bad:
            return Verdict(critic=self.name, ok=False, reason="Not this.", quote=split_sentences(draft)[-1])
        return Verdict(critic=self.name, ok=True)


def make_persona() -> Persona:
    nodes = [Node(id="ada", type="person", label="Ada"), Node(id="user", type="person", label="the user")]
    graph = PersonaGraph(nodes=nodes, facts=[], relations={})
    return Persona(
        id="ada", name="Ada", summary="You are Ada.", graph=graph, node_id="ada", fall_backs=(DECLINES,)
    )


def make_agent(*drafts: Pieces, critics: Sequence[Any] = (), **options: Any) -> tuple[Agent, PieceModel]:
    model = PieceModel([])
    model.pieces = [list(draft) for draft in drafts]
    agent = Agent(
        make_persona(),
        model=model,
        on_disk=False,
        **in_parts(
            embedder=HashEmbedder(),
            updater=FixedUpdater(),
            ranker=FirstFacts(),
            perceptors=[],
            guards=[],
            critics=critics,
            **options,
        ),
    )
    return agent, model


async def drafts_of_a_turn(*drafts: Pieces, critics: Sequence[Any]) -> tuple[AgentState, list[str]]:
    """The part of a turn that writes, alone: the state at its end, and the text as it was shown."""
    persona = make_persona()
    model: Any = Streams(drafts)
    never: Any = None  # what the part does not call
    whole = View(persona=persona, listeners=frozenset())
    context = AgentContext(
        meeting=Meeting(persona=persona, graph=persona.graph, view=whole, user=""),
        parts=LiveParts(
            model=model,
            model_name="",
            embedder=never,
            memory=never,
            updater=never,
            ranker=never,
            critics=tuple(critics),
        ),
    )
    events: list[Any] = []
    runtime: Any = SimpleNamespace(context=context, stream_writer=events.append)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    turn = Turn(
        thread=Thread(owner=Owner(persona_id="ada", user_id="ann"), thread_id="main"), text="Hello.", at=at
    )
    state, then = fresh_state(turn), "respond"
    while then == "respond":
        state = {**state, **await respond(state, runtime)}  # type: ignore[typeddict-item]
        state = {**state, **await critique(state, runtime)}  # type: ignore[typeddict-item]
        then = after_critique(state, runtime)
    if then == "fall_back":
        state = {**state, **await fall_back(state, runtime)}  # type: ignore[typeddict-item]
    return state, [event.text for event in events if isinstance(event, TextDelta)]


async def turn(agent: Agent, text: str = "Hello.") -> tuple[Reply, list[str]]:
    """The reply, and the text as it was shown."""
    events = [event async for event in agent.stream(text, user_id="ann")]
    return events[-1].reply, [event.text for event in events if isinstance(event, TextDelta)]


def in_pieces(text: str, seed: int) -> list[str]:
    """Cut anywhere; seed 0 gives one piece, seed 1 single characters."""
    if seed < 2:
        return [text] if seed == 0 else list(text)
    generator = random.Random(seed)
    cuts = sorted(generator.sample(range(len(text) + 1), k=min(len(text), generator.randint(1, 12))))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
