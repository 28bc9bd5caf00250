"""What is asked of a character, and what its replies must do: a suite of scenes, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from roleagent.graph.graph import PersonaGraph
    from roleagent.persona.persona import Persona
    from roleagent.protocols import Scene as CriticScene
    from roleagent.types import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A reply, with all that a check may compare it with.

    Attributes:
        text: what the character said.
        asked: what it was asked.
        persona: the persona, in full: a check knows every secret.
        graph: its graph, in full.
        prompt: what stood in the system message.
        reply: everything that the reply rests on; None if it does not come from an `Agent`.
        calls: names of the tools that were called for it.
        backdrop: what critics compare the reply with: the talk before it, what was recalled and looked up,
            and only what the listener may know. None if the reply does not come from an `Agent`.
    """

    text: str
    asked: str
    persona: Persona
    graph: PersonaGraph
    prompt: str = ""
    reply: Reply | None = None
    calls: tuple[str, ...] = ()
    backdrop: CriticScene | None = None


class Check(Protocol):
    """Something that a reply must do."""

    def fault(self, heard: Heard) -> str:
        """Why the reply fails, in a sentence; empty if it does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A picture or recording, given by what a perceptor finds in it.

    Attributes:
        kind: ``picture`` or ``recording``.
        text: the caption, or the words that are heard.
    """

    kind: Literal["picture", "recording"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedTool:
    """A tool without arguments that always returns the same.

    Attributes:
        name: as the model calls it.
        description: what it does, for the model.
        result: what it returns.
    """

    name: str
    description: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One turn of a scene.

    Attributes:
        say: the user's words.
        kind: the kind of probe, under which its result is counted; empty for a turn that only leads to one.
        answered: what the character answered; the turn is then entered as it was, and no model is asked.
        materials: what the user shows, as a perceptor would report it.
        attachments: paths of real files to show.
        checks: what the reply must do.
        about: ids of the facts that the probe is about.
    """

    say: str
    kind: str = ""
    answered: str | None = None
    materials: tuple[Material, ...] = ()
    attachments: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Turns that follow each other in one thread.

    Attributes:
        steps: the turns.
        days_ago: how long before the run the session was held. Only turns with `Step.answered` can be in the
            past; the others happen now.
        listener: whom the user stands for; empty for a stranger.
        as_of: the moment of the story.
    """

    steps: tuple[Step, ...]
    days_ago: float = 0.0
    listener: str = ""
    as_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Sessions with one user, oldest first; nothing is remembered from one scene to another.

    Attributes:
        tools: the tools that the character has in this scene.
        language: of the persona's rendering that is played, ISO 639-1; empty for its own.
    """

    name: str
    sessions: tuple[Session, ...]
    tools: tuple[ScriptedTool, ...] = ()
    language: str = ""

    @property
    def num_probes(self) -> int:
        """How many of its turns have checks."""
        return sum(bool(step.checks) for session in self.sessions for step in session.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A set of scenes for one persona.

    Attributes:
        persona_id: whom the suite is for.
        seed: what the wordings were drawn with, if they were.
        notes: what could not be asked of this persona, and why.
    """

    name: str
    persona_id: str
    scenes: tuple[Scene, ...]
    seed: int = 0
    notes: tuple[str, ...] = field(default=())

    @property
    def num_probes(self) -> int:
        """How many turns have checks."""
        return sum(scene.num_probes for scene in self.scenes)
