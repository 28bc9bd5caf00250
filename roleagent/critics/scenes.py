"""A critic's scene as plain JSON values, and back: what is needed to judge the same draft again.

The persona is written as this listener met it, so nothing that was withheld from them gets into a log. What
no critic reads is left out: lorebooks, pictures, credits, other languages, other programs' data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roleagent.errors import InputError
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.overlay import Learned
from roleagent.persona.persona import Persona
from roleagent.protocols import Scene
from roleagent.types import Episode, Fact, Grounds, Node, Relation, Turn, Verdict
from roleagent.types.plain import Plain, from_plain, to_plain

_NOT_READ = ("lorebooks", "assets", "credits", "renderings", "extensions", "source")


def persona_to_plain(persona: Persona) -> Plain:
    """A persona with its graph."""
    return {
        **to_plain(persona, without=("graph", *_NOT_READ)),
        "graph": _graph_to_plain(persona.graph),
    }


def persona_from_plain(plain: Plain, *, where: str = "persona") -> Persona:
    """The persona that `persona_to_plain` wrote.

    Raises:
        InputError: the plain values do not fit.
    """
    held = _object(plain, where)
    graph = _graph_from_plain(held.pop("graph", None), f"{where}.graph")
    return from_plain(Persona, held, where=where, graph=graph)


def scene_to_plain(scene: Scene) -> Plain:
    """A scene without its persona, which many scenes share."""
    base = scene.persona.graph
    if scene.graph.base is base and base.base is base:
        graph = {"learned": _learned_to_plain(scene.graph.learned, scene.graph.history)}
    else:
        graph = {"graph": _graph_to_plain(scene.graph)}
    return {
        **graph,
        "turn": to_plain(scene.turn),
        "grounds": to_plain(scene.grounds),
        "warnings": to_plain(scene.warnings),
        "history": to_plain(scene.history),
        "looked_up": to_plain(scene.looked_up),
        "prompt": scene.prompt,
        "consistency": scene.consistency,
    }


def scene_from_plain(plain: Plain, persona: Persona, *, where: str = "scene") -> Scene:
    """The scene that `scene_to_plain` wrote, with its persona.

    Raises:
        InputError: the plain values do not fit.
    """
    held = _object(plain, where)
    if "graph" in held:
        graph = _graph_from_plain(held["graph"], f"{where}.graph")
    else:
        graph = _with_learned(persona.graph, held.get("learned"), f"{where}.learned")
    return Scene(
        persona=persona,
        graph=graph,
        turn=from_plain(Turn, held.get("turn"), where=f"{where}.turn"),
        grounds=from_plain(Grounds, held.get("grounds"), where=f"{where}.grounds"),
        warnings=_each(Verdict, held.get("warnings"), f"{where}.warnings"),
        history=_each(Episode, held.get("history"), f"{where}.history"),
        looked_up=_texts(held.get("looked_up"), f"{where}.looked_up"),
        prompt=_texts([held.get("prompt")], f"{where}.prompt")[0],
        consistency=_number(held.get("consistency"), f"{where}.consistency"),
    )


# ── graphs ───────────────────────────────────────────────────────────────────────────────────


def _graph_to_plain(graph: PersonaGraph) -> Plain:
    return {
        "nodes": [to_plain(each) for each in graph.nodes.values()],
        "facts": [to_plain(each) for each in graph.facts.values()],
        "relations": [to_plain(each) for each in graph.relations.values()],
        "history": [to_plain(each) for each in graph.history],
    }


def _graph_from_plain(plain: Plain, where: str) -> PersonaGraph:
    held = _object(plain, where)
    relations = _each(Relation, held.get("relations"), f"{where}.relations")
    try:
        return PersonaGraph(
            nodes=_each(Node, held.get("nodes"), f"{where}.nodes"),
            facts=_each(Fact, held.get("facts"), f"{where}.facts"),
            relations={each.name: each for each in relations},
            history=_each(Fact, held.get("history"), f"{where}.history"),
        )
    except ValueError as error:
        raise InputError(f"{where}: {error}") from error


def _learned_to_plain(learned: Learned, history: tuple[Fact, ...]) -> Plain:
    return {
        "nodes": [to_plain(each) for each in learned.nodes.values()],
        "facts": [to_plain(each) for each in learned.facts.values()],
        "hidden_facts": sorted(learned.hidden_facts),
        "hidden_nodes": sorted(learned.hidden_nodes),
        "history": [to_plain(each) for each in history],
    }


def _with_learned(base: PersonaGraph, plain: Plain, where: str) -> PersonaGraph:
    held = _object(plain, where)
    nodes = {each.id: each for each in _each(Node, held.get("nodes"), f"{where}.nodes")}
    facts = {each.id: each for each in _each(Fact, held.get("facts"), f"{where}.facts")}
    hidden_facts = frozenset(_texts(held.get("hidden_facts"), f"{where}.hidden_facts"))
    hidden_nodes = frozenset(_texts(held.get("hidden_nodes"), f"{where}.hidden_nodes"))
    history = _each(Fact, held.get("history"), f"{where}.history")
    if not (nodes or facts or hidden_facts or hidden_nodes or history):
        return base
    _check_fit(base, nodes, facts, hidden_facts, hidden_nodes, where)
    learned = Learned(nodes=nodes, facts=facts, hidden_facts=hidden_facts, hidden_nodes=hidden_nodes)
    return base.overlaid(learned, history=history)


def _check_fit(
    base: PersonaGraph,
    nodes: Mapping[str, Node],
    facts: Mapping[str, Fact],
    hidden_facts: frozenset[str],
    hidden_nodes: frozenset[str],
    where: str,
) -> None:
    """Refuse what cannot lie over the persona's graph, as another version of the persona may bring about."""
    strange = (hidden_facts - base.facts.keys()) | (hidden_nodes - base.nodes.keys())
    if strange:
        raise InputError(f"{where} replaces {min(strange)!r}, which is not in the persona.")
    taken = ((facts.keys() & base.facts.keys()) - hidden_facts) | (nodes.keys() & base.nodes.keys())
    if taken:
        raise InputError(f"{where} adds {min(taken)!r}, which is in the persona already.")
    known = (base.nodes.keys() - hidden_nodes) | nodes.keys()
    for fact in facts.values():
        for end in (fact.subject, fact.object):
            if end not in known:
                raise InputError(f"{where}: the fact {fact.id!r} names {end!r}, which is not a node.")


# ── pieces ───────────────────────────────────────────────────────────────────────────────────


def _object(plain: Plain, where: str) -> dict[str, Any]:
    if not isinstance(plain, dict):
        raise InputError(f"{where} is not an object.")
    return dict(plain)


def _each(kind: type[Any], plain: Plain, where: str) -> tuple[Any, ...]:  # Any: a dataclass and its values
    if not isinstance(plain, list):
        raise InputError(f"{where} is not a list.")
    return tuple(from_plain(kind, each, where=f"{where}[{at}]") for at, each in enumerate(plain))


def _texts(plain: Plain, where: str) -> tuple[str, ...]:
    if not isinstance(plain, list) or not all(isinstance(each, str) for each in plain):
        raise InputError(f"{where} is not made of texts.")
    return tuple(plain)


def _number(plain: Plain, where: str) -> float:
    if isinstance(plain, bool) or not isinstance(plain, (int, float)):
        raise InputError(f"{where} is not a number.")
    return plain
