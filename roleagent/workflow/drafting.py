"""Let a language model write one draft: read its stream, through the thinking filter, into the gate.

The stream is read ahead of the gate: while critics judge a sentence, the model writes the next.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.runnables import Runnable

from roleagent.errors import ModelError, RoleAgentError
from roleagent.language.thinking import Said, ThinkingFilter, thoughts_beside
from roleagent.language.unicode import Joiner, repaired
from roleagent.types import Reading
from roleagent.workflow.failing import model_failure
from roleagent.workflow.gate import SentenceGate

Model = Runnable[LanguageModelInput, AIMessage]

READ_AHEAD = 256
"""Chunks of a stream that wait for the gate at most; then the model waits."""

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
    async with aclosing(_ahead(_chunks(model, messages, timeout_s))) as stream:
        async for chunk in stream:
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
    """The letters and digits of a word in lower case, so that ``MAX_TOKENS`` equals ``max-tokens``."""
    return "".join(char for char in str(value).casefold() if char.isalnum())


async def first_chunk(model: Model, messages: Sequence[BaseMessage], *, timeout_s: float) -> None:
    """Let the model read the messages and begin to write, then stop it."""
    async with aclosing(_chunks(model, messages, timeout_s)) as stream:
        async for chunk in stream:
            if chunk.text or chunk.tool_call_chunks:
                break


def reading_in(chunk: AIMessage) -> Reading | None:
    """How far the model has read the prompt, if this chunk says so (see docs/plugins.md)."""
    told = chunk.additional_kwargs.get("prompt_progress")
    return Reading(done=told[-1]["processed"], total=told[-1]["total"]) if told else None


async def _ahead(source: AsyncGenerator[AIMessageChunk, None]) -> AsyncGenerator[AIMessageChunk, None]:
    """The chunks of a source, which is read by a task of its own, up to `READ_AHEAD` chunks further.

    Closing it cancels that task and waits until the source is closed, in the task that read it.
    """
    waiting: asyncio.Queue[AIMessageChunk | None] = asyncio.Queue(READ_AHEAD)  # None at the end

    async def read() -> None:
        async with aclosing(source):
            async for chunk in source:
                await waiting.put(chunk)

    async def read_to_the_end() -> None:
        try:
            await read()
        finally:
            if not reading.cancelling():
                await waiting.put(None)

    reading = asyncio.create_task(read_to_the_end())
    try:
        while (chunk := await waiting.get()) is not None:
            yield chunk
        await reading
    finally:
        reading.cancel()
        await asyncio.wait([reading])
        if not reading.cancelled():
            reading.exception()  # of a stream that nobody reads any more


async def _chunks(
    model: Model, messages: Sequence[BaseMessage], timeout_s: float
) -> AsyncGenerator[AIMessageChunk, None]:
    """What the model writes.

    Raises:
        ModelError: the model raised, or stayed silent for `timeout_s` seconds.
    """
    stream = model.astream(list(messages))
    try:
        while True:
            try:
                async with asyncio.timeout(timeout_s):
                    message = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise ModelError(
                    f"The language model said nothing for {timeout_s:g} s. Check the model, or allow more "
                    "time with --patience, ROLEAGENT_PATIENCE_S or Limits(model_s=…)."
                ) from error
            except RoleAgentError:
                raise
            except Exception as error:  # a plug-in: any chat model may stand here
                raise model_failure(error) from error
            if not isinstance(message, AIMessageChunk):
                message = AIMessageChunk(**message.model_dump(exclude={"type"}))
            yield message
    finally:
        await _close(stream)


async def _close(stream: AsyncIterator[AIMessage]) -> None:
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()
