"""One user's conversation with a character: talking, and all that is kept of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from roleagent.agent.feedback import record_of, reply_of_turn, taught_by
from roleagent.agent.intake import Shown, check_input, passing_folder, take_in
from roleagent.concurrency.blocking import run_blocking
from roleagent.concurrency.turn_order import run_writing
from roleagent.errors import ConfigurationError, InputError, StoreError
from roleagent.language.unicode import repaired
from roleagent.persona.view import as_confided
from roleagent.protocols import Cue
from roleagent.store.feedback import Rating
from roleagent.types import (
    EVERYTHING,
    ApprovalRequired,
    Done,
    Episode,
    Event,
    ForgetReceipt,
    GraphUpdate,
    Owner,
    Prompt,
    Relationship,
    RelationshipSetting,
    Reply,
    Selection,
    Sight,
    Summary,
    Thread,
    Turn,
)
from roleagent.workflow.parts import by_name

if TYPE_CHECKING:
    from langgraph.types import Command

    from roleagent.agent.assembly import Assembly
    from roleagent.agent.running import Running
    from roleagent.gnn.relationship_keeper import RelationshipKeeper
    from roleagent.graph.graph import PersonaGraph
    from roleagent.learning.rules import Candidate
    from roleagent.protocols import GraphUpdater
    from roleagent.workflow.state import AgentState, Meeting


class Conversation:
    """Talk with one user in one thread; `Agent.conversation` makes it, and says whose it is.

    It holds nothing but who talks: any number may be made, also of one thread. What is kept belongs to the
    user, across all of their threads.

    Attributes:
        thread: the conversation, and with `thread.owner` the persona and the user.
        sight: who listens, and when in the story.
    """

    def __init__(self, running: Running, thread: Thread, sight: Sight) -> None:
        self.thread, self.sight = thread, sight
        self._running = running

    @property
    def owner(self) -> Owner:
        """The persona and the user to whom everything that is kept belongs."""
        return self.thread.owner

    def __repr__(self) -> str:
        return (
            f"Conversation({self.owner.persona_id!r} with {self.owner.user_id!r}, {self.thread.thread_id!r})"
        )

    # ── talking ──────────────────────────────────────────────────────────────────────────

    async def say(
        self, text: str = "", *, attachments: Shown | Sequence[Shown] = (), voice: Shown | None = None
    ) -> Reply:
        """Take one turn and return the whole reply.

        Args:
            text: what the user says.
            attachments: a picture or recording, or a list of them: paths, bytes, data URLs, PIL images,
                arrays or what `load_attachment` gave; see docs/perception.md. What is read or heard in them
                is material, never the user's own words.
            voice: a recording in which the user speaks to the persona. What is heard in it counts as typed:
                it is screened, learned from and remembered as the user's words. The recording is not kept.

        Raises:
            InputError: the message is too long or empty, or an attachment cannot be used.
            ConfigurationError: there is a voice but no perceptor for it.
            ModelError: the language model raised or stayed silent. Nothing of the turn is kept then.
            StoreError: the turn could not be remembered, or the agent is closed.
        """
        return await _last_reply(self.stream(text, attachments=attachments, voice=voice))

    def say_sync(
        self, text: str = "", *, attachments: Shown | Sequence[Shown] = (), voice: Shown | None = None
    ) -> Reply:
        """`say` for code that is not async, notebooks included."""
        return self._running.sync(self.say(text, attachments=attachments, voice=voice))

    async def stream(
        self, text: str = "", *, attachments: Shown | Sequence[Shown] = (), voice: Shown | None = None
    ) -> AsyncGenerator[Event, None]:
        """Take one turn and yield its events as they happen; `Done` or `ApprovalRequired` comes last.

        The text of all `TextDelta`s, joined, is the reply's text. Raises what `say` raises.

        The turn goes on as events are asked for. Closing the stream before its last event (`aclose()`, or
        cancelling the task that reads it) ends the turn, and nothing of it is kept. If a reader merely stops
        asking, the turn pauses until another call needs it to end: then it finishes by itself and is
        remembered, and the reader still gets all of its events.
        """
        from roleagent.workflow.state import fresh_state

        running, thread = self._running, self.thread
        with passing_folder(voice) as passing:
            given = partial(take_in, text, attachments, thread, self.sight, voice=voice, passing=passing)

            async def take(live: Assembly) -> tuple[AgentState, Sight]:
                folder = live.home.media_folder(thread.owner)
                if folder.exists() and await running.waiting_turn(thread, live):
                    running.order.leave_untidy(thread.owner)  # nothing needs its pictures any more
                await live.home.checkpointer.adelete_thread(thread.checkpoint_id)
                now = datetime.now(UTC)
                return fresh_state(await run_writing(lambda: given(at=now, folder=folder))), self.sight

            async with aclosing(running.turn(thread, take)) as events:
                async for event in events:
                    yield event

    async def preview(
        self, text: str = "", *, attachments: Shown | Sequence[Shown] = (), voice: Shown | None = None
    ) -> Prompt:
        """What the language model would read if the user said this now.

        The turn is prepared like any other: perceptors look and listen, guards screen, memory is searched.
        The language model is not asked, nothing is remembered, and no file is kept. A turn that waits for
        approval goes on waiting.

        Args:
            text: as in `say`.
            attachments: as in `say`.
            voice: as in `say`.

        Raises:
            InputError: the message is empty or does not fit, or an attachment cannot be used.
            ConfigurationError: there is a voice but no perceptor for it.
            ModelError: the persona does not fit the model's context.
            StoreError: the agent is closed.
        """
        from roleagent.workflow.previewing import preview_turn

        running, now = self._running, datetime.now(UTC)
        given = partial(take_in, text, attachments, self.thread, self.sight, at=now, voice=voice)
        with TemporaryDirectory(prefix="roleagent-preview-", ignore_cleanup_errors=True) as folder:
            turn = await run_blocking(lambda: given(folder=Path(folder), passing=Path(folder)))
            live = await running.ready()
            context = await run_blocking(lambda: running.context(self.thread, self.sight, live))
            return await preview_turn(turn, context)

    def preview_sync(
        self, text: str = "", *, attachments: Shown | Sequence[Shown] = (), voice: Shown | None = None
    ) -> Prompt:
        """`preview` for code that is not async, notebooks included."""
        return self._running.sync(self.preview(text, attachments=attachments, voice=voice))

    async def recount(self, said: str, answered: str, *, at: datetime | None = None) -> None:
        """Take over a turn that was held elsewhere: both sides are remembered as if it had been held here.

        No model is asked. What the user said is learned from, like in any turn. This is how the log of
        another program becomes memory.

        Args:
            said: the user's words.
            answered: the character's.
            at: when, with a time zone. Default: now.

        Raises:
            InputError: a text is empty or too long, or `at` has no time zone.
            StoreError: the turn could not be remembered.
        """
        from roleagent.workflow.remembering import episodes_of, user_episode_id
        from roleagent.workflow.state import fresh_state

        at = at or datetime.now(UTC)
        if at.tzinfo is None:
            raise InputError(f"at is {at!r}, without a time zone: pass datetime.now(UTC), say.")
        check_input(answered, ())
        turn = take_in(said, (), self.thread, self.sight, at=at, folder=None)
        live = await self._running.ready()

        def remember() -> None:
            context = self._running.context(self.thread, self.sight, live)
            graph = context.meeting.graph
            update = as_confided(live.parts.updater.propose(graph, turn.text, at, (user_episode_id(turn),)))
            state: AgentState = {**fresh_state(turn), "draft": repaired(answered), "update": update}
            live.parts.memory.remember(episodes_of(state, context), update, self.owner)

        async with self._running.order.turn(self.thread):
            await run_writing(remember)

    async def resume(self, *, approve: bool) -> Reply:
        """Go on with the turn that waits for approval of its tool calls.

        Raises:
            InputError: no turn of this conversation is waiting, or it began with another listener or moment.
            StoreError: the turn was saved by an earlier release and cannot be read.
        """
        return await _last_reply(self.stream_resume(approve=approve))

    async def stream_resume(self, *, approve: bool) -> AsyncGenerator[Event, None]:
        """`resume`, as a stream of events."""
        from langgraph.types import Command

        thread = self.thread
        who = f"{thread.owner.user_id!r} in conversation {thread.thread_id!r}"

        async def waiting(live: Assembly) -> Turn:
            turn = await self._running.waiting_turn(thread, live)
            if turn is None:
                raise InputError(f"No turn of {who} waits for approval.")
            if not isinstance(turn, Turn):  # the checkpoint gives what it cannot rebuild as plain values
                raise StoreError(
                    f"The turn of {who} was saved by an earlier release and cannot be resumed: say it again."
                )
            if turn.sight != self.sight:
                raise InputError(
                    f"The turn of {who} began with another listener or at another moment: resume it from a "
                    "conversation with the same listener and as_of."
                )
            return turn

        async def go_on(live: Assembly) -> tuple[Command[Any], Sight]:
            return Command(resume=approve), (await waiting(live)).sight

        await waiting(await self._running.ready())  # whoever may not resume it must not end it either
        async with aclosing(self._running.turn(thread, go_on)) as events:
            async for event in events:
                yield event

    async def greeting(self) -> str:
        """The first line of the conversation, as this user may hear it; empty if the persona has none."""
        return (await self._meeting(seed=self.thread.thread_id)).persona.greeting

    # ── what is known ────────────────────────────────────────────────────────────────────

    async def history(self, *, limit: int = 50) -> Sequence[Episode]:
        """The last utterances of this thread, oldest first, as far as they are for this listener."""
        live = await self._running.ready()
        return await run_blocking(lambda: live.parts.memory.recent(self.thread, self.sight, limit=limit))

    async def recall(self, cue: str, *, limit: int = 10) -> Sequence[Episode]:
        """What was said in any of the user's threads that bears on a cue, best first, with scores."""
        live, met = await self._running.ready(), await self._meeting()
        asked = Cue(text=repaired(cue), at=datetime.now(UTC), graph=met.graph)
        return await run_blocking(
            lambda: live.parts.memory.recall(asked, self.owner, self.sight, limit=limit)
        )

    async def knowledge(self, *, recorded: datetime | None = None) -> PersonaGraph:
        """The persona graph that this user may know: canon and what was learned from them, past and present.

        Args:
            recorded: a moment with a time zone: what was on record then. Default: now.

        Raises:
            InputError: `recorded` has no time zone.
        """
        graph = (await self._meeting(with_history=True)).graph
        return graph if recorded is None else graph.as_of(recorded=recorded)

    async def relationship(self) -> Relationship:
        """How the character feels about this user, after all that they said in any of their threads.

        Raises:
            ConfigurationError: the agent keeps no relationships.
        """
        keeper = await self._relationships()
        return await run_blocking(lambda: keeper.relationship(self.owner))

    def relationship_sync(self) -> Relationship:
        """`relationship` for code that is not async, notebooks included."""
        return self._running.sync(self.relationship())

    async def set_relationship(
        self,
        *,
        valence: float | None = None,
        arousal: float | None = None,
        trust: float | None = None,
        at: datetime | None = None,
    ) -> Relationship:
        """Set how the character feels about this user, such as after a promise was broken in a game.

        What they say from then on moves it further. It is kept as an event: it stays where it is in time when
        the relationship is computed again.

        Args:
            valence: -1 to 1; None leaves it as it is.
            arousal: 0–1; likewise.
            trust: 0–1; likewise.
            at: when, with a time zone. Default: now.

        Returns:
            The relationship from now on.

        Raises:
            ConfigurationError: the agent keeps no relationships.
            InputError: a value is out of its bounds, none is given, or `at` has no time zone or lies ahead.
            StoreError: it could not be written.
        """
        values = {"valence": valence, "arousal": arousal, "trust": trust}
        if not any(value is not None for value in values.values()):
            raise InputError("Nothing is set: pass valence, arousal or trust.")
        if at is not None and at.tzinfo is not None and at > datetime.now(UTC):
            raise InputError(f"at is {at!r}, which lies in the future: nothing would move it until then.")
        setting = RelationshipSetting(at=at or datetime.now(UTC), **values)
        keeper = await self._relationships()
        async with self._running.order.turn(self.thread):
            await run_writing(lambda: keeper.put(self.owner, setting))
        return await run_blocking(lambda: keeper.relationship(self.owner))

    def set_relationship_sync(
        self,
        *,
        valence: float | None = None,
        arousal: float | None = None,
        trust: float | None = None,
        at: datetime | None = None,
    ) -> Relationship:
        """`set_relationship` for code that is not async, notebooks included."""
        return self._running.sync(self.set_relationship(valence=valence, arousal=arousal, trust=trust, at=at))

    async def _relationships(self) -> RelationshipKeeper:
        keeper = (await self._running.ready()).parts.relationships
        if keeper is None:
            raise ConfigurationError(
                "This agent keeps no relationships: leave out Parts(relationships=False), and use a memory "
                "with a record, such as the default one."
            )
        return keeper

    async def propose(self, what: str | Iterable[Candidate]) -> GraphUpdate:
        """What some words, or an application's own facts, would change; nothing is written.

        Args:
            what: the user's words, for the updater to read; or candidates, which
                `roleagent.learning.rules` judges.
        """
        from roleagent.learning.rules import propose

        live, graph, now = await self._running.ready(), (await self._meeting()).graph, datetime.now(UTC)

        def read() -> GraphUpdate:
            if isinstance(what, str):
                return live.parts.updater.propose(graph, what, now, ())  # no episode keeps the words
            return propose(graph, what, at=now, language=self._running.persona.language)

        return as_confided(await run_blocking(read), listener=self.sight.listener)

    async def commit(self, update: GraphUpdate) -> None:
        """Write an update from `propose`; an empty one, or one that was written before, changes nothing.

        Raises:
            InputError: `update` is not a `GraphUpdate`.
            StoreError: it could not be written.
        """
        if not isinstance(update, GraphUpdate):
            raise InputError(f"update is {update!r}: pass a GraphUpdate, such as `propose` returns.")
        live = await self._running.ready()
        async with self._running.order.turn(self.thread):
            await run_writing(lambda: live.parts.memory.remember([], update, self.owner))

    async def consolidate(self, *, updater: str | GraphUpdater | None = None, limit: int = 20) -> GraphUpdate:
        """Read this thread again, merge facts that were noted twice, and commit what follows.

        Args:
            updater: reads it, for example a slower and better one. Default: the agent's.
            limit: how many of the last utterances are read.

        Returns:
            What was committed.

        Raises:
            RoleAgentError: the updater failed on the first episode.
        """
        live = await self._running.ready()
        reader: GraphUpdater = by_name("updater", updater or live.parts.updater)
        read_again = self._running.housekeeping(live).read_again
        async with self._running.order.turn(self.thread):
            update = await run_blocking(lambda: read_again(self.thread, self.sight, reader, limit=limit))
            await run_writing(lambda: live.parts.memory.remember([], update, self.owner))
        return update

    async def summarise(self) -> Sequence[Summary]:
        """Sum up what is not summed up yet of the user's earlier talk; returns the new summaries.

        This is slow: for idle hours, never while the user waits.

        Raises:
            ConfigurationError: the memory keeps no summaries.
        """
        live = await self._running.ready()
        return await run_blocking(lambda: self._running.housekeeping(live).sum_up(self.owner))

    # ── what may be learned from ─────────────────────────────────────────────────────────

    async def rate(self, turn_id: str, *, good: bool | None = None, edit: str = "") -> GraphUpdate:
        """Keep what somebody thinks of a reply, for `roleagent train collect`; see docs/training-logs.md.

        An edit is an author's word: what it says of the character or the user, and the reply did not, is
        proposed to the updater and committed. It never changes the persona's own file.

        Args:
            turn_id: `Reply.turn.id`, or `turn_id` of an episode.
            good: thumb up or down.
            edit: what the reply should have been.

        Returns:
            What the edit changed in the graph, with what was held back.

        Raises:
            InputError: no such turn was held here, or the rating says nothing or contradicts itself.
            ConfigurationError: the memory has no record.
            StoreError: it could not be written.
        """
        rating = Rating(turn_id=turn_id, good=good, edit=repaired(edit))
        live, now = await self._running.ready(), datetime.now(UTC)
        store = record_of(live.parts.memory)

        def keep() -> GraphUpdate:
            reply = reply_of_turn(store, self.owner, self.sight, turn_id)
            meeting = self._running.meeting(self.owner, self.sight, live)
            update = taught_by(rating, reply, meeting=meeting, updater=live.parts.updater, now=now)
            live.parts.memory.remember([], update, self.owner)
            store.feedback.rate(self.owner, rating, now=now)
            return update

        async with self._running.order.turn(self.thread):
            return await run_writing(keep)

    async def allow_training(self, allowed: bool = True) -> None:
        """Note that this user agrees that their talk with this persona is learned from, or no longer does.

        Without it nothing of theirs is collected. It is for the application to ask them.

        Raises:
            ConfigurationError: the memory has no record.
            StoreError: it could not be written.
        """
        store = record_of((await self._running.ready()).parts.memory)
        now = datetime.now(UTC)
        async with self._running.order.turn(self.thread):
            await run_writing(lambda: store.feedback.allow_training(self.owner, allowed, now=now))

    # ── what is kept ─────────────────────────────────────────────────────────────────────

    async def forget(self, what: Selection = EVERYTHING) -> ForgetReceipt:
        """Erase memories of this user, in all of their threads, everywhere they are kept.

        It waits for the user's running turns, including those of other agents of this process on the home.

        Args:
            what: which memories; everything that rests only on them is erased too. Default: everything.

        Raises:
            InputError: words to match are blank, a moment has no time zone, or a turn of this user calls it.
            StoreError: something could not be erased yet.
        """
        if not isinstance(what, Selection):
            raise InputError(f"what is {what!r}: pass a Selection, such as Selection(matching='cat').")
        live = await self._running.ready()
        async with self._running.order.all_of_user(self.owner):
            with self._running.idle.interrupted(self.owner):
                return await run_writing(lambda: live.home.forget(self.owner, what))

    async def export(self) -> dict[str, Any]:
        """All that is kept of this user with this persona, as JSON takes it; see docs/memory.md."""
        live, owner = await self._running.ready(), self.owner
        keeper = live.parts.relationships

        def export() -> dict[str, Any]:
            document = live.home.export(owner.user_id, persona_id=owner.persona_id)
            if keeper is not None:
                for entry in document["personas"]:
                    entry["relationship"] = asdict(keeper.relationship(owner))
            return document

        return await run_blocking(export)

    async def _meeting(self, *, seed: str = "", with_history: bool = False) -> Meeting:
        live = await self._running.ready()
        return await run_blocking(
            lambda: self._running.meeting(self.owner, self.sight, live, seed=seed, with_history=with_history)
        )


async def _last_reply(events: AsyncGenerator[Event, None]) -> Reply:
    async with aclosing(events):
        async for event in events:
            if isinstance(event, (Done, ApprovalRequired)):
                return event.reply
    raise AssertionError("a stream of events ends with Done or ApprovalRequired")
