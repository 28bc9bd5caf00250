"""`roleagent chat` talks to a character in the terminal; `roleagent ask` asks one question."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from roleagent.cli.chat_memory import ChatMemory
from roleagent.cli.line_reader import LineReader
from roleagent.cli.options import (
    AdapterName,
    Consistency,
    CriticLogFile,
    HomeFolder,
    Listener,
    ModelName,
    Moment,
    Patience,
    PersonaName,
    PolicyFile,
    ThreadName,
    UserName,
    limits_of,
)
from roleagent.cli.prompt import print_prompt
from roleagent.cli.show import EventPrinter
from roleagent.cli.words import change_lines, words_of
from roleagent.concurrency.blocking import LoopThread
from roleagent.errors import InputError, ModelError, RoleAgentError
from roleagent.language.unicode import without_codes
from roleagent.types import ApprovalRequired, Attachment, Done, Episode, Event, Prompt, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from roleagent.agent.agent import Agent
    from roleagent.agent.conversation import Conversation


def ask(
    persona: PersonaName,
    user: UserName,
    text: Annotated[str, typer.Argument(help="What to say.")] = "",
    attach: Annotated[
        list[Path] | None, typer.Option("--attach", "-a", help="A picture or recording; may be repeated.")
    ] = None,
    voice: Annotated[
        Path | None, typer.Option("--voice", help="A recording in which you speak; it counts as typed.")
    ] = None,
    thread: ThreadName = "main",
    model: ModelName = None,
    adapter: AdapterName = None,
    home: HomeFolder = None,
    listener: Listener = "",
    as_of: Moment = "",
    patience: Patience = None,
    policy: PolicyFile = None,
    consistency: Consistency = None,
    critic_log: CriticLogFile = None,
    why: Annotated[bool, typer.Option("--why", help="Say what the reply rests on.")] = False,
    show_prompt: Annotated[
        bool, typer.Option("--show-prompt", help="Print what the model would read, and ask nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Ask a character one question and print the answer."""
    from roleagent.agent.agent import Agent
    from roleagent.workflow.parts import Parts

    if show_prompt and why:
        raise InputError("--show-prompt asks nothing, so there is no reply for --why: leave one of them out.")
    parts, limits = Parts(policy=policy), limits_of(patience, consistency=consistency)
    with Agent(
        persona,
        model=model,
        adapter=adapter,
        home=home,
        parts=parts,
        as_of=as_of,
        limits=limits,
        critic_log=critic_log,
    ) as agent:
        talk = agent.conversation(user_id=user, thread_id=thread, listener=listener)
        take = talk.preview_sync if show_prompt else talk.say_sync
        with Console(stderr=True).status(words_of("en")["waking"]):
            found = take(text, attachments=attach or (), voice=voice)
        _print_answer(found, why=why, as_json=as_json)
        if isinstance(found, Reply):
            with closing(LoopThread()) as loop, suppress(ModelError):  # the answer was given
                loop.run(agent.read_ahead())


def _print_answer(found: Prompt | Reply, *, why: bool, as_json: bool) -> None:
    if as_json:
        told = found.as_dict() if isinstance(found, Prompt) else found.explain().as_dict()
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    elif isinstance(found, Prompt):
        print_prompt(Console(), found)
    else:
        typer.echo(without_codes(found.explain().as_markdown() if why else found.text))


def chat(
    persona: PersonaName,
    user: UserName,
    thread: ThreadName = "main",
    model: ModelName = None,
    adapter: AdapterName = None,
    home: HomeFolder = None,
    listener: Listener = "",
    as_of: Moment = "",
    patience: Patience = None,
    policy: PolicyFile = None,
    consistency: Consistency = None,
    critic_log: CriticLogFile = None,
    details: bool = typer.Option(False, "--details", "-d", help="Show facts, episodes and verdicts."),
) -> None:
    """Talk to a character; /help lists the commands."""
    console = Console()
    with console.status(words_of("en")["waking"]) as status:
        from roleagent.agent.agent import Agent
        from roleagent.workflow.parts import Parts

        agent = Agent(
            persona,
            model=model,
            adapter=adapter,
            home=home,
            parts=Parts(policy=policy),
            as_of=as_of,
            limits=limits_of(patience, consistency=consistency),
            critic_log=critic_log,
        )
        waking = words_of(agent.persona.language)["waking"]
        status.update(waking)
        if not console.is_terminal:
            console.print(waking)
        loop = LoopThread()
        loop.run(agent.warm_up())
    with closing(loop), agent:
        talk = agent.conversation(user_id=user, thread_id=thread, listener=listener)
        Chat(agent=agent, talk=talk, loop=loop, console=console, details=details).run()


@dataclass(kw_only=True)
class Chat:
    """One conversation at a terminal."""

    agent: Agent
    talk: Conversation
    loop: LoopThread
    console: Console
    details: bool = False
    last: Reply | None = None

    def __post_init__(self) -> None:
        """Choose the language and open the keyboard."""
        self.words = words_of(self.agent.persona.language)
        self.reader = LineReader(self.console, more=self.words["goes_on"])

    @property
    def memory(self) -> ChatMemory:
        """The part of the chat that shows and erases memory."""
        return ChatMemory(
            agent=self.agent,
            talk=self.talk,
            loop=self.loop,
            console=self.console,
            reader=self.reader,
        )

    def run(self) -> None:
        """Greet, then read lines and answer them until the user leaves."""
        name = self.agent.persona.name
        greeting = without_codes(self.loop.run(self.talk.greeting()))
        self.console.print(Text.assemble((f"{name}: ", "bold cyan"), greeting))
        self.memory.tell()
        self._tell("hint")
        while (line := self._read()) is not None:
            try:
                self.answer(line)
            except RoleAgentError as error:
                self.console.print(Text(self.words["error"].format(error=error), style="red"))
            except KeyboardInterrupt:
                self.console.print()
                self._tell("interrupted")

    def _tell(self, key: str, *, style: str = "dim", **values: object) -> None:
        self.console.print(Text(self.words[key].format(**values), style=style))

    def _read(self, *, begin_with: str = "") -> str | None:
        """The next line that is not blank; None at the end."""
        while True:
            try:
                line = self.reader.read(Text(self.words["you"], style="bold green"), begin_with=begin_with)
            except (EOFError, KeyboardInterrupt):
                self.console.print()
                return None
            if line in ("/quit", "/exit"):
                return None
            if line:
                return line

    def answer(self, line: str) -> None:
        """Run a command, or say a line to the character."""
        command, _, rest = line.partition(" ")
        match command:
            case "/help":
                self.console.print(Text(self.words["help"]))
            case "/retry":
                self._say_again()
            case "/undo":
                self._take_back()
            case "/edit":
                self._say_instead(rest.strip())
            case "/good" | "/bad" | "/better":
                self._rate(command, rest.strip())
            case "/threads":
                self._threads(rest.strip())
            case "/why":
                self._why()
            case "/facts":
                self.memory.facts()
            case "/history":
                self.memory.history()
            case "/memory" if rest.strip():
                self.memory.search(rest.strip())
            case "/memory":
                self.memory.tell()
            case "/forget":
                if self.memory.forget(rest.strip()):
                    self.last = None  # it may tell what has just been erased
            case "/image" | "/audio" | "/say":
                self._show_file(command, rest)
            case _ if command.startswith("/"):
                self._tell("unknown", style="yellow", command=command)
                self.console.print(Text(self.words["help"]))
            case _:
                self.say(line)

    def say(self, text: str, attachments: Sequence[Path | bytes] = (), *, voice: Path | None = None) -> None:
        """Take one turn and show it."""
        events = self.talk.stream(text, attachments=attachments, voice=voice)
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
            self._tell("wants", style="yellow", call=f"{use.name}({arguments})")
        agreed = self.reader.agrees(self.words["allow"])
        return self.talk.stream_resume(approve=agreed)

    def _show_file(self, command: str, rest: str) -> None:
        try:
            path, *words = shlex.split(rest) or [""]  # a path with spaces needs quotes
        except ValueError as error:
            raise InputError(
                f"{rest!r} cannot be read: {error}. Close the quote, or leave it out."
            ) from error
        if not path:
            self._tell("which_file", style="yellow", command=command)
            return
        file = Path(path).expanduser()
        if command == "/say":
            self.say(" ".join(words), voice=file)
        else:
            self.say(" ".join(words), [file])

    def _why(self) -> None:
        if self.last is None:
            self._tell("no_reply")
            return
        from rich.markdown import Markdown

        self.console.print(Markdown(self.last.explain().as_markdown()))

    def _rate(self, command: str, words: str) -> None:
        if self.last is None:
            self._tell("nothing_to_rate")
        elif command == "/better" and not words:
            self._tell("better_how")
        else:
            good = None if command == "/better" else command == "/good"
            edit = words if command == "/better" else ""
            update = self.loop.run(self.talk.rate(self.last.turn.id, good=good, edit=edit))
            self._tell("rated")
            for line in change_lines(update, self.agent.persona.language):
                self.console.print(Text(line, style="dim"))

    def _say_again(self) -> None:
        said = self._take_back()
        if said is not None:
            self.say(said.text, self._shown_with(said))

    def _say_instead(self, words: str) -> None:
        said = self._take_back()
        if said is None:
            return
        line = words or self._read(begin_with=said.text)
        if line:
            self.say(line, self._shown_with(said))

    def _take_back(self) -> Episode | None:
        """Erase the last exchange and return what the user said in it, with the bytes of its files."""
        said = self.memory.last_said()
        if said is None:
            self._tell("nothing_said")
            return None
        self._files = {each.id: _content(each) for each in said.attachments}
        self.memory.erase_exchange(said)
        self.last = None
        self._tell("turn_taken_back", text=said.text)
        return said

    def _shown_with(self, said: Episode) -> list[bytes]:
        for each in said.attachments:
            if self._files[each.id] is None:
                self._tell("file_gone", name=each.name)
        return [content for content in self._files.values() if content is not None]

    def _threads(self, name: str) -> None:
        if name:
            owner, sight = self.talk.owner, self.talk.sight
            self.talk = self.agent.conversation(
                user_id=owner.user_id, thread_id=name, listener=sight.listener, as_of=sight.as_of
            )
            self.last = None
            self._tell("in_thread", thread=name)
            return
        lines = self.memory.thread_lines()
        if lines is None:
            self._tell("threads_unknown")
        elif not lines:
            self._tell("no_threads")
        for thread, line in (lines or {}).items():
            self.console.print(Text(line + self.words["here"] * (thread == self.talk.thread.thread_id)))


def _content(attachment: Attachment) -> bytes | None:
    """A file's bytes; None if it cannot be read any more."""
    try:
        return Path(attachment.path).read_bytes()
    except OSError:
        return None
