"""The node `respond`: the model writes an answer, or calls tools."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from langchain_core.messages import AIMessage, AIMessageChunk

from roleagent.concurrency.blocking import run_blocking
from roleagent.errors import AttachmentError, ModelError
from roleagent.language.thinking import ThinkingFilter, thinks_first
from roleagent.perception.pictures import shown_to_model
from roleagent.persona.persona import Persona
from roleagent.types import (
    Attachment,
    Fact,
    TextDelta,
    ToolUse,
    Usage,
    Verdict,
)
from roleagent.workflow.calls import as_message, read_calls
from roleagent.workflow.context_window import (
    MAX_REFUSALS,
    fit_prompt,
    room_for_prompt,
    says_too_long,
    smaller,
    too_long,
)
from roleagent.workflow.gate import SentenceGate, wording
from roleagent.workflow.generate import Model, write_draft
from roleagent.workflow.judging import SentenceJudge, discreet, scene_of
from roleagent.workflow.prompt import Briefing, build_messages
from roleagent.workflow.state import AgentContext, AgentState, Partial, Run, emit
from roleagent.workflow.trimming import Fitted

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
        "refused": {**state["refused"], **({wording(gate.rejected): stopped} if stopped else {})},
        "thinking": "\n\n".join(filter(None, (state["thinking"], thinking.thoughts))),
        "usage": _add_usage(state["usage"], answer),
        "calls": () if gate.rejected else _calls(answer, state, context),
        "omitted": drafted.fitted.omitted,
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
    """Let the model write; a prompt that it refuses as too long is halved, as long as nothing was shown."""
    context, exchange = runtime.context, state["exchange"]
    briefing = await _briefing(state, context)
    room = room_for_prompt(context, state["omitted"])
    fitted = await run_blocking(lambda: fit_prompt(briefing, exchange, room, context))
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
            model = _model_for(state, context)
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


def _calls(answer: AIMessageChunk, state: AgentState, context: AgentContext) -> tuple[ToolUse, ...]:
    """The model's tool calls, if any are left; otherwise they are dropped, and its text is the answer."""
    if not _may_call(state, context):
        if answer.tool_call_chunks:
            _log.warning("The model calls tools after %d rounds of them.", context.limits.tool_rounds)
        return ()
    return read_calls(
        answer,
        tools=context.tools,
        taken=[use.id for use in state["tool_uses"]],
        seed=state["turn"].id,
        limit=context.limits.tool_calls,
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


async def _briefing(state: AgentState, context: AgentContext) -> Briefing:
    attachments = state["turn"].attachments if context.sees_pictures else ()
    max_side = context.limits.image_side
    images = await run_blocking(lambda: data_urls(attachments, max_side=max_side)) if attachments else ()
    news = tuple(fact for fact in state["grounds"].facts if _is_news(fact, context.meeting.persona))
    return Briefing(
        persona=context.meeting.persona,
        graph=context.meeting.graph,
        turn=state["turn"],
        grounds=replace(state["grounds"], facts=news),
        left_out=state["left_out"],
        history=state["history"],
        warnings=state["warnings"],
        images=images,
        rejected=state["revisions"],
        released=state["released"],
    )


def _is_news(fact: Fact, persona: Persona) -> bool:
    """Whether a fact is not already at the start of the prompt, which says who the persona is."""
    is_about_self = fact.subject == persona.node_id and persona.graph.is_functional(fact.relation)
    return not is_about_self


def _model_for(state: AgentState, context: AgentContext) -> Model:
    if not context.tools or not _may_call(state, context):
        return context.parts.model
    return context.parts.model.bind_tools(list(context.tools.values()))


def _add_usage(usage: Usage, answer: AIMessage) -> Usage:
    spent = answer.usage_metadata
    if spent is None:
        return usage
    return Usage(
        input_tokens=usage.input_tokens + spent["input_tokens"],
        output_tokens=usage.output_tokens + spent["output_tokens"],
    )


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
