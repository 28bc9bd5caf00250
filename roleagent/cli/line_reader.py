"""Read what a person types at a terminal: one line, several lines, or yes or no."""

from __future__ import annotations

from types import ModuleType

from rich.console import Console
from rich.text import Text

_BLOCK = '"""'
_YES = ("y", "yes", "是", "好")


class LineReader:
    """Reads lines, with history and editing if the terminal has readline.

    Args:
        more: the prompt of a continuation line.
    """

    def __init__(self, console: Console, *, more: str = "  … ") -> None:
        self._console, self._more = console, Text(more, style="dim")
        self._readline = _readline()

    def read(self, prompt: Text, *, begin_with: str = "") -> str:
        r"""The next text: one line, or several if a line ends with ``\`` or triple quotes are open.

        Args:
            prompt: the prompt of the first line.
            begin_with: a text on the line that the user can edit, if the terminal supports that.

        Raises:
            EOFError: there is nothing more to read.
            KeyboardInterrupt: the user wants to leave.
        """
        line = self._line(prompt, begin_with)
        if line.lstrip().startswith(_BLOCK):
            return self._block(line.lstrip().removeprefix(_BLOCK))
        lines = [line]
        while lines[-1].endswith("\\"):
            lines[-1] = lines[-1].removesuffix("\\")
            lines.append(self._line(self._more))
        return "\n".join(lines).strip()

    def agrees(self, question: str) -> bool:
        """Whether the user says yes; Ctrl-D means no."""
        try:
            return self._line(Text(question)).strip().lower() in _YES
        except (EOFError, KeyboardInterrupt):
            self._console.print()
            return False

    def _block(self, line: str) -> str:
        lines = []
        while _BLOCK not in line:
            lines.append(line)
            line = self._line(self._more)
        return "\n".join([*lines, line.partition(_BLOCK)[0]]).strip()

    def _line(self, prompt: Text, begin_with: str = "") -> str:
        if self._readline is None or not self._console.is_terminal:
            return self._console.input(prompt)
        if begin_with:
            self._readline.set_startup_hook(lambda: self._readline and self._readline.insert_text(begin_with))
        try:
            return input(self._marked(prompt))
        finally:
            self._readline.set_startup_hook(None)

    def _marked(self, prompt: Text) -> str:
        """A prompt for readline, which also prints it when it redraws the line.

        Its escape sequences are between marks, so that readline does not count them as columns.
        """
        plain = prompt.plain
        with self._console.capture() as printed:
            self._console.print(prompt, end="")
        before, _, after = printed.get().partition(plain)
        return f"\001{before}\002{plain}\001{after}\002" if before or after else plain


def _readline() -> ModuleType | None:
    try:
        import readline
    except ImportError:  # Windows has none
        return None
    return readline
