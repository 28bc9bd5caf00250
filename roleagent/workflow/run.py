"""Run the workflow for one turn: events as they happen, the reply at the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from functools import cache, partial, wraps
from itertools import pairwise
from typing import Any, Literal, Protocol, cast

from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from roleagent.concurrency.blocking import run_blocking
from roleagent.persona.persona import Persona
from roleagent.types import (
    ApprovalRequired,
    Done,
    Event,
    Omitted,
    Owner,
    Reply,
    Thread,
    ToolUse,
    Turn,
)
from roleagent.workflow.candidates import choose
from roleagent.workflow.drafting import first_chunk
from roleagent.workflow.judging import answer_instead, critique, fall_back
from roleagent.workflow.parts import LiveParts
from roleagent.workflow.perceiving import perceive, screen_input
from roleagent.workflow.prompt import Briefing, build_messages
from roleagent.workflow.recalling import recall, update_persona
from roleagent.workflow.remembering import remember
from roleagent.workflow.responding import respond
from roleagent.workflow.state import AgentContext, AgentState
from roleagent.workflow.tool_use import use_tools

Workflow = CompiledStateGraph[AgentState, AgentContext, AgentState, AgentState]


class NodeFunction(Protocol):
    """The signature of a node: the state in, a part of the state out."""

    async def __call__(self, state: AgentState, runtime: Runtime[AgentContext]) -> dict[str, Any]:
        """Take one step."""


PREPARING: Sequence[tuple[str, NodeFunction]] = (
    ("perceive", perceive),
    ("screen", screen_input),
    ("recall", recall),
    ("update_persona", update_persona),
)
"""The nodes before the model writes, in their order, by name."""


def build_workflow(checkpointer: BaseCheckpointSaver[Any] | None = None) -> Workflow:
    """The workflow of one turn, ready to run with an `AgentContext` and a state from `fresh_state`."""
    return _compiled().copy({"checkpointer": checkpointer})


@cache
def _compiled() -> Workflow:
    """The workflow without a place for checkpoints: one for all agents, whose objects are in the context."""
    graph = StateGraph(AgentState, context_schema=AgentContext)
    for name, node in (
        *PREPARING,
        ("respond", respond),
        ("use_tools", use_tools),
        ("critique", critique),
        ("choose", choose),
        ("fall_back", fall_back),
        ("remember", remember),
    ):
        graph.add_node(name, _timed(name, node))
    for before, after in pairwise((START, *(name for name, _ in PREPARING), "respond")):
        if before != "screen":
            graph.add_edge(before, after)
    graph.add_conditional_edges("screen", after_screen)
    graph.add_conditional_edges("respond", after_respond)
    graph.add_edge("use_tools", "respond")
    graph.add_conditional_edges("critique", after_critique)
    graph.add_conditional_edges("choose", after_choose)
    graph.add_edge("fall_back", "remember")
    graph.add_edge("remember", END)
    return graph.compile(name="roleagent")


def after_screen(state: AgentState) -> Literal["recall", "fall_back"]:
    """Prepare an answer, unless a guard has decided it."""
    return "fall_back" if state["decided_by"] else "recall"


def after_respond(state: AgentState) -> Literal["use_tools", "critique"]:
    """Go to the tools if the model called any, otherwise to the critics."""
    return "use_tools" if state["calls"] else "critique"


def after_critique(
    state: AgentState, runtime: Runtime[AgentContext]
) -> Literal["remember", "respond", "choose", "fall_back"]:
    """Remember what has passed; else go on with what costs least.

    That is a critic's own answer, then another draft while one is left, then a choice among candidates.
    """
    if all(verdict.ok for verdict in state["verdicts"]):
        return "remember"
    if answer_instead(state):
        return "fall_back"
    limits = runtime.context.limits
    if len(state["revisions"]) < limits.drafts:
        return "respond"
    return "choose" if limits.candidates > 1 else "fall_back"


def after_choose(state: AgentState) -> Literal["remember", "fall_back"]:
    """Remember the candidate that was taken; fall back if none passed."""
    return "remember" if all(verdict.ok for verdict in state["verdicts"]) else "fall_back"


def _timed(name: str, node: NodeFunction) -> NodeFunction:
    @wraps(node)
    async def timed(state: AgentState, runtime: Runtime[AgentContext]) -> dict[str, Any]:
        start = time.perf_counter()
        result = await node(state, runtime)
        spent_ms = (time.perf_counter() - start) * 1e3
        before = state["timings_ms"]
        return {**result, "timings_ms": {**before, name: before.get(name, 0.0) + spent_ms}}

    return timed


async def run_turn(
    workflow: Workflow, start: AgentState | Command[Any], context: AgentContext, *, checkpoint_id: str
) -> AsyncGenerator[Event, None]:
    """Start a turn from a fresh state, or continue one that waits for approval.

    Yields:
        The nodes' events, then `Done`, or `ApprovalRequired` if tool calls wait.
    """
    config: RunnableConfig = {"configurable": {"thread_id": checkpoint_id}}
    state: dict[str, Any] = {}
    pending: tuple[ToolUse, ...] = ()
    stream = workflow.astream(
        start, config, context=context, stream_mode=["custom", "values"], durability="exit"
    )
    # Any: events, states and interrupts in turn. Closed at once, so that no node outlives the turn.
    async with aclosing(cast("AsyncGenerator[Any, None]", stream)) as chunks:
        async for mode, chunk in chunks:
            if mode == "custom":
                yield chunk
            elif "__interrupt__" in chunk:
                pending = tuple(chunk["__interrupt__"][0].value)
            else:
                state = chunk
    reply = _reply_from(state, context, pending)
    yield ApprovalRequired(reply=reply) if pending else Done(reply=reply)


def _reply_from(state: dict[str, Any], context: AgentContext, pending: tuple[ToolUse, ...]) -> Reply:
    omitted = state["omitted"] or Omitted(room=0)
    return Reply(
        turn=state["turn"],
        text="" if pending else state["draft"],
        grounds=state["grounds"].without(omitted.grounds),
        update=state["update"],
        warnings=state["warnings"],
        verdicts=state["verdicts"],
        revisions=state["revisions"],
        repairs=state["repairs"],
        tool_uses=state["tool_uses"],
        pending=pending,
        omitted=state["omitted"],
        prompt_tokens=state["prompt_tokens"],
        decided_by=state["decided_by"],
        fell_back=state["fell_back"],
        model=context.parts.model_name,
        thinking=state["thinking"],
        usage=state["usage"],
        timings_ms=state["timings_ms"],
    )


async def warm_up(context: AgentContext) -> None:
    """Load what a first reply to words needs, and let the language model read the start of every prompt.

    Guards and critics with a `warm_up()` method are asked to load. A language model with a coroutine method
    `read_ahead(messages)` reads with it; any other one begins an answer.
    """
    parts, persona = context.parts, context.meeting.persona
    rank: Callable[[], object] = partial(parts.ranker.rank, persona.graph, persona.summary, limit=1)
    await asyncio.gather(
        read_ahead(context)
        if hasattr(parts.model, "read_ahead")
        else first_chunk(parts.model, _start(persona), timeout_s=context.limits.model_s),
        *(run_blocking(load) for load in (*_loaders(parts.guards, parts.critics), rank)),
    )


async def read_ahead(context: AgentContext) -> None:
    """Let a language model with a coroutine method `read_ahead(messages)` read the start of every prompt."""
    read = getattr(context.parts.model, "read_ahead", None)
    if read is not None:
        await read(_start(context.meeting.persona))


def _start(persona: Persona) -> list[BaseMessage]:
    nobody = Thread(owner=Owner(persona_id=persona.id, user_id="warm-up"), thread_id="warm-up")
    return build_messages(Briefing(persona=persona, turn=Turn(thread=nobody, text="…", at=datetime.now(UTC))))


def late_loaders(parts: LiveParts) -> Sequence[Callable[[], object]]:
    """What loads the rest: perceptors, which words do not need, and the ranker's network.

    A ranker must rank before its `warm_up` as well as after it.
    """
    return _loaders(parts.perceptors, (parts.ranker,))


def _loaders(*groups: Sequence[object]) -> Sequence[Callable[[], object]]:
    return [part.warm_up for group in groups for part in group if hasattr(part, "warm_up")]
