"""Edges and routes: the nodes put together into a LangGraph state machine."""

from __future__ import annotations

import time
from functools import wraps
from typing import Any, Literal, Protocol

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from roleagent.workflow import nodes
from roleagent.workflow.state import AgentContext, AgentState

Workflow = CompiledStateGraph[AgentState, AgentContext, AgentState, AgentState]


class NodeFunction(Protocol):
    """What every node is: state in, part of the state out."""

    async def __call__(self, state: AgentState, runtime: Runtime[AgentContext]) -> dict[str, Any]:
        """Take one step."""


def build_workflow(checkpointer: BaseCheckpointSaver[Any] | None = None) -> Workflow:
    """The workflow of one turn, ready to run with an `AgentContext` and a state from `fresh_state`."""
    graph = StateGraph(AgentState, context_schema=AgentContext)
    for name, node in (
        ("perceive", nodes.perceive),
        ("screen", nodes.screen_input),
        ("recall", nodes.recall),
        ("update_persona", nodes.update_persona),
        ("respond", nodes.respond),
        ("use_tools", nodes.use_tools),
        ("critique", nodes.critique),
        ("fall_back", nodes.fall_back),
        ("remember", nodes.remember),
    ):
        graph.add_node(name, _timed(name, node))
    graph.add_edge(START, "perceive")
    graph.add_edge("perceive", "screen")
    graph.add_edge("screen", "recall")
    graph.add_edge("recall", "update_persona")
    graph.add_edge("update_persona", "respond")
    graph.add_conditional_edges("respond", after_respond)
    graph.add_edge("use_tools", "respond")
    graph.add_conditional_edges("critique", after_critique)
    graph.add_edge("fall_back", "remember")
    graph.add_edge("remember", END)
    return graph.compile(checkpointer=checkpointer, name="roleagent")


def after_respond(state: AgentState) -> Literal["use_tools", "critique"]:
    """To the tools where the model has called some, else to the critics."""
    return "use_tools" if state["calls"] else "critique"


def after_critique(
    state: AgentState, runtime: Runtime[AgentContext]
) -> Literal["remember", "respond", "fall_back"]:
    """Remember what has passed, else write again while revisions are left."""
    if all(verdict.ok for verdict in state["verdicts"]):
        return "remember"
    left = runtime.context.limits.revisions - len(state["revisions"])
    return "respond" if left >= 0 else "fall_back"


def _timed(name: str, node: NodeFunction) -> NodeFunction:
    @wraps(node)
    async def timed(state: AgentState, runtime: Runtime[AgentContext]) -> dict[str, Any]:
        start = time.perf_counter()
        result = await node(state, runtime)
        spent_ms = (time.perf_counter() - start) * 1e3
        before = state["timings_ms"]
        return {**result, "timings_ms": {**before, name: before.get(name, 0.0) + spent_ms}}

    return timed
