"""What a person types, and the prompt before it."""

from __future__ import annotations

import os
import pty
import select
import sys
import time

import pytest
from rich.console import Console
from rich.text import Text

from roleagent.cli.line_reader import LineReader


class Typed(Console):
    """A console whose user types prepared lines, then leaves."""

    def __init__(self, *lines: str) -> None:
        super().__init__(width=80)
        self.lines = list(lines)

    def input(self, *_: object, **__: object) -> str:
        if not self.lines:
            raise EOFError
        return self.lines.pop(0)


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["Good evening."], "Good evening."),
        (["one \\", "two"], "one \ntwo"),
        (['"""', "a", "", "b", '"""'], "a\n\nb"),
        (['"""a', 'b"""'], "a\nb"),
        (['"""all in one"""'], "all in one"),
        (["  spaced  "], "spaced"),
    ],
)
def test_a_text_may_have_several_lines(lines: list[str], text: str):
    """A line that ends with a backslash goes on, and triple quotes hold anything."""
    assert LineReader(Typed(*lines)).read(Text("you: ")) == text


@pytest.mark.parametrize(
    ("answer", "agreed"), [("y", True), ("YES", True), ("是", True), ("n", False), ("", False), (None, False)]
)
def test_only_a_yes_agrees(answer: str | None, agreed: bool):
    """Ctrl-D, given here as None, must never erase anything."""
    assert LineReader(Typed(*([] if answer is None else [answer]))).agrees("Sure? ") is agreed


SCRIPT = """
from rich.console import Console
from rich.text import Text
from roleagent.cli.line_reader import LineReader
print(repr(LineReader(Console()).read(Text("you: ", style="bold green"), begin_with="Where?")))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no readline")
def test_the_prompt_survives_editing_and_the_old_text_stands_on_the_line():
    """Erasing past the start of a line took the prompt with it."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm", COLUMNS="80")
        os.execv(sys.executable, [sys.executable, "-c", SCRIPT])
    shown = _until(terminal, "Where?")
    os.write(terminal, b"\x15Who?\x12\x07\r")  # clear the line, type, look through history and back
    shown += _until(terminal, "'Who?'")
    os.waitpid(pid, 0)
    os.close(terminal)
    assert "you: " in shown
    assert "'Who?'" in shown
    assert "\001" not in shown


def _until(terminal: int, text: str, timeout_s: float = 20) -> str:
    """What a terminal shows until some text stands there."""
    shown, end = "", time.monotonic() + timeout_s
    while text not in shown and time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                shown += os.read(terminal, 4096).decode(errors="replace")
            except OSError:  # the other side has gone
                break
    return shown
