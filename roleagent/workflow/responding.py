"""The node `respond`: the model writes an answer, or calls tools."""

from __future__ import annotations

import asyncio
import base64
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.runnables import Runnable

from roleagent.concurrency.blocking import run_blocking
from roleagent.errors import AttachmentError, ModelError, RoleAgentError
from roleagent.language.asking import asks
from roleagent.language.thinking import Said, ThinkingFilter, thinks_first, thoughts_beside
from roleagent.language.unicode import Joiner, repaired
from roleagent.perception.pictures import shown_to_model
from roleagent.types import (
    Attachment,
    Fact,
    Reading,
    TextDelta,
    ToolUse,
    Usage,
    Verdict,
)
from roleagent.workflow.calls import as_message, read_calls
from roleagent.workflow.context_window import (
    MAX_REFUSALS,
    Fitted,
    Scale,
    blocks_of,
    fit_prompt,
    room_for_prompt,
    rough_tokens,
    says_too_long,
    smaller,
    too_long,
)
from roleagent.workflow.core_facts import facts_in_core
from roleagent.workflow.failing import model_failure
from roleagent.workflow.gate import SentenceGate, wording
from roleagent.workflow.judging import SentenceJudge, discreet, may_come_again, scene_of
from roleagent.workflow.prompt import Briefing, build_messages
from roleagent.workflow.state import AgentContext, AgentState, Partial, Run, emit

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

_BESIDE_THE_SEEN = 2  # facts that are told beside what is seen or heard
_NEAR_THE_BEST = 0.8  # share of the best one's score that the second must have
_log = logging.getLogger(__name__)


async def respond(state: AgentState, runtime: Run) -> Partial:
    """Let the model write: an answer, shown sentence by sentence as the critics pass it, or tool calls."""
    context = runtime.context
    drafted = await _draft(state, runtime)
    gate, answer, thinking = drafted.gate, drafted.answer, drafted.thinking
    found = _verdicts_on(gate.rejected, drafted.passes, state["refused"])
    stopped = tuple(discreet(verdict, context.meeting.view) for verdict in found)
    written: Partial = {
        "draft": gate.draft,
        "released": gate.released,
        "seam": gate.seam,
        "stopped": stopped,
        "refused": state["refused"]
        if may_come_again(stopped)
        else {**state["refused"], wording(gate.rejected): stopped},
        "thinking": "\n\n".join(filter(None, (state["thinking"], thinking.thoughts))),
        "usage": _add_usage(state["usage"], drafted),
        "calls": () if gate.rejected else _calls(answer, state, context),
        "omitted": drafted.fitted.omitted,
        "prompt_tokens": {
            block.name: block.num_tokens
            for block in blocks_of(drafted.fitted.briefing, context, Scale(rough_tokens))
        },
    }
    if written["calls"]:
        called = as_message(answer, written["calls"], tools=context.tools)
        written["exchange"] = [*state["exchange"], called]
    return written


class _Drafted(NamedTuple):
    """What the model wrote, from which prompt, and through which gate."""

    answer: AIMessageChunk
    fitted: Fitted
    gate: SentenceGate
    passes: SentenceJudge | None
    thinking: ThinkingFilter


async def _draft(state: AgentState, runtime: Run) -> _Drafted:
    """Let the model write. A prompt that it refuses as too long is halved, unless text was already shown."""
    context, exchange = runtime.context, state["exchange"]
    briefing, fitted = await fitted_prompt(state, context)
    model: Model = context.parts.model
    if context.tools and _may_call(state, context):
        model = context.parts.model.bind_tools(list(context.tools.values()))
    if options := _options(state, context):
        model = model.bind(**options)
    for num_left in reversed(range(MAX_REFUSALS)):
        passes = None
        if context.parts.critics:
            passes = SentenceJudge(scene_of(state, context), context.parts.critics, passed=state["released"])
        gate = SentenceGate(
            judge=passes,
            release=lambda text: emit(runtime, TextDelta(text=text)),
            speaker=context.meeting.persona.name,
            released=state["released"],
            refused=state["refused"],
        )
        thinking = ThinkingFilter(
            by_sentence=bool(context.parts.critics), thinks_first=thinks_first(context.parts.model_name)
        )
        messages = [*build_messages(fitted.briefing), *fitted.exchange]
        try:
            answer = await write_draft(
                model,
                messages,
                gate,
                timeout_s=context.limits.model_s,
                thinking=thinking,
                on_reading=partial(emit, runtime),
            )
        except ModelError as error:
            if gate.released != state["released"] or not says_too_long(error):
                raise
            half = smaller(fitted, briefing, exchange) if num_left else None
            if half is None:
                raise too_long(briefing, context, str(error)) from error
            fitted = half
        else:
            return _Drafted(answer, fitted, gate, passes, thinking)
    raise AssertionError("the last refusal is raised")


def _options(state: AgentState, context: AgentContext) -> dict[str, Any]:  # Any: as `bind` takes them
    """What the model is told besides the prompt: see `docs/plugins.md`."""
    model, grounds = context.parts.model, state["grounds"]
    at_hand = (grounds.observations, grounds.doubts, state["exchange"])
    left_role = any(not each.ok and each.critic == "role" for each in state["verdicts"])
    if left_role or (not any(at_hand) and not _asks(state, context)):
        takes_opening = getattr(model, "takes_opening", False)
        return {"opening": f"{context.meeting.persona.name}:", "stop": ["\n\n"]} if takes_opening else {}
    if state["revisions"]:
        return {}
    if not any((*at_hand, grounds.facts, grounds.episodes)):
        return {}
    return dict(getattr(model, "sober_options", None) or {})


def _asks(state: AgentState, context: AgentContext) -> bool:
    """Whether the user asks for something; in a language whose questions are not known, always."""
    is_known = context.meeting.persona.language[:2] in ("en", "zh")
    return not is_known or asks(state["turn"].text)


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
    """The letters and digits of a word in lower case, so that ``MAX_TOKENS`` equals ``max-tokens``."""
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
            message = await asyncio.wait_for(anext(stream), timeout_s)
            if not isinstance(message, AIMessageChunk):
                message = AIMessageChunk(**message.model_dump(exclude={"type"}))
            yield message
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
            raise model_failure(error) from error


async def _close(stream: AsyncIterator[AIMessage]) -> None:
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()


def _calls(answer: AIMessageChunk, state: AgentState, context: AgentContext) -> tuple[ToolUse, ...]:
    """The model's tool calls; after the last round they are dropped, and its text is the answer."""
    if not answer.tool_call_chunks:
        return ()
    if not _may_call(state, context):
        _log.warning("The model calls tools after %d rounds of them.", context.limits.tool_rounds)
        return ()
    return read_calls(
        answer,
        tools=context.tools,
        taken=[use.id for use in state["tool_uses"]],
        seed=state["turn"].id,
        limit=context.limits.tool_calls,
        is_cut=was_cut(answer),
    )


def _may_call(state: AgentState, context: AgentContext) -> bool:
    """Whether rounds of tool calls are left; those of rejected drafts count too."""
    rounds = sum(isinstance(message, AIMessage) for message in state["exchange"])
    return rounds < context.limits.tool_rounds


def _verdicts_on(
    rejected: str, judge: SentenceJudge | None, refused: Mapping[str, tuple[Verdict, ...]]
) -> tuple[Verdict, ...]:
    """The critics' verdicts; if the model repeated rejected text, the earlier verdicts."""
    if not rejected or judge is None:
        return ()
    if any(not verdict.ok for verdict in judge.verdicts):
        return judge.verdicts
    words = wording(rejected)
    return next(verdicts for known, verdicts in refused.items() if known.startswith(words))


async def fitted_prompt(state: AgentState, context: AgentContext) -> tuple[Briefing, Fitted]:
    """Everything that the model should be told, and as much of it as fits.

    Raises:
        InputError: the user's message alone does not fit.
        ModelError: the persona alone does not fit.
    """
    briefing = await _briefing(state, context)
    room = room_for_prompt(context, state["omitted"])
    return briefing, await run_blocking(lambda: fit_prompt(briefing, state["exchange"], room, context))


async def _briefing(state: AgentState, context: AgentContext) -> Briefing:
    """Everything that the prompt is made from, before it is cut to the model's context."""
    attachments = state["turn"].attachments if context.sees_pictures else ()
    max_side = context.limits.image_side
    images = await run_blocking(lambda: data_urls(attachments, max_side=max_side)) if attachments else ()
    persona = context.meeting.persona
    return Briefing(
        persona=persona,
        graph=context.meeting.graph,
        turn=state["turn"],
        grounds=replace(state["grounds"], facts=_facts_in_notes(state, context)),
        left_out=state["left_out"],
        history=state["history"],
        warnings=state["warnings"],
        images=images,
        rejected=state["revisions"],
        released=state["released"],
        user_name=context.meeting.user,
    )


def _facts_in_notes(state: AgentState, context: AgentContext) -> tuple[Fact, ...]:
    """The facts that the notes tell: those that do not stand at the start of the prompt.

    Beside what is seen or heard only the best come, since the others would push it out of the answer.
    """
    facts, persona, graph = state["grounds"].facts, context.meeting.persona, context.meeting.graph
    core = {fact.id for fact in facts_in_core(persona, graph)}
    others = tuple(fact for fact in facts if fact.id not in core)
    if not state["grounds"].observations:
        return others
    least = _NEAR_THE_BEST * max((fact.score or 0.0 for fact in others), default=0.0)
    return tuple(fact for fact in others[:_BESIDE_THE_SEEN] if (fact.score or 0.0) >= least)


def _add_usage(usage: Usage, drafted: _Drafted) -> Usage:
    """With what this draft took: as the model says, or estimated if it was stopped before it could say so."""
    spent = drafted.answer.usage_metadata
    if spent is not None:
        read, written = spent["input_tokens"], spent["output_tokens"]
    elif drafted.gate.rejected:
        read, written = drafted.fitted.num_tokens, rough_tokens(str(drafted.answer.text))
    else:
        return usage
    return Usage(input_tokens=usage.input_tokens + read, output_tokens=usage.output_tokens + written)


def data_urls(attachments: Sequence[Attachment], *, max_side: int) -> tuple[str, ...]:
    """The pictures among some attachments, each as ``data:<media type>;base64,…``: see `shown_to_model`.

    Raises:
        AttachmentError: a picture no longer exists or can no longer be decoded.
    """
    return tuple(_data_url(item, max_side) for item in attachments if item.media_type.startswith("image/"))


def _data_url(item: Attachment, max_side: int) -> str:
    try:
        data = Path(item.path).read_bytes()
    except OSError as error:
        raise AttachmentError(f"{item.name!r} cannot be read any more: {error.strerror or error}.") from error
    shown, media_type = shown_to_model(data, item.media_type, item.name, max_side=max_side)
    return f"data:{media_type};base64,{base64.b64encode(shown).decode('ascii')}"
