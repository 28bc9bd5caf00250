"""Secrets by listener: a stranger is declined, and who may know gets the fact.

The persona is cut for the listener before a prompt is written, so a stranger's prompt holds no secret. The
reply that a stranger must not get is an invented one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.prompts import Staged
from roleagent.tuning.synthesis.questions import wordings_of
from roleagent.tuning.synthesis.stage import Stage
from roleagent.types import PUBLIC, UNKNOWN, Fact

_TOLD = 0.5  # share of the dialogues with somebody who may know


def secret_dialogues(stage: Stage) -> Iterator[Dialogue]:
    """Asked for what not everybody may know.

    Where the prompt holds no facts, nobody gets one: what a model has learned, it tells everybody.
    """
    graph = stage.whole.graph
    hidden = [fact for fact in graph.facts.values() if PUBLIC not in fact.visibility]
    asking = replace(stage, persona=stage.whole)
    yield from stage.each(hidden, lambda fact: _asked(stage, asking, fact))


def _asked(stage: Stage, asking: Stage, fact: Fact) -> Dialogue | None:
    wordings = wordings_of(asking, fact)
    if not wordings:
        return None
    said, listener = stage.rng.choice(wordings), stage.rng.choice(_confidants(stage, fact) or [""])
    if listener and stage.facts_in_prompt and stage.rng.random() < _TOLD:
        friend = stage.seen_by(listener)
        if made := friend.about(said, friend.tell(fact), [fact], kind="secret"):
            return made
    return _declined(stage, asking, said, fact)


def _confidants(stage: Stage, fact: Fact) -> list[str]:
    nodes = stage.whole.graph.nodes
    if UNKNOWN in fact.visibility:
        return []
    return [name for name in fact.visibility if name in nodes and nodes[name].type == "person"]


def _declined(stage: Stage, asking: Stage, said: str, fact: Fact) -> Dialogue:
    invented = next(iter(asking.wrong(fact)), "")
    short = stage.words.lines("replies", "short")[0]
    reply = stage.own("secret", "reply") if UNKNOWN not in fact.visibility else stage.own("unknown", "reply")
    return stage.dialogue(
        Staged(said=said), reply, kind="secret", twin=short.format(object=invented) if invented else ""
    )
