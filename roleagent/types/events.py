"""The events of a stream."""

from __future__ import annotations

from dataclasses import dataclass

from roleagent.types.episodes import Episode
from roleagent.types.facts import Fact
from roleagent.types.replies import Repair, Reply, Revision, ToolUse, Verdict
from roleagent.types.turn import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Perception is done: the observations, and the guards' warnings about the input."""

    observations: tuple[Observation, ...]
    warnings: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """The episodes and facts that the reply will rest on."""

    episodes: tuple[Episode, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUsed:
    """A tool was called and answered."""

    use: ToolUse


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequired:
    """The stream ends here until `Conversation.resume` says whether the calls in `reply.pending` may run."""

    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """A critic rejected a draft; the model writes another."""

    revision: Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """A critic rejected a sentence and mended it; the model goes on writing. What it says now follows."""

    repair: Repair


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How far the language model has read the prompt, in tokens. Not every model reports this."""

    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta:
    """Text that the critics have passed. All deltas of a turn, joined, are the reply's text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The turn is over and remembered."""

    reply: Reply


Event = Observed | Recalled | Reading | ToolUsed | ApprovalRequired | Revised | Repaired | TextDelta | Done
