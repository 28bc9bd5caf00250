"""The agent: wires a persona, a model, a memory and the workflow together."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from roleagent.agent.adapters import choose_adapter
from roleagent.agent.assembly import Assembly, persona_of, policy_of
from roleagent.agent.conversation import Conversation
from roleagent.agent.intake import Shown
from roleagent.agent.plug_ins import check_limits, check_model, check_parts
from roleagent.agent.running import Running
from roleagent.persona.view import check_listener, resolve_moment
from roleagent.protocols import MemoryWithRecord
from roleagent.settings import get_settings
from roleagent.types import Event, Owner, Prompt, Relationship, Reply, Sight, Thread
from roleagent.workflow.parts import Parts

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from roleagent.persona.persona import Persona
    from roleagent.store import Store
    from roleagent.workflow.state import AgentContext, Limits

_DEFAULT_PARTS = Parts()


class Agent:
    """A character to talk to.

    Nothing is loaded before the first turn, or before `warm_up`. An agent serves many users and conversations
    at once: `conversation` says whose, once, and gives what to talk to. Everything that can be named can also
    be passed as an object.

    Args:
        persona: name of a bundled persona, path of a persona file, or a `Persona`.
        model: registry name such as ``llama-cpp:qwen2.5-1.5b``, or any langchain-core chat model.
            Default: `Settings.model`.
        adapter: name or folder of an adapter for that model. It must have been trained for this persona as it
            is now, or for any. Default: `Settings.adapter` if the model is named, none if it is an object.
        home: folder that keeps episodes, learned facts and checkpoints. Default: `Settings.home`.
        on_disk: False keeps everything in RAM, for this agent alone; attachments are in a temporary folder
            until the agent is closed.
        parts: its other parts, such as `Parts(tools=[…], critics=["role"])`.
        limits: how much a turn may take.
        consistency: 0–1, how strictly drafts are held to what was said and learned; the core facts of the
            persona's file always hold. Default: `Limits.consistency`.
        as_of: the moment of its story at which the persona is placed, where a conversation does not say: a
            date, or the id of one of its chapters. Default: the end of the story.
        language: code of the language in which the persona speaks. Default: its own.
        idle_after_s: seconds without a turn of a user after which their conversations are read again and
            summed up in the background. Default: never; `Conversation.summarise` and `consolidate` do it when
            called.
        critic_log: a file to which every judgement of guards and critics is appended, for `roleagent critic
            replay`. It holds what users say, and `forget` does not reach it: see docs/critic-log.md.
            Default: nothing is recorded.

    Raises:
        InputError: `as_of` is neither a date nor a chapter, or the persona has no rendering in `language`.
        ConfigurationError: a name is not known, an object does not fit, or `consistency` is not within 0–1.
        ToolError: a function cannot be a tool.
        ModelUnavailableError: `adapter` is a folder that holds no adapter.
        ModelError: the adapter's manifest is damaged.
    """

    def __init__(
        self,
        persona: str | Path | Persona,
        *,
        model: str | BaseChatModel | None = None,
        adapter: str | Path | None = None,
        home: str | Path | None = None,
        on_disk: bool = True,
        parts: Parts = _DEFAULT_PARTS,
        limits: Limits | None = None,
        consistency: float | None = None,
        as_of: str = "",
        language: str = "",
        idle_after_s: float | None = None,
        critic_log: str | Path | None = None,
    ) -> None:
        settings = get_settings()
        self.persona = persona_of(persona, language)
        self.as_of = resolve_moment(self.persona, as_of)
        self.home = Path(home or settings.home).expanduser() if on_disk else None
        check_parts(parts)
        policy_of(parts.policy, self.persona)
        check_limits(limits)
        check_model(model or settings.model, has_tools=bool(parts.tools))
        if adapter is None:
            adapter = settings.adapter if model is None or isinstance(model, str) else ""
        self._running = Running(
            self.persona,
            model=model or settings.model,
            adapter=choose_adapter(
                adapter, persona_of(persona, ""), language=language, model=model or settings.model
            ),
            home=self.home,
            parts=parts,
            limits=_with_consistency(limits, consistency),
            idle_after_s=idle_after_s,
            critic_log=None if critic_log is None else Path(critic_log),
        )

    def conversation(
        self, *, user_id: str, thread_id: str = "main", listener: str = "", as_of: str = ""
    ) -> Conversation:
        """A conversation with one user. It is cheap, and nothing is loaded or read for it.

        Args:
            user_id: who talks. What is kept belongs to this user alone.
            thread_id: which of their conversations.
            listener: id of the person in the persona's world whom the user stands for; empty for a stranger.
                It decides which secrets may be told, so the application sets it, never the user.
            as_of: the moment of the story at which the persona is placed: a date or a chapter's id. Default:
                the agent's.

        Raises:
            InputError: an id is blank, the listener is no person of the persona's world, or `as_of` is
                neither a date nor a chapter.
        """
        owner = Owner(persona_id=self.persona.id, user_id=user_id)
        check_listener(self.persona, listener)
        sight = Sight(listener=listener, as_of=resolve_moment(self.persona, as_of) or self.as_of)
        return Conversation(self._running, Thread(owner=owner, thread_id=thread_id), sight)

    # ── short forms ──────────────────────────────────────────────────────────────────────

    async def run(
        self,
        text: str = "",
        *,
        user_id: str,
        thread_id: str = "main",
        listener: str = "",
        as_of: str = "",
        attachments: Shown | Sequence[Shown] = (),
        voice: Shown | None = None,
    ) -> Reply:
        """`agent.conversation(user_id=…, …).say(text, …)`."""
        talk = self.conversation(user_id=user_id, thread_id=thread_id, listener=listener, as_of=as_of)
        return await talk.say(text, attachments=attachments, voice=voice)

    def run_sync(
        self,
        text: str = "",
        *,
        user_id: str,
        thread_id: str = "main",
        listener: str = "",
        as_of: str = "",
        attachments: Shown | Sequence[Shown] = (),
        voice: Shown | None = None,
    ) -> Reply:
        """`agent.conversation(user_id=…, …).say_sync(text, …)`."""
        talk = self.conversation(user_id=user_id, thread_id=thread_id, listener=listener, as_of=as_of)
        return talk.say_sync(text, attachments=attachments, voice=voice)

    def stream(
        self,
        text: str = "",
        *,
        user_id: str,
        thread_id: str = "main",
        listener: str = "",
        as_of: str = "",
        attachments: Shown | Sequence[Shown] = (),
        voice: Shown | None = None,
    ) -> AsyncGenerator[Event, None]:
        """`agent.conversation(user_id=…, …).stream(text, …)`."""
        talk = self.conversation(user_id=user_id, thread_id=thread_id, listener=listener, as_of=as_of)
        return talk.stream(text, attachments=attachments, voice=voice)

    async def preview(
        self,
        text: str = "",
        *,
        user_id: str,
        thread_id: str = "main",
        listener: str = "",
        as_of: str = "",
        attachments: Shown | Sequence[Shown] = (),
        voice: Shown | None = None,
    ) -> Prompt:
        """`agent.conversation(user_id=…, …).preview(text, …)`."""
        talk = self.conversation(user_id=user_id, thread_id=thread_id, listener=listener, as_of=as_of)
        return await talk.preview(text, attachments=attachments, voice=voice)

    def preview_sync(
        self,
        text: str = "",
        *,
        user_id: str,
        thread_id: str = "main",
        listener: str = "",
        as_of: str = "",
        attachments: Shown | Sequence[Shown] = (),
        voice: Shown | None = None,
    ) -> Prompt:
        """`agent.conversation(user_id=…, …).preview_sync(text, …)`."""
        talk = self.conversation(user_id=user_id, thread_id=thread_id, listener=listener, as_of=as_of)
        return talk.preview_sync(text, attachments=attachments, voice=voice)

    async def relationship(self, *, user_id: str) -> Relationship:
        """`agent.conversation(user_id=…).relationship()`."""
        return await self.conversation(user_id=user_id).relationship()

    async def set_relationship(
        self,
        *,
        user_id: str,
        valence: float | None = None,
        arousal: float | None = None,
        trust: float | None = None,
    ) -> Relationship:
        """`agent.conversation(user_id=…).set_relationship(…)`."""
        talk = self.conversation(user_id=user_id)
        return await talk.set_relationship(valence=valence, arousal=arousal, trust=trust)

    # ── life ─────────────────────────────────────────────────────────────────────────────

    async def record(self) -> Store | None:
        """The record behind the memory, to show what is kept; None if the memory is of another kind."""
        memory = (await self._running.ready()).parts.memory
        return memory.store if isinstance(memory, MemoryWithRecord) else None

    async def warm_up(self, *, everything: bool = False) -> None:
        """Load the models now rather than in the first turn.

        What sees and hears is not waited for: it is loaded in the background, after the first turn or after
        a few seconds without one. A turn that needs it earlier waits for it.

        Args:
            everything: wait for that, too.
        """
        from roleagent.workflow.run import warm_up

        live = await self._running.ready()
        await warm_up(self._context_of_nobody(live))
        await self._running.load_rest(live, wait=everything)

    async def read_ahead(self) -> None:
        """Let the language model read the persona and keep that for the next process, if it can do so.

        For a program that takes one turn: after it, what was read is still there. `warm_up` does the same.
        """
        from roleagent.workflow.run import read_ahead

        await read_ahead(self._context_of_nobody(await self._running.ready()))

    def _context_of_nobody(self, live: Assembly) -> AgentContext:
        thread = Thread(owner=Owner(persona_id=self.persona.id, user_id="warm-up"), thread_id="warm-up")
        return self._running.context(thread, Sight(as_of=self.as_of), live)

    def close(self) -> None:
        """Close the stores. Models stay loaded: they are shared by all agents of the process.

        What is called later, on the agent or its conversations, raises `StoreError`; a new agent on the same
        home goes on from there. Closing twice changes nothing.

        A running turn is remembered completely or not at all. In a forked process, the parent's open files
        are not touched.
        """
        self._running.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _with_consistency(limits: Limits | None, consistency: float | None) -> Limits | None:
    if consistency is None:
        return limits
    from roleagent.workflow.state import Limits

    return replace(limits or Limits(model_s=get_settings().patience_s), consistency=consistency)
