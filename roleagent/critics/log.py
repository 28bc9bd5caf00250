"""A log of every judgement of a turn, from which `roleagent.critics.replay` makes them again.

JSON Lines. It holds what users said and what they were answered: personal data, written only where an
application asks for it. docs/critic-log.md describes the lines.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roleagent.critics.scenes import persona_to_plain, scene_to_plain
from roleagent.critics.version import version_of, with_version
from roleagent.errors import InputError
from roleagent.persona.persona import Persona
from roleagent.protocols import Critic, Guard, Scene
from roleagent.types import Verdict, content_id
from roleagent.types.plain import Plain, to_plain

FORMAT = "roleagent-critic-log"
VERSION = 1
MAX_LINE_BYTES = 8_000_000
MAX_BYTES = 500_000_000
_HEAD_BYTES = 4_096  # of a file that are read to tell whether it is a log
NUM_REMEMBERED = 256  # personas, and scenes, that later lines may refer to

_log = logging.getLogger(__name__)


def canonical(plain: Plain) -> str:
    """JSON values as the only text that stands for them: sorted, without blanks.

    Raises:
        ValueError: a number is not finite.
    """
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """How a critic or guard can be made again.

    Attributes:
        by: its registry name; None for an object of the application, which cannot.
        settings: what it was made with, as JSON values, if a name is not enough.
    """

    by: str | None = None
    settings: Mapping[str, Any] | None = None  # Any: JSON

    def outcome(self, verdict: Verdict) -> Plain:
        """A verdict for the log."""
        return {**self._named(), "verdict": to_plain(verdict)}

    def failure(self, error: Exception) -> Plain:
        """An error in place of a verdict, for the log."""
        return {**self._named(), "failed": repr(error)}

    def _named(self) -> Plain:
        return {"by": self.by} if self.settings is None else {"by": self.by, "settings": self.settings}


@dataclass(slots=True)
class _Judgement:
    """The verdicts on one draft so far."""

    scene: Scene
    draft: str
    complete: bool
    verdicts: list[Plain] = field(default_factory=list)


def _refuse_another(path: Path) -> None:
    """Refuse a file that holds something else than such a log."""
    if not path.is_file() or not path.stat().st_size:
        return
    with path.open("rb") as file:
        start = file.read(_HEAD_BYTES)
    if b'"kind":"head"' not in start.replace(b" ", b"").partition(b"\n")[0]:
        raise InputError(f"critic_log is {str(path)!r}, which is no critic log: choose a file of its own.")


class CriticLog:
    """Appends judgements to a file, which only its owner may read. Safe to use from many threads.

    A turn never fails because of its log: what cannot be written is left out, with a warning.

    Args:
        path: created if missing.
        num_critics: how many verdicts a judgement has.
        made_with: what else to note at the beginning, such as the embedder's name.
        max_bytes: no more is written to a file that is this large.

    Raises:
        InputError: the file cannot be written.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        num_critics: int,
        made_with: Mapping[str, Any] | None = None,  # Any: JSON
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.path = Path(path).expanduser()
        self._num_critics, self._max_bytes = num_critics, max_bytes
        self._lock = threading.Lock()
        self._open: dict[str, _Judgement] = {}  # by conversation
        self._written: OrderedDict[str, None] = OrderedDict()
        self._personas: OrderedDict[int, tuple[Persona, str]] = OrderedDict()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _refuse_another(self.path)
            self._handle: int | None = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            os.chmod(self.path, 0o600)
        except OSError as error:
            raise InputError(
                f"critic_log is {str(path)!r}, which cannot be written: {error.strerror or error}."
            ) from error
        self._write({"kind": "head", "format": FORMAT, "version": VERSION, **(made_with or {})})

    def judged(self, outcome: Plain, draft: str, scene: Scene, *, complete: bool) -> None:
        """Note what `Origin` made of a critic's verdict; written when all critics have given theirs."""
        with self._lock:
            thread = scene.turn.thread.checkpoint_id
            held = self._open.get(thread)
            if held and (held.scene is not scene or held.draft != draft or held.complete != complete):
                self._finish(thread)
                held = None
            if held is None:
                held = self._open[thread] = _Judgement(scene, draft, complete)
            held.verdicts.append(outcome)
            if len(held.verdicts) >= self._num_critics:
                self._finish(thread)

    def screened(self, outcome: Plain, text: str, *, where: str) -> None:
        """Note what `Origin` made of a guard's verdict."""
        with self._lock:
            self._write({"kind": "screening", "where": where, "text": text, **outcome})

    def close(self) -> None:
        """Write what is unfinished, and close the file; closing twice does nothing."""
        with self._lock:
            for thread in list(self._open):
                self._finish(thread)
            if self._handle is not None:
                os.close(self._handle)
            self._handle = None

    def _finish(self, thread: str) -> None:
        held = self._open.pop(thread)
        scene = held.scene
        try:
            scene_id = self._refer("scene", scene_to_plain(scene), persona=self._persona_id(scene.persona))
        except (TypeError, ValueError) as error:
            _log.warning("A judgement is missing in %s: its scene cannot be written (%s).", self.path, error)
            return
        self._write(
            {
                "kind": "judgement",
                "scene": scene_id,
                "draft": held.draft,
                "complete": held.complete,
                "judged": scene.judged,
                "drafts_left": scene.drafts_left,
                "verdicts": held.verdicts,
            }
        )

    def _persona_id(self, persona: Persona) -> str:
        known = self._personas.get(id(persona))
        if known is not None and known[1] in self._written:
            self._written.move_to_end(known[1])
            return known[1]
        name = self._refer("persona", persona_to_plain(persona))
        self._personas[id(persona)] = (persona, name)  # kept, so that no other one gets its id
        while len(self._personas) > NUM_REMEMBERED:
            self._personas.popitem(last=False)
        return name

    def _refer(self, kind: str, plain: Plain, **more: str) -> str:
        """Write a value unless it was written lately; return the name by which lines refer to it."""
        name = content_id(kind, canonical({kind: plain, **more}))
        if name in self._written:
            self._written.move_to_end(name)
            return name
        self._write({"kind": kind, "id": name, kind: plain, **more})
        self._written[name] = None
        while len(self._written) > NUM_REMEMBERED:
            self._written.popitem(last=False)
        return name

    def _write(self, line: Plain) -> None:
        if self._handle is None:
            return
        try:
            text = canonical(line)
            data = f"{text}\n".encode()
        except UnicodeEncodeError:  # half of a surrogate pair
            data = (json.dumps(line, sort_keys=True, separators=(",", ":")) + "\n").encode()
        except (TypeError, ValueError) as error:
            _log.warning("A line is missing in %s: it cannot be written (%s).", self.path, error)
            return
        if len(data) > MAX_LINE_BYTES:
            _log.warning("A line of %d bytes is missing in %s: it is too long.", len(data), self.path)
            return
        try:
            if os.fstat(self._handle).st_size + len(data) > self._max_bytes:
                raise OSError(f"it would have more than {self._max_bytes:,} bytes")
            os.write(self._handle, data)
        except OSError as error:
            _log.warning("%s: nothing more is logged: %s.", self.path, error.strerror or error)
            os.close(self._handle)
            self._handle = None


class RecordedCritic:
    """A critic whose outcomes are noted in a log; everything else of it is as it was.

    Args:
        critic: judges.
        origin: how it can be made again.
        log: takes the outcomes.
    """

    def __init__(self, critic: Critic, origin: Origin, *, log: CriticLog) -> None:
        self.name, self.version = critic.name, version_of(critic)
        self._critic, self._origin, self._log = critic, origin, log

    def __getattr__(self, name: str) -> Any:  # Any: whatever the critic has
        if name.startswith("__") or "_critic" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self._critic, name)

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """The critic's verdict."""
        try:
            verdict = with_version(self._critic.check(draft, scene, complete=complete), self._critic)
        except Exception as error:  # a plug-in: noted, and left to whoever asked
            self._log.judged(self._origin.failure(error), draft, scene, complete=complete)
            raise
        self._log.judged(self._origin.outcome(verdict), draft, scene, complete=complete)
        return verdict


class RecordedGuard:
    """A guard whose outcomes are noted in a log; see `RecordedCritic`."""

    def __init__(self, guard: Guard, origin: Origin, *, log: CriticLog) -> None:
        self.name, self.version = guard.name, version_of(guard)
        self._guard, self._origin, self._log = guard, origin, log

    def __getattr__(self, name: str) -> Any:  # Any: whatever the guard has
        if name.startswith("__") or "_guard" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self._guard, name)

    def screen(self, text: str, *, where: str) -> Verdict:
        """The guard's verdict."""
        try:
            verdict = with_version(self._guard.screen(text, where=where), self._guard)
        except Exception as error:  # a plug-in: noted, and left to whoever asked
            self._log.screened(self._origin.failure(error), text, where=where)
            raise
        self._log.screened(self._origin.outcome(verdict), text, where=where)
        return verdict


def described(parts: Sequence[Critic | Guard], origins: Sequence[Origin]) -> list[Plain]:
    """Names and versions of critics or guards, for the head of a log."""
    return [
        {"by": origin.by, "name": part.name, "version": version_of(part)}
        for part, origin in zip(parts, origins, strict=True)
    ]
