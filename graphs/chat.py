"""A conversation as a LangGraph graph over messages, so that `langgraph dev` and Studio can run it.

The context names the persona and the user; the thread is LangGraph's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from langchain_core.messages import AIMessage
from langgraph.config import get_config
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.runtime import Runtime

from roleagent import Agent


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatContext:
    """Who talks to whom.

    Attributes:
        user_id: required, so that nobody shares memories by leaving it out.
    """

    user_id: str
    persona: str = "holmes"


@cache
def agent_for(persona: str) -> Agent:
    """One agent for each persona, shared by all runs."""
    return Agent(persona)


async def reply(state: MessagesState, runtime: Runtime[ChatContext]) -> dict[str, list[AIMessage]]:
    """Answer the last message as the persona."""
    context = runtime.context
    thread_id = get_config().get("configurable", {}).get("thread_id", "main")
    text = str(state["messages"][-1].text)
    answer = await agent_for(context.persona).run(text, user_id=context.user_id, thread_id=str(thread_id))
    return {"messages": [AIMessage(answer.text)]}


graph = (
    StateGraph(MessagesState, context_schema=ChatContext)
    .add_node("reply", reply)
    .add_edge(START, "reply")
    .add_edge("reply", END)
    .compile(name="chat")
)
