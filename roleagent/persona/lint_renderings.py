"""Advice about languages: what a rendering leaves out, and relations without words in a language."""

from __future__ import annotations

from collections.abc import Iterator

from roleagent.persona.persona import Persona, Rendering
from roleagent.persona.schema import LITERAL

_TEXTS = ("summary", "greeting", "personality", "scenario", "speech", "rules", "fall_backs")
_SHOWN = 5


def rendering_findings(persona: Persona) -> Iterator[tuple[str, str, str]]:
    """(rule, where, message) for each gap."""
    yield from _wordless(persona, persona.language, set(), "relations")
    for rendering in persona.renderings:
        where = f"renderings.{rendering.language}"
        missing = [name for name in _TEXTS if getattr(persona, name) and not getattr(rendering, name)]
        if missing:
            message = f"lacks {', '.join(missing)}: those will be in {persona.language}."
            yield "rendering-gap", where, message
        yield from _unlabelled(persona, rendering, where)
        worded = {fact_id for fact_id, _ in rendering.texts}
        yield from _wordless(persona, rendering.language, worded, where)
        yield from _strangers(persona, rendering, where)


def _unlabelled(persona: Persona, rendering: Rendering, where: str) -> Iterator[tuple[str, str, str]]:
    labels = dict(rendering.labels)
    without = [n.id for n in persona.graph.nodes.values() if n.type != LITERAL and n.id not in labels]
    if without:
        yield "rendering-gap", where, f"has no label for {listed(without)}: say how they are called."


def _wordless(
    persona: Persona, language: str, worded: set[str], where: str
) -> Iterator[tuple[str, str, str]]:
    """Relations in use that have no template in a language, unless every fact of theirs is worded."""
    base = language.partition("-")[0]
    own_words = worded if language != persona.language else _own_words(persona)
    used = {fact.relation for fact in persona.graph.facts.values() if fact.id not in own_words}
    relations = persona.graph.relations
    names = sorted(name for name in used if not {language, base} & relations[name].text.keys())
    if names:
        message = f"have no template in {language}: {listed(names)}. Add one under `relations`."
        yield "no-template", where, message


def _own_words(persona: Persona) -> set[str]:
    """Facts that the file words itself."""
    from roleagent.persona.save import persona_document

    facts = persona.graph.facts.values()
    edges = persona_document(persona).get("edges", [])
    return {fact.id for fact, edge in zip(facts, edges, strict=True) if "text" in edge}


def _strangers(persona: Persona, rendering: Rendering, where: str) -> Iterator[tuple[str, str, str]]:
    """Labels and texts of what is not there."""
    nodes = [key for key, _ in rendering.labels if key not in persona.graph.nodes]
    facts = [key for key, _ in rendering.texts if key not in persona.graph.facts]
    if nodes:
        yield "rendering-stranger", f"{where}.labels", f"names nodes that are not there: {listed(nodes)}."
    if facts:
        yield "rendering-stranger", f"{where}.texts", f"names facts that are not there: {listed(facts)}."


def listed(names: list[str]) -> str:
    """The first few of some names, and how many more there are."""
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest
