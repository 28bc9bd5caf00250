"""The node `update_persona`: what the turn teaches, and which facts matter now."""

from __future__ import annotations

from dataclasses import replace

from roleagent.concurrency.blocking import run_blocking
from roleagent.graph.graph import PersonaGraph
from roleagent.persona.view import as_confided
from roleagent.types import (
    Fact,
    GraphUpdate,
    Recalled,
)
from roleagent.workflow.recalling import shown_in
from roleagent.workflow.remembering import user_episode_id
from roleagent.workflow.state import AgentContext, AgentState, Partial, Run, emit

_TRUST_IN_SPEECH = 0.78  # times the confidence of what was typed


async def update_persona(state: AgentState, runtime: Run) -> Partial:
    """Propose what the turn teaches, and pick the canon facts that matter; learned facts are always told."""
    context, turn = runtime.context, state["turn"]
    evidence = (user_episode_id(turn),)
    update = await run_blocking(
        lambda: context.parts.updater.propose(context.meeting.graph, turn.text, turn.at, evidence)
    )
    if turn.voice is not None:
        update = _as_heard(update, context.meeting.graph)
    facts = await run_blocking(lambda: _facts_in_mind(state, context))
    grounds = replace(state["grounds"], facts=facts, learned=_known_of_user(context.meeting.graph))
    emit(runtime, Recalled(episodes=grounds.episodes, facts=facts))
    return {"update": as_confided(update), "grounds": grounds}


def _as_heard(update: GraphUpdate, graph: PersonaGraph) -> GraphUpdate:
    """An update from speech, which may be misheard: less confident, and no confirmation of known facts."""
    added = (replace(fact, confidence=fact.confidence * _TRUST_IN_SPEECH) for fact in update.added)
    merged = (replace(fact, confidence=graph.facts.get(fact.id, fact).confidence) for fact in update.merged)
    return replace(update, added=tuple(added), merged=tuple(merged))


def _facts_in_mind(state: AgentState, context: AgentContext) -> tuple[Fact, ...]:
    """Facts that matter to what was said, then those that matter to what was shown."""
    limit, found = context.limits.facts, dict[str, Fact]()
    for part in (state["turn"].text, shown_in(state)):
        if part.strip():
            ranked = context.parts.ranker.rank(context.meeting.persona.graph, part, limit=limit)
            found = {fact.id: fact for fact in ranked if _still_holds(fact, context.meeting.graph)} | found
    return tuple(sorted(found.values(), key=lambda fact: -(fact.score or 0)))[:limit]


def _known_of_user(graph: PersonaGraph) -> tuple[Fact, ...]:
    """The facts about the user that hold now."""
    return tuple(fact for fact in graph.facts.values() if fact.layer == "learned" and fact.valid_to is None)


def _still_holds(fact: Fact, graph: PersonaGraph) -> bool:
    """Whether no conversation with this user changed a fact; only the layer `current` can change."""
    known = graph.facts.get(fact.id)
    return known is None or (known.object == fact.object and known.valid_to == fact.valid_to)
