"""Who answers a suite: a character of this library, or the same model with everything in one prompt."""

from __future__ import annotations

import hashlib
import io
import time
import wave
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, cast

from roleagent.errors import ModelError
from roleagent.evaluation.suite import Material, Scene, ScriptedTool, Session, Step
from roleagent.persona.view import view
from roleagent.types import ApprovalRequired, Attachment, Done, Observation, Reply, TextDelta
from roleagent.workflow.parts import Parts

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langchain_core.tools import BaseTool

    from roleagent.agent.conversation import Conversation
    from roleagent.persona.persona import Persona
    from roleagent.workflow.state import Limits

_USER = "somebody"
_MAX_TOOL_ROUNDS = 2


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
    """

    text: str
    seconds: float
    first_token_s: float
    prompt_tokens: int = 0
    output_tokens: int = 0
    prompt: str = ""
    reply: Reply | None = None


class Talk(Protocol):
    """One scene as it is played."""

    async def enter(self, session: Session, thread_id: str, step: Step, at: datetime) -> None:
        """Take a turn over as it was held; no model is asked."""

    async def say(self, session: Session, thread_id: str, step: Step) -> Answer:
        """Take a turn."""

    async def close(self) -> None:
        """End the scene."""


class Respondent(Protocol):
    """Something that can be talked to."""

    name: str

    def begin(self, scene: Scene) -> Talk:
        """Start a scene, without memory of any other."""


# ── ours ─────────────────────────────────────────────────────────────────────────────────


class AgentRespondent:
    """A character of this library; each scene has a memory of its own, in RAM.

    Args:
        persona: whom it plays.
        model: the language model, or its name.
        parts: its other parts; perceptors and tools of a scene are added.
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

    def begin(self, scene: Scene) -> Talk:
        """Start a scene with a new agent; models stay loaded."""
        return _AgentTalk(self._persona, self._model, self._parts, self._limits, scene)


class _AgentTalk:
    def __init__(
        self,
        persona: Persona,
        model: str | BaseChatModel,
        parts: Parts,
        limits: Limits | None,
        scene: Scene,
    ) -> None:
        from roleagent.agent.agent import Agent

        steps = [step for session in scene.sessions for step in session.steps]
        tools = [_as_tool(tool) for tool in scene.tools]
        with_tools = replace(parts, tools=[*parts.tools, *tools])
        if not any(step.attachments for step in steps):
            seen = _ScriptedPerceptor([each for step in steps for each in step.materials])
            with_tools = replace(with_tools, perceptors=[seen])
        self._persona = persona
        self._agent = Agent(persona, model=model, on_disk=False, parts=with_tools, limits=limits)

    def _conversation(self, session: Session, thread_id: str) -> Conversation:
        return self._agent.conversation(
            user_id=_USER, thread_id=thread_id, listener=session.listener, as_of=session.as_of
        )

    async def enter(self, session: Session, thread_id: str, step: Step, at: datetime) -> None:
        """Have the turn remembered, and learned from, as if it had been held here."""
        await self._conversation(session, thread_id).recount(step.say, step.answered or "", at=at)

    async def say(self, session: Session, thread_id: str, step: Step) -> Answer:
        """Take a turn with the agent."""
        shown = [*map(_as_bytes, step.materials), *step.attachments]
        start, first = time.perf_counter(), 0.0
        conversation = self._conversation(session, thread_id)
        async with aclosing(conversation.stream(step.say, attachments=shown)) as events:
            async for event in events:
                if isinstance(event, TextDelta) and not first:
                    first = time.perf_counter() - start
                if isinstance(event, (Done, ApprovalRequired)):
                    reply = event.reply
        seconds = time.perf_counter() - start
        return Answer(
            text=reply.text,
            seconds=seconds,
            first_token_s=first or seconds,
            prompt_tokens=reply.usage.input_tokens,
            output_tokens=reply.usage.output_tokens,
            prompt=_system_text(self._persona, session),
            reply=reply,
        )

    async def close(self) -> None:
        """Close the agent."""
        self._agent.close()


def _system_text(persona: Persona, session: Session) -> str:
    from roleagent.workflow.prompt import build_system_message

    known = view(persona, listener=session.listener, as_of=session.as_of).persona
    return str(build_system_message(known).text)


# ── the same model with one prompt ───────────────────────────────────────────────────────


class PlainRespondent:
    """The same model and settings, with the persona, all public facts and the whole talk in one prompt.

    The oldest talk is left out once the prompt fills the model's context, as a user's chat program does it.

    Args:
        persona: whom it plays; the prompt holds every fact that a stranger may know.
        model: the language model, or its name.
        context_tokens: size of the model's context. Default: what the model reports, else 4,096.
    """

    name = "plain"

    def __init__(
        self, persona: Persona, *, model: str | BaseChatModel, context_tokens: int | None = None
    ) -> None:
        from roleagent import registry

        self._persona = persona
        self._model: BaseChatModel = registry.get("model", model) if isinstance(model, str) else model
        profile = self._model.profile or {}
        self._context = context_tokens or profile.get("max_input_tokens") or 4_096

    def begin(self, scene: Scene) -> Talk:
        """Start a scene with an empty conversation."""
        return _PlainTalk(self._persona, self._model, scene, self._context)


@dataclass(slots=True)
class _PlainTalk:
    persona: Persona
    model: BaseChatModel
    scene: Scene
    context_tokens: int
    said: list[BaseMessage] = field(default_factory=list)

    async def enter(self, session: Session, thread_id: str, step: Step, at: datetime) -> None:
        """Put the turn into the conversation."""
        from langchain_core.messages import AIMessage, HumanMessage

        self.said += [HumanMessage(_with_materials(step)), AIMessage(step.answered or "")]

    async def say(self, session: Session, thread_id: str, step: Step) -> Answer:
        """Take a turn: the prompt, the whole talk, and the user's words."""
        from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage
        from langchain_core.messages.ai import add_ai_message_chunks

        system = SystemMessage(plain_prompt(self.persona, session))
        asked = HumanMessage(_with_materials(step))
        tools = {tool.name: _as_tool(tool) for tool in self.scene.tools}
        model = self.model.bind_tools(list(tools.values())) if tools else self.model
        start, first = time.perf_counter(), 0.0
        exchange: list[BaseMessage] = [asked]
        num_read = num_written = 0
        for round_number in range(_MAX_TOOL_ROUNDS):
            chunks: list[AIMessageChunk] = []
            prompt = [system, *_fitting(self.said, [system, *exchange], self.context_tokens), *exchange]
            async for chunk in (model if round_number == 0 else self.model).astream(prompt):
                if chunk.text and not first:
                    first = time.perf_counter() - start
                chunks.append(cast("AIMessageChunk", chunk))
            if not chunks:
                raise ModelError("The language model said nothing.")
            answer = add_ai_message_chunks(*chunks)
            usage = answer.usage_metadata
            num_read += usage["input_tokens"] if usage else 0
            num_written += usage["output_tokens"] if usage else 0
            if not answer.tool_calls:
                break
            exchange += [answer, *_results(answer, tools)]
        text = str(answer.text).strip()
        self.said += [asked, AIMessage(text)]
        seconds = time.perf_counter() - start
        return Answer(
            text=text,
            seconds=seconds,
            first_token_s=first or seconds,
            prompt_tokens=num_read,
            output_tokens=num_written,
            prompt=str(system.text),
        )

    async def close(self) -> None:
        """Nothing is open."""


def plain_prompt(persona: Persona, session: Session | None = None) -> str:
    """What a user would paste for a character: its description, its manner, and all that is known of it."""
    session = session or Session(steps=())
    known = view(persona, listener=session.listener, as_of=session.as_of).persona
    graph = known.graph
    facts = [fact.text for fact in graph.facts.values() if fact.valid_to is None]
    is_chinese = known.language.startswith("zh")
    examples = [f"User: {each.user}\n{known.name}: {each.reply}" for each in known.examples]
    until = [f"It is {known.horizon.until}; you know of nothing later."] if known.horizon.until else []
    if is_chinese and until:
        until = [f"如今是{known.horizon.until}，以后的事你一概不知。"]
    stay = (
        f"请始终以{known.name}的身份说话，简短作答。"
        if is_chinese
        else f"Stay in character as {known.name}. Be brief."
    )
    parts = [
        known.summary,
        known.personality,
        known.scenario,
        "\n".join((*known.speech, *known.rules, *until)),
    ]
    blocks = [part.strip() for part in (*parts, "\n".join(facts), "\n\n".join(examples), stay)]
    return "\n\n".join(block for block in blocks if block)


def _fitting(
    said: Sequence[BaseMessage], fixed: Sequence[BaseMessage], context_tokens: int
) -> Sequence[BaseMessage]:
    """The newest of the talk that leaves room for the prompt and an answer."""
    from roleagent.language.tokens import estimated_tokens

    room = context_tokens - 300 - sum(estimated_tokens(str(each.text)) + 8 for each in fixed)
    kept = 0
    for message in reversed(said):
        room -= estimated_tokens(str(message.text)) + 8
        if room < 0:
            break
        kept += 1
    return said[len(said) - kept :]


def _results(answer: BaseMessage, tools: Mapping[str, BaseTool]) -> list[BaseMessage]:
    from langchain_core.messages import ToolMessage

    calls = getattr(answer, "tool_calls", [])
    return [
        ToolMessage(
            str(tools[call["name"]].invoke({})) if call["name"] in tools else "?", tool_call_id=call["id"]
        )
        for call in calls
    ]


def _with_materials(step: Step) -> str:
    """What was said, with what was shown as a caption, as chat programs do it."""
    lead = {"picture": "[Picture: {}]", "recording": "[Recording: {}]"}
    return "\n".join([*(lead[each.kind].format(each.text) for each in step.materials), step.say])


# ── what is shown ────────────────────────────────────────────────────────────────────────


def _as_tool(tool: ScriptedTool) -> BaseTool:
    from langchain_core.tools import StructuredTool

    return StructuredTool.from_function(
        func=lambda: tool.result, name=tool.name, description=tool.description
    )


class _ScriptedPerceptor:
    """Reports of a picture or recording what the suite says is in it."""

    name = "suite"
    media_types: tuple[str, ...] = ("image/*", "audio/*")

    def __init__(self, materials: Sequence[Material]) -> None:
        self._of = {hashlib.sha256(_as_bytes(each)).hexdigest(): each for each in materials}

    def perceive(self, attachment: Attachment) -> Sequence[Observation]:
        """The caption, or the words that are heard."""
        material = self._of.get(attachment.id)
        if material is None:
            return ()
        kind = "caption" if material.kind == "picture" else "transcript"
        return (Observation(kind=kind, text=material.text, source=self.name, attachment_id=attachment.id),)


def _as_bytes(material: Material) -> bytes:
    """A tiny file that stands for the material, different for each text."""
    mark = hashlib.sha256(material.text.encode()).digest()
    data = io.BytesIO()
    if material.kind == "picture":
        from PIL import Image

        Image.frombytes("RGB", (2, 5), mark[:30]).resize((20, 50)).save(data, "PNG")
    else:
        with wave.open(data, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16_000)
            file.writeframes(mark * 500)
    return data.getvalue()


def long_ago(days: float) -> datetime:
    """That many days before now, in UTC."""
    return datetime.now(UTC) - timedelta(days=days)
