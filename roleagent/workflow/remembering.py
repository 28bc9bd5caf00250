"""What a turn leaves in memory: its two utterances, with the fields that recall uses."""

from __future__ import annotations

import re
from dataclasses import replace

from roleagent.concurrency.turn_order import run_writing
from roleagent.graph.schema import LITERAL
from roleagent.language.dates import MONTHS, WEEKDAYS
from roleagent.learning.rules import USER
from roleagent.types import (
    Episode,
    Fact,
    GraphUpdate,
    Turn,
    content_id,
)
from roleagent.workflow.state import AgentContext, AgentState, Partial, Run

_BASE = 0.1
_ASKED_FOR = 0.3  # "remember this"
_PER_FACT, _MOST_FACTS = 0.2, 0.4
_SHOWN = 0.2
_FELT = 0.2
_PER_NAME, _MOST_NAMES = 0.1, 0.2
_DATED = 0.1

_REMEMBER = re.compile(
    r"\b(?:remember (?:this|that|it|my|to)|(?:don't|do not|never) forget|keep (?:this |that |it )?in mind"
    r"|important)\b|记住|记得|别忘|不要忘|重要",
    re.IGNORECASE,
)
_FEELING = re.compile(
    r"\b(?:love[ds]?|hate[ds]?|afraid|scared|terrified|worr(?:y|ied)|happy|glad|delighted|proud|excited"
    r"|sad|sorry|cr(?:y|ied|ying)|grie(?:f|ve|ving)|lonely|angry|furious|ashamed|hurt|heartbroken"
    r"|miss(?:ed)? (?:him|her|them)|died|death|funeral|divorced?|pregnant|engaged|married|wedding|born"
    r"|ill|sick|cancer|hospital|accident|promoted|fired|graduated)\b"
    r"|爱|恨|害怕|担心|高兴|开心|幸福|难过|伤心|哭|孤独|生气|愤怒|骄傲|激动|后悔|去世|死了|葬礼|离婚|怀孕|订婚"
    r"|结婚|出生|生病|癌|住院|车祸|升职|失业|毕业",
    re.IGNORECASE,
)
_DATE_OR_NUMBER = re.compile(
    r"\d|[一二三四五六七八九十百千万两](?:年|月|日|号|岁|点|个|块|元)|明天|昨天|今晚|星期|周[一二三四五六日末]"
    rf"|\b(?:{'|'.join(month for month in MONTHS if month != 'May')}|{'|'.join(WEEKDAYS)}"
    r"|tomorrow|yesterday|tonight)\b",
    re.IGNORECASE,
)
_CAPITALISED = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")  # within a sentence: its first word says nothing


def importance(text: str, *, num_facts: int = 0, num_names: int = 0, num_attachments: int = 0) -> float:
    """How important an utterance is, 0–1, as a sum of simple signs.

    Args:
        text: what was said; English or Chinese.
        num_facts: number of facts learned from it.
        num_names: number of nodes in the persona graph that it names.
        num_attachments: number of pictures and recordings with it.

    >>> importance("Hello there.")
    0.1
    >>> importance("Remember this: my sister Ann died in 2019.", num_facts=1)
    1.0
    """
    num_names = max(num_names, len(set(_CAPITALISED.findall(text))))
    total = (
        _BASE
        + _ASKED_FOR * bool(_REMEMBER.search(text))
        + min(_PER_FACT * num_facts, _MOST_FACTS)
        + _SHOWN * bool(num_attachments)
        + _FELT * bool(_FEELING.search(text))
        + min(_PER_NAME * num_names, _MOST_NAMES)
        + _DATED * bool(_DATE_OR_NUMBER.search(text))
    )
    return round(min(total, 1.0), 2)


def episodes_of(state: AgentState, context: AgentContext) -> tuple[Episode, Episode]:
    """The two episodes of a turn: what the user said and showed, and the persona's answer.

    The words of a voice are already in the turn's text; the recording itself is not kept.
    """
    return _said_by_user(state, context), _said_by_persona(state, context)


def user_episode_id(turn: Turn) -> str:
    """Id of the episode that keeps what the user said in a turn."""
    return content_id(turn.id, "user")


def _said_by_user(state: AgentState, context: AgentContext) -> Episode:
    turn, update = state["turn"], state["update"]
    seen = tuple(
        each for each in state["grounds"].observations if each.kind != "failure" and not turn.is_said(each)
    )
    labels = {node.id: node.label for node in update.nodes}
    names = (fact.object for fact in update.added if fact.subject == USER and fact.relation == "is_called")
    user = next((labels[name] for name in names if name in labels), context.meeting.user)
    said = Episode(
        id=user_episode_id(turn),
        thread=turn.thread,
        sight=turn.sight,
        turn_id=turn.id,
        speaker="user",
        text=turn.text,
        at=turn.at,
        attachments=turn.attachments,
        speaker_name=user,
        observations=seen,
    )
    facts = (*update.added, *update.merged, *update.superseded)
    feels = context.parts.relationships
    mentions = _mentions(said.text_and_seen, context, update, facts=facts)
    return replace(
        said,
        tone=feels.tone_of(turn.text, turn.owner) if feels else None,
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
        thread=turn.thread,
        sight=turn.sight,
        turn_id=turn.id,
        speaker="persona",
        text=text,
        at=turn.at,
        speaker_name=context.meeting.persona.name,
        mentions=mentions,
        importance=importance(text, num_names=len(mentions)),
        lore_state=state["lore_state"],
    )


def _mentions(
    text: str, context: AgentContext, update: GraphUpdate, facts: tuple[Fact, ...] = ()
) -> tuple[str, ...]:
    """Nodes that a text names, in this listener's graph and in the update, then nodes of the facts.

    That graph has nothing that the listener may not learn, so no episode is linked to a secret.
    """
    graph = context.meeting.graph.with_learned(update.nodes, ()) if update.nodes else context.meeting.graph
    of_facts = (end for fact in facts for end in (fact.subject, fact.object))
    said_of = (end for end in of_facts if end in graph.nodes and graph.nodes[end].type != LITERAL)
    speakers = (USER, context.meeting.persona.node_id)
    named = dict.fromkeys(graph.mentioned_in(text))
    return tuple(named | dict.fromkeys(end for end in said_of if end not in speakers))


async def remember(state: AgentState, runtime: Run) -> Partial:
    """Commit the turn: both utterances and what was learned, together. The only node that writes."""
    context, owner = runtime.context, state["turn"].owner
    await run_writing(
        lambda: context.parts.memory.remember(episodes_of(state, context), state["update"], owner)
    )
    return {}
