"""What the engine holds of prompts it has read, and how a request finds it again."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from roleagent.models.kept_prompts import KeptPrompts
from roleagent.models.llama_server import LlamaServer, Request

NO_ADAPTER = -1
NUM_SLOTS = 4  # prompts that are held at once where there are adapters
_MAX_TALKS = 100  # conversations that are recognised when they go on; the engine's cache seldom holds more

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    """How a request begins, as hashes: by this, later requests of the same conversation are recognised.

    Attributes:
        system: of the system message and the tools.
        opening: of these and the first message after them.
        talk: of these and the first two messages after them; empty if the conversation only begins.
    """

    system: str = ""
    opening: str = ""
    talk: str = ""

    @classmethod
    def by(cls, request: Request) -> Begun:
        """How this request begins."""
        messages, tools = request["messages"], request.get("tools")
        return cls(
            system=hash_of([messages[:1], tools]),
            opening=hash_of([messages[:2], tools]),
            talk=hash_of([messages[:3], tools]) if len(messages) > 3 else "",
        )


def hash_of(value: object) -> str:
    """A short hash of JSON."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:32]


class OneSlot:
    """The one prompt of an engine without adapters; the library's own cache keeps the others.

    Args:
        server: the engine.
        kept: prompts of earlier processes; None keeps none.
    """

    def __init__(self, server: LlamaServer, kept: KeptPrompts | None) -> None:
        self._server, self._kept = server, kept
        self._last = Begun()
        self._talks: deque[str] = deque(maxlen=_MAX_TALKS)  # conversations that were read in this process

    def prepare(self, request: Request, key: str, *, adapter: int) -> Request:
        """Bring back what was read of this prompt earlier, unless the engine does so by itself.

        A conversation that begins finds its system message in what the engine holds, or among the kept
        prompts. One that goes on is in the engine's cache. The engine looks there only if it holds something
        quite different, so not if it holds another conversation with the same system message.

        Returns:
            What the request must say of slot and adapter: nothing.
        """
        self._recall(request, key)
        return {}

    def _recall(self, request: Request, key: str) -> None:
        begun, last = Begun.by(request), self._last
        self._last = begun
        if begun.talk and begun.talk in self._talks:
            if begun.system == last.system and begun.talk != last.talk:
                self._put_aside()
            return
        self._talks.append(begun.talk)
        if begun.system != last.system:
            self._restore(key, is_empty=last == Begun())

    def keep(self, key: str) -> None:
        """Keep what the engine holds for later processes."""
        _keep(self._server, self._kept, key, slot=0)

    def _put_aside(self) -> None:
        """Have the engine move what it holds to its cache; a short prompt in between does that."""
        self._server.touch({})

    def _restore(self, key: str, *, is_empty: bool) -> None:
        """Restore what was kept under a key, unless nothing was; what the engine holds goes to its cache."""
        name = self._kept.find(key) if self._kept and key else None
        if self._kept is None or name is None:
            return
        if not is_empty:
            self._put_aside()
        _restore(self._server, self._kept, name, slot=0)


@dataclass(slots=True, eq=False)
class _Slot:
    """A prompt that the engine holds, and under which adapter it was read."""

    number: int
    adapter: int | None = None  # nothing was read yet
    begun: Begun = field(default_factory=Begun)
    used_at: int = 0


class AdapterSlots:
    """The prompts of an engine with adapters: a few at once, each read under one of them or under none.

    What was read under one adapter is wrong under another, so each request names its slot, and a slot is
    shared only by prompts under the same adapter.

    Args:
        server: an engine with `NUM_SLOTS` slots.
        kept: prompts of earlier processes; None keeps none.
        num_adapters: how many the server has loaded.
    """

    def __init__(self, server: LlamaServer, kept: KeptPrompts | None, *, num_adapters: int) -> None:
        self._server, self._kept, self._num_adapters = server, kept, num_adapters
        self._slots = [_Slot(number) for number in range(NUM_SLOTS)]
        self._last = self._slots[0]
        self._clock = 0

    def prepare(self, request: Request, key: str, *, adapter: int) -> Request:
        """Choose a slot for a request and bring back what was read of its prompt.

        Args:
            request: what is to be completed.
            key: under which its system message may have been kept; empty for none.
            adapter: its number, or `NO_ADAPTER` for the base alone.

        Returns:
            What the request must say of slot and adapter.
        """
        begun = Begun.by(request)
        slot, name = self._choose(begun, adapter, key)
        # Every adapter is named: those that a request leaves out stay as they were loaded.
        scales = [{"id": n, "scale": float(n == adapter)} for n in range(self._num_adapters)]
        fields = {"id_slot": slot.number, "lora": scales}
        if self._kept is not None and name is not None:
            self._server.touch(fields)  # sets the slot's adapter: to change it later would empty the slot
            _restore(self._server, self._kept, name, slot=slot.number)
        self._clock += 1
        slot.adapter, slot.begun, slot.used_at = adapter, begun, self._clock
        self._last = slot
        return fields

    def keep(self, key: str) -> None:
        """Keep what the slot of the last request holds for later processes."""
        _keep(self._server, self._kept, key, slot=self._last.number)

    def _choose(self, begun: Begun, adapter: int, key: str) -> tuple[_Slot, str | None]:
        """The slot for a prompt, and the name of a kept state to restore there."""
        alike = [
            slot for slot in self._slots if slot.adapter == adapter and slot.begun.system == begun.system
        ]
        talk = [slot for slot in alike if begun.talk and slot.begun.talk == begun.talk]
        opening = [slot for slot in alike if slot.begun.opening == begun.opening]
        if same := talk or opening:
            return _oldest(same), None
        name = self._kept.find(key) if self._kept and key else None
        if alike and name is None:
            return _oldest(alike), None
        return _oldest(self._slots), name


def _oldest(slots: Sequence[_Slot]) -> _Slot:
    return min(slots, key=lambda slot: slot.used_at)


def _keep(server: LlamaServer, kept: KeptPrompts | None, key: str, *, slot: int) -> None:
    if kept is not None and key and kept.find(key) is None:
        kept.keep(key, partial(server.move_state, "save", slot=slot))


def _restore(server: LlamaServer, kept: KeptPrompts, name: str, *, slot: int) -> None:
    try:
        server.move_state("restore", name, slot=slot)
    except OSError as error:
        _log.warning("What was kept of a prompt is of no use, so it is read again: %s", error)
        kept.forget(name)
