"""The prompt of a turn that is prepared and never taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import cast

from langgraph.runtime import Runtime

from roleagent.concurrency.blocking import run_blocking
from roleagent.graph.graph import PersonaGraph
from roleagent.types import GraphUpdate, Omitted, Prompt, Turn
from roleagent.workflow.context_window import (
    Fitted,
    Scale,
    blocks_of,
    counter_of,
    room_for_prompt,
    rough_tokens,
    tokens_of_tools,
)
from roleagent.workflow.prompt import build_messages
from roleagent.workflow.responding import fitted_prompt
from roleagent.workflow.run import PREPARING
from roleagent.workflow.state import AgentContext, AgentState, fresh_state


async def preview_turn(turn: Turn, context: AgentContext) -> Prompt:
    """What the language model would read for the first draft of a turn.

    The steps before the answer run as in a turn. Nothing is learned, so that an updater that asks a language
    model is not called.
    """
    parts = replace(context.parts, updater=_LearnsNothing())
    runtime = Runtime(context=replace(context, parts=parts))
    state = fresh_state(turn)
    for _, node in PREPARING:
        state = cast("AgentState", {**state, **await node(state, runtime)})
    _, fitted = await fitted_prompt(state, context)
    return await run_blocking(lambda: _as_prompt(fitted, state, context))


class _LearnsNothing:
    def propose(self, graph: PersonaGraph, said: str, at: datetime, evidence: tuple[str, ...]) -> GraphUpdate:
        return GraphUpdate()


def _as_prompt(fitted: Fitted, state: AgentState, context: AgentContext) -> Prompt:
    count, room = counter_of(context), room_for_prompt(context, None)
    scale = Scale(count or rough_tokens)
    messages = build_messages(fitted.briefing)
    of_tools = tokens_of_tools(context)
    return Prompt(
        messages=messages,
        blocks=tuple(blocks_of(fitted.briefing, context, scale)),
        num_tokens=scale.messages(messages) + of_tools,
        is_exact=count is not None,
        room=None if room is None else room + of_tools,
        model=context.parts.model_name,
        grounds=state["grounds"].without((fitted.omitted or Omitted(room=0)).grounds),
        omitted=fitted.omitted,
        warnings=state["warnings"],
    )
