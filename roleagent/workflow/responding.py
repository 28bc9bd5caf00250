"""The node `respond`: the model writes an answer, or calls tools."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_core.messages import AIMessage, AIMessageChunk

from roleagent.concurrency.blocking import run_blocking
from roleagent.errors import AttachmentError, ModelError
from roleagent.language.asking import asks
from roleagent.language.thinking import ThinkingFilter, thinks_first
from roleagent.perception.pictures import shown_to_model
from roleagent.types import (
    Attachment,
    Grounds,
    Reading,
    Repair,
    Repaired,
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
from roleagent.workflow.drafting import Model, was_cut, write_draft
from roleagent.workflow.gate import SentenceGate, wording
from roleagent.workflow.judging import SentenceJudge, discreet, may_come_again, scene_of
from roleagent.workflow.prompt import Briefing, build_messages
from roleagent.workflow.state import AgentContext, AgentState, Partial, Run, emit

if TYPE_CHECKING:
    from roleagent.graph.graph import PersonaGraph
    from roleagent.persona.persona import Persona

NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})  # Any: as `bind` takes them
_BESIDE_THE_SEEN = 2  # facts that are told beside what is seen or heard
_NEAR_THE_BEST = 0.8  # share of the best one's score that the second must have
_log = logging.getLogger(__name__)


async def respond(state: AgentState, runtime: Run) -> Partial:
    """Let the model write: an answer, shown sentence by sentence as the critics pass it, or tool calls."""
    context = runtime.context
    drafted = await draft_once(
        state,
        context,
        release=lambda text: emit(runtime, TextDelta(text=text)),
        on_repair=lambda repair: emit(runtime, Repaired(repair=repair)),
        on_reading=partial(emit, runtime),
    )
    gate, answer, stopped = drafted.gate, drafted.answer, drafted.stopped
    written: Partial = {
        "draft": gate.draft,
        "released": gate.released,
        "seam": gate.seam,
        "stopped": stopped,
        "refused": state["refused"]
        if may_come_again(stopped)
        else {**state["refused"], wording(gate.rejected): stopped},
        "repairs": (*state["repairs"], *drafted.repairs),
        "thinking": "\n\n".join(filter(None, (state["thinking"], drafted.thoughts))),
        "usage": add_usage(state["usage"], drafted),
        "calls": () if gate.rejected else _calls(answer, state, context),
        "omitted": drafted.fitted.omitted,
        "prompt_tokens": {
            block.name: block.num_tokens
            for block in blocks_of(drafted.fitted.briefing, context, Scale(rough_tokens))
        },
    }
    if written["calls"]:
        called = as_message(answer, written["calls"], tools=context.tools)
        if drafted.repairs:  # the model must not read what it did not say
            called.content = gate.draft[len(state["released"]) :].strip()
        written["exchange"] = [*state["exchange"], called]
    return written


class Drafted(NamedTuple):
    """What the model wrote, from which prompt, and through which gate.

    Attributes:
        stopped: the verdicts on the sentence at which the draft was stopped; empty if it is complete.
        repairs: sentences that were mended while it was written.
        thoughts: what the model thought aloud.
    """

    answer: AIMessageChunk
    fitted: Fitted
    gate: SentenceGate
    stopped: tuple[Verdict, ...]
    repairs: tuple[Repair, ...]
    thoughts: str


async def draft_once(
    state: AgentState,
    context: AgentContext,
    *,
    release: Callable[[str], None] = lambda _: None,
    on_repair: Callable[[Repair], None] = lambda _: None,
    on_reading: Callable[[Reading], None] = lambda _: None,
    more: Mapping[str, Any] = NO_OPTIONS,  # Any: as `bind` takes them
) -> Drafted:
    """Let the model write. A prompt that it refuses as too long is halved, unless text was already shown.

    Args:
        state: of the turn; the draft continues what was released.
        context: of the run.
        release: called with each piece of text that may be shown.
        on_repair: called with each mended sentence, before what is said in its place is released.
        on_reading: called with how far the model has read the prompt, if it reports this.
        more: options bound to the model besides those that suit the turn.
    """
    exchange, limits = state["exchange"], context.limits
    briefing, fitted = await fitted_prompt(state, context)
    model: Model = context.parts.model
    if context.tools and _may_call(state, context):
        model = context.parts.model.bind_tools(list(context.tools.values()))
    if options := {**_options(state, context), **more}:
        model = model.bind(**options)
    for num_left in reversed(range(MAX_REFUSALS)):
        passes = _judge_for(state, context, on_repair)
        gate = SentenceGate(
            judge=passes,
            release=release,
            speaker=context.meeting.persona.name,
            released=state["released"],
            refused=state["refused"],
            mend=passes.mend if passes else lambda _: "",
            on_repair=passes.note if passes else lambda *_: None,
            mended=((each.was, each.now) for each in state["repairs"]),
        )
        thinking = ThinkingFilter(
            by_sentence=passes is not None, thinks_first=thinks_first(context.parts.model_name)
        )
        messages = [*build_messages(fitted.briefing), *fitted.exchange]
        try:
            answer = await write_draft(
                model, messages, gate, timeout_s=limits.model_s, thinking=thinking, on_reading=on_reading
            )
        except ModelError as error:
            if gate.released != state["released"] or not says_too_long(error):
                raise
            half = smaller(fitted, briefing, exchange) if num_left else None
            if half is None:
                raise too_long(briefing, context, str(error)) from error
            fitted = half
        else:
            found = _verdicts_on(gate.rejected, passes, state["refused"])
            stopped = tuple(discreet(verdict, context.meeting.view) for verdict in found)
            repairs = tuple(passes.repairs) if passes else ()
            return Drafted(answer, fitted, gate, stopped, repairs, thinking.thoughts)
    raise AssertionError("the last refusal is raised")


def _judge_for(
    state: AgentState, context: AgentContext, on_repair: Callable[[Repair], None]
) -> SentenceJudge | None:
    """Who judges a draft as it grows; nobody if there are no critics."""
    if not context.parts.critics:
        return None
    return SentenceJudge(
        scene_of(state, context),
        context.parts.critics,
        passed=state["released"],
        view=context.meeting.view,
        timeout_s=context.limits.critic_s,
        on_repair=on_repair,
    )


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
    if verdicts := judge.verdicts_on(rejected):
        return verdicts
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
        grounds=as_noted(state["grounds"], persona, context.meeting.graph),
        left_out=state["left_out"],
        history=state["history"],
        warnings=state["warnings"],
        images=images,
        rejected=state["revisions"],
        released=state["released"],
        user_name=context.meeting.user,
    )


def as_noted(grounds: Grounds, persona: Persona, graph: PersonaGraph) -> Grounds:
    """The grounds with the facts that the notes tell: those that do not stand at the start of the prompt.

    Beside what is seen or heard only the best come, since the others would push it out of the answer.
    """
    core = {fact.id for fact in facts_in_core(persona, graph)}
    others = tuple(fact for fact in grounds.facts if fact.id not in core)
    if not grounds.observations:
        return replace(grounds, facts=others)
    least = _NEAR_THE_BEST * max((fact.score or 0.0 for fact in others), default=0.0)
    best = tuple(fact for fact in others[:_BESIDE_THE_SEEN] if (fact.score or 0.0) >= least)
    return replace(grounds, facts=best)


def add_usage(usage: Usage, drafted: Drafted) -> Usage:
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
