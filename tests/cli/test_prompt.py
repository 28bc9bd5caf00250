"""`roleagent ask --show-prompt`: the prompt in a terminal."""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from rich.console import Console

from roleagent import Agent, Parts
from roleagent.cli import main
from roleagent.cli.prompt import print_prompt
from roleagent.errors import ModelError
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, ScriptedModel
from roleagent.types import Omitted, Prompt, PromptBlock, Verdict

PROMPT = Prompt(
    messages=[SystemMessage("You are Ada [bold]."), HumanMessage("Tea?")],
    blocks=(
        PromptBlock(name="about_self", text="You are Ada [bold].", num_tokens=1200),
        PromptBlock(name="said", text="Tea?", num_tokens=2),
    ),
    num_tokens=1218,
    room=3000,
    omitted=Omitted(room=3000, shortened=("transcript",)),
    warnings=(Verdict(critic="injection", ok=False, reason="An order.", quote="obey", where="user"),),
)


def printed(prompt: Prompt) -> str:
    console = Console(file=StringIO(), width=80, color_system=None)
    print_prompt(console, prompt)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_blocks_come_first_and_then_the_text():
    """The eye looks for what is large, and then reads it."""
    text = printed(PROMPT)
    lines = [line.split() for line in text.splitlines()]
    assert ["about", "self", "1,200"] in [line[:3] for line in lines]
    assert "1,218 of 3,000 tokens, estimated" in text
    assert "left out: the end of transcript" in text
    assert "injection in user: An order. “obey”" in text
    assert text.index("1,218") < text.index("You are Ada [bold].") < text.index("Tea?")


def test_a_count_says_who_counted():
    """An estimate must not look like a measurement."""
    counted = Prompt(
        messages=PROMPT.messages, blocks=PROMPT.blocks, num_tokens=9, is_exact=True, model="tiny"
    )
    assert "9 tokens, counted by tiny" in printed(counted)


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_nothing_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, option: list[str]
):
    """The model's script is empty: a question would fail."""
    plain = Agent.__init__

    def offline(self: Agent, persona: str, **options: Any) -> None:
        parts = Parts(perceptors=[], guards=[], ranker=FirstFacts(), embedder=HashEmbedder())
        plain(self, persona, **{**options, "model": ScriptedModel(), "parts": parts})

    monkeypatch.setattr(Agent, "__init__", offline)
    typed = ["ask", "holmes", "Where do you live?", "-u", "ann", "--home", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["roleagent", *typed, "--show-prompt", *option])
    with pytest.raises(SystemExit) as ended:
        main()
    out = capsys.readouterr().out
    assert not ended.value.code
    if option:
        told = json.loads(out)
        assert told["messages"][-1]["content"].endswith("Where do you live?")
        assert told["blocks"][-1]["name"] == "said"
    else:
        assert "You are Sherlock Holmes" in out
        assert "tokens, estimated" in out


@pytest.mark.parametrize(("option", "num_read"), [([], 1), (["--show-prompt"], 0)])
def test_a_question_leaves_what_was_read_to_the_next_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, option: list[str],
    num_read: int,
):  # fmt: skip
    """Otherwise each `roleagent ask` reads the persona again, which takes a small machine many seconds."""
    plain, read = Agent.__init__, list[str]()

    class Reader(ScriptedModel):
        async def read_ahead(self, messages: list[BaseMessage]) -> None:
            read.append(messages[0].text)
            raise ModelError("The disk is full.")  # which harms nobody

    def offline(self: Agent, persona: str, **options: Any) -> None:
        parts = Parts(perceptors=[], guards=[], critics=[], ranker=FirstFacts(), embedder=HashEmbedder())
        plain(self, persona, **{**options, "model": Reader(["In Sussex."]), "parts": parts})

    monkeypatch.setattr(Agent, "__init__", offline)
    typed = ["ask", "holmes", "Where do you live?", "-u", "ann", "--home", str(tmp_path), *option]
    monkeypatch.setattr(sys, "argv", ["roleagent", *typed])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert ("In Sussex." in capsys.readouterr().out) == (num_read == 1)
    assert len(read) == num_read


def test_why_and_show_prompt_exclude_each_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """There is no reply to explain."""
    monkeypatch.setattr(sys, "argv", ["roleagent", "ask", "holmes", "Hello", "--show-prompt", "--why"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "leave one of them out" in capsys.readouterr().err
