"""The nodes of a turn, in the order in which they run: one function a node, state -> partial state."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatch
from functools import partial
from typing import Any, NamedTuple

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langgraph.runtime import Runtime
from langgraph.types import interrupt

from roleagent.concurrency.blocking import run_blocking
from roleagent.concurrency.turn_order import run_writing
from roleagent.errors import ConfigurationError, ModelError
from roleagent.graph.graph import PersonaGraph
from roleagent.language.sentences import split_sentences
from roleagent.language.thinking import ThinkingFilter, thinks_first
from roleagent.language.unicode import repaired
from roleagent.persona.persona import Persona
from roleagent.persona.view import View, as_confided
from roleagent.protocols import Perceptor, Scene
from roleagent.types import (
    Attachment,
    Episode,
    Event,
    Fact,
    GraphUpdate,
    HandedBack,
    Observation,
    Observed,
    Recalled,
    Revised,
    Revision,
    TextDelta,
    ToolUse,
    ToolUsed,
    Usage,
    Verdict,
)
from roleagent.workflow.calls import as_message, no_such_tool, read_calls
from roleagent.workflow.context_window import (
    MAX_REFUSALS,
    fit_prompt,
    room_for_prompt,
    says_too_long,
    smaller,
    too_long,
)
from roleagent.workflow.gate import SentenceGate, in_lines, joint, wording
from roleagent.workflow.generate import Model, write_draft
from roleagent.workflow.images import data_urls
from roleagent.workflow.judge import SentenceJudge, judge, screen, texts_perceived
from roleagent.workflow.lore import Lore, consult
from roleagent.workflow.prompt import Briefing, build_messages, build_system_message, headings
from roleagent.workflow.recalling import LookedBack, look_back
from roleagent.workflow.remembering import episodes_of, user_episode_id
from roleagent.workflow.run_tool import ToolAnswer, run_tool
from roleagent.workflow.state import AgentContext, AgentState
from roleagent.workflow.trimming import Fitted

_log = logging.getLogger(__name__)
Partial = dict[str, Any]  # a part of AgentState
Run = Runtime[AgentContext]
Pictures = tuple[str, ...]  # data URLs
_TRUST_IN_SPEECH = 0.78  # times the confidence of what was typed


# ── perceive ─────────────────────────────────────────────────────────────────────────────────


async def perceive(state: AgentState, runtime: Run) -> Partial:
    """Run every fitting perceptor on every attachment, in parallel; a voice becomes the user's words."""
    context, turn = runtime.context, state["turn"]
    pairs = [
        (perceptor, attachment)
        for attachment in turn.media
        for perceptor in context.parts.perceptors
        if any(fnmatch(attachment.media_type, pattern) for pattern in perceptor.media_types)
    ]
    if turn.voice is not None and not any(item is turn.voice for _, item in pairs):
        raise ConfigurationError(
            f"Nobody here can listen to the voice ({turn.voice.media_type}): pass `perceptors` with a "
            "transcriber, or fetch one with `roleagent models pull whisper-base`."
        )
    groups = await asyncio.gather(
        *(_perceive_one(perceptor, item, context.limits.perceive_s) for perceptor, item in pairs)
    )
    seen = tuple(observation for group in groups for observation in group)
    heard = " ".join(each.text.strip() for each in seen if turn.is_said(each))
    said = "\n".join(words for words in (turn.text, heard) if words.strip())
    return {
        "grounds": replace(state["grounds"], observations=seen),
        "turn": replace(turn, text=said) if turn.voice else turn,
    }


async def _perceive_one(
    perceptor: Perceptor, attachment: Attachment, timeout_s: float
) -> Sequence[Observation]:
    try:
        seen = await run_blocking(lambda: perceptor.perceive(attachment), timeout_s=timeout_s)
        return [replace(observation, text=repaired(observation.text)) for observation in seen]
    except TimeoutError:
        return [_failure(perceptor, attachment, f"{perceptor.name} took longer than {timeout_s:g} s")]
    except Exception as error:  # a plug-in: its failure is seen, and the turn goes on
        _log.exception("Perceptor %r failed on %s.", perceptor.name, attachment.name)
        return [_failure(perceptor, attachment, f"{perceptor.name} failed: {error}")]


def _failure(perceptor: Perceptor, attachment: Attachment, text: str) -> Observation:
    return Observation(
        kind="failure", text=repaired(text), source=perceptor.name, attachment_id=attachment.id
    )


async def screen_input(state: AgentState, runtime: Run) -> Partial:
    """Let the guards screen the user's words and everything perceived."""
    observations, turn = state["grounds"].observations, state["turn"]
    material = (seen for seen in observations if not turn.is_said(seen))
    inputs = (("user", turn.text), *texts_perceived(material, turn.media))
    warnings = await _screened(inputs, runtime.context) + _indecent(state)
    _emit(runtime, Observed(observations=observations, warnings=warnings))
    return {"warnings": warnings}


async def _screened(inputs: Iterable[tuple[str, str]], context: AgentContext) -> tuple[Verdict, ...]:
    found = await screen(inputs, context.parts.guards)
    return tuple(_discreet(verdict, context.meeting.view) for verdict in found)


def _indecent(state: AgentState) -> tuple[Verdict, ...]:
    names = {attachment.id: attachment.name for attachment in state["turn"].media}
    return tuple(
        Verdict(critic=seen.source, ok=False, reason=seen.text, where=names[seen.attachment_id])
        for seen in state["grounds"].observations
        if seen.kind == "nsfw"
    )


# ── recall ───────────────────────────────────────────────────────────────────────────────────


async def recall(state: AgentState, runtime: Run) -> Partial:
    """Find the conversation so far, and older episodes that matter to the turn."""
    found = await run_blocking(partial(look_back, state["turn"], _query(state), runtime.context))
    lore = await _consult_lore(state, runtime.context, found.history)
    inputs = (*_shown_before(found), *zip(lore.sources, lore.texts, strict=True))
    return {
        "history": found.history,
        "grounds": replace(
            state["grounds"],
            episodes=found.episodes,
            summaries=found.summaries,
            handed_back=found.handed_back,
            lore=lore.texts,
        ),
        "warnings": _with(state["warnings"], await _screened(inputs, runtime.context)),
        "lore_state": lore.state,
        "left_out": lore.left_out,
    }


def _shown_before(found: LookedBack) -> Iterator[tuple[str, str]]:
    """Material from earlier turns that returns in this one; it must be screened again."""
    for episode in (*found.history, *found.episodes):
        yield from texts_perceived(episode.observations, episode.attachments)
    for handed in found.handed_back:
        yield from texts_perceived(handed.seen, [handed.attachment])


def _with(warnings: tuple[Verdict, ...], more: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """All items of both, without duplicates."""
    return tuple(dict.fromkeys((*warnings, *more)))


async def _consult_lore(state: AgentState, context: AgentContext, history: Sequence[Episode]) -> Lore:
    if not context.meeting.persona.lorebooks:
        return Lore()
    return await run_blocking(
        lambda: consult(
            context.meeting.persona,
            history,
            _query(state),
            user=context.meeting.user,
            seed=state["turn"].id,
            max_tokens=context.limits.lore_tokens,
            now=state["turn"].at,
        )
    )


async def update_persona(state: AgentState, runtime: Run) -> Partial:
    """Propose what the turn teaches, and pick the canon facts that matter; learned facts are always told."""
    context, turn = runtime.context, state["turn"]
    evidence = (user_episode_id(turn),)
    update = await run_blocking(
        lambda: context.parts.updater.propose(context.meeting.graph, turn.text, turn.at, evidence)
    )
    if turn.voice is not None:
        update = _as_heard(update, context.meeting.graph)
    facts = await run_blocking(lambda: _facts_in_mind(state, context))
    grounds = replace(state["grounds"], facts=facts, learned=_learned(context.meeting.graph))
    _emit(runtime, Recalled(episodes=grounds.episodes, facts=facts))
    return {"update": as_confided(update), "grounds": grounds}


def _as_heard(update: GraphUpdate, graph: PersonaGraph) -> GraphUpdate:
    """An update from speech, which may be misheard: less confident, and no confirmation of known facts."""
    added = (replace(fact, confidence=fact.confidence * _TRUST_IN_SPEECH) for fact in update.added)
    merged = (replace(fact, confidence=graph.facts.get(fact.id, fact).confidence) for fact in update.merged)
    return replace(update, added=tuple(added), merged=tuple(merged))


def _facts_in_mind(state: AgentState, context: AgentContext) -> tuple[Fact, ...]:
    """Facts that matter to what was said, then those that matter to what was shown."""
    limit, found = context.limits.facts, dict[str, Fact]()
    for part in (state["turn"].text, _shown(state)):
        if part.strip():
            ranked = context.parts.ranker.rank(context.meeting.persona.graph, part, limit=limit)
            found = {fact.id: fact for fact in ranked if _still_holds(fact, context.meeting.graph)} | found
    return tuple(sorted(found.values(), key=lambda fact: -(fact.score or 0)))[:limit]


def _learned(graph: PersonaGraph) -> tuple[Fact, ...]:
    """The facts about the user that hold now."""
    return tuple(fact for fact in graph.facts.values() if fact.layer == "learned" and fact.valid_to is None)


def _still_holds(fact: Fact, graph: PersonaGraph) -> bool:
    """Whether no conversation with this user changed a fact; only the layer `current` can change."""
    known = graph.facts.get(fact.id)
    return known is None or (known.object == fact.object and known.valid_to == fact.valid_to)


def _query(state: AgentState) -> str:
    return "\n".join(part for part in (state["turn"].text, _shown(state)) if part)


def _shown(state: AgentState) -> str:
    """What was perceived in the user's pictures and recordings, as one text."""
    turn = state["turn"]
    seen = (each for each in state["grounds"].observations if each.kind not in ("failure", "nsfw"))
    return "\n".join(each.text for each in seen if not turn.is_said(each))


# ── respond ──────────────────────────────────────────────────────────────────────────────────


async def respond(state: AgentState, runtime: Run) -> Partial:
    """Let the model write: an answer, shown sentence by sentence as the critics pass it, or tool calls."""
    context = runtime.context
    drafted = await _draft(state, runtime)
    gate, answer, thinking = drafted.gate, drafted.answer, drafted.thinking
    found = _verdicts_on(gate.rejected, drafted.passes, state["refused"])
    stopped = tuple(_discreet(verdict, context.meeting.view) for verdict in found)
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
            passes = SentenceJudge(_scene(state, context), context.parts.critics, passed=state["released"])
        gate = SentenceGate(
            judge=passes,
            release=lambda text: _emit(runtime, TextDelta(text=text)),
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
                on_reading=partial(_emit, runtime),
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


def _sees(context: AgentContext) -> bool:
    return bool((context.parts.model.profile or {}).get("image_inputs"))


async def _briefing(state: AgentState, context: AgentContext) -> Briefing:
    attachments = state["turn"].attachments if _sees(context) else ()
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


# ── use_tools ────────────────────────────────────────────────────────────────────────────────


async def use_tools(state: AgentState, runtime: Run) -> Partial:
    """Run the tools that the model called, after approval if they need it."""
    context, calls = runtime.context, state["calls"]
    allowed = _ask_approval([call for call in calls if call.result is None], context.approve)
    answers = await asyncio.gather(*(_answer(call, context, allowed=call.id in allowed) for call in calls))
    uses = [use for use, _ in answers]
    for use in uses:
        _emit(runtime, ToolUsed(use=use))
    warnings = await _screened(((use.name, use.result or "") for use in uses), context)
    return {
        "warnings": _with(state["warnings"], warnings),
        "exchange": [*state["exchange"], *_results(answers, context)],
        "tool_uses": (*state["tool_uses"], *uses),
        "calls": (),
        "grounds": replace(state["grounds"], handed_back=_handed_back(state, uses)),
        "draft": state["released"],
    }


def _results(answers: Sequence[tuple[ToolUse, Pictures]], context: AgentContext) -> list[BaseMessage]:
    """One message for each call, and one for pictures, which few vendors accept in a tool's message."""
    in_place = (context.parts.model.profile or {}).get("image_tool_message", False)
    results: list[BaseMessage] = []
    beside: list[dict[str, str]] = []
    for use, pictures in answers:
        text, blocks = use.result or "", [{"type": "image", "url": url} for url in pictures]
        content: Any = [{"type": "text", "text": text}, *blocks] if blocks and in_place else text
        results.append(ToolMessage(content, tool_call_id=use.id, name=use.name))
        if blocks and not in_place:
            beside += [{"type": "text", "text": f"[{use.name}]"}, *blocks]
    return [*results, HumanMessage(beside)] if beside else results  # type: ignore[arg-type]  # invariance


def _handed_back(state: AgentState, uses: Sequence[ToolUse]) -> tuple[HandedBack, ...]:
    """All files that go with the answer, without duplicates."""
    brought = (each for use in uses for each in use.handed_back)
    by_content = {each.attachment.id: each for each in (*brought, *state["grounds"].handed_back)}
    return tuple(by_content.values())


def _ask_approval(calls: Sequence[ToolUse], approve: frozenset[str]) -> frozenset[str]:
    """Ids of the calls that may run. Interrupts the run; once resumed, returns what was decided."""
    asking = [call for call in calls if call.name in approve]
    if not asking:
        return frozenset(call.id for call in calls)
    approved = interrupt(asking)
    return frozenset(call.id for call in calls if call not in asking or approved)


async def _answer(call: ToolUse, context: AgentContext, *, allowed: bool) -> tuple[ToolUse, Pictures]:
    """Run one call and return its result and its pictures."""
    if call.result is not None:
        return call, ()
    if not allowed:
        return replace(call, result="This was not allowed.", ok=False), ()
    if call.name not in context.tools:  # an agent that was opened again may have others
        return replace(call, result=no_such_tool(call.name, context.tools), ok=False), ()
    answer = await run_tool(
        context.tools[call.name],
        call.arguments,
        timeout_s=context.limits.tool_s,
        sees=_sees(context),
    )
    if call.name in context.own_tools:
        return replace(call, result=answer.text, ok=answer.ok, handed_back=_files_in(answer)), ()
    return replace(call, result=_told(answer.text, call, context.meeting.view), ok=answer.ok), answer.pictures


def _files_in(answer: ToolAnswer) -> tuple[HandedBack, ...]:
    """The files that a built-in tool found; no other tool may put a file into a reply."""
    found = answer.artifact if isinstance(answer.artifact, tuple) else ()
    return tuple(each for each in found if isinstance(each, HandedBack))


def _told(result: str, call: ToolUse, view: View) -> str:
    """The result of a tool that is not built in, without what the listener may not learn."""
    asked = " ".join(str(value) for value in call.arguments.values())
    return view.clean(result, beside=asked) or "Nothing."


# ── critique, fall_back, remember ────────────────────────────────────────────────────────────


async def critique(state: AgentState, runtime: Run) -> Partial:
    """Judge the whole draft: release the rest of it, or reject it with reasons."""
    context, draft = runtime.context, state["draft"]
    verdicts = state["stopped"]
    if not verdicts:
        in_full = in_lines(draft, state["seam"])
        found = await judge(in_full, _scene(state, context), context.parts.critics, complete=True)
        verdicts = tuple(_discreet(verdict, context.meeting.view) for verdict in found)
    if all(verdict.ok for verdict in verdicts):
        _release(runtime, draft[len(state["released"]) :])
        return {"verdicts": verdicts, "released": draft}
    revision = Revision(draft=draft, verdicts=verdicts)
    _emit(runtime, Revised(revision=revision))
    return {
        "verdicts": verdicts,
        "revisions": (*state["revisions"], revision),
        "refused": {**state["refused"], **_quoted_in(draft[len(state["released"]) :], verdicts)},
        "draft": state["released"],
    }


def _quoted_in(draft: str, verdicts: tuple[Verdict, ...]) -> dict[str, tuple[Verdict, ...]]:
    """The wordings of the sentences that verdicts quote: they must not come again."""
    quotes = [wording(verdict.quote) for verdict in verdicts if not verdict.ok]
    words = map(wording, split_sentences(draft))
    return {said: verdicts for said in words if any(quote and quote in said for quote in quotes)}


def _discreet(verdict: Verdict, view: View) -> Verdict:
    """A verdict whose reason is replaced if it reveals what the listener may not learn."""
    if verdict.ok or not view.quoted_in(verdict.reason):
        return verdict
    return replace(verdict, reason="It does not fit who you are.", evidence=())


def _scene(state: AgentState, context: AgentContext) -> Scene:
    return Scene(
        persona=context.meeting.persona,
        graph=context.meeting.graph,
        turn=state["turn"],
        grounds=replace(state["grounds"], summaries=()),  # derived: never evidence
        warnings=state["warnings"],
        prompt=_own_words_to_the_model(state, context),
    )


def _own_words_to_the_model(state: AgentState, context: AgentContext) -> str:
    """All instructions and headings in the prompt, which a draft must not recite."""
    persona = context.meeting.persona
    without_own = "system_prompt" in state["left_out"]
    system = build_system_message(persona, graph=context.meeting.graph, without_own=without_own)
    own = (str(system.text), headings(persona), persona.post_history_instructions)
    return "\n\n".join(filter(None, own))


async def fall_back(state: AgentState, runtime: Run) -> Partial:
    """Answer with one of the persona's own lines of declining."""
    shown = state["released"].rstrip()
    line = _line_of_declining(state, runtime.context.meeting.persona)
    if shown.count("```") % 2:
        shown += "\n```"
    draft = f"{shown}{joint(shown, line)}{line}"
    _release(runtime, draft[len(state["released"]) :])
    return {"draft": draft, "released": draft, "verdicts": (), "fell_back": True}


def _line_of_declining(state: AgentState, persona: Persona) -> str:
    """A line of declining that the critics have not rejected and the user has not just read."""
    lines = persona.fall_backs or ("…",)
    first = int(state["turn"].id, 16) % len(lines)
    known = {*state["refused"], *map(wording, split_sentences(state["released"]))}
    candidates = (*lines[first:], *lines[:first], "…")
    return next(
        line for line in candidates if line == "…" or known.isdisjoint(map(wording, split_sentences(line)))
    )


async def remember(state: AgentState, runtime: Run) -> Partial:
    """Commit the turn: both utterances and what was learned, together. The only node that writes."""
    context, owner = runtime.context, state["turn"].owner
    await run_writing(
        lambda: context.parts.memory.remember(episodes_of(state, context), state["update"], owner)
    )
    return {}


def _release(runtime: Run, text: str) -> None:
    if text:
        _emit(runtime, TextDelta(text=text))


def _emit(runtime: Run, event: Event) -> None:
    runtime.stream_writer(event)
