"""Let the language model write through the gate, within a time limit."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.runnables import Runnable

from roleagent.concurrency.blocking import run_blocking
from roleagent.errors import ModelError, RoleAgentError
from roleagent.language.thinking import Said, ThinkingFilter, thoughts_beside
from roleagent.language.unicode import Joiner, repaired
from roleagent.types import Owner, Reading, Thread, Turn
from roleagent.workflow.gate import SentenceGate
from roleagent.workflow.prompt import Briefing, build_messages
from roleagent.workflow.state import AgentContext

Model = Runnable[LanguageModelInput, AIMessage]

# Where vendors give the reason for stopping, and what they call a stop early: "length" (OpenAI,
# Ollama), "max_tokens" (Anthropic, Gemini, Bedrock), "model_length" (Mistral), "max_output_tokens" (OpenAI's
# responses), "model_context_window_exceeded" (Anthropic), "token_limit" (watsonx), "limit" (llama.cpp).
_STOP_KEYS = frozenset(
    ["finishreason", "stopreason", "donereason", "completionreason", "stoptype", "incompletedetails"]
)
_CUT = re.compile(
    r"length|max(?:output|new)?tokens?|tokenlimit|limit$|contextwindow|contentfilter|safety|recitation"
)


async def write_draft(
    model: Model,
    messages: Sequence[BaseMessage],
    gate: SentenceGate,
    *,
    timeout_s: float,
    thinking: ThinkingFilter | None = None,
    on_reading: Callable[[Reading], None] = lambda _: None,
) -> AIMessageChunk:
    """Stream one answer through the gate until it ends or the gate rejects a sentence.

    Args:
        model: the language model.
        messages: the prompt.
        gate: takes the text.
        timeout_s: how long the model may neither read nor write, in seconds.
        thinking: keeps the model's thinking. Default: it is dropped.
        on_reading: called with how far the model has read the prompt, if it reports this.

    Returns:
        The chunks joined: text, tool calls, and usage if the model reports it.

    Raises:
        ModelError: the model raised, or stayed silent for `timeout_s` seconds.
    """
    thinking, text, beside = thinking or ThinkingFilter(), Joiner(), Joiner()
    chunks: list[AIMessageChunk] = []
    stream = model.astream(list(messages))
    try:
        async for chunk in _within(stream, timeout_s):
            if reading := reading_in(chunk):
                on_reading(reading)
                continue
            chunks.append(chunk)
            said = thinking.feed(text.feed(str(chunk.text)), beside=beside.feed(thoughts_beside(chunk)))
            if not await _say(said, gate):
                break
        else:
            await _say(thinking.feed(text.rest(), beside=beside.rest()), gate)
            await _say(thinking.finish(), gate)
    finally:
        await _close(stream)
    whole = add_ai_message_chunks(*chunks) if chunks else AIMessageChunk(content="")
    whole.content = repaired(whole.content)
    gate.finish(was_cut=was_cut(whole))
    return whole


async def _say(said: Said, gate: SentenceGate) -> bool:
    if said.restarts:
        gate.restart()
    return await gate.feed(said.text)


def was_cut(answer: AIMessage) -> bool:
    """Whether a length limit or the vendor's filter stopped the model before it had finished.

    >>> was_cut(AIMessage("The rooms are small and the", response_metadata={"stop_reason": "max_tokens"}))
    True
    """
    told = {**answer.additional_kwargs, **answer.response_metadata}
    return any(
        _CUT.search(_letters(reason))
        for key, value in told.items()
        if _letters(key) in _STOP_KEYS
        for reason in (value.values() if isinstance(value, Mapping) else [value])
    )


def _letters(value: object) -> str:
    """``MAX_TOKENS``, ``max-tokens`` and ``FinishReason.MAX_TOKENS`` alike."""
    return "".join(char for char in str(value).casefold() if char.isalnum())


async def first_chunk(model: Model, messages: Sequence[BaseMessage], *, timeout_s: float) -> None:
    """Let the model read the messages and begin to write, then stop it."""
    stream = model.astream(list(messages))
    try:
        async for chunk in _within(stream, timeout_s):
            if chunk.text or chunk.tool_call_chunks:
                break
    finally:
        await _close(stream)


def reading_in(chunk: AIMessage) -> Reading | None:
    """How far the model has read the prompt, if this chunk says so (see docs/plugins.md)."""
    told = chunk.additional_kwargs.get("prompt_progress")
    return Reading(done=told[-1]["processed"], total=told[-1]["total"]) if told else None


async def _within(stream: AsyncIterator[AIMessage], timeout_s: float) -> AsyncIterator[AIMessageChunk]:
    while True:
        try:
            yield _as_chunk(await asyncio.wait_for(anext(stream), timeout_s))
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise ModelError(
                f"The language model said nothing for {timeout_s:g} s. Check the model, or allow more time "
                "with --patience, ROLEAGENT_PATIENCE_S or Limits(model_s=…)."
            ) from error
        except RoleAgentError:
            raise
        except Exception as error:  # a plug-in: any chat model may stand here
            raise ModelError(f"The language model failed: {error!r}") from error


def _as_chunk(message: AIMessage) -> AIMessageChunk:
    if isinstance(message, AIMessageChunk):
        return message
    return AIMessageChunk(**message.model_dump(exclude={"type"}))


async def _close(stream: AsyncIterator[AIMessage]) -> None:
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()


async def warm_up(context: AgentContext) -> None:
    """Call `warm_up()` on every part that has one, rank the facts and let the model read the persona."""
    parts = (*context.parts.perceptors, *context.parts.guards, *context.parts.critics)
    loaders = [part.warm_up for part in parts if hasattr(part, "warm_up")]
    rank = partial(
        context.parts.ranker.rank, context.meeting.persona.graph, context.meeting.persona.summary, limit=1
    )
    await asyncio.gather(_read_persona(context), *(run_blocking(load) for load in (*loaders, rank)))


async def _read_persona(context: AgentContext) -> None:
    """Fill the model's prompt cache with the start of every prompt."""
    owner = Owner(persona_id=context.meeting.persona.id, user_id="warm-up")
    nobody = Turn(thread=Thread(owner=owner, thread_id="warm-up"), text="…", at=datetime.now(UTC))
    messages = build_messages(Briefing(persona=context.meeting.persona, turn=nobody))
    await first_chunk(context.parts.model, messages, timeout_s=context.limits.model_s)
