"""What of a turn is remembered: its two utterances, with all that recall may later find them by."""

from __future__ import annotations

from dataclasses import replace

from roleagent.persona.schema import LITERAL
from roleagent.persona.updates import USER
from roleagent.types import Episode, Fact, GraphUpdate, content_id
from roleagent.workflow.importance import importance
from roleagent.workflow.state import AgentContext, AgentState


def episodes_of(state: AgentState, context: AgentContext) -> tuple[Episode, Episode]:
    """What the user said and showed, and what the persona answered.

    The words of a voice are in the turn's text by now; the recording itself is not kept.
    """
    return _said_by_user(state, context), _said_by_persona(state, context)


def _said_by_user(state: AgentState, context: AgentContext) -> Episode:
    turn, update = state["turn"], state["update"]
    seen = tuple(each for each in state["observations"] if each.kind != "failure" and not turn.is_said(each))
    said = Episode(
        id=content_id(turn.id, "user"),
        scope=turn.scope,
        turn_id=turn.id,
        speaker="user",
        text=turn.text,
        at=turn.at,
        attachments=turn.attachments,
        speaker_name=_name_of_user(context, update),
        observations=seen,
    )
    facts = (*update.added, *update.merged, *update.superseded)
    mentions = _mentions(said.text_and_seen, context, update, facts=facts)
    return replace(
        said,
        mentions=mentions,
        importance=importance(
            turn.text,
            num_facts=len(update.added) + len(update.superseded),
            num_names=len(mentions),
            num_attachments=len(turn.attachments),
        ),
    )


def _said_by_persona(state: AgentState, context: AgentContext) -> Episode:
    turn, text = state["turn"], state["draft"]
    mentions = _mentions(text, context, state["update"])
    return Episode(
        id=content_id(turn.id, "persona"),
        scope=turn.scope,
        turn_id=turn.id,
        speaker="persona",
        text=text,
        at=turn.at,
        speaker_name=context.persona.name,
        mentions=mentions,
        importance=importance(text, num_names=len(mentions)),
        lore_state=state["lore_state"],
    )


def _mentions(
    text: str, context: AgentContext, update: GraphUpdate, facts: tuple[Fact, ...] = ()
) -> tuple[str, ...]:
    """Nodes that a text names, of the graph as this listener meets it and of the update, then those of facts.

    What the listener may not learn is no part of that graph, so nothing is ever linked to it.
    """
    graph = context.graph.with_learned(update.nodes, ()) if update.nodes else context.graph
    of_facts = (end for fact in facts for end in (fact.subject, fact.object))
    said_of = (end for end in of_facts if end in graph.nodes and graph.nodes[end].type != LITERAL)
    speakers = (USER, context.persona.node_id)
    named = dict.fromkeys(graph.mentioned_in(text))
    return tuple(named | dict.fromkeys(end for end in said_of if end not in speakers))


def _name_of_user(context: AgentContext, update: GraphUpdate) -> str:
    """As the user has just said it, or as it was known."""
    labels = {node.id: node.label for node in update.nodes}
    told = (fact.object for fact in update.added if fact.subject == USER and fact.relation == "is_called")
    return next((labels[name] for name in told if name in labels), context.user)
