"""A character's memory as a LangChain retriever and as a LangGraph store."""

from typing import TypedDict

from langchain_core.language_models import FakeListChatModel
from langgraph.graph import START, StateGraph
from langgraph.store.base import BaseStore

from roleagent import Agent, Parts
from roleagent.embedding.embedders import load_best_embedder
from roleagent.interop import MemoryRetriever, MemoryStore, memory_namespace
from roleagent.memory.in_process import InProcessMemory
from roleagent.types import Owner

CASES = memory_namespace("holmes", "ann@example.com", "cases")


class State(TypedDict):
    question: str
    case: str


def look_up(state: State, *, store: BaseStore) -> dict[str, str]:
    [found] = store.search(CASES, query=state["question"], limit=1)
    return {"case": found.value["title"]}


memory = InProcessMemory(load_best_embedder())  # OnDiskMemory(HOME, embedder) keeps it on disk
with Agent("holmes", model=FakeListChatModel(responses=["Indeed."]), parts=Parts(memory=memory)) as agent:
    agent.run_sync("My cat is called Milo.", user_id="ann@example.com")
    ann = Owner(persona_id="holmes", user_id="ann@example.com")
    for document in MemoryRetriever(memory=memory, owner=ann, k=1).invoke("What is my cat's name?"):
        print(document.metadata["speaker"], "said:", document.page_content)

    store = MemoryStore(memory)
    store.put(CASES, "1", {"title": "The missing violin", "solved": False})
    store.put(CASES, "2", {"title": "A letter from Bath", "solved": True})
    graph = StateGraph(State).add_node(look_up).add_edge(START, "look_up").compile(store=store)
    print(graph.invoke({"question": "Where did the fiddle go?", "case": ""})["case"])
