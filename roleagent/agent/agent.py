"""The agent: a persona, a model, a memory and the workflow, wired together. It does not think."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from roleagent import registry
from roleagent.agent.assembly import Assembly, assemble, persona_of
from roleagent.agent.idle import Held, Idle, Stop, make_housekeeping
from roleagent.agent.intake import Shown, passing_folder, take_in
from roleagent.agent.plug_ins import check_approve, check_limits, check_model, check_parts
from roleagent.concurrency.blocking import LoopThread, run_blocking, run_to_end
from roleagent.concurrency.relay import Relay
from roleagent.concurrency.turn_order import order_of, run_writing
from roleagent.errors import InputError, StoreError
from roleagent.language.unicode import repaired
from roleagent.persona.view import as_confided, check_listener, resolve_moment
from roleagent.protocols import Cue, MemoryWithRecord
from roleagent.settings import get_settings
from roleagent.types import (
    EVERYTHING,
    ApprovalRequired,
    Done,
    Episode,
    Event,
    ForgetReceipt,
    GraphUpdate,
    Owner,
    Reply,
    Selection,
    Sight,
    Summary,
    Thread,
    Turn,
)
from roleagent.workflow.meeting import Meeting, meet
from roleagent.workflow.parts import Parts

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool
    from langgraph.types import Command

    from roleagent.graph.graph import PersonaGraph
    from roleagent.learning.rules import Candidate
    from roleagent.persona.persona import Persona
    from roleagent.protocols import GraphUpdater
    from roleagent.store import Store
    from roleagent.workflow.state import AgentContext, AgentState, Limits

    Start = Callable[[Assembly], Awaitable[tuple[AgentState | Command[Any], Sight]]]

DEFAULT_PARTS = Parts()

T = TypeVar("T")
_log = logging.getLogger(__name__)
_MAX_SCREENED_CHARS = 200_000  # of a persona's own texts, when an agent starts
_MAX_CARD_WARNINGS = 5

_log = logging.getLogger(__name__)


class Agent:
    """A character to talk to.

    Nothing is loaded before the first turn, or before `warm_up`. An agent serves many users and conversations
    at once; every call says whose it is. Everything that can be named can also be passed as an object.

    Args:
        persona: name of a bundled persona, path of a persona file, or a `Persona`.
        model: registry name such as ``llama-cpp:qwen2.5-1.5b``, or any langchain-core chat model.
            Default: `Settings.model`.
        home: folder that keeps episodes, learned facts and checkpoints. Default: `Settings.home`.
        on_disk: False keeps everything in memory, for this agent alone; what is shown lies in a temporary
            folder until the agent is closed.
        parts: what else it is made of, such as `Parts(tools=[…], critics=["role"])`.
        limits: how much a turn may take.
        as_of: the moment of its story at which the persona is placed, where a call does not say: a date, or
            the id of one of its chapters. Default: the end of the story.
        language: code of the language in which the persona is to speak. Default: its own.
        idle_after_s: seconds without a turn of a user after which their conversations are read again and
            summed up in the background. Default: never; `summarise` and `consolidate` do it when called.

    Raises:
        InputError: `as_of` is neither a date nor a chapter, or the persona has no rendering in `language`.
        ConfigurationError: nothing has such a name, or an object does not fit where it goes.
        ToolError: a function cannot be a tool.
    """

    def __init__(
        self,
        persona: str | Path | Persona,
        *,
        model: str | BaseChatModel | None = None,
        home: str | Path | None = None,
        on_disk: bool = True,
        parts: Parts = DEFAULT_PARTS,
        limits: Limits | None = None,
        as_of: str = "",
        language: str = "",
        idle_after_s: float | None = None,
    ) -> None:
        settings = get_settings()
        self.persona = persona_of(persona, language)
        self.as_of = resolve_moment(self.persona, as_of)
        self.home = Path(home or settings.home).expanduser() if on_disk else None
        self._model = model or settings.model
        check_parts(parts)
        check_limits(limits)
        check_model(self._model, has_tools=bool(parts.tools))
        self._chosen, self._limits = parts, limits
        self._assembly: Assembly | None = None
        self._opened_in = os.getpid()
        self._assembling, self._starting_loop = threading.Lock(), threading.Lock()
        self._loop_thread: LoopThread | None = None
        self._order = order_of(self.home)
        self._house = partial(make_housekeeping, self.persona, parts)
        self._idle = Idle(self._work_at_leisure, after_s=idle_after_s)

    # ── talking ──────────────────────────────────────────────────────────────────────────

    async def run(
        self,
        text: str = "",
        *,
        user_id: str,
        thread_id: str = "main",
        attachments: Shown | Sequence[Shown] = (),
        voice: Shown | None = None,
        listener: str = "",
        as_of: str = "",
    ) -> Reply:
        """Take one turn and give the whole reply.

        Args:
            text: what the user says.
            user_id: the user who speaks.
            thread_id: which conversation.
            attachments: a picture or recording, or a list of them: paths, bytes, data URLs, PIL images,
                arrays or what `load_attachment` gave; see docs/perception.md. What is to be
                read or heard in them is material, never the user's own words.
            voice: a recording in which the user speaks to the persona. What is heard in it counts as typed:
                it is screened, learned from and remembered as the user's words. The recording is not kept.
            listener: id of the person of the persona's world whom the user stands for; empty for a stranger.
                It decides which secrets may be told, so the application says it, never the user.
            as_of: the moment of the story at which the persona is placed for this turn: a date or a chapter's
                id. Default: the agent's.

        Raises:
            InputError: the message is too long or empty, an id is blank, an attachment cannot be used, the
                listener is no person of the persona's world, or `as_of` neither a date nor a chapter.
            ConfigurationError: there is a voice, and no perceptor that listens.
            ModelError: the language model raised or stayed silent. Nothing of the turn is kept then.
            StoreError: the turn could not be remembered.
        """
        events = self.stream(
            text,
            user_id=user_id,
            thread_id=thread_id,
            attachments=attachments,
            voice=voice,
            listener=listener,
            as_of=as_of,
        )
        return await _last_reply(events)

    def run_sync(
        self,
        text: str = "",
        *,
        user_id: str,
        thread_id: str = "main",
        attachments: Shown | Sequence[Shown] = (),
        voice: Shown | None = None,
        listener: str = "",
        as_of: str = "",
    ) -> Reply:
        """`run` for code that is not async, notebooks included."""
        turn = self.run(
            text,
            user_id=user_id,
            thread_id=thread_id,
            attachments=attachments,
            voice=voice,
            listener=listener,
            as_of=as_of,
        )
        return self._sync(turn)

    async def stream(
        self,
        text: str = "",
        *,
        user_id: str,
        thread_id: str = "main",
        attachments: Shown | Sequence[Shown] = (),
        voice: Shown | None = None,
        listener: str = "",
        as_of: str = "",
    ) -> AsyncGenerator[Event, None]:
        """Take one turn and give what happens as it happens; `Done` or `ApprovalRequired` comes last.

        The text of all `TextDelta`s, joined, is the reply's text. Raises what `run` raises.

        The turn goes on as events are asked for. Closing the stream before its last event (`aclose()`, or
        cancelling whoever reads it) ends the turn, and nothing of it is kept. A reader who only stays away
        holds it up until another call waits for its end: then it goes on by itself and is remembered, and
        the reader still gets all of its events.
        """
        from roleagent.workflow.state import fresh_state

        thread, sight = self._thread(user_id, thread_id), self._sight(listener, as_of)
        with passing_folder(voice) as passing:
            given = partial(take_in, text, attachments, thread, sight, voice=voice, passing=passing)

            async def take(live: Assembly) -> tuple[AgentState, Sight]:
                folder = live.home.media_folder(thread.owner)
                if folder.exists() and await self._waiting_turn(thread, live):
                    self._order.leave_untidy(thread.owner)  # its pictures are nobody's now
                await live.home.checkpointer.adelete_thread(thread.checkpoint_id)
                now = datetime.now(UTC)
                return fresh_state(await run_writing(lambda: given(at=now, folder=folder))), sight

            async with aclosing(self._turn(thread, take)) as events:
                async for event in events:
                    yield event

    async def resume(self, *, approve: bool, user_id: str, thread_id: str = "main") -> Reply:
        """Go on with a turn that waits for approval of its tool calls.

        Raises:
            InputError: no turn of this conversation is waiting.
        """
        return await _last_reply(self.stream_resume(approve=approve, user_id=user_id, thread_id=thread_id))

    async def stream_resume(
        self, *, approve: bool, user_id: str, thread_id: str = "main"
    ) -> AsyncGenerator[Event, None]:
        """`resume`, as a stream of events."""
        from langgraph.types import Command

        thread = self._thread(user_id, thread_id)

        async def go_on(live: Assembly) -> tuple[Command[Any], Sight]:
            turn = await self._waiting_turn(thread, live)
            if turn is None:
                raise InputError(f"No turn of {user_id!r} in conversation {thread_id!r} waits for approval.")
            if not isinstance(turn, Turn):  # the checkpoint gives what it cannot rebuild as plain values
                raise StoreError(
                    f"The turn of {user_id!r} in conversation {thread_id!r} was saved by an earlier release "
                    "and cannot be resumed: say it again."
                )
            return Command(resume=approve), turn.sight

        async with aclosing(self._turn(thread, go_on)) as events:
            async for event in events:
                yield event

    # ── what is kept ─────────────────────────────────────────────────────────────────────

    async def greeting(
        self, *, user_id: str, thread_id: str = "main", listener: str = "", as_of: str = ""
    ) -> str:
        """The first line of a conversation, as this user may hear it; empty where the persona has none."""
        live = await self._ready()
        thread, sight = self._thread(user_id, thread_id), self._sight(listener, as_of)
        met = await run_blocking(lambda: self._meeting(thread.owner, sight, live, seed=thread_id))
        return met.persona.greeting

    async def history(
        self, *, user_id: str, thread_id: str = "main", limit: int = 50, listener: str = "", as_of: str = ""
    ) -> Sequence[Episode]:
        """The last utterances of a conversation, oldest first, as far as they are for this listener."""
        live = await self._ready()
        thread, sight = self._thread(user_id, thread_id), self._sight(listener, as_of)
        return await run_blocking(lambda: live.parts.memory.recent(thread, sight, limit=limit))

    async def recall(
        self, cue: str, *, user_id: str, limit: int = 10, listener: str = "", as_of: str = ""
    ) -> Sequence[Episode]:
        """What was said in any conversation with this user that bears on a cue, best first, with scores."""
        live = await self._ready()
        owner, sight = self._owner(user_id), self._sight(listener, as_of)

        def find() -> Sequence[Episode]:
            graph = self._meeting(owner, sight, live).graph
            asked = Cue(text=repaired(cue), at=datetime.now(UTC), graph=graph)
            return live.parts.memory.recall(asked, owner, sight, limit=limit)

        return await run_blocking(find)

    async def record(self) -> Store | None:
        """The record behind the memory, to show what is kept; None where the memory is of another make."""
        memory = (await self._ready()).parts.memory
        return memory.store if isinstance(memory, MemoryWithRecord) else None

    async def knowledge(
        self, *, user_id: str, listener: str = "", as_of: str = "", recorded: datetime | None = None
    ) -> PersonaGraph:
        """The persona's graph as this user meets it: canon and what was learned from them, past and present.

        Args:
            user_id: who meets it.
            listener: see `run`.
            as_of: see `run`.
            recorded: an aware moment: what was on record then. Default: now.

        Raises:
            InputError: as `run`, or `recorded` has no zone.
        """
        live = await self._ready()
        owner, sight = self._owner(user_id), self._sight(listener, as_of)
        meeting = await run_blocking(lambda: self._meeting(owner, sight, live, with_history=True))
        return meeting.graph if recorded is None else meeting.graph.as_of(recorded=recorded)

    async def propose(
        self,
        what: str | Iterable[Candidate],
        *,
        user_id: str,
        thread_id: str = "main",
        listener: str = "",
        as_of: str = "",
    ) -> GraphUpdate:
        """What some words, or facts that an application read elsewhere, would change; nothing is written.

        Args:
            what: the user's words, for the updater to read; or candidates, which
                `roleagent.learning.rules` judges.
            user_id: about whom.
            thread_id: in which conversation.
            listener: see `run`.
            as_of: see `run`.
        """
        live = await self._ready()
        thread, sight = self._thread(user_id, thread_id), self._sight(listener, as_of)
        return await run_blocking(lambda: self._propose(what, thread, sight, live))

    async def commit(
        self, update: GraphUpdate, *, user_id: str, thread_id: str = "main", listener: str = ""
    ) -> None:
        """Write an update that `propose` gave; written twice, it changes nothing.

        Raises:
            StoreError: it could not be written.
        """
        live, thread = await self._ready(), self._thread(user_id, thread_id)
        check_listener(self.persona, listener)
        async with self._order.turn(thread):
            await run_writing(lambda: live.parts.memory.remember([], update, thread.owner))

    async def consolidate(
        self,
        *,
        user_id: str,
        thread_id: str = "main",
        updater: str | GraphUpdater | None = None,
        limit: int = 20,
        listener: str = "",
    ) -> GraphUpdate:
        """Read a conversation again at leisure, say once what was noted twice, and commit the update.

        Args:
            user_id: whose conversation.
            thread_id: which one.
            updater: what reads it, such as a slower and better one. Default: the agent's.
            limit: how many of the last utterances are read.
            listener: see `run`.

        Returns:
            What was committed.

        Raises:
            RoleAgentError: the updater failed on the first episode.
        """
        live, thread = await self._ready(), self._thread(user_id, thread_id)
        sight = self._sight(listener, "")
        reader = updater or live.parts.updater
        reader = registry.get("updater", reader) if isinstance(reader, str) else reader

        def read() -> GraphUpdate:
            return self._house(live).read_again(thread, sight, reader, limit=limit)

        async with self._order.turn(thread):
            update = await run_blocking(read)
            await run_writing(lambda: live.parts.memory.remember([], update, thread.owner))
        return update

    async def summarise(self, *, user_id: str) -> Sequence[Summary]:
        """Sum up a user's earlier talk, as far as that is not done; gives the summaries that are new.

        It takes its time: for quiet hours, never while the user waits.

        Raises:
            ConfigurationError: the memory keeps no summaries.
        """
        live, owner = await self._ready(), self._owner(user_id)
        return await run_blocking(lambda: self._house(live).sum_up(owner))

    async def forget(self, *, user_id: str, what: Selection = EVERYTHING) -> ForgetReceipt:
        """Erase what is meant of a user with this persona, everywhere.

        The user's running turns end first, those of other agents of this process on the home included.

        Args:
            user_id: whose.
            what: which memories, and all that rests on them alone. Default: everything.

        Raises:
            InputError: words to match are blank, a moment has no zone, or a turn of this user calls it.
            StoreError: something could not be erased yet.
        """
        live, owner = await self._ready(), self._owner(user_id)
        async with self._order.all_of_user(owner):
            with self._idle.interrupted(owner):
                return await run_writing(lambda: live.home.forget(owner, what))

    async def export(self, *, user_id: str) -> dict[str, Any]:
        """All that is kept of a user with this persona, as JSON takes it; see docs/memory.md."""
        live = await self._ready()
        return await run_blocking(lambda: live.home.export(user_id, persona_id=self.persona.id))

    # ── life ─────────────────────────────────────────────────────────────────────────────

    async def warm_up(self) -> None:
        """Load every model now rather than in the first turn."""
        from roleagent.workflow.generate import warm_up

        live, nobodys = await self._ready(), self._thread("warm-up", "warm-up")
        await warm_up(self._context(nobodys, self._sight("", ""), live))

    def close(self) -> None:
        """Close the stores. Models stay loaded: they are shared by all agents of the process.

        A turn that runs meanwhile is remembered as a whole or not at all. In a forked process nothing is done
        to what the parent has open.
        """
        if self._opened_in != os.getpid():
            self._assembly = self._loop_thread = None
            return
        self._idle.close()
        if self._assembly is not None:
            self._assembly.home.close()
            self._assembly = None
        if self._loop_thread is not None:
            self._loop_thread.close()
            self._loop_thread = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ── inside ───────────────────────────────────────────────────────────────────────────

    def _owner(self, user_id: str) -> Owner:
        return Owner(persona_id=self.persona.id, user_id=user_id)

    def _thread(self, user_id: str, thread_id: str) -> Thread:
        return Thread(owner=self._owner(user_id), thread_id=thread_id)

    def _sight(self, listener: str, as_of: str) -> Sight:
        check_listener(self.persona, listener)
        return Sight(listener=listener, as_of=resolve_moment(self.persona, as_of) or self.as_of)

    def _work_at_leisure(self, owner: Owner, held: Sequence[Held], stop: Stop) -> None:
        with self._order.beside_turns(owner, "idle", hurry=self._idle.interrupt):
            self._house(self._assembly).tidy(owner, held, stop)

    async def _ready(self) -> Assembly:
        if self._assembly is not None and self._opened_in != os.getpid():
            raise StoreError(
                "This agent was opened before the process forked: its threads and files are its parent's. "
                "Make a new agent in the child, in another home while the parent has this one open."
            )
        if self._assembly is None:
            from roleagent.tools.adapt import adapt_tools

            static = [tool for tool in self._chosen.tools if not isinstance(tool, str)]
            tools = await adapt_tools(static)
            await run_blocking(lambda: self._assemble(tools))
        assert self._assembly is not None
        return self._assembly

    def _assemble(self, tools: Sequence[BaseTool]) -> None:
        with self._assembling:
            if self._assembly is None:
                names = {tool.name for tool in tools}
                names |= {tool for tool in self._chosen.tools if isinstance(tool, str)}
                check_approve(self._chosen.approve, names)
                self._opened_in = os.getpid()
                self._assembly = assemble(self._chosen, model=self._model, home=self.home, tools=tools)
                self._assembly.home.adopt(self.persona)
                self._house(self._assembly).retain()
                if self._assembly.parts.guards:
                    _warn_of_orders_in(self.persona)

    async def _turn(self, thread: Thread, start: Start) -> AsyncGenerator[Event, None]:
        """The events of a turn, which runs in a task of its own and is alone in its conversation.

        Args:
            thread: the conversation.
            start: what it starts from, and who listens; asked for when it may begin.
        """
        relay: Relay[Event] = Relay(lambda event: isinstance(event, (Done, ApprovalRequired)))

        async def alone() -> AsyncGenerator[Event, None]:
            try:
                async with self._order.turn(thread, hurry=relay.hurry):
                    live = await self._ready()
                    async with aclosing(self._events(start, thread, live)) as events:
                        async for event in events:
                            yield event
            finally:
                if self._order.is_untidy(thread.owner):
                    await run_to_end(partial(self._tidy, thread.owner))

        async with aclosing(relay.items(alone())) as events:
            async for event in events:
                yield event

    async def _events(self, start: Start, thread: Thread, live: Assembly) -> AsyncGenerator[Event, None]:
        from roleagent.workflow.run import run_turn

        with self._idle.interrupted(thread.owner) as held:
            try:
                state, sight = await start(live)
                held.append((thread, sight))
                context = await run_blocking(lambda: self._context(thread, sight, live))
                turn = run_turn(live.workflow, state, context, checkpoint_id=thread.checkpoint_id)
                async with aclosing(turn) as events:
                    async for event in events:
                        yield event
            except BaseException:
                await self._undo(thread, live)
                raise

    async def _undo(self, thread: Thread, live: Assembly) -> None:
        """Keep nothing of a turn that failed or was cancelled: neither its state nor what it had brought."""
        self._order.leave_untidy(thread.owner)
        try:
            await live.home.checkpointer.adelete_thread(thread.checkpoint_id)
        except StoreError as error:  # such as that of a home that was closed: the turn's own error is told
            _log.warning("The state of a turn that was broken off is still on disk: %s", error)

    def _tidy(self, owner: Owner) -> None:
        """Put away pictures that turns have brought which were not remembered, unless one of them runs."""
        with self._order.tidying(owner) as is_time:
            if is_time and self._assembly is not None:
                self._assembly.home.drop_unused_media(owner)

    def _context(self, thread: Thread, sight: Sight, live: Assembly) -> AgentContext:
        from roleagent.workflow.state import AgentContext, Limits

        meeting = self._meeting(thread.owner, sight, live, seed=thread.thread_id)
        tools = live.tools_for(meeting.graph, thread, sight)
        approve = self._chosen.approve
        return AgentContext(
            meeting=meeting,
            parts=live.parts,
            tools=tools,
            own_tools=live.own_tools,
            approve=frozenset(tools) if approve is True else frozenset(approve or ()),
            limits=self._limits or Limits(model_s=get_settings().patience_s),
        )

    def _meeting(
        self, owner: Owner, sight: Sight, live: Assembly, *, seed: str = "", with_history: bool = False
    ) -> Meeting:
        past = live.parts.memory.versions(owner, sight) if with_history else ()
        learned = live.parts.memory.learned(owner, sight)
        return meet(self.persona, owner.user_id, sight, learned, past, seed=seed, now=datetime.now(UTC))

    def _propose(
        self, what: str | Iterable[Candidate], thread: Thread, sight: Sight, live: Assembly
    ) -> GraphUpdate:
        from roleagent.learning.rules import propose

        graph, now = self._meeting(thread.owner, sight, live).graph, datetime.now(UTC)
        if isinstance(what, str):
            update = live.parts.updater.propose(graph, what, now, ())  # no episode keeps the words
        else:
            update = propose(graph, what, at=now, language=self.persona.language)
        return as_confided(update, listener=sight.listener)

    async def _waiting_turn(self, thread: Thread, live: Assembly) -> Turn | None:
        state = await live.workflow.aget_state({"configurable": {"thread_id": thread.checkpoint_id}})
        return state.values["turn"] if state.interrupts else None

    def _sync(self, coroutine: Coroutine[Any, Any, T]) -> T:
        with self._starting_loop:
            if self._loop_thread is None:
                self._loop_thread = LoopThread()
            loop_thread = self._loop_thread
        return loop_thread.run(coroutine)


def _warn_of_orders_in(persona: Persona) -> None:
    from roleagent.critics.injection import orders_in

    for found in islice(orders_in(persona, max_chars=_MAX_SCREENED_CHARS), _MAX_CARD_WARNINGS):
        field = found.where.partition("/")[2]
        _log.warning("%s: %s reads like an attack: %s (%r).", persona.id, field, found.reason, found.quote)


async def _last_reply(events: AsyncGenerator[Event, None]) -> Reply:
    async with aclosing(events):
        async for event in events:
            if isinstance(event, (Done, ApprovalRequired)):
                return event.reply
    raise AssertionError("a stream of events ends with Done or ApprovalRequired")
