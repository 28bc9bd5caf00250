"""The persona in another language: its texts, the names of things, and every fact as a sentence."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import lru_cache

from roleagent.errors import InputError
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import fact_sentence
from roleagent.persona.persona import Persona, Rendering
from roleagent.types import Fact, Node

_KEPT = 32  # renderings in use at one time
_NOT_TEXTS = ("language", "labels", "texts")


def rendered(persona: Persona, language: str) -> Persona:
    """The persona as it is in a language.

    Texts come from its rendering, facts from the relations' templates with the labels of the rendering,
    unless the rendering words them itself. Ids and structure stay, so that what was learned in one language
    holds in the other; the names of the first language stay as aliases. What the rendering leaves out stays
    as it is.

    Args:
        persona: as loaded. The same rendering of the same object is made once.
        language: a code such as ``zh``; ``zh-CN`` finds ``zh`` if nothing is nearer.

    Raises:
        InputError: the persona has no rendering in that language.
    """
    if _base(language) == _base(persona.language) and language not in _codes(persona):
        return persona
    return _rendered(_Same(persona), _nearest(persona, language))


def languages(persona: Persona) -> tuple[str, ...]:
    """The languages that a persona can be rendered in, its own first."""
    return (persona.language, *(code for code in _codes(persona) if code != persona.language))


def _codes(persona: Persona) -> tuple[str, ...]:
    return tuple(rendering.language for rendering in persona.renderings)


def _base(language: str) -> str:
    return language.partition("-")[0].lower()


def _nearest(persona: Persona, language: str) -> str:
    codes = _codes(persona)
    if language in codes:
        return language
    found = next((code for code in codes if _base(code) == _base(language)), None)
    if found is None:
        raise InputError(
            f"{persona.name} has no rendering in {language!r}: it speaks {', '.join(languages(persona))}. "
            f"Add one under `renderings`."
        )
    return found


class _Same:
    """A persona as a key: found again by being the same object, not by comparing all it holds."""

    def __init__(self, persona: Persona) -> None:
        self.persona = persona

    def __hash__(self) -> int:
        return id(self.persona)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.persona is other.persona


@lru_cache(maxsize=_KEPT)
def _rendered(key: _Same, language: str) -> Persona:
    persona = key.persona
    rendering = next(each for each in persona.renderings if each.language == language)
    names = (field.name for field in dataclasses.fields(rendering) if field.name not in _NOT_TEXTS)
    texts = {name: value for name in names if (value := getattr(rendering, name))}
    return dataclasses.replace(persona, language=language, graph=_graph(persona, rendering), **texts)


def _graph(persona: Persona, rendering: Rendering) -> PersonaGraph:
    graph, labels, texts = persona.graph, dict(rendering.labels), dict(rendering.texts)
    nodes = {node.id: _node(node, labels.get(node.id)) for node in graph.nodes.values()}
    facts = [_fact(fact, nodes, graph, texts, rendering.language) for fact in graph.facts.values()]
    return PersonaGraph(nodes=nodes.values(), facts=facts, relations=graph.relations, history=graph.history)


def _node(node: Node, label: str | None) -> Node:
    if label is None or label == node.label:
        return node
    aliases = tuple(name for name in dict.fromkeys((node.label, *node.aliases)) if name != label)
    return dataclasses.replace(node, label=label, aliases=aliases)


def _fact(
    fact: Fact, nodes: Mapping[str, Node], graph: PersonaGraph, texts: Mapping[str, str], language: str
) -> Fact:
    """The fact in a language; unchanged if the language has no words for it, or if it was learned."""
    relation = graph.relations[fact.relation]
    if fact.id in texts:
        return dataclasses.replace(fact, text=texts[fact.id])
    if fact.layer == "learned" or not {language, _base(language)} & relation.text.keys():
        return fact
    text = fact_sentence(
        relation,
        subject_label=nodes[fact.subject].label,
        object_label=nodes[fact.object].label,
        language=language,
        valid_from=fact.valid_from,
        valid_to=fact.valid_to,
    )
    return dataclasses.replace(fact, text=text)
