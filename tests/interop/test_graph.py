"""Tests that compiled LangGraph graphs work with the store as with any other."""

import operator
import warnings
from typing import Annotated, Any, TypedDict

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import tool
from langgraph.graph import END, START, StateGraph
from langgraph.prebuilt import InjectedStore, create_react_agent
from langgraph.store.base import BaseStore

from roleagent.interop import MemoryStore, memory_namespace
from roleagent.memory.in_process import InProcessMemory
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import ScriptedModel


class Notes(TypedDict):
    """What a node is told, and what it found."""

    text: str
    found: Annotated[list[str], operator.add]


def note(state: Notes, config: RunnableConfig, *, store: BaseStore) -> dict[str, Any]:
    """Finds what fits, and keeps what is said."""
    namespace = memory_namespace("holmes", config["configurable"]["user_id"])
    found = store.search(namespace, query=state["text"], limit=1)
    store.put(namespace, state["text"], {"text": state["text"]})
    return {"found": [item.value["text"] for item in found]}


def test_a_graph_remembers_across_runs_and_not_across_users() -> None:
    """What a `store=` is for."""
    graph = StateGraph(Notes)
    graph.add_node(note)
    graph.add_edge(START, "note")
    graph.add_edge("note", END)
    compiled = graph.compile(store=MemoryStore(InProcessMemory(HashEmbedder())))
    ada, bob = ({"configurable": {"user_id": user}} for user in ("ada@example.com", "bob"))
    assert compiled.invoke({"text": "my cat is Milo", "found": []}, ada)["found"] == []
    assert compiled.invoke({"text": "my cat?", "found": []}, ada)["found"] == ["my cat is Milo"]
    assert compiled.invoke({"text": "my cat?", "found": []}, bob)["found"] == []


@tool
async def remember(text: str, store: Annotated[Any, InjectedStore()], config: RunnableConfig) -> str:
    """Keep a text for good."""
    await store.aput(memory_namespace("holmes", config["configurable"]["user_id"]), "k", {"text": text})
    return "kept"


async def test_a_prebuilt_agent_takes_it() -> None:
    """The agent that most people begin with; its tools are handed the store."""
    call = {"name": "remember", "args": {"text": "tea"}, "id": "c1", "type": "tool_call"}
    model = ScriptedModel([AIMessage("", tool_calls=[call]), "Kept."])
    store = MemoryStore(InProcessMemory(HashEmbedder()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # moved into the package langchain, and works on
        agent = create_react_agent(model, [remember], store=store)
    answer = await agent.ainvoke(
        {"messages": [("user", "Remember: tea")]}, {"configurable": {"user_id": "ada"}}
    )
    assert answer["messages"][-1].text == "Kept."
    assert store.search(memory_namespace("holmes", "ada"))[0].value == {"text": "tea"}
