"""Who answers a suite: the interface of a respondent, and a character of this library as one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from roleagent import protocols, registry
from roleagent.evaluation.staging import ScriptedPerceptor, as_file, as_tool, seeded
from roleagent.evaluation.suite import Scene, Session, Step
from roleagent.persona.rendering import rendered
from roleagent.persona.view import view
from roleagent.types import ApprovalRequired, Done, Episode, Reply, TextDelta
from roleagent.workflow.parts import Parts

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from roleagent.agent.agent import Agent
    from roleagent.agent.conversation import Conversation
    from roleagent.graph.graph import PersonaGraph
    from roleagent.persona.persona import Persona
    from roleagent.workflow.state import Limits

_USER = "somebody"
_TALK_BEFORE = 50  # utterances, more than any critic looks at


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered, and what it cost.

    Attributes:
        seconds: for the whole turn.
        first_token_s: until the first text was shown.
        prompt_tokens: read by the model, in all drafts together; 0 if it does not say.
        output_tokens: written by the model, likewise.
        prompt: the system message.
        reply: everything that the answer rests on; None if it does not come from an `Agent`.
        omitted: what the model did not read because it did not fit its context, a line for each kind.
        calls: names of the tools that were called for it, those that wait for approval included.
        backdrop: what critics compare the answer with; None if it does not come from an `Agent`.
    """

    text: str
    seconds: float = 0.0
    first_token_s: float = 0.0
    prompt_tokens: int = 0
    output_tokens: int = 0
    prompt: str = ""
    omitted: tuple[str, ...] = ()
    reply: Reply | None = None
    calls: tuple[str, ...] = ()
    backdrop: protocols.Scene | None = None


class Talk(Protocol):
    """One scene as it is played."""

    async def enter(self, session: Session, thread_id: str, step: Step, at: datetime) -> None:
        """Take over a turn that was held before the test; no model is asked."""

    async def say(self, session: Session, thread_id: str, step: Step) -> Answer:
        """Take a turn."""

    async def close(self) -> None:
        """End the scene."""


class Respondent(Protocol):
    """Something that can be talked to."""

    name: str

    def begin(self, scene: Scene, *, repeat: int = 0) -> Talk:
        """Start a scene, without memory of any other.

        Args:
            scene: what will be said.
            repeat: which run of the suite it is; each has its own seed.
        """


class AgentRespondent:
    """A character of this library; each scene has a memory of its own, in RAM.

    Args:
        persona: whom it plays.
        model: the language model, or its name.
        parts: its other parts. The tools of a scene are added, and what a suite says is in a picture or
            recording replaces the perceptors, except in scenes that show real files.
        limits: how much a turn may take.
        name: how results name it.
    """

    def __init__(
        self,
        persona: Persona,
        *,
        model: str | BaseChatModel,
        parts: Parts | None = None,
        limits: Limits | None = None,
        name: str = "all",
    ) -> None:
        self.name, self._persona, self._model = name, persona, model
        self._parts, self._limits = parts or Parts(), limits

    def begin(self, scene: Scene, *, repeat: int = 0) -> Talk:
        """Start a scene with a new agent; models stay loaded."""
        from roleagent.agent.agent import Agent

        steps = [step for session in scene.sessions for step in session.steps]
        parts = replace(self._parts, tools=[*self._parts.tools, *map(as_tool, scene.tools)])
        if not any(step.attachments for step in steps):
            materials = [material for step in steps for material in step.materials]
            parts = replace(parts, perceptors=[ScriptedPerceptor(materials)])
        persona = rendered(self._persona, scene.language) if scene.language else self._persona
        model = seeded(self._model, repeat)
        return _AgentTalk(Agent(persona, model=model, on_disk=False, parts=parts, limits=self._limits))


class _AgentTalk:
    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    def _conversation(self, session: Session, thread_id: str) -> Conversation:
        return self._agent.conversation(
            user_id=_USER, thread_id=thread_id, listener=session.listener, as_of=session.as_of
        )

    async def enter(self, session: Session, thread_id: str, step: Step, at: datetime) -> None:
        """Have the turn remembered, and learned from, as if it had been held here."""
        await self._conversation(session, thread_id).recount(step.say, step.answered or "", at=at)

    async def say(self, session: Session, thread_id: str, step: Step) -> Answer:
        """Take a turn with the agent."""
        shown = [*map(as_file, step.materials), *step.attachments]
        conversation = self._conversation(session, thread_id)
        history, graph = await conversation.history(limit=_TALK_BEFORE), await conversation.knowledge()
        start, first = time.perf_counter(), 0.0
        async with aclosing(conversation.stream(step.say, attachments=shown)) as events:
            async for event in events:
                if isinstance(event, TextDelta) and not first:
                    first = time.perf_counter() - start
                if isinstance(event, (Done, ApprovalRequired)):
                    reply = event.reply
        seconds = time.perf_counter() - start
        known = view(self._agent.persona, listener=session.listener, as_of=session.as_of).persona
        return Answer(
            text=reply.text,
            seconds=seconds,
            first_token_s=first or seconds,
            prompt_tokens=reply.usage.input_tokens,
            output_tokens=reply.usage.output_tokens,
            prompt=_system_text(known),
            omitted=tuple(reply.omitted.as_lines()) if reply.omitted else (),
            reply=reply,
            calls=tuple(use.name for use in (*reply.tool_uses, *reply.pending)),
            backdrop=_backdrop(reply, known, graph, history),
        )

    async def close(self) -> None:
        """Close the agent."""
        self._agent.close()


def _system_text(known: Persona) -> str:
    from roleagent.workflow.prompt import build_system_message

    return str(build_system_message(known).text)


def _backdrop(
    reply: Reply, known: Persona, graph: PersonaGraph, history: Sequence[Episode]
) -> protocols.Scene:
    """What the critics of the turn compared its drafts with."""
    from roleagent.workflow.prompt import build_system_message

    built_in = registry.BUILT_IN["tool"]
    return protocols.Scene(
        persona=known,
        graph=graph,
        turn=reply.turn,
        grounds=replace(reply.grounds, summaries=()),  # derived: never evidence
        warnings=reply.warnings,
        history=tuple(history),
        looked_up=tuple(
            use.result or ""
            for use in reply.tool_uses
            if use.ok and use.name not in built_in and not use.handed_back
        ),
        prompt=str(build_system_message(known, graph=graph).text),
    )
