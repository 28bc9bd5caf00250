"""Idle work: conversations are read again and summarised; turns take precedence.

`Housekeeping` is the work, `Idle` decides when it is time for it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from roleagent.errors import ConfigurationError, RoleAgentError, StoreError
from roleagent.persona.view import as_confided, view
from roleagent.protocols import SummarisingMemory
from roleagent.settings import get_settings
from roleagent.types import GraphUpdate, Owner, Sight, Summary, Thread
from roleagent.workflow.parts import Parts, by_name

if TYPE_CHECKING:
    from roleagent.agent.assembly import Assembly
    from roleagent.graph.graph import PersonaGraph
    from roleagent.home.home import Home
    from roleagent.home.retention import Retention
    from roleagent.persona.persona import Persona
    from roleagent.protocols import EpisodicMemory, GraphUpdater, Summariser

_log = logging.getLogger(__name__)

Stop = Callable[[], bool]
CLOSED = "This agent is closed. Make a new one: on the same home, it goes on where this one stopped."
_LAST_UTTERANCES = 20  # of a conversation, that are read again
_CLOSING_S = 5.0  # that closing waits for a step under way


Held = tuple[Thread, Sight]
"""A conversation, and with whom it was held."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Housekeeping:
    """The idle work: blocking, and never done within a turn.

    Attributes:
        summariser: None for the memory's own, which extracts sentences as they were said.
        home: contains the memory; with `retention`, how long it keeps it. None keeps everything.
    """

    persona: Persona
    memory: EpisodicMemory
    updater: GraphUpdater
    summariser: Summariser | None = None
    home: Home | None = None
    retention: Retention | None = None

    def tidy(self, owner: Owner, held: Sequence[Held], stop: Stop) -> None:
        """Read the conversations of one user again, and summarise finished sessions.

        Args:
            owner: the persona and the user.
            held: the conversations since the last time, and with which listener.
            stop: returns whether to stop; finished work is kept.
        """
        for thread, sight in held:
            update = self.read_again(thread, sight, self.updater, stop=stop)
            if stop():
                return
            if update.added or update.superseded or update.merged:  # nothing is kept of one who was forgotten
                self.memory.remember([], update, owner)
        if isinstance(self.memory, SummarisingMemory):
            self.sum_up(owner, stop=stop)
        if not stop():
            self.retain()

    def retain(self) -> None:
        """Erase what the policy no longer keeps, for all users of the persona.

        Raises:
            InputError: there is a policy, but the memory is the application's own.
            StoreError: something could not be erased yet.
        """
        if self.home is not None and self.retention is not None:
            self.home.apply_retention(self.retention, persona_id=self.persona.id)

    def read_again(
        self,
        thread: Thread,
        sight: Sight,
        updater: GraphUpdater,
        *,
        limit: int = _LAST_UTTERANCES,
        stop: Stop = _never,
    ) -> GraphUpdate:
        """What a conversation teaches when read again, with duplicates merged; nothing is written.

        Raises:
            RoleAgentError: the updater failed on the first episode.
        """
        from roleagent.learning.consolidate import consolidate

        episodes = self.memory.recent(thread, sight, limit=limit)
        graph, reader = self._graph(thread.owner, sight), _Interruptible(updater, stop)
        return as_confided(consolidate(graph, episodes, updater=reader, at=datetime.now(UTC)))

    def sum_up(self, owner: Owner, *, stop: Stop = _never) -> Sequence[Summary]:
        """Write the missing summaries of a user; return the new ones.

        Raises:
            ConfigurationError: the memory keeps no summaries.
        """
        if not isinstance(self.memory, SummarisingMemory):
            raise ConfigurationError(
                f"{type(self.memory).__name__} keeps no summaries: give it `summaries`, as "
                "`roleagent.protocols.SummarisingMemory` says, or use a memory that has them."
            )
        return self.memory.summaries.make(
            owner,
            graph_of=partial(self._graph, owner),
            now=datetime.now(UTC),
            summariser=self.summariser,
            language=self.persona.language,
            stop=stop,
        )

    def _graph(self, owner: Owner, sight: Sight) -> PersonaGraph:
        seen = view(self.persona, listener=sight.listener, user_id=owner.user_id, as_of=sight.as_of)
        return seen.with_learned(self.memory.learned(owner, sight), ())


def make_housekeeping(persona: Persona, parts: Parts, live: Assembly | None) -> Housekeeping:
    """The idle work of one agent; a summariser's name is looked up, and settings supply defaults.

    Raises:
        StoreError: the agent is closed.
        ConfigurationError: no summariser has that name.
    """
    if live is None:
        raise StoreError(CLOSED)
    retention, max_age_days = parts.retention, get_settings().max_age_days
    if retention is None and max_age_days is not None:
        from roleagent.home.retention import Retention

        retention = Retention(max_age=timedelta(days=max_age_days))
    return Housekeeping(
        persona=persona,
        home=live.home,
        memory=live.parts.memory,
        updater=live.parts.updater,
        summariser=by_name("summariser", parts.summariser),
        retention=retention,
    )


class _Interruptible:
    """A `GraphUpdater` that proposes nothing after it was asked to stop."""

    def __init__(self, updater: GraphUpdater, stop: Stop) -> None:
        self._updater, self._stop = updater, stop

    def propose(self, graph: PersonaGraph, said: str, at: datetime, evidence: tuple[str, ...]) -> GraphUpdate:
        return GraphUpdate() if self._stop() else self._updater.propose(graph, said, at, evidence)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Conversations of one user that wait to be tidied."""

    due_at: float  # on the monotonic clock
    held: tuple[Held, ...]


class Idle:
    """Does the idle work for a user after a quiet time, in a background thread, one user after the other.

    It does not run while a turn does: the work is asked to stop, and continues when it is quiet again.

    Args:
        work: is called with the conversations of one user, and calls `stop()` between its steps.
        after_s: how long the user must be without a turn, in seconds. None for never.
    """

    def __init__(self, work: Callable[[Owner, Sequence[Held], Stop], None], *, after_s: float | None) -> None:
        self._work, self._after_s = work, after_s
        self._waiting: dict[Owner, _Waiting] = {}
        self._num_turns = 0
        self._is_closed = False
        self._interrupt = threading.Event()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def interrupt(self) -> None:
        """Ask the work to stop at its next step; the rest is done later."""
        self._interrupt.set()

    @contextmanager
    def interrupted(self, owner: Owner) -> Iterator[list[Held]]:
        """Interrupt the work while a user is served; yields a list for the conversations to tidy later.

        The quiet time counts from the end of this block.
        """
        held: list[Held] = []
        if self._after_s is None:
            yield held
            return
        with self._changed:
            self._num_turns += 1
            self._interrupt.set()
        try:
            yield held
        finally:
            with self._changed:
                self._num_turns -= 1
                self._wait_for(owner, held, self._after_s)
                self._changed.notify_all()
                if self._thread is None and not self._is_closed:
                    self._thread = threading.Thread(target=self._run, name="roleagent-idle", daemon=True)
                    self._thread.start()

    def close(self) -> None:
        """Ask the work to stop and wait a little for it; the rest is not done."""
        with self._changed:
            self._is_closed = True
            self._interrupt.set()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_CLOSING_S)

    def _wait_for(self, owner: Owner, held: Sequence[Held], after_s: float) -> None:
        known = self._waiting[owner].held if owner in self._waiting else ()
        together = tuple(dict.fromkeys((*known, *held)))
        self._waiting[owner] = _Waiting(time.monotonic() + after_s, together)

    def _run(self) -> None:
        while (due := self._next()) is not None:
            owner, held = due
            try:
                self._work(owner, held, self._interrupt.is_set)
            except RoleAgentError as error:
                _log.warning("Idle work failed and will be tried again later: %s", error)
            except Exception:  # a plug-in: its failure is seen, and others are served
                _log.exception("Idle work failed and will be tried again later.")
            with self._changed:
                if self._interrupt.is_set():
                    self._wait_for(owner, held, self._after_s or 0.0)

    def _next(self) -> tuple[Owner, Sequence[Held]] | None:
        """The next user to work for, once it is quiet; None once closed."""
        with self._changed:
            while not self._is_closed:
                if self._num_turns or not self._waiting:
                    self._changed.wait()
                    continue
                owner = min(self._waiting, key=lambda each: self._waiting[each].due_at)
                pause_s = self._waiting[owner].due_at - time.monotonic()
                if pause_s <= 0:
                    self._interrupt.clear()
                    return owner, self._waiting.pop(owner).held
                self._changed.wait(pause_s)
        return None
