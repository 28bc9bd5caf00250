"""The state of a turn, and the live objects that its nodes may call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypedDict

from langchain_core.messages import AnyMessage
from langchain_core.tools import BaseTool
from langgraph.runtime import Runtime

from roleagent.errors import ConfigurationError
from roleagent.graph.graph import PersonaGraph
from roleagent.perception.pictures import MAX_SIDE
from roleagent.persona.persona import Persona
from roleagent.persona.view import View
from roleagent.types import (
    Episode,
    Event,
    GraphUpdate,
    Grounds,
    Omitted,
    Repair,
    Revision,
    TextDelta,
    ToolUse,
    Turn,
    Usage,
    Verdict,
)
from roleagent.workflow.parts import LiveParts

CRITIC_S = 5.0
"""How long a critic or guard may take for one check, in seconds."""


class AgentState(TypedDict):
    """The state of a turn: only plain values, as a checkpoint stores it. A turn starts from `fresh_state`.

    Attributes:
        decided_by: the warning that decides the answer before the model is asked; None if none does.
        history: this conversation before the turn, oldest first.
        grounds: what the model is told for this turn.
        lore_state: timed effects of lorebook entries, for `Episode.lore_state`.
        left_out: names of the persona's prompts that lorebook entries switch off.
        exchange: tool calls and results of this turn, as the model sees them.
        calls: the calls of its last message that wait to run; calls that cannot run already have a result.
        omitted: what did not fit into the last prompt.
        prompt_tokens: of its blocks, by name; estimated.
        draft: everything that the model wrote for the answer so far.
        released: the part of it that the user has been shown.
        seam: where in the draft the model's last text begins.
        stopped: the verdicts on the sentence at which the draft was stopped; empty if the draft is complete.
        refused: sentences that critics rejected in this turn, by their wording, with the verdicts.
        repairs: sentences that were mended, in their order.
        thinking: what the model thought aloud, all drafts together.
    """

    turn: Turn
    grounds: Grounds
    warnings: tuple[Verdict, ...]
    decided_by: Verdict | None
    history: tuple[Episode, ...]
    lore_state: str
    left_out: tuple[str, ...]
    update: GraphUpdate
    exchange: list[AnyMessage]
    calls: tuple[ToolUse, ...]
    tool_uses: tuple[ToolUse, ...]
    omitted: Omitted | None
    prompt_tokens: dict[str, int]
    draft: str
    released: str
    seam: int
    stopped: tuple[Verdict, ...]
    refused: dict[str, tuple[Verdict, ...]]
    repairs: tuple[Repair, ...]
    thinking: str
    verdicts: tuple[Verdict, ...]
    revisions: tuple[Revision, ...]
    fell_back: bool
    usage: Usage
    timings_ms: dict[str, float]


def fresh_state(turn: Turn) -> AgentState:
    """The state at the start of a turn: every key is set, so that no value of an earlier turn remains."""
    return AgentState(
        turn=turn,
        grounds=Grounds(),
        warnings=(),
        decided_by=None,
        history=(),
        lore_state="",
        left_out=(),
        update=GraphUpdate(),
        exchange=[],
        calls=(),
        tool_uses=(),
        omitted=None,
        prompt_tokens={},
        draft="",
        released="",
        seam=0,
        stopped=(),
        refused={},
        repairs=(),
        thinking="",
        verdicts=(),
        revisions=(),
        fell_back=False,
        usage=Usage(),
        timings_ms={},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a turn may take.

    Attributes:
        drafts: how many the model may write, each shown as it passes; if the critics reject them all, the
            persona falls back on a line of its own.
        candidates: with more than one, so many further drafts are written before that, without being shown;
            the best that passes as a whole is the answer.
        consistency: 0–1, how strictly drafts are held to what was said and learned: see `Scene.consistency`.
        tool_rounds: how often the model may call tools in a turn, rejected drafts included. After that no
            call runs: the model answers, or the persona falls back on its own line.
        tool_calls: how many calls of one message run; the model is told which did not.
        facts: number of facts in the prompt.
        episodes: number of recalled episodes in the prompt.
        recall_tokens: how many tokens the episodes may have together, estimated; a longer episode is skipped.
        summary_tokens: how many tokens summaries may have in the prompt; 0 for no summaries.
        history: number of the conversation's last utterances in the prompt; up to twice as many, so that the
            prompt begins alike for some turns and a model need not read it again.
        context_tokens: the model's context size in tokens, for prompt and answer; what does not fit is left
            out. Default: what the model reports; if it reports nothing, prompts are cut only when it refuses
            them.
        lore_tokens: how many tokens lorebook texts may have in the prompt, estimated.
        surroundings_tokens: how many tokens the surroundings may have in the prompt, estimated.
        image_side: the longer side of a picture that the model sees, in pixels.
        perceive_s: time limit for each perceptor on each attachment, in seconds.
        critic_s: time limit for each check of a critic or guard, in seconds.
        model_s: how long the language model may neither read nor write, in seconds.
        tool_s: time limit for each tool call, in seconds.
    """

    drafts: int = 3
    candidates: int = 1
    consistency: float = 0.5
    tool_rounds: int = 3
    tool_calls: int = 8
    facts: int = 5
    episodes: int = 4
    recall_tokens: int = 1_000
    summary_tokens: int = 250
    history: int = 12
    context_tokens: int | None = None
    lore_tokens: int = 400
    surroundings_tokens: int = 300
    image_side: int = MAX_SIDE
    perceive_s: float = 60.0
    critic_s: float = CRITIC_S
    model_s: float = 180.0
    tool_s: float = 30.0

    def __post_init__(self) -> None:
        """Refuse limits under which no turn could end well.

        Raises:
            ConfigurationError: a limit is no number, or is below zero; no draft or candidate may be written;
                or `consistency` is above 1.
        """
        for each in fields(self):
            value = getattr(self, each.name)
            if value is None and each.name == "context_tokens":
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
                raise ConfigurationError(
                    f"Limits.{each.name} is {value!r}: pass a number that is not below 0."
                )
        for name in ("drafts", "candidates"):
            if getattr(self, name) < 1:
                value = getattr(self, name)
                raise ConfigurationError(f"Limits.{name} is {value!r}: at least one draft must be written.")
        if self.consistency > 1:
            raise ConfigurationError(
                f"Limits.consistency is {self.consistency!r}: pass a number from 0 to 1."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """The persona as one user meets it.

    Attributes:
        persona: cut to what the listener may know, with names in place of macros.
        graph: its graph, together with what was learned from the user.
        view: the cut, from which both were made.
        user: the user's name, if it is known.
    """

    persona: Persona
    graph: PersonaGraph
    view: View
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentContext:
    """The live objects of one run.

    Attributes:
        meeting: the persona as this user meets it.
        parts: what the agent is made of.
        tools: the tools of this turn, by name.
        own_tools: names of tools that see only the turn's graph and memory, so that they cannot reveal
            secrets.
        approve: names of the tools that may run only after approval.
    """

    meeting: Meeting
    parts: LiveParts
    tools: Mapping[str, BaseTool] = field(default_factory=dict)
    own_tools: frozenset[str] = frozenset()
    approve: frozenset[str] = frozenset()
    limits: Limits = Limits()

    @property
    def sees_pictures(self) -> bool:
        """Whether the language model can look at pictures itself."""
        return bool((self.parts.model.profile or {}).get("image_inputs"))


Partial = dict[str, Any]  # a part of AgentState
Run = Runtime[AgentContext]


def emit(runtime: Run, event: Event) -> None:
    """Send an event to the reader of this turn's stream."""
    runtime.stream_writer(event)


def release(runtime: Run, text: str) -> None:
    """Show text of the answer to the user."""
    if text:
        emit(runtime, TextDelta(text=text))


def with_more(warnings: tuple[Verdict, ...], more: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """All items of both, without duplicates."""
    return tuple(dict.fromkeys((*warnings, *more)))
