"""The nodes `recall` and `update_persona`: what comes to mind in a turn, and what it teaches.

Both gather the grounds of the reply: `recall` what the character knows, remembers and sees around it,
`update_persona` what it knows of the user, and doubts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from roleagent.concurrency.blocking import run_blocking
from roleagent.critics.premises import doubts_about
from roleagent.errors import RoleAgentError, ToolError
from roleagent.graph.graph import PersonaGraph
from roleagent.language.media_requests import read_request
from roleagent.language.tokens import STOP_WORDS, estimated_tokens, terms
from roleagent.language.unicode import repaired
from roleagent.memory.media_search import recall_media
from roleagent.persona.view import as_confided
from roleagent.protocols import Cue, SummarisingMemory
from roleagent.types import (
    Episode,
    Fact,
    Feeling,
    HandedBack,
    Recalled,
    Summary,
    Turn,
)
from roleagent.workflow.judging import scene_of, screened, texts_perceived
from roleagent.workflow.lore import Lore, consult
from roleagent.workflow.remembering import user_episode_id
from roleagent.workflow.state import AgentContext, AgentState, Partial, Run, emit, with_more
from roleagent.workflow.steady_start import last_of

_LAST_UTTERANCES = 4  # that tell the memory and the ranker what the talk is about
_LEAST_WORDS = 4  # that say something, in an answer of the character worth recalling: not "Quite so."
_OWN_AFFAIRS = re.compile(r"\b(?:I|(?i:me|my|mine|myself))\b|[我俺咱]")
_ADDRESSED = re.compile(r"\byou(?:r|rs|rself)?\b|[你您]", re.IGNORECASE)
_SOMEBODY_ELSE = re.compile(
    r"\b(?:he|him|his|she|her|hers|they|them|theirs?|the one|that (?:person|place|man|woman|one))\b"
    r"|[他她它]|那(?:里|儿|个)",
    re.IGNORECASE,
)
_IN_PASSING = re.compile(r"\bI (?:see|mean|wonder|suppose|understand)\b")
_TRUST_IN_SPEECH = 0.78  # times the confidence of what was typed


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedBack:
    """What recall found for a turn.

    Attributes:
        episodes: older episodes that matter to the turn, best first.
        summaries: summaries of earlier talk that fit the turn, best first.
        handed_back: files that the user asks to see or hear again.
        feelings: how the persona feels about the user after what they say; empty if it feels nothing.
    """

    episodes: tuple[Episode, ...]
    summaries: tuple[Summary, ...] = ()
    handed_back: tuple[HandedBack, ...] = ()
    feelings: tuple[Feeling, ...] = ()


def look_back(
    turn: Turn,
    query: str,
    history: Sequence[Episode],
    in_mind: tuple[Fact, ...],
    context: AgentContext,
) -> LookedBack:
    """Ask the memory for everything that the turn needs.

    Args:
        turn: who asks, where and when.
        query: the words and observations of the turn.
        history: this conversation, oldest first.
        in_mind: facts that matter to the turn.
        context: its graph is what this listener may know; recall spreads only over that.
    """
    memory, limits = context.parts.memory, context.limits
    last = tuple(episode.text_and_seen for episode in history[-_LAST_UTTERANCES:])
    cue = Cue(text=query, history=last, at=turn.at, graph=context.meeting.graph, in_mind=in_mind)
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
    feels = context.parts.relationships
    return LookedBack(
        episodes=episodes,
        summaries=_summaries(turn, cue, {*in_sight, *(each.id for each in episodes)}, context),
        handed_back=tuple(recall_media(memory, turn.thread, turn.sight, request, cue)) if request else (),
        feelings=feels.feelings(turn.owner, hearing=turn.text) if feels else (),
    )


def _summaries(turn: Turn, cue: Cue, at_hand: Collection[str], context: AgentContext) -> tuple[Summary, ...]:
    """Summaries that fit the turn, if the memory keeps any; no language model is used."""
    memory, budget = context.parts.memory, context.limits.summary_tokens
    if not isinstance(memory, SummarisingMemory) or not budget:
        return ()
    return tuple(memory.summaries.find(turn.owner, turn.sight, cue, token_budget=budget, besides=at_hand))


def _within(episodes: Sequence[Episode], limit: int, num_tokens: int) -> tuple[Episode, ...]:
    """The best episodes that fit into a number of tokens, without any that is too long or says nothing."""
    kept: list[Episode] = []
    for episode in episodes:
        cost = estimated_tokens(episode.text_and_seen)
        if episode.speaker == "persona" and len(set(terms(episode.text)) - STOP_WORDS) < _LEAST_WORDS:
            continue
        if len(kept) < limit and cost <= num_tokens:
            kept.append(episode)
            num_tokens -= cost
    return tuple(kept)


async def recall(state: AgentState, runtime: Run) -> Partial:
    """Find the conversation so far, and the facts and older episodes that matter to the turn."""
    turn, context = state["turn"], runtime.context
    least = context.limits.history
    said = await run_blocking(lambda: context.parts.memory.recent(turn.thread, turn.sight, limit=2 * least))
    history = last_of(said, least)
    facts = await run_blocking(partial(facts_in_mind, turn, shown_in(state), history, context))
    found = await run_blocking(partial(look_back, turn, query_of(state), history, facts, context))
    lore = await _consult_lore(state, context, history)
    # material of earlier turns that returns in this one is screened again
    told = ((each.observations, each.attachments) for each in (*history, *found.episodes))
    handed = ((each.seen, [each.attachment]) for each in found.handed_back)
    before = (pair for seen, media in (*told, *handed) for pair in texts_perceived(seen, media))
    inputs = (*before, *zip(lore.sources, lore.texts, strict=True))
    return {
        "history": history,
        "grounds": replace(
            state["grounds"],
            facts=facts,
            episodes=found.episodes,
            summaries=found.summaries,
            handed_back=found.handed_back,
            feelings=found.feelings,
            lore=lore.texts,
            surroundings=await _surroundings(state, context),
        ),
        "warnings": with_more(state["warnings"], await screened(inputs, context)),
        "lore_state": lore.state,
        "left_out": lore.left_out,
    }


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
    """What the worlds tell of the character's surroundings, without secrets, as much as the budget allows."""
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


async def update_persona(state: AgentState, runtime: Run) -> Partial:
    """Propose what the turn teaches, and doubt what nothing bears out; learned facts are always told."""
    context, turn = runtime.context, state["turn"]
    graph, evidence = context.meeting.graph, (user_episode_id(turn),)
    update = await run_blocking(lambda: context.parts.updater.propose(graph, turn.text, turn.at, evidence))
    if turn.voice is not None:  # speech may be misheard: less confidence, and it confirms no known fact
        update = replace(
            update,
            added=tuple(
                replace(fact, confidence=fact.confidence * _TRUST_IN_SPEECH) for fact in update.added
            ),
            merged=tuple(
                replace(fact, confidence=graph.facts.get(fact.id, fact).confidence) for fact in update.merged
            ),
        )
    learned = (fact for fact in graph.facts.values() if fact.layer == "learned" and fact.valid_to is None)
    grounds = replace(state["grounds"], learned=tuple(learned))
    emit(runtime, Recalled(episodes=grounds.episodes, facts=grounds.facts))
    scene = scene_of({**state, "grounds": grounds}, context)
    history = state["history"]
    doubts = await run_blocking(lambda: doubts_about(turn.text, scene, history=history))
    return {"update": as_confided(update), "grounds": replace(grounds, doubts=doubts)}


def speaks_of_itself(said: str) -> bool:
    """Whether somebody speaks of themselves alone.

    >>> speaks_of_itself("What is my dog called?"), speaks_of_itself("I see. Where does she live?")
    (True, False)
    """
    is_own = _OWN_AFFAIRS.search(_IN_PASSING.sub("", said))
    return bool(is_own) and not (_ADDRESSED.search(said) or _SOMEBODY_ELSE.search(said))


def _ranked(context: AgentContext, canon: PersonaGraph, said: str, before: Sequence[str]) -> Sequence[Fact]:
    """What the ranker finds.

    Raises:
        ToolError: it fails, or gives something else than facts with scores from 0 to 1.
    """
    ranker = context.parts.ranker
    character = context.meeting.persona.node_id
    try:
        found = ranker.rank(canon, said, limit=context.limits.facts, before=before, character=character)
    except RoleAgentError:
        raise
    except Exception as error:  # a plug-in
        raise ToolError(f"The ranker {type(ranker).__name__} failed: {error!r}.") from error
    are_facts = isinstance(found, Sequence) and all(isinstance(each, Fact) for each in found)
    if not are_facts or not all(0 <= (each.score or 0.0) <= 1 for each in found):
        raise ToolError(
            f"The ranker {type(ranker).__name__} gave {found!r}: give facts with scores from 0 to 1."
        )
    return found


def facts_in_mind(
    turn: Turn, shown: str, history: Sequence[Episode], context: AgentContext
) -> tuple[Fact, ...]:
    """Facts that matter to what was said, then those that matter to what was shown.

    None of the character's come to mind if the user speaks of their own affairs alone ("What is my dog
    called?"): beside what the user told, they would only be mistaken for it. "I want to send Ann a letter" is
    about somebody whom the character knows, and so may be "I want to write to her". The ranker is also told
    what both sides said before.

    Args:
        turn: what was said.
        shown: what was perceived in pictures and recordings, as text.
        history: this conversation, oldest first.
        context: its persona is cut to what this listener may know.
    """
    said, canon = turn.text, context.meeting.persona.graph
    if speaks_of_itself(said) and not canon.mentioned_in(said):
        return ()
    limit, found = context.limits.facts, dict[str, Fact]()
    now = context.meeting.graph.facts
    before = tuple(episode.text for episode in history[-_LAST_UTTERANCES:])
    for part in filter(str.strip, (said, shown)):
        for fact in _ranked(context, canon, part, before):
            known = now.get(fact.id, fact)  # talk with this user may have changed it
            if (known.object, known.valid_to) == (fact.object, fact.valid_to):
                found.setdefault(fact.id, fact)
    return tuple(sorted(found.values(), key=lambda fact: -(fact.score or 0)))[:limit]
