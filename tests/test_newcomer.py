"""What docs/plugins.md tells a newcomer to write works: passed as an object, and found by name."""

from __future__ import annotations

import importlib
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from roleagent import Agent, Parts, Reply, registry
from roleagent.testing.critics import check_critic
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, ScriptedModel
from tests.agent.test_agent_tools import call

PAGE = (Path(__file__).parent.parent / "docs" / "plugins.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
MAX_LINES = 30


class Example:
    """A section of the page, installed as a package of its own.

    Attributes:
        module: the file of the example, imported.
        num_lines: of the file and of what names it.
    """

    def __init__(self, title: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
        code, *_, named = [text for _, text in BLOCK.findall(section)]
        file, _, text = code.removeprefix("# ").partition("\n")
        (folder / file).write_text(text, encoding="utf-8")
        info = folder / "newcomer-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: newcomer\nVersion: 1\n", encoding="utf-8"
        )
        lines = []
        for group, entries in tomllib.loads(named)["project"]["entry-points"].items():
            lines += [f"[{group}]", *(f"{name} = {target}" for name, target in entries.items())]
        (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
        monkeypatch.syspath_prepend(str(folder))
        monkeypatch.setattr(registry, "_shared", {})
        name = file.removesuffix(".py")
        monkeypatch.delitem(sys.modules, name, raising=False)
        self.module: Any = importlib.import_module(name)  # Any: what the page says
        self.num_lines = len(code.splitlines()) + len(named.splitlines())


async def reply_of(*answers: Any, **parts: Any) -> Reply:  # Any: messages, and whatever a part may be
    whole = Parts(
        embedder=HashEmbedder(), ranker=FirstFacts(), perceptors=[], guards=[], **({"critics": []} | parts)
    )
    agent = Agent("holmes", model=ScriptedModel(list(answers)), on_disk=False, parts=whole)
    return await agent.run("Are you there?", user_id="ann")


@pytest.mark.parametrize("by_name", [False, True])
async def test_a_critic(by_name: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It is asked about every draft, and its reason is told to the model."""
    example = Example("Add a critic", tmp_path, monkeypatch)
    critic = "no-shouting" if by_name else example.module.NoShouting()
    reply = await reply_of("I AM HERE!", "I am here.", critics=[critic])
    assert reply.text == "I am here."
    assert [revision.draft for revision in reply.revisions] == ["I AM HERE!"]
    check_critic(example.module.NoShouting(), rejects=["I AM HERE!"])
    assert example.num_lines <= MAX_LINES


@pytest.mark.parametrize("by_name", [False, True])
async def test_a_tool(by_name: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The model calls it, and reads what it gives."""
    example = Example("Add a tool", tmp_path, monkeypatch)
    tool = "tide_table" if by_name else example.module.tide_table
    reply = await reply_of(call("tide_table", port="Dover"), "It turns at six.", tools=[tool])
    [used] = reply.tool_uses
    assert (used.name, used.result) == ("tide_table", "High water at Dover: 06:12.")
    assert reply.text == "It turns at six."
    assert example.num_lines <= MAX_LINES
