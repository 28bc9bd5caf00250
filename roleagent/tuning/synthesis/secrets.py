"""Secrets by listener: a stranger is declined, and who may know is told.

What a model has learned, it tells everybody, so no secret is ever in the data. A stranger's prompt is cut as
in a conversation; and where somebody who may know is told, prompt and reply hold an invented secret in place
of the true one. What is learned is to tell what stands in the prompt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from roleagent.graph.graph import PersonaGraph
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.prompts import Staged
from roleagent.tuning.synthesis.questions import wordings_of
from roleagent.tuning.synthesis.stage import Stage
from roleagent.tuning.synthesis.values import swapped
from roleagent.types import PUBLIC, UNKNOWN, Fact

_INVENTED = "invented"
_TOLD = 0.5  # share of the dialogues with somebody who may know


def secret_dialogues(stage: Stage) -> Iterator[Dialogue]:
    """Asked for what not everybody may know. Where the prompt holds no facts, nobody is told."""
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
        invented = _invented(asking, fact)
        if invented is not None and (made := _confided(stage, said, invented, listener)):
            return made
    return _declined(stage, asking, said, fact)


def _confided(stage: Stage, said: str, invented: tuple[PersonaGraph, Fact], listener: str) -> Dialogue | None:
    """Somebody who may know is told an invented secret, which stands in their prompt."""
    graph, fact = invented
    friend = replace(stage, whole=replace(stage.whole, graph=graph)).seen_by(listener)
    return friend.about(said, friend.tell(fact), [fact], kind="secret")


def _invented(asking: Stage, fact: Fact) -> tuple[PersonaGraph, Fact] | None:
    """What all may know with a secret of a wrong value, and that fact; None if no value fits its sentence."""
    graph = asking.graph
    for value in asking.wrong(fact):
        text = swapped(fact.text, fact, value, graph, asking.language)
        if text:
            told = replace(fact, object=_INVENTED, text=text)
            facts = [*(each for each in graph.facts.values() if PUBLIC in each.visibility), told]
            ends = {end for each in facts for end in (each.subject, each.object)}
            ends |= {asking.persona.node_id, *(who for who in fact.visibility if who in graph.nodes)}
            node = replace(graph.nodes[fact.object], id=_INVENTED, label=value, aliases=())
            nodes = [each for each in graph.nodes.values() if each.id in ends]
            return PersonaGraph(nodes=[*nodes, node], facts=facts, relations=dict(graph.relations)), told
    return None


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
