"""The agent: a persona, a model, a memory and the workflow, wired together. It does not think."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Collection, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from roleagent.assembly import DEFAULT_CRITICS, DEFAULT_GUARDS, Choices, Parts, assemble
from roleagent.blocking import LoopThread, run_blocking
from roleagent.errors import InputError
from roleagent.settings import get_settings
from roleagent.types import (
    ApprovalRequired,
    Attachment,
    Done,
    Episode,
    Event,
    ForgetReceipt,
    Reply,
    Scope,
    Turn,
    content_id,
)

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool
    from langgraph.types import Command

    from roleagent.assembly import Tool
    from roleagent.persona.graph import PersonaGraph
    from roleagent.persona.persona import Persona
    from roleagent.protocols import Critic, EpisodicMemory, FactRanker, GraphUpdater, Guard, Perceptor
    from roleagent.workflow.state import AgentContext, AgentState, Limits

T = TypeVar("T")
MAX_MESSAGE_CHARS = 20_000
MAX_ATTACHMENTS = 8


class Agent:
    """A character to talk to.

    Nothing is loaded before the first turn, or before `warm_up`. An agent serves many users and conversations
    at once; every call says whose it is. Everything that can be named can also be passed as an object.

    Args:
        persona: name of a bundled persona, path of a persona file, or a `Persona`.
        model: registry name such as ``llama-cpp:qwen2.5-1.5b``, or any langchain-core chat model.
            Default: `Settings.model`.
        home: folder that keeps episodes, learned facts and checkpoints. Default: `Settings.home`.
        on_disk: False keeps everything in memory, for this agent alone.
        tools: typed functions, langchain-core tools, `McpServer`s, or names of built-in tools
            (``look_up_fact``, ``recall_episode``).
        approve: names of the tools that wait for `resume` before they run; True for all.
        perceptors: what sees and hears. Default: all whose weights are on this machine.
        critics: what judges drafts; an empty list lets everything pass, token by token.
        guards: what screens the input.
        embedder: registry name, or any langchain-core `Embeddings`.
        memory: an `EpisodicMemory` to use in place of the one under `home`.
        limits: how much a turn may take.
    """

    def __init__(
        self,
        persona: str | Path | Persona,
        *,
        model: str | BaseChatModel | None = None,
        home: str | Path | None = None,
        on_disk: bool = True,
        tools: Sequence[Tool] = (),
        approve: Collection[str] | bool = (),
        perceptors: Sequence[str | Perceptor] | None = None,
        critics: Sequence[str | Critic] = DEFAULT_CRITICS,
        guards: Sequence[str | Guard] = DEFAULT_GUARDS,
        embedder: str | Embeddings | None = None,
        memory: EpisodicMemory | None = None,
        updater: str | GraphUpdater = "patterns",
        ranker: str | FactRanker = "gnn",
        limits: Limits | None = None,
    ) -> None:
        settings = get_settings()
        self.persona = _load(persona)
        self.home = Path(home or settings.home) if on_disk else None
        self._choices = Choices(
            home=self.home,
            model=model or settings.model,
            embedder=embedder or settings.embedder,
            memory=memory,
            updater=updater,
            ranker=ranker,
            perceptors=perceptors,
            guards=guards,
            critics=critics,
            tools=tools,
        )
        self._approve, self._limits = approve, limits
        self._parts: Parts | None = None
        self._assembling = threading.Lock()
        self._loop_thread: LoopThread | None = None
        self._busy: dict[tuple[int, Scope], asyncio.Lock] = {}

    # ── talking ──────────────────────────────────────────────────────────────────────────

    async def run(
        self,
        text: str,
        *,
        user_id: str,
        thread_id: str = "main",
        attachments: Sequence[str | Path | bytes | Attachment] = (),
    ) -> Reply:
        """Take one turn and give the whole reply.

        Raises:
            InputError: the message is too long or empty, an id is blank, or an attachment cannot be used.
            ModelError: the language model raised or stayed silent. Nothing of the turn is kept then.
            StoreError: the turn could not be remembered.
        """
        events = self.stream(text, user_id=user_id, thread_id=thread_id, attachments=attachments)
        return await _last_reply(events)

    def run_sync(
        self,
        text: str,
        *,
        user_id: str,
        thread_id: str = "main",
        attachments: Sequence[str | Path | bytes | Attachment] = (),
    ) -> Reply:
        """`run` for code that is not async, notebooks included."""
        return self._sync(self.run(text, user_id=user_id, thread_id=thread_id, attachments=attachments))

    async def stream(
        self,
        text: str,
        *,
        user_id: str,
        thread_id: str = "main",
        attachments: Sequence[str | Path | bytes | Attachment] = (),
    ) -> AsyncIterator[Event]:
        """Take one turn and give what happens as it happens; `Done` or `ApprovalRequired` comes last.

        The text of all `TextDelta`s, joined, is the reply's text. Raises what `run` raises.
        """
        from roleagent.workflow.state import fresh_state

        scope = self._scope(user_id, thread_id)
        async with self._lock(scope):
            turn = await self._take_in(text, scope, attachments)
            parts = await self._ready()
            await parts.checkpointer.adelete_thread(_checkpoint_id(scope))
            async for event in self._events(fresh_state(turn), scope, parts):
                yield event

    async def resume(self, *, approve: bool, user_id: str, thread_id: str = "main") -> Reply:
        """Go on with a turn that waits for approval of its tool calls.

        Raises:
            InputError: no turn of this conversation is waiting.
        """
        return await _last_reply(self.stream_resume(approve=approve, user_id=user_id, thread_id=thread_id))

    async def stream_resume(
        self, *, approve: bool, user_id: str, thread_id: str = "main"
    ) -> AsyncIterator[Event]:
        """`resume`, as a stream of events."""
        from langgraph.types import Command

        scope = self._scope(user_id, thread_id)
        async with self._lock(scope):
            parts = await self._ready()
            await self._check_waiting(scope, parts)
            async for event in self._events(Command(resume=approve), scope, parts):
                yield event

    # ── what is kept ─────────────────────────────────────────────────────────────────────

    async def history(self, *, user_id: str, thread_id: str = "main", limit: int = 50) -> Sequence[Episode]:
        """The last utterances of a conversation, oldest first."""
        parts, scope = await self._ready(), self._scope(user_id, thread_id)
        return await run_blocking(lambda: parts.memory.recent(scope, limit=limit))

    async def knowledge(self, *, user_id: str) -> PersonaGraph:
        """The persona's graph as this user meets it: canon and what was learned from them."""
        parts, scope = await self._ready(), self._scope(user_id, "main")
        learned = await run_blocking(lambda: parts.memory.learned(scope))
        return self.persona.graph.with_learned(learned.nodes, learned.added)

    async def forget(self, *, user_id: str) -> ForgetReceipt:
        """Erase all that is kept of a user with this persona, in every conversation."""
        parts, scope = await self._ready(), self._scope(user_id, "main")
        receipt = await run_blocking(lambda: parts.memory.forget(scope))
        removed = {
            **receipt.removed,
            "checkpoints": await run_blocking(lambda: parts.checkpointer.delete_threads(f"{_owner(scope)}/")),
            "media": await run_blocking(lambda: _erase_folder(self._media_folder(scope))),
        }
        return ForgetReceipt(scope=scope, removed=removed)

    # ── life ─────────────────────────────────────────────────────────────────────────────

    async def warm_up(self) -> None:
        """Load every model now rather than in the first turn."""
        from roleagent.workflow.warm_up import warm_up

        parts, scope = await self._ready(), self._scope("warm-up", "warm-up")
        await warm_up(self._context(scope, parts))

    def close(self) -> None:
        """Close the stores. Models stay loaded: they are shared by all agents of the process."""
        if self._parts is not None:
            self._parts.memory.close()
            self._parts.checkpointer.close()
            self._parts = None
        if self._loop_thread is not None:
            self._loop_thread.close()
            self._loop_thread = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ── inside ───────────────────────────────────────────────────────────────────────────

    def _scope(self, user_id: str, thread_id: str) -> Scope:
        return Scope(persona_id=self.persona.id, user_id=user_id, thread_id=thread_id)

    async def _take_in(
        self, text: str, scope: Scope, attachments: Sequence[str | Path | bytes | Attachment]
    ) -> Turn:
        _check_input(text, attachments)
        folder = self._media_folder(scope)
        loaded = await run_blocking(lambda: tuple(_load_attachment(item, folder) for item in attachments))
        return Turn(
            persona_id=scope.persona_id,
            user_id=scope.user_id,
            thread_id=scope.thread_id,
            text=text,
            at=datetime.now(UTC),
            attachments=loaded,
        )

    def _media_folder(self, scope: Scope) -> Path | None:
        return self.home / "media" / _owner(scope) if self.home else None

    async def _ready(self) -> Parts:
        if self._parts is None:
            from roleagent.tools.adapt import adapt_tools

            static = [tool for tool in self._choices.tools if not isinstance(tool, str)]
            tools = await adapt_tools(static)
            await run_blocking(lambda: self._assemble(tools))
        assert self._parts is not None
        return self._parts

    def _assemble(self, tools: Sequence[BaseTool]) -> None:
        with self._assembling:
            if self._parts is None:
                self._parts = assemble(self._choices, tools)

    async def _events(
        self, start: AgentState | Command[Any], scope: Scope, parts: Parts
    ) -> AsyncIterator[Event]:
        from roleagent.workflow.run import run_turn

        context = await run_blocking(lambda: self._context(scope, parts))
        async for event in run_turn(parts.workflow, start, context, checkpoint_id=_checkpoint_id(scope)):
            yield event

    def _context(self, scope: Scope, parts: Parts) -> AgentContext:
        from roleagent.workflow.state import AgentContext, Limits

        learned = parts.memory.learned(scope)
        graph = self.persona.graph.with_learned(learned.nodes, learned.added)
        tools = parts.tools_for(graph, scope)
        return AgentContext(
            persona=self.persona,
            graph=graph,
            model=parts.model,
            model_name=parts.model_name,
            memory=parts.memory,
            updater=parts.updater,
            ranker=parts.ranker,
            perceptors=parts.perceptors,
            guards=parts.guards,
            critics=parts.critics,
            tools=tools,
            approve=frozenset(tools) if self._approve is True else frozenset(self._approve or ()),
            limits=self._limits or Limits(),
        )

    async def _check_waiting(self, scope: Scope, parts: Parts) -> None:
        state = await parts.workflow.aget_state({"configurable": {"thread_id": _checkpoint_id(scope)}})
        if not state.interrupts:
            raise InputError(
                f"No turn of {scope.user_id!r} in conversation {scope.thread_id!r} waits for approval."
            )

    def _lock(self, scope: Scope) -> asyncio.Lock:
        """One turn at a time in each conversation; loops do not share locks."""
        return self._busy.setdefault((id(asyncio.get_running_loop()), scope), asyncio.Lock())

    def _sync(self, coroutine: Coroutine[Any, Any, T]) -> T:
        if self._loop_thread is None:
            self._loop_thread = LoopThread()
        return self._loop_thread.run(coroutine)


async def _last_reply(events: AsyncIterator[Event]) -> Reply:
    async for event in events:
        if isinstance(event, (Done, ApprovalRequired)):
            return event.reply
    raise AssertionError("a stream of events ends with Done or ApprovalRequired")


def _load(persona: str | Path | Persona) -> Persona:
    if not isinstance(persona, (str, Path)):
        return persona
    from roleagent.persona.load import load_persona

    return load_persona(persona)


def _check_input(text: str, attachments: Sequence[object]) -> None:
    if len(text) > MAX_MESSAGE_CHARS:
        raise InputError(
            f"The message has {len(text):,} characters; at most {MAX_MESSAGE_CHARS:,} fit in a turn. "
            "Shorten it, or split it over several turns."
        )
    if not text.strip() and not attachments:
        raise InputError("The message is empty and nothing is attached: pass text or an attachment.")
    if len(attachments) > MAX_ATTACHMENTS:
        raise InputError(f"{len(attachments)} attachments: at most {MAX_ATTACHMENTS} fit in a turn.")


def _load_attachment(item: str | Path | bytes | Attachment, folder: Path | None) -> Attachment:
    if isinstance(item, Attachment):
        return item
    from roleagent.perception.media import load_attachment

    return load_attachment(item, store_dir=folder)


def _owner(scope: Scope) -> str:
    """A name for all of one user's data with one persona that is safe as a file name."""
    return content_id(scope.persona_id, scope.user_id)


def _checkpoint_id(scope: Scope) -> str:
    return f"{_owner(scope)}/{scope.thread_id}"


def _erase_folder(folder: Path | None) -> int:
    if folder is None or not folder.is_dir():
        return 0
    num_files = sum(1 for _ in folder.iterdir())
    shutil.rmtree(folder)
    return num_files
