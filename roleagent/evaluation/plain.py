"""The same model with one prompt: the baseline that a character of this library is compared with."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, cast

from roleagent.errors import ModelError, RoleAgentError
from roleagent.evaluation.respondents import Answer, Talk
from roleagent.evaluation.staging import as_tool, seeded
from roleagent.evaluation.suite import Scene, Session, Step
from roleagent.persona.rendering import rendered
from roleagent.persona.view import view
from roleagent.workflow.failing import model_failure

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage
    from langchain_core.tools import BaseTool

    from roleagent.persona.persona import Persona

_AROUND_MESSAGE = 8  # tokens of a chat template, for each message
_CONTEXT_TOKENS = 4_096  # if the model does not say
_ROOM_FOR_ANSWER = 300  # tokens


class PlainRespondent:
    """The same model and settings, with the persona, all public facts and the whole talk in one prompt.

    The oldest talk is left out once the prompt fills the model's context, as a chat program does it.

    Args:
        persona: whom it plays; the prompt holds every fact that the listener may know.
        model: the language model, or its name.
        context_tokens: size of the model's context. Default: what the model reports, else 4,096.
    """

    name = "plain"

    def __init__(
        self, persona: Persona, *, model: str | BaseChatModel, context_tokens: int | None = None
    ) -> None:
        self._persona, self._model = persona, seeded(model)
        reported = (self._model.profile or {}).get("max_input_tokens")
        self._context_tokens = context_tokens or reported or _CONTEXT_TOKENS

    def begin(self, scene: Scene, *, repeat: int = 0) -> Talk:
        """Start a scene with an empty conversation."""
        persona = rendered(self._persona, scene.language) if scene.language else self._persona
        return _PlainTalk(persona, seeded(self._model, repeat), scene, self._context_tokens)


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
        """Take a turn: the prompt, the whole talk, the user's words, and one round of tools."""
        from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

        system = SystemMessage(plain_prompt(self.persona, session))
        exchange: list[BaseMessage] = [HumanMessage(_with_materials(step))]
        tools = {tool.name: as_tool(tool) for tool in self.scene.tools}
        start, first = time.perf_counter(), 0.0
        num_read = num_written = 0
        calls: list[str] = []
        for has_tools in (bool(tools), False):
            fixed = [system, *exchange]
            prompt = [system, *_fitting(self.said, fixed, self.context_tokens), *exchange]
            asked_at = time.perf_counter()
            answer, first_s = await self._ask(prompt, list(tools.values()) if has_tools else [])
            first = first or (first_s and asked_at - start + first_s)
            usage = answer.usage_metadata
            num_read += usage["input_tokens"] if usage else 0
            num_written += usage["output_tokens"] if usage else 0
            if not answer.tool_calls:
                break
            exchange += [answer, *_results(answer, tools)]
            calls += [call["name"] for call in answer.tool_calls]
        text = str(answer.text).strip()
        self.said += [exchange[0], AIMessage(text)]
        seconds = time.perf_counter() - start
        return Answer(
            text=text,
            seconds=seconds,
            first_token_s=first or seconds,
            prompt_tokens=num_read,
            output_tokens=num_written,
            prompt=str(system.text),
            calls=tuple(calls),
        )

    async def _ask(self, prompt: list[BaseMessage], tools: list[BaseTool]) -> tuple[AIMessage, float]:
        """The model's answer, and the seconds until its first text.

        Raises:
            ModelError: the model failed or said nothing.
        """
        from langchain_core.messages import AIMessageChunk
        from langchain_core.messages.ai import add_ai_message_chunks

        start, first = time.perf_counter(), 0.0
        model = self.model.bind_tools(tools) if tools else self.model
        chunks: list[AIMessageChunk] = []
        try:
            async for chunk in model.astream(prompt):
                if chunk.text and not first:
                    first = time.perf_counter() - start
                chunks.append(cast("AIMessageChunk", chunk))
        except RoleAgentError:
            raise
        except Exception as error:  # whatever a vendor's model raises
            raise model_failure(error) from error
        if not chunks:
            raise ModelError("The language model said nothing.")
        return add_ai_message_chunks(*chunks), first

    async def close(self) -> None:
        """Nothing is open."""


def plain_prompt(persona: Persona, session: Session | None = None) -> str:
    """What a user would paste for a character: its description, its manner, and all that is known of it."""
    session = session or Session(steps=())
    known = view(persona, listener=session.listener, as_of=session.as_of).persona
    facts = [fact.text for fact in known.graph.facts.values() if fact.valid_to is None]
    examples = [f"User: {each.user}\n{known.name}: {each.reply}" for each in known.examples]
    until = known.horizon.until
    if known.language.startswith("zh"):
        ends = f"如今是{until}，以后的事你一概不知。"
        stay = f"请始终以{known.name}的身份说话，简短作答。"
    else:
        ends = f"It is {until}; you know of nothing later."
        stay = f"Stay in character as {known.name}. Be brief."
    manner = [*known.speech, *known.rules, *([ends] if until else [])]
    blocks = [
        known.summary,
        known.personality,
        known.scenario,
        "\n".join(manner),
        "\n".join(facts),
        "\n\n".join(examples),
        stay,
    ]
    return "\n\n".join(block.strip() for block in blocks if block.strip())


def _fitting(
    said: Sequence[BaseMessage], fixed: Sequence[BaseMessage], context_tokens: int
) -> Sequence[BaseMessage]:
    """The newest of the talk that leaves room for the prompt and an answer."""
    from roleagent.language.tokens import estimated_tokens

    sizes = [estimated_tokens(str(message.text)) + _AROUND_MESSAGE for message in (*fixed, *reversed(said))]
    room = context_tokens - _ROOM_FOR_ANSWER - sum(sizes[: len(fixed)])
    kept = 0
    for size in sizes[len(fixed) :]:
        room -= size
        if room < 0:
            break
        kept += 1
    return said[len(said) - kept :]


def _results(answer: AIMessage, tools: Mapping[str, BaseTool]) -> list[BaseMessage]:
    from langchain_core.messages import ToolMessage

    return [
        ToolMessage(
            str(tools[call["name"]].invoke({})) if call["name"] in tools else "There is no such tool.",
            tool_call_id=call["id"],
        )
        for call in answer.tool_calls
    ]


def _with_materials(step: Step) -> str:
    """What was said, after a caption of what was shown, as chat programs do it."""
    lead = {"picture": "[Picture: {}]", "recording": "[Recording: {}]"}
    return "\n".join([*(lead[each.kind].format(each.text) for each in step.materials), step.say])
