"""What a reply rests on."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from roleagent.types.episodes import Episode, HandedBack, Summary
from roleagent.types.facts import Fact
from roleagent.types.relationship import Feeling
from roleagent.types.turn import Observation


def _kind(title: str, noun: str) -> Any:  # Any: a field of whatever type stands before it
    """A kind of ground: its heading in an explanation, and its name in the plural."""
    return field(default=(), metadata={"title": title, "noun": noun})


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Something that the user takes for granted and that nothing the character knows bears out.

    Attributes:
        quote: the user's words.
        note: what the character knows instead, said to the character.
        answer: the same as the character may say it.
        evidence: ids of the facts that say otherwise.
        kind: ``word`` (beyond the horizon), ``no_kin``, ``no_named_kin``, ``other`` (a fact says otherwise),
            ``still`` (said to be over), ``dead`` (said to be alive), ``value``, ``name``, or ``unknown`` (an
            event that nothing tells of).
    """

    quote: str
    note: str
    answer: str = ""
    evidence: tuple[str, ...] = ()
    kind: str = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a reply rests on: what the model was told for this turn besides the persona and the conversation.

    A new field here appears in explanations automatically. To use it, fill it in a node of the workflow and
    say in `workflow.prompt` how the model is told.

    Attributes:
        learned: what is known about the user.
        lore: lorebook texts that the conversation triggered.
        facts: what the persona knows that matters now, best first.
        summaries: of earlier conversations; derived, so no evidence.
        episodes: earlier utterances that matter to the turn, best first.
        handed_back: pictures and recordings from earlier turns that the reply shows again.
        surroundings: how things stand around the character, as the application tells.
        observations: what was perceived in the user's pictures and recordings.
        doubts: what the user takes for granted and nothing bears out.
        feelings: how the persona feels about the user after what they say now; one item, or none if the
            agent keeps no relationships. The model is told only a mood.
    """

    learned: tuple[Fact, ...] = _kind("About the user", "facts about the user")
    lore: tuple[str, ...] = _kind("Lore", "texts of lorebooks")
    facts: tuple[Fact, ...] = _kind("Facts in mind", "facts")
    summaries: tuple[Summary, ...] = _kind(
        "Notes on earlier talk (derived, no evidence)", "notes on earlier talk"
    )
    episodes: tuple[Episode, ...] = _kind("Remembered", "episodes")
    handed_back: tuple[HandedBack, ...] = _kind("Handed back", "files handed back")
    surroundings: tuple[str, ...] = _kind("Around the character", "notes on the surroundings")
    observations: tuple[Observation, ...] = _kind("Seen and heard", "observations")
    doubts: tuple[Doubt, ...] = _kind("Taken for granted, and not so", "doubts")
    feelings: tuple[Feeling, ...] = _kind("How it feels about the user", "feelings")

    def without(self, other: Grounds) -> Grounds:
        """The grounds that are not in another value."""
        return Grounds(
            **{
                each.name: tuple(
                    item for item in getattr(self, each.name) if item not in getattr(other, each.name)
                )
                for each in fields(self)
            }
        )


NO_GROUNDS = Grounds()
