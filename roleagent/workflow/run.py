"""Run the workflow for one turn: events as they happen, the reply at the end."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from roleagent.types import ApprovalRequired, Done, Event, Omitted, Reply, ToolUse
from roleagent.workflow.build import Workflow
from roleagent.workflow.state import AgentContext, AgentState


async def run_turn(
    workflow: Workflow, start: AgentState | Command[Any], context: AgentContext, *, checkpoint_id: str
) -> AsyncGenerator[Event, None]:
    """Start a turn from a fresh state, or go on with one that waits.

    Yields:
        The nodes' events, then `Done`, or `ApprovalRequired` where tool calls wait.
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
        observations=state["observations"],
        episodes=_told(state["episodes"], omitted.episodes),
        summaries=_told(state["summaries"], omitted.summaries),
        facts=_told(state["facts"], omitted.facts),
        update=state["update"],
        warnings=state["warnings"],
        verdicts=state["verdicts"],
        revisions=state["revisions"],
        tool_uses=state["tool_uses"],
        pending=pending,
        handed_back=state["handed_back"],
        omitted=state["omitted"],
        fell_back=state["fell_back"],
        model=context.model_name,
        thinking=state["thinking"],
        usage=state["usage"],
        timings_ms=state["timings_ms"],
    )


def _told(items: tuple[Any, ...], omitted: tuple[Any, ...]) -> tuple[Any, ...]:  # Any: values of one kind
    return tuple(item for item in items if item not in omitted)
