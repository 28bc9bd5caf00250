"""What a turn asks the memory, and which results it uses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from roleagent.language.media_requests import read_request
from roleagent.language.tokens import estimated_tokens
from roleagent.memory.media_search import recall_media
from roleagent.protocols import Cue, SummarisingMemory
from roleagent.types import Episode, HandedBack, Summary, Turn
from roleagent.workflow.state import AgentContext

_LAST_UTTERANCES = 4  # that tell the memory what the talk is about


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedBack:
    """What recall found for a turn.

    Attributes:
        history: this conversation, oldest first.
        episodes: older episodes that matter to the turn, best first.
        summaries: summaries of earlier talk that fit the turn, best first.
        handed_back: files that the user asks to see or hear again.
    """

    history: tuple[Episode, ...]
    episodes: tuple[Episode, ...]
    summaries: tuple[Summary, ...] = ()
    handed_back: tuple[HandedBack, ...] = ()


def look_back(turn: Turn, query: str, context: AgentContext) -> LookedBack:
    """Ask the memory for everything that the turn needs.

    Args:
        turn: who asks, where and when.
        query: the words and observations of the turn.
        context: its graph is what this listener may know; recall spreads only over that.
    """
    memory, limits = context.parts.memory, context.limits
    history = memory.recent(turn.thread, turn.sight, limit=limits.history)
    last = tuple(episode.text_and_seen for episode in history[-_LAST_UTTERANCES:])
    cue = Cue(text=query, history=last, at=turn.at, graph=context.meeting.graph)
    in_sight = {episode.id: estimated_tokens(episode.text_and_seen) for episode in history}
    found = memory.recall(
        cue,
        turn.owner,
        turn.sight,
        limit=limits.episodes + len(in_sight),
        token_budget=limits.recall_tokens + sum(in_sight.values()),
    )
    older = [each for each in found if each.id not in in_sight]
    episodes = _within(older, limits.episodes, limits.recall_tokens)
    request = read_request(turn.text)
    return LookedBack(
        history=tuple(history),
        episodes=episodes,
        summaries=_summaries(turn, cue, {*in_sight, *(each.id for each in episodes)}, context),
        handed_back=tuple(recall_media(memory, turn.thread, turn.sight, request, cue)) if request else (),
    )


def _summaries(turn: Turn, cue: Cue, at_hand: Collection[str], context: AgentContext) -> tuple[Summary, ...]:
    """Summaries that fit the turn, if the memory keeps any; no language model is used."""
    memory, budget = context.parts.memory, context.limits.summary_tokens
    if not isinstance(memory, SummarisingMemory) or not budget:
        return ()
    return tuple(memory.summaries.find(turn.owner, turn.sight, cue, token_budget=budget, besides=at_hand))


def _within(episodes: Sequence[Episode], limit: int, num_tokens: int) -> tuple[Episode, ...]:
    """The first episodes that fit, without those that the model reads anyway."""
    kept: list[Episode] = []
    for episode in episodes:
        cost = estimated_tokens(episode.text_and_seen)
        if len(kept) < limit and cost <= num_tokens:
            kept.append(episode)
            num_tokens -= cost
    return tuple(kept)
