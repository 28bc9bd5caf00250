"""What a reply rests on."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from roleagent.types.episodes import Episode, HandedBack, Summary
from roleagent.types.facts import Fact
from roleagent.types.turn import Observation


def _kind(title: str, noun: str) -> Any:  # Any: a field of whatever type stands before it
    """A kind of ground: its heading in an explanation, and what several of it are called."""
    return field(default=(), metadata={"title": title, "noun": noun})


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a reply rests on: what the model was told for this turn besides the persona and the conversation.

    A kind that is added here shows up in explanations by itself; `workflow.prompt` says how the model is told
    of it, and a node of the workflow fills it in.

    Attributes:
        learned: what is known about the user.
        lore: texts of lorebooks that the talk has come to.
        facts: what the persona knows that matters now, best first.
        summaries: of earlier talk; derived, and no evidence.
        episodes: what was said before that bears on the turn, best first.
        handed_back: pictures and recordings of earlier talk that go with the reply.
        observations: what was seen and heard in what the user showed.
    """

    learned: tuple[Fact, ...] = _kind("About the user", "facts about the user")
    lore: tuple[str, ...] = _kind("Lore", "texts of lorebooks")
    facts: tuple[Fact, ...] = _kind("Facts in mind", "facts")
    summaries: tuple[Summary, ...] = _kind(
        "Notes on earlier talk (derived, no evidence)", "notes on earlier talk"
    )
    episodes: tuple[Episode, ...] = _kind("Remembered", "episodes")
    handed_back: tuple[HandedBack, ...] = _kind("Handed back", "files handed back")
    observations: tuple[Observation, ...] = _kind("Seen and heard", "observations")

    def without(self, other: Grounds) -> Grounds:
        """What of this is not in another."""
        return Grounds(
            **{
                each.name: tuple(
                    item for item in getattr(self, each.name) if item not in getattr(other, each.name)
                )
                for each in fields(self)
            }
        )


NO_GROUNDS = Grounds()
