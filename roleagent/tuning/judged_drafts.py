"""What a critic log tells of turns: the scene that the model answered in, and which drafts were rejected."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roleagent.critics.log import FORMAT
from roleagent.critics.replay import log_lines
from roleagent.critics.scenes import persona_from_plain, scene_from_plain
from roleagent.errors import InputError
from roleagent.persona.persona import Persona
from roleagent.protocols import Scene
from roleagent.tuning.dialogues import Fault
from roleagent.types import Owner, Verdict
from roleagent.types.plain import from_plain

_FAULTS: dict[str, Fault] = {
    "consistency": "contradiction",
    "premise": "contradiction",
    "recollection": "contradiction",
    "contradiction": "contradiction",
    "claims": "contradiction",
    "perceived": "contradiction",
    "safety": "safety",
    "guardian": "safety",
    "leak": "safety",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedDraft:
    """A draft that critics did not let pass, up to the sentence at which it was stopped.

    Attributes:
        verdicts: those that were not ok.
    """

    text: str
    verdicts: tuple[Verdict, ...]

    @property
    def fault(self) -> Fault:
        """By the first critic that has one of its own; `voice` for all others."""
        known = (_FAULTS.get(each.critic.partition(":")[0]) for each in self.verdicts)
        return next((each for each in known if each), "voice")


@dataclass(slots=True, kw_only=True)
class JudgedTurn:
    """What the log holds of one turn.

    Attributes:
        scene: as the first draft met it.
        rejected: in their order, each once.
        passed: drafts that all critics let pass as a whole, in even white space.
    """

    scene: Scene
    rejected: dict[str, RejectedDraft] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)


def even(text: str) -> str:
    """A text by which replies are compared: white space does not count."""
    return " ".join(text.split())


def read_judged(path: Path, owners: Collection[Owner]) -> dict[str, JudgedTurn]:
    """The judged turns of some users, by the turn's id; nothing is read of others.

    Raises:
        InputError: the file is no critic log, or a line is broken; the message has file, line and reason.
    """
    reader = _Reader(owners)
    for number, line in log_lines(path):
        try:
            told = json.loads(line)
            if not isinstance(told, dict):
                raise InputError("it is not a JSON object")
            if number == 1 and told.get("format") != FORMAT:
                raise InputError("it is no critic log: name a file that was made with critic_log=…")
            reader.take(told)
        except (ValueError, KeyError, TypeError, RecursionError) as error:  # also InputError
            raise InputError(f"{path}:{number}: {str(error).rstrip('.')}.") from error
    return reader.turns


class _Reader:
    def __init__(self, owners: Collection[Owner]) -> None:
        self._owners = {(owner.persona_id, owner.user_id) for owner in owners}
        self._personas: dict[str, Persona] = {}
        self._plain_personas: dict[str, Any] = {}  # Any: JSON
        self._scenes: dict[str, JudgedTurn] = {}
        self.turns: dict[str, JudgedTurn] = {}

    def take(self, line: dict[str, Any]) -> None:  # Any: JSON
        if line["kind"] == "persona":
            self._plain_personas[line["id"]] = line["persona"]
        elif line["kind"] == "scene":
            self._take_scene(line)
        elif line["kind"] == "judgement" and line["scene"] in self._scenes:
            self._take_judgement(line, self._scenes[line["scene"]])

    def _take_scene(self, line: dict[str, Any]) -> None:  # Any: JSON
        owner = line["scene"]["turn"]["thread"]["owner"]
        if (owner["persona_id"], owner["user_id"]) not in self._owners:
            return
        scene = scene_from_plain(line["scene"], self._persona(line["persona"]))
        self._scenes[line["id"]] = self.turns.setdefault(scene.turn.id, JudgedTurn(scene=scene))

    def _persona(self, name: str) -> Persona:
        if name not in self._personas:
            self._personas[name] = persona_from_plain(self._plain_personas[name])
        return self._personas[name]

    def _take_judgement(self, line: dict[str, Any], turn: JudgedTurn) -> None:  # Any: JSON
        verdicts = [
            from_plain(Verdict, each["verdict"], where="verdict")
            for each in line["verdicts"]
            if "verdict" in each
        ]
        bad = tuple(each for each in verdicts if not each.ok)
        draft = line["draft"].strip()
        if bad:
            turn.rejected.setdefault(even(draft), RejectedDraft(text=draft, verdicts=bad))
        elif line["complete"] and len(verdicts) == len(line["verdicts"]):
            turn.passed.add(even(draft))
