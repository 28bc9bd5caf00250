"""An agent at work: its parts once they are loaded, whose turn it is, and the events of a turn."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from roleagent import registry
from roleagent.agent.assembly import Assembly, assemble
from roleagent.agent.idle import CLOSED, Held, Housekeeping, Idle, Stop, make_housekeeping
from roleagent.agent.late_loading import LateLoading
from roleagent.agent.plug_ins import check_approve
from roleagent.concurrency.blocking import LoopThread, run_blocking, run_to_end
from roleagent.concurrency.relay import Relay
from roleagent.concurrency.turn_order import order_of
from roleagent.errors import StoreError
from roleagent.learning.rules import USER
from roleagent.persona.spoken import spoken
from roleagent.persona.view import view
from roleagent.settings import get_settings
from roleagent.types import ApprovalRequired, Done, Event, Owner, Sight, Thread, Turn
from roleagent.workflow.parts import Parts

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool
    from langgraph.types import Command

    from roleagent.agent.adapters import ChosenAdapter
    from roleagent.persona.persona import Persona
    from roleagent.workflow.state import AgentContext, AgentState, Limits, Meeting

    Start = Callable[[Assembly], Awaitable[tuple[AgentState | Command[Any], Sight]]]

T = TypeVar("T")
_log = logging.getLogger(__name__)
_MAX_SCREENED_CHARS = 200_000  # of a persona's own texts, when an agent starts
_MAX_CARD_WARNINGS = 5


class Running:
    """What the conversations of an agent share. Nothing is loaded before it is needed.

    Args:
        persona: who is played.
        model: the language model, or its name.
        adapter: what the model is to answer under.
        home: folder for everything that is kept; None keeps nothing on disk.
        parts: what else the agent is made of.
        limits: how much a turn may take.
        idle_after_s: see `Agent`.
        critic_log: see `Agent`.
    """

    def __init__(
        self,
        persona: Persona,
        *,
        model: str | BaseChatModel,
        adapter: ChosenAdapter | None = None,
        home: Path | None,
        parts: Parts,
        limits: Limits | None,
        idle_after_s: float | None,
        critic_log: Path | None = None,
    ) -> None:
        self.persona, self.model, self.parts = persona, model, parts
        self._adapter = adapter
        self.order = order_of(home)
        self.idle = Idle(self._tidy_in_background, after_s=idle_after_s)
        self._late_loading = LateLoading()
        self._home, self._limits, self._critic_log = home, limits, critic_log
        self._assembly: Assembly | None = None
        self._opened_in = os.getpid()
        self._assembling, self._starting_loop = threading.Lock(), threading.Lock()
        self._loop_thread: LoopThread | None = None
        self._is_closed = False

    async def ready(self) -> Assembly:
        """Everything loaded and opened; the first call takes seconds.

        Raises:
            StoreError: the home cannot be opened, the process forked since it was, or the agent is closed.
            ConfigurationError: parts do not fit together.
        """
        if self._assembly is not None and self._opened_in != os.getpid():
            raise StoreError(
                "This agent was opened before the process forked: its threads and files are its parent's. "
                "Make a new agent in the child, in another home while the parent has this one open."
            )
        if self._assembly is None:
            from roleagent.tools.adapt import adapt_tools

            static = [tool for tool in self.parts.tools if not isinstance(tool, str)]
            tools = await adapt_tools(static)
            return await run_blocking(lambda: self._assemble(tools))
        return self._assembly

    def _assemble(self, tools: Sequence[BaseTool]) -> Assembly:
        with self._assembling:
            if self._is_closed:
                raise StoreError(CLOSED)
            if self._assembly is None:
                names = {tool.name for tool in tools}
                names |= {tool for tool in self.parts.tools if isinstance(tool, str)}
                check_approve(self.parts.approve, names)
                self._opened_in = os.getpid()
                self._assembly = assemble(
                    self.parts,
                    self.persona,
                    model=self.model,
                    adapter=self._adapter,
                    home=self._home,
                    tools=tools,
                    critic_log=self._critic_log,
                )
                self._assembly.home.adopt(self.persona)
                self.housekeeping(self._assembly).retain()
                if self._assembly.parts.guards:
                    _warn_of_orders_in(self.persona)
            return self._assembly

    async def load_rest(self, live: Assembly, *, wait: bool) -> None:
        """Load what a reply to words does not need, in the background unless it is to be waited for."""
        from roleagent.workflow.run import late_loaders

        loaders = late_loaders(live.parts)
        if wait:
            await asyncio.gather(*(run_blocking(load) for load in loaders))
        else:
            self._late_loading.start(loaders)

    def sync(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine for code that is not async; it runs on a loop of the agent's own.

        Raises:
            StoreError: the agent is closed.
        """
        with self._starting_loop:
            if self._is_closed:
                coroutine.close()
                raise StoreError(CLOSED)
            if self._loop_thread is None:
                self._loop_thread = LoopThread()
            loop_thread = self._loop_thread
        return loop_thread.run(coroutine)

    def close(self) -> None:
        """Close the stores; see `Agent.close`."""
        self._is_closed = True
        if self._opened_in != os.getpid():
            self._assembly = self._loop_thread = None
            return
        self.idle.close()
        self._late_loading.close()
        with self._assembling:  # an opening under way ends first
            assembly, self._assembly = self._assembly, None
        if assembly is not None:
            assembly.home.close()
            if assembly.critic_log is not None:
                assembly.critic_log.close()
        with self._starting_loop:
            loop_thread, self._loop_thread = self._loop_thread, None
        if loop_thread is not None:
            loop_thread.close()

    # ── turns ────────────────────────────────────────────────────────────────────────────

    async def turn(self, thread: Thread, start: Start) -> AsyncGenerator[Event, None]:
        """The events of a turn, which runs in a task of its own and alone in its conversation.

        Args:
            thread: the conversation.
            start: returns what it starts from and who listens; called when the turn may begin.
        """
        relay: Relay[Event] = Relay(lambda event: isinstance(event, (Done, ApprovalRequired)))

        async def alone() -> AsyncGenerator[Event, None]:
            try:
                async with self.order.turn(thread, hurry=relay.hurry):
                    live = await self.ready()
                    async with aclosing(self._events(start, thread, live)) as events:
                        async for event in events:
                            yield event
            finally:
                if self.order.is_untidy(thread.owner):
                    await run_to_end(partial(self._drop_media, thread.owner))

        async with aclosing(relay.items(alone())) as events:
            async for event in events:
                yield event

    async def _events(self, start: Start, thread: Thread, live: Assembly) -> AsyncGenerator[Event, None]:
        from roleagent.workflow.run import run_turn

        with self.idle.interrupted(thread.owner) as held, self._late_loading.postponed():
            try:
                state, sight = await start(live)
                held.append((thread, sight))
                context = await run_blocking(lambda: self.context(thread, sight, live))
                turn = run_turn(live.workflow, state, context, checkpoint_id=thread.checkpoint_id)
                async with aclosing(turn) as events:
                    async for event in events:
                        yield event
            except BaseException:
                await self._undo(thread, live)
                raise

    async def _undo(self, thread: Thread, live: Assembly) -> None:
        """Keep nothing of a turn that failed or was cancelled: neither its state nor the files it brought."""
        self.order.leave_untidy(thread.owner)
        try:
            await live.home.checkpointer.adelete_thread(thread.checkpoint_id)
        except StoreError as error:  # the home may be closed by now: the turn's own error matters more
            _log.warning("The state of a turn that was broken off is still on disk: %s", error)

    def _drop_media(self, owner: Owner) -> None:
        """Delete files that turns brought and nothing remembers, unless another turn is running."""
        with self.order.tidying(owner) as is_time:
            if is_time and self._assembly is not None:
                self._assembly.home.drop_unused_media(owner)

    async def waiting_turn(self, thread: Thread, live: Assembly) -> Turn | None:
        """The turn of a conversation that waits for approval, if one does."""
        state = await live.workflow.aget_state({"configurable": {"thread_id": thread.checkpoint_id}})
        return state.values["turn"] if state.interrupts else None

    # ── what a turn is given ─────────────────────────────────────────────────────────────

    def context(self, thread: Thread, sight: Sight, live: Assembly) -> AgentContext:
        """The live objects of one run."""
        from roleagent.tools.adapt import as_tool
        from roleagent.workflow.state import AgentContext, Limits

        meeting = self.meeting(thread.owner, sight, live, seed=thread.thread_id)
        seen = {"graph": meeting.graph, "memory": live.parts.memory, "thread": thread, "sight": sight}
        made = [as_tool(registry.find("tool", name)(**seen)) for name in live.tool_names]
        tools, approve = {**live.tools, **{tool.name: tool for tool in made}}, self.parts.approve
        return AgentContext(
            meeting=meeting,
            parts=live.parts,
            tools=tools,
            own_tools=live.own_tools,
            approve=frozenset(tools) if approve is True else frozenset(approve or ()),
            limits=self._limits or Limits(model_s=get_settings().patience_s),
        )

    def meeting(
        self, owner: Owner, sight: Sight, live: Assembly, *, seed: str = "", with_history: bool = False
    ) -> Meeting:
        """The persona as a user meets it, with what was learned from them.

        Args:
            owner: whose persona, and which user.
            sight: who listens, and when in the story.
            live: its memory has what was learned.
            seed: decides what macros in the persona's texts pick at random, such as the conversation's id.
            with_history: whether the graph has former versions of facts too.
        """
        from roleagent.workflow.state import Meeting

        memory = live.parts.memory
        seen = view(self.persona, listener=sight.listener, user_id=owner.user_id, as_of=sight.as_of)
        past = tuple(memory.versions(owner, sight)) if with_history else ()
        graph = seen.with_learned(memory.learned(owner, sight), past)
        names = [fact.object for fact in graph.values(USER, "is_called") if fact.subject == USER]
        user = graph.nodes[names[0]].label if names else ""
        persona = spoken(seen.persona, user=user, seed=seed, now=datetime.now(UTC))
        return Meeting(persona=persona, graph=graph, view=seen, user=user)

    # ── quiet times ──────────────────────────────────────────────────────────────────────

    def housekeeping(self, live: Assembly | None) -> Housekeeping:
        """The work that is done when nobody talks."""
        return make_housekeeping(self.persona, self.parts, live)

    def _tidy_in_background(self, owner: Owner, held: Sequence[Held], stop: Stop) -> None:
        with self.order.beside_turns(owner, "idle", hurry=self.idle.interrupt):
            self.housekeeping(self._assembly).tidy(owner, held, stop)


def _warn_of_orders_in(persona: Persona) -> None:
    from roleagent.critics.injection import orders_in

    for found in islice(orders_in(persona, max_chars=_MAX_SCREENED_CHARS), _MAX_CARD_WARNINGS):
        field = found.where.partition("/")[2]
        _log.warning("%s: %s reads like an attack: %s (%r).", persona.id, field, found.reason, found.quote)
