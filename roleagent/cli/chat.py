"""`roleagent chat`: talk to a character in the terminal."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.text import Text

from roleagent.blocking import LoopThread
from roleagent.cli.chat_memory import ChatMemory
from roleagent.cli.options import (
    HomeFolder,
    Listener,
    ModelName,
    Moment,
    Patience,
    PersonaName,
    ThreadName,
    UserName,
    limits_of,
)
from roleagent.cli.show import EventPrinter
from roleagent.errors import InputError, RoleAgentError
from roleagent.types import ApprovalRequired, Done, Event, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from roleagent.agent import Agent

HELP = """\
/image PATH [words]   show a picture
/audio PATH [words]   play a recording: something to listen to, not your own words
/say PATH             speak: a recording of your own voice, which counts as typed
/why                  what the last reply rests on
/facts                what the character has learned about you
/history              this conversation so far
/memory [words]       how much is remembered; with words, what they bring back
/forget WORDS         erase what was said with these words in it
/forget last | all    erase the last exchange, or all that is kept about you with this character
/help                 this list
/quit                 leave (or press Ctrl-D)"""


def chat(
    persona: PersonaName,
    user: UserName,
    thread: ThreadName = "main",
    model: ModelName = None,
    home: HomeFolder = None,
    listener: Listener = "",
    as_of: Moment = "",
    patience: Patience = None,
    details: bool = typer.Option(False, "--details", "-d", help="Show facts, episodes and verdicts."),
) -> None:
    """Talk to a character; /help lists what can be typed."""
    console = Console()
    with console.status("Waking up …"):
        from roleagent.agent import Agent

        agent = Agent(persona, model=model, home=home, as_of=as_of, limits=limits_of(patience))
        loop = LoopThread()
        loop.run(agent.warm_up())
    with closing(loop), agent:
        Chat(
            agent=agent,
            loop=loop,
            console=console,
            user=user,
            thread=thread,
            listener=listener,
            details=details,
        ).run()


@dataclass(kw_only=True)
class Chat:
    """One conversation at a terminal."""

    agent: Agent
    loop: LoopThread
    console: Console
    user: str
    thread: str
    listener: str = ""
    details: bool = False
    last: Reply | None = None

    @property
    def memory(self) -> ChatMemory:
        """What can be seen of the character's memory, and erased."""
        return ChatMemory(
            agent=self.agent,
            loop=self.loop,
            console=self.console,
            user=self.user,
            thread=self.thread,
            listener=self.listener,
        )

    def run(self) -> None:
        """Greet, then read lines and answer them until the user leaves."""
        _remember_typed_lines()
        name = self.agent.persona.name
        self.console.print(Text.assemble((f"{name}: ", "bold cyan"), self._greeting()))
        self.memory.tell()
        self.console.print(Text("/help lists what else you can type.", style="dim"))
        while (line := self._read()) is not None:
            try:
                self.answer(line)
            except RoleAgentError as error:
                self.console.print(Text(f"error: {error}", style="red"))
            except KeyboardInterrupt:
                self.console.print(Text("\n(interrupted; nothing of this turn is kept)", style="dim"))

    def _greeting(self) -> str:
        greeting = self.agent.greeting(user_id=self.user, thread_id=self.thread, listener=self.listener)
        return self.loop.run(greeting)

    def _read(self) -> str | None:
        """The next line that says something; None at the end."""
        while True:
            try:
                line = self.console.input(Text("you: ", style="bold green")).strip()
            except (EOFError, KeyboardInterrupt):
                self.console.print()
                return None
            if line in ("/quit", "/exit"):
                return None
            if line:
                return line

    def answer(self, line: str) -> None:
        """Do what a line asks for."""
        command, _, rest = line.partition(" ")
        match command:
            case "/help":
                self.console.print(Text(HELP))
            case "/why":
                self._why()
            case "/facts":
                self.memory.facts()
            case "/history":
                self.memory.history()
            case "/memory":
                self._memory(rest.strip())
            case "/forget":
                if self.memory.forget(rest.strip()):
                    self.last = None  # it may tell what has just been erased
            case "/image" | "/audio" | "/say":
                self._show_file(command, rest)
            case _ if command.startswith("/"):
                self.console.print(Text(f"There is no {command}.\n{HELP}", style="yellow"))
            case _:
                self.say(line)

    def say(self, text: str, attachments: Sequence[Path] = (), *, voice: Path | None = None) -> None:
        """Take one turn and show it."""
        events = self.agent.stream(
            text,
            user_id=self.user,
            thread_id=self.thread,
            attachments=attachments,
            voice=voice,
            listener=self.listener,
        )
        self.last = self.loop.run(self._show(events))
        while self.last.pending:
            self.last = self.loop.run(self._show(self._decide(self.last)))

    async def _show(self, events: AsyncIterator[Event]) -> Reply:
        persona = self.agent.persona
        printer = EventPrinter(self.console, persona.name, details=self.details, language=persona.language)
        try:
            async for event in events:
                printer.show(event)
                if isinstance(event, (Done, ApprovalRequired)):
                    return event.reply
        finally:
            printer.stop_status()
        raise AssertionError("a stream of events ends with Done or ApprovalRequired")

    def _decide(self, reply: Reply) -> AsyncIterator[Event]:
        for use in reply.pending:
            arguments = ", ".join(f"{name}={value!r}" for name, value in use.arguments.items())
            self.console.print(Text(f"wants to run {use.name}({arguments})", style="yellow"))
        agreed = self.console.input(Text("allow? [y/N] ")).strip().lower() in ("y", "yes")
        return self.agent.stream_resume(approve=agreed, user_id=self.user, thread_id=self.thread)

    def _show_file(self, command: str, rest: str) -> None:
        path, *words = _split(rest) or [""]
        if not path:
            self.console.print(Text(f"Which file? {command} PATH [words]", style="yellow"))
            return
        file = Path(path).expanduser()
        if command == "/say":
            self.say(" ".join(words), voice=file)
        else:
            self.say(" ".join(words), [file])

    def _why(self) -> None:
        if self.last is None:
            self.console.print(Text("There is no reply to explain.", style="dim"))
            return
        from rich.markdown import Markdown

        self.console.print(Markdown(self.last.explain().as_markdown()))

    def _memory(self, words: str) -> None:
        if words:
            self.memory.search(words)
        else:
            self.memory.tell()


def _split(line: str) -> list[str]:
    """The parts of a line; quotes hold a path with spaces together."""
    try:
        return shlex.split(line)
    except ValueError as error:
        raise InputError(f"{line!r} cannot be read: {error}. Close the quote, or leave it out.") from error


def _remember_typed_lines() -> None:
    """Arrow-up brings earlier lines back, where the terminal has readline."""
    try:
        import readline  # noqa: F401  (importing it is what gives `input` its history)
    except ImportError:
        return
