"""What a turn carries through the workflow, and the live objects it may call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from langchain_core.messages import AnyMessage
from langchain_core.tools import BaseTool

from roleagent.perception.pictures import MAX_SIDE
from roleagent.types import (
    Episode,
    GraphUpdate,
    Grounds,
    Omitted,
    Revision,
    ToolUse,
    Turn,
    Usage,
    Verdict,
)
from roleagent.workflow.meeting import Meeting
from roleagent.workflow.parts import LiveParts


class AgentState(TypedDict):
    """Plain values only: this is what a checkpoint holds. Every turn starts from `fresh_state`.

    Attributes:
        history: this conversation before the turn, oldest first.
        grounds: what the model is told for this turn.
        lore_state: what lasts of the lorebooks' texts, for `Episode.lore_state`.
        left_out: prompts of the persona that lorebooks ask to leave out.
        exchange: tool calls and their results within the turn, as the model sees them.
        calls: those of its last message that wait to be run; those that cannot be have a result already.
        omitted: what of all this did not fit into the last prompt.
        draft: all that the model wrote for the answer so far.
        released: the part of it that the user has been shown.
        seam: where in the draft the model's last text begins.
        stopped: the verdicts on a sentence that the draft was stopped at; empty if it was written to its end.
        refused: sentences that critics rejected in this turn, by their wording, with the verdicts.
        thinking: what the model thought aloud, all drafts together.
    """

    turn: Turn
    grounds: Grounds
    warnings: tuple[Verdict, ...]
    history: tuple[Episode, ...]
    lore_state: str
    left_out: tuple[str, ...]
    update: GraphUpdate
    exchange: list[AnyMessage]
    calls: tuple[ToolUse, ...]
    tool_uses: tuple[ToolUse, ...]
    omitted: Omitted | None
    draft: str
    released: str
    seam: int
    stopped: tuple[Verdict, ...]
    refused: dict[str, tuple[Verdict, ...]]
    thinking: str
    verdicts: tuple[Verdict, ...]
    revisions: tuple[Revision, ...]
    fell_back: bool
    usage: Usage
    timings_ms: dict[str, float]


def fresh_state(turn: Turn) -> AgentState:
    """The state a turn starts from: every key set, so that nothing of an earlier turn shows through."""
    return AgentState(
        turn=turn,
        grounds=Grounds(),
        warnings=(),
        history=(),
        lore_state="",
        left_out=(),
        update=GraphUpdate(),
        exchange=[],
        calls=(),
        tool_uses=(),
        omitted=None,
        draft="",
        released="",
        seam=0,
        stopped=(),
        refused={},
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
        drafts: how many the model may write; if the critics reject them all, the persona falls back on a
            line of its own.
        tool_rounds: times the model may call tools in a turn, rejected drafts included. After that no call is
            run: the model answers, or the persona falls back on its own line.
        tool_calls: calls of one message that are run; the model is told of the others.
        facts: facts in the prompt.
        episodes: recalled episodes in the prompt.
        recall_tokens: tokens that they may take together, by a rough count; one that is longer than all of
            them is passed over.
        summary_tokens: tokens that summaries of earlier talk may take in the prompt; 0 for none.
        history: last utterances of the conversation in the prompt.
        context_tokens: tokens that the language model holds, prompt and answer together; what does not fit is
            left out. Default: what the model itself says, and where it says nothing, what it refuses.
        lore_tokens: tokens that texts of lorebooks may take in the prompt, by a rough count.
        image_side: pixels of the longer side of a picture that the model looks at itself.
        perceive_s: seconds for each perceptor on each attachment.
        model_s: seconds for which the language model may neither read on nor write.
        tool_s: seconds for each tool call.
    """

    drafts: int = 3
    tool_rounds: int = 3
    tool_calls: int = 8
    facts: int = 5
    episodes: int = 4
    recall_tokens: int = 1_000
    summary_tokens: int = 250
    history: int = 12
    context_tokens: int | None = None
    lore_tokens: int = 400
    image_side: int = MAX_SIDE
    perceive_s: float = 60.0
    model_s: float = 180.0
    tool_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentContext:
    """The live objects of one run.

    Attributes:
        meeting: the persona and its graph as the listener may meet them.
        parts: what the agent is made of.
        tools: by name.
        own_tools: names of those that see only the graph and the memory of the turn: they can tell nothing
            that the listener may not learn.
        approve: names of the tools that may run only after somebody agreed.
    """

    meeting: Meeting
    parts: LiveParts
    tools: Mapping[str, BaseTool] = field(default_factory=dict)
    own_tools: frozenset[str] = frozenset()
    approve: frozenset[str] = frozenset()
    limits: Limits = Limits()
