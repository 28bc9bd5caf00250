"""What a turn asks the memory, and which results it uses."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from roleagent.concurrency.blocking import run_blocking
from roleagent.errors import ToolError
from roleagent.language.media_requests import read_request
from roleagent.language.tokens import estimated_tokens
from roleagent.language.unicode import repaired
from roleagent.memory.media_search import recall_media
from roleagent.protocols import Cue, SummarisingMemory
from roleagent.types import (
    Episode,
    HandedBack,
    Summary,
    Turn,
)
from roleagent.workflow.judging import screened, texts_perceived
from roleagent.workflow.lore import Lore, consult
from roleagent.workflow.state import AgentContext, AgentState, Partial, Run, with_more

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


async def recall(state: AgentState, runtime: Run) -> Partial:
    """Find the conversation so far, and older episodes that matter to the turn."""
    found = await run_blocking(partial(look_back, state["turn"], query_of(state), runtime.context))
    lore = await _consult_lore(state, runtime.context, found.history)
    inputs = (*_shown_before(found), *zip(lore.sources, lore.texts, strict=True))
    return {
        "history": found.history,
        "grounds": replace(
            state["grounds"],
            episodes=found.episodes,
            summaries=found.summaries,
            handed_back=found.handed_back,
            lore=lore.texts,
            surroundings=await _surroundings(state, runtime.context),
        ),
        "warnings": with_more(state["warnings"], await screened(inputs, runtime.context)),
        "lore_state": lore.state,
        "left_out": lore.left_out,
    }


def _shown_before(found: LookedBack) -> Iterator[tuple[str, str]]:
    """Material from earlier turns that returns in this one; it must be screened again."""
    for episode in (*found.history, *found.episodes):
        yield from texts_perceived(episode.observations, episode.attachments)
    for handed in found.handed_back:
        yield from texts_perceived(handed.seen, [handed.attachment])


async def _consult_lore(state: AgentState, context: AgentContext, history: Sequence[Episode]) -> Lore:
    if not context.meeting.persona.lorebooks:
        return Lore()
    return await run_blocking(
        lambda: consult(
            context.meeting.persona,
            history,
            query_of(state),
            user=context.meeting.user,
            seed=state["turn"].id,
            max_tokens=context.limits.lore_tokens,
            now=state["turn"].at,
        )
    )


async def _surroundings(state: AgentState, context: AgentContext) -> tuple[str, ...]:
    """How things stand around the character, as far as the listener may know and the budget allows."""
    graph, limits = context.meeting.graph, context.limits
    kept: list[str] = []
    room = limits.surroundings_tokens
    for world in context.parts.world:
        try:
            told = await run_blocking(partial(world.describe, graph, state["turn"]), timeout_s=limits.tool_s)
        except TimeoutError as error:
            raise ToolError(f"The world {world.name!r} took longer than {limits.tool_s:g} s.") from error
        except Exception as error:  # a plug-in
            raise ToolError(f"The world {world.name!r} failed: {error!r}.") from error
        if isinstance(told, str) or not all(isinstance(line, str) for line in told or ()):
            raise ToolError(f"The world {world.name!r} gave {told!r}: give a list of texts.")
        for line in told or ():
            cleaned = context.meeting.view.clean(repaired(line)).strip()
            room -= estimated_tokens(cleaned)
            if room < 0:
                return tuple(kept)
            if cleaned:
                kept.append(cleaned)
    return tuple(kept)


def query_of(state: AgentState) -> str:
    """What the turn is about: what was said, and what was perceived in what was shown."""
    return "\n".join(part for part in (state["turn"].text, shown_in(state)) if part)


def shown_in(state: AgentState) -> str:
    """What was perceived in the user's pictures and recordings, as one text."""
    turn = state["turn"]
    seen = (each for each in state["grounds"].observations if each.kind not in ("failure", "nsfw"))
    return "\n".join(each.text for each in seen if not turn.is_said(each))
