"""Talking in a terminal, and the command line's manners."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from io import StringIO

import pytest
from rich.console import Console

from roleagent.agent import Agent
from roleagent.blocking import LoopThread
from roleagent.cli.chat import Chat
from roleagent.errors import AttachmentError
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.facts import FirstFacts
from roleagent.testing.fakes import ScriptedModel


class TypingConsole(Console):
    """A console whose user types prepared lines."""

    def __init__(self, *lines: str) -> None:
        super().__init__(file=StringIO(), width=100, color_system=None)
        self.lines = list(lines)

    def input(self, *_: object, **__: object) -> str:
        if not self.lines:
            raise EOFError
        return self.lines.pop(0)

    @property
    def text(self) -> str:
        return self.file.getvalue()  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    thread = LoopThread()
    yield thread
    thread.close()


def chat(
    loop: LoopThread, *typed: str, answers: tuple[str, ...] = ("Pray sit down.",), listener: str = ""
) -> str:
    """What the terminal shows when these lines are typed."""
    agent = Agent(
        "holmes",
        model=ScriptedModel(answers),
        embedder=HashEmbedder(),
        ranker=FirstFacts(),
        perceptors=[],
        guards=[],
        critics=[],
        on_disk=False,
    )
    console = TypingConsole(*typed)
    Chat(agent=agent, loop=loop, console=console, user="violet", thread="main", listener=listener).run()
    return console.text


def test_it_greets_answers_and_leaves(loop: LoopThread):
    """The least a chat must do."""
    text = chat(loop, "Good evening.", "/quit")
    assert "take the basket-chair by the fire" in text
    assert "Sherlock Holmes: Pray sit down." in text


def test_why_facts_and_history_tell_what_is_kept(loop: LoopThread):
    """Nothing about the user is kept behind their back."""
    text = chat(loop, "/why", "/facts", "I live in Winchester.", "/why", "/facts", "/history")
    assert "Nothing has been said yet." in text
    assert "Nothing has been learned about you yet." in text
    assert "Facts in mind" in text
    assert "- The user lives in Winchester." in text
    assert "you: I live in Winchester." in text


def test_forgetting_asks_first_and_tells_what_went(loop: LoopThread):
    """Erasing cannot be undone."""
    text = chat(loop, "I live in Winchester.", "/forget", "n", "/history", "/forget", "y", "/facts")
    assert "- episodes: 2 erased" in text
    assert text.index("you: I live in Winchester.") < text.index("erased")
    assert "Nothing has been learned about you yet." in text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/image no/such.png", "error: "),
        ("/image", "Which file? /image PATH [words]"),
        ("/image 'half a quote", "error: "),
        ("/dance", "There is no /dance."),
        ("/help", "/forget"),
    ],
)
def test_a_mistake_is_one_line_and_the_talk_goes_on(loop: LoopThread, typed: str, told: str):
    """Nobody should lose a conversation to a typo."""
    text = chat(loop, typed, "Good evening.")
    assert told in text
    assert "Sherlock Holmes: Pray sit down." in text
    assert "Traceback" not in text


def test_an_error_of_the_command_line_is_one_line_and_exit_code_2():
    """A stack trace tells a user nothing."""
    command = [sys.executable, "-m", "roleagent", "ask", "sherlok", "Hello"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: No persona is called 'sherlok'.")
    assert done.stderr.count("\n") == 1


def test_a_missing_file_is_the_files_fault():
    """The error names the path, so that the user can mend it."""
    with pytest.raises(AttachmentError, match=r"no/such\.png"):
        Agent("holmes", on_disk=False, model=ScriptedModel(["x"])).run_sync(
            "Look", user_id="violet", attachments=["no/such.png"]
        )


def test_the_listener_goes_with_every_turn(loop: LoopThread):
    """The page of reasons says to whom the character spoke."""
    assert "met by watson" in chat(loop, "Good evening.", "/why", listener="watson")
    assert "met by" not in chat(loop, "Good evening.", "/why")
