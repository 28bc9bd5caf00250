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
from roleagent.graph.schema import in_its_time
from roleagent.persona.rendering import rendered
from roleagent.persona.view import view
from roleagent.workflow.context_window import says_too_long
from roleagent.workflow.failing import model_failure

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage
    from langchain_core.tools import BaseTool

    from roleagent.persona.persona import Persona

_AROUND_MESSAGE = 8  # tokens of a chat template, for each message
_CONTEXT_TOKENS = 4_096  # if the model does not say
_ROOM_FOR_ANSWER = 300  # tokens
_NEXT_ROOM = 0.8  # of a prompt that the model refused as too long


class PlainRespondent:
    """The same model and settings, with the persona, all public facts and the whole talk in one prompt.

    What does not fit the model's context is left out, as a chat program does it: the oldest talk first, then
    the facts furthest down the list. The answer says so.

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
        from langchain_core.messages import AIMessage, HumanMessage

        exchange: list[BaseMessage] = [HumanMessage(_with_materials(step))]
        tools = {tool.name: as_tool(tool) for tool in self.scene.tools}
        start, first = time.perf_counter(), 0.0
        num_read = num_written = 0
        calls: list[str] = []
        for has_tools in (bool(tools), False):
            asked_at = time.perf_counter()
            prompt, answer, first_s = await self._ask_cut(
                session, exchange, list(tools.values()) if has_tools else []
            )
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
            prompt=prompt.system,
            omitted=prompt.omitted,
            calls=tuple(calls),
        )

    async def _ask_cut(
        self, session: Session, exchange: Sequence[BaseMessage], tools: list[BaseTool]
    ) -> tuple[_Prompt, AIMessage, float]:
        """Ask with what fits, and with less as long as the model says that the prompt is too long.

        Tokens are only estimated, and small models need many for scripts that they hardly know.

        Returns:
            The prompt that was read, the answer, and the seconds until its first text.

        Raises:
            ModelError: the model failed, said nothing, or refused even the prompt without talk and facts.
        """
        while True:
            prompt = _prompt_within(self.context_tokens, self.persona, session, self.said, exchange)
            try:
                return prompt, *await self._ask([*prompt.messages, *exchange], tools)
            except ModelError as error:
                if not says_too_long(error) or prompt.is_bare:
                    raise
            read = _num_tokens([*prompt.messages, *exchange])
            self.context_tokens = int(_NEXT_ROOM * read) + _ROOM_FOR_ANSWER

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


def plain_prompt(persona: Persona, session: Session | None = None, *, most_facts: int | None = None) -> str:
    """What a user would paste for a character: its description, its manner, and all that is known of it.

    Args:
        persona: in full.
        session: who listens, and when in the story.
        most_facts: how many facts it may hold, from the top of the list. Default: all.
    """
    session = session or Session(steps=())
    known = view(persona, listener=session.listener, as_of=session.as_of).persona
    facts = _facts_of(known)[:most_facts]
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


def _facts_of(known: Persona) -> list[str]:
    return [in_its_time(fact) for fact in known.graph.facts.values()]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prompt:
    """What stands before the user's words.

    Attributes:
        system: the persona with the facts that fit.
        talk: the newest of the talk that fits.
        num_facts: how many facts it holds.
        omitted: what was left out, a line for each kind.
    """

    system: str
    talk: Sequence[BaseMessage]
    num_facts: int
    omitted: tuple[str, ...]

    @property
    def messages(self) -> list[BaseMessage]:
        """As the model reads them."""
        from langchain_core.messages import SystemMessage

        return [SystemMessage(self.system), *self.talk]

    @property
    def is_bare(self) -> bool:
        """Whether nothing more can be left out."""
        return not self.talk and not self.num_facts


def _prompt_within(
    context_tokens: int,
    persona: Persona,
    session: Session,
    said: Sequence[BaseMessage],
    exchange: Sequence[BaseMessage],
) -> _Prompt:
    """The prompt that leaves room for the exchange and an answer; without any facts, it may not."""
    from langchain_core.messages import SystemMessage

    facts = _facts_of(view(persona, listener=session.listener, as_of=session.as_of).persona)
    system = SystemMessage(plain_prompt(persona, session))
    room = context_tokens - _ROOM_FOR_ANSWER - _num_tokens([system, *exchange])
    talk = _newest(said, room)
    num_facts = _num_fitting(facts, room)
    if num_facts < len(facts):
        system = SystemMessage(plain_prompt(persona, session, most_facts=num_facts))
    left_out = (
        (len(said) - len(talk), "utterances of this conversation, the oldest"),
        (len(facts) - num_facts, "facts, the last of the list"),
    )
    return _Prompt(
        system=str(system.text),
        talk=talk,
        num_facts=num_facts,
        omitted=tuple(f"{number} {what}" for number, what in left_out if number),
    )


def _newest(said: Sequence[BaseMessage], room: int) -> Sequence[BaseMessage]:
    """The newest exchanges of a talk that fit into a number of tokens."""
    kept = len(said)
    for at in range(len(said) - 2, -1, -2):
        room -= _num_tokens(said[at : at + 2])
        if room < 0:
            break
        kept = at
    return said[kept:]


def _num_fitting(facts: Sequence[str], room: int) -> int:
    """How many facts a prompt keeps that has room for more, or for so many tokens less than it has."""
    from roleagent.language.tokens import estimated_tokens

    kept = len(facts)
    while kept and room < 0:
        kept -= 1
        room += estimated_tokens(facts[kept])
    return kept


def _num_tokens(messages: Sequence[BaseMessage]) -> int:
    """About how many tokens messages have."""
    from roleagent.language.tokens import estimated_tokens

    return sum(estimated_tokens(str(message.text)) + _AROUND_MESSAGE for message in messages)


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
