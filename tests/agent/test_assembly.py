"""From names to parts: how a memory recalls, and what reads the best a second time."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from roleagent.agent.agent import Agent
from roleagent.errors import ConfigurationError
from roleagent.memory.recall.profile import FAST, PROFILES, QUALITY
from roleagent.protocols import Reranker
from roleagent.settings import get_settings
from roleagent.testing.rerankers import OverlapReranker
from roleagent.workflow.parts import by_name
from tests.agent.ada import make_agent


async def memory_of(agent: Agent) -> Any:
    return (await agent._running.ready()).parts.memory


async def test_recall_is_chosen_by_name_by_profile_or_by_the_environment(monkeypatch: pytest.MonkeyPatch):
    """What a call says comes before what the environment says."""
    reader = OverlapReranker()
    for options, expected in (
        ({}, FAST),
        ({"recall": "words"}, PROFILES["words"]),
        ({"recall": QUALITY.without("graph"), "reranker": reader}, QUALITY.without("graph")),
    ):
        agent, _ = make_agent(**options)
        assert (await memory_of(agent)).profile == expected
    monkeypatch.setenv("ROLEAGENT_RECALL", "words")
    get_settings.cache_clear()
    assert (await memory_of(make_agent()[0])).profile == PROFILES["words"]
    assert (await memory_of(make_agent(recall="fast")[0])).profile == FAST
    monkeypatch.undo()
    get_settings.cache_clear()


async def test_a_reranker_reads_where_the_profile_lets_it(tmp_path: Path):
    """On the disk as in memory."""
    reader: Reranker = OverlapReranker()
    for options in ({"on_disk": False}, {"on_disk": True, "home": tmp_path}):
        with make_agent("Yes.", recall="quality", reranker=reader, **options)[0] as agent:
            memory = await memory_of(agent)
            assert (memory.profile, memory.reranker) == (QUALITY, reader)


async def test_the_model_is_found_before_the_embedder(monkeypatch: pytest.MonkeyPatch):
    """An embedder may bring torch, whose OpenMP makes llama.cpp slow beside other processes."""
    found: list[str] = []

    def note(kind: str, choice: Any) -> Any:
        found.append(kind)
        return by_name(kind, choice)

    monkeypatch.setattr("roleagent.agent.assembly.by_name", note)
    await memory_of(make_agent()[0])
    assert found.index("model") < found.index("embedder")


async def test_what_does_not_fit_together_is_said_at_once():
    """A reranker that is never asked would be a disappointment found out late."""
    with pytest.raises(ConfigurationError, match="recall='quality'"):
        await memory_of(make_agent(recall="fast", reranker=OverlapReranker())[0])
    with pytest.raises(ConfigurationError, match="recall is 'slow', which is none of quality, fast, words"):
        await memory_of(make_agent(recall="slow")[0])


async def test_weights_that_are_not_here_are_told_of_and_missed_by_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """A character still recalls, and its owner knows how to make it recall better."""
    monkeypatch.setenv("ROLEAGENT_MODELS_DIR", str(tmp_path))
    get_settings.cache_clear()
    with caplog.at_level(logging.WARNING):
        agent, _ = make_agent("Yes.", "Yes.", recall="quality")
        for _ in range(2):
            assert (await agent.run("Hello.", user_id="ann")).text == "Yes."
    assert (await memory_of(agent)).reranker is None
    told = [record.getMessage() for record in caplog.records if "reranker" in record.getMessage()]
    assert told == [
        "Recall goes without a reranker: reranker-l12 is not on this machine. "
        "Fetch it: roleagent models pull reranker-l12"
    ]
    monkeypatch.undo()
    get_settings.cache_clear()
