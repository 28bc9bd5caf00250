"""The values that pass through a turn: frozen, plain, and safe to put in a checkpoint."""

from roleagent.types.episodes import (
    Episode,
    HandedBack,
    Speaker,
    Summary,
    SummaryLevel,
    words_without_seen,
)
from roleagent.types.events import (
    ApprovalRequired,
    Done,
    Event,
    Observed,
    Reading,
    Recalled,
    Revised,
    TextDelta,
    ToolUsed,
)
from roleagent.types.facts import (
    PUBLIC,
    UNKNOWN,
    USER_PREFIX,
    Cardinality,
    Fact,
    GraphUpdate,
    HeldBack,
    Layer,
    Node,
    Relation,
)
from roleagent.types.grounds import NO_GROUNDS, Doubt, Grounds
from roleagent.types.identity import STRANGER, Owner, Sight, Thread, content_id
from roleagent.types.prompt import Prompt, PromptBlock
from roleagent.types.receipt import (
    EVERYTHING,
    ForgetReceipt,
    Selection,
)
from roleagent.types.replies import (
    Omitted,
    Reply,
    Revision,
    ToolUse,
    Usage,
    Verdict,
)
from roleagent.types.turn import (
    Attachment,
    Observation,
    Turn,
)

__all__ = [
    "NO_GROUNDS",
    "Grounds",
    "ApprovalRequired",
    "Attachment",
    "Cardinality",
    "Done",
    "Doubt",
    "EVERYTHING",
    "Episode",
    "Event",
    "Fact",
    "ForgetReceipt",
    "GraphUpdate",
    "HandedBack",
    "HeldBack",
    "Layer",
    "Node",
    "Observation",
    "Observed",
    "Omitted",
    "PUBLIC",
    "Prompt",
    "PromptBlock",
    "Reading",
    "Recalled",
    "Relation",
    "Reply",
    "Revised",
    "Revision",
    "STRANGER",
    "Owner",
    "Sight",
    "Thread",
    "Selection",
    "Speaker",
    "Summary",
    "SummaryLevel",
    "TextDelta",
    "ToolUse",
    "ToolUsed",
    "Turn",
    "UNKNOWN",
    "USER_PREFIX",
    "Usage",
    "Verdict",
    "content_id",
    "words_without_seen",
]
