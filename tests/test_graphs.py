"""The graphs that langgraph.json names."""

from __future__ import annotations

import importlib
import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

ROOT = Path(__file__).parent.parent


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module behind an entry of langgraph.json."""
    entry = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))["graphs"][name]
    path, _, attribute = entry.partition(":")
    assert attribute == "graph"
    monkeypatch.syspath_prepend(str(ROOT / Path(path).parent))
    return importlib.import_module(Path(path).stem)


def edges_of(mermaid: str) -> set[tuple[str, str]]:
    """The arrows of a Mermaid drawing, chains and labels resolved."""
    found: set[tuple[str, str]] = set()
    for line in mermaid.splitlines():
        if "-->" not in line and "-." not in line:
            continue
        plain = re.sub(r"-\.(?:.*?\.)?->", "-->", line.strip().rstrip(";"))
        names = [re.sub(r"\W.*", "", part.strip()) for part in plain.split("-->")]
        found |= set(itertools.pairwise(names))
    return {(a.strip("_").lower(), b.strip("_").lower()) for a, b in found}


def test_the_drawing_in_the_docs_is_the_workflow(monkeypatch: pytest.MonkeyPatch):
    """A picture that lies is worse than none."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = page.partition("```mermaid")[2].partition("```")[0]
    assert edges_of(drawn) == edges_of(load("roleplay", monkeypatch).graph.get_graph().draw_mermaid())


async def test_the_chat_graph_answers_messages(monkeypatch: pytest.MonkeyPatch):
    """LangGraph Studio talks in messages."""
    from roleagent import Agent, Parts
    from roleagent.testing.embedders import HashEmbedder
    from roleagent.testing.fakes import FirstFacts, FixedUpdater, ScriptedModel

    module = load("chat", monkeypatch)
    agent = Agent(
        "holmes",
        model=ScriptedModel(["Pray sit down."]),
        parts=Parts(
            embedder=HashEmbedder(),
            updater=FixedUpdater(),
            ranker=FirstFacts(),
            critics=[],
            guards=[],
            perceptors=[],
        ),
        on_disk=False,
    )
    monkeypatch.setattr(module, "agent_for", lambda persona: agent)
    context = module.ChatContext(user_id="ann")
    state = await module.graph.ainvoke({"messages": [HumanMessage("Good day")]}, context=context)
    assert state["messages"][-1].text == "Pray sit down."
