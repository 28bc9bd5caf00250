"""A built-in tool: find a picture or recording that this user showed before, and give it back."""

from __future__ import annotations

from typing import Literal

from langchain_core.tools import BaseTool, StructuredTool

from roleagent.media_recall import recall_media as find_media
from roleagent.media_recall import request_of
from roleagent.media_recall.request import ANY_KIND
from roleagent.persona.graph import PersonaGraph
from roleagent.prompt import in_one_line
from roleagent.protocols import Cue, EpisodicMemory
from roleagent.tools.builtin import MAX_QUERY_CHARS
from roleagent.types import HandedBack, Scope

Kind = Literal["picture", "recording", "any"]
_KINDS: dict[Kind, tuple[str, ...]] = {"picture": ("image/",), "recording": ("audio/",), "any": ANY_KIND}


def recall_media(*, graph: PersonaGraph, memory: EpisodicMemory, scope: Scope) -> BaseTool:
    """A tool whose text says what was found, and whose artifact is what goes with the reply."""

    def recall(about: str, kind: Kind = "any") -> tuple[str, tuple[HandedBack, ...]]:
        request = request_of(about[:MAX_QUERY_CHARS], _KINDS[kind])
        found = tuple(find_media(memory, scope, request, Cue(text=about, graph=graph)))
        lines = [_line(each) for each in found]
        return "\n".join(lines) or "They have shown you nothing of the kind.", found

    return StructuredTool.from_function(
        recall,
        name="recall_media",
        description=(
            "Find a picture or recording that this person once showed you, and hand it back with your answer."
            " `about`: what is to be seen or heard in it. `kind`: picture, recording or any."
        ),
        response_format="content_and_artifact",
    )


def _line(handed: HandedBack) -> str:
    seen = "; ".join(f"{each.kind}: {in_one_line(each.text)}" for each in handed.seen)
    found = handed.found_by
    second = f", from second {found.span_s[0]:.0f}" if found and found.span_s else ""
    return (
        f"You hand back {handed.attachment.name}, shown on {handed.shown_at:%Y-%m-%d}{second}. {seen}".strip()
    )
