"""What a sound persona file may still get wrong: advice, beyond what `check` refuses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from roleagent.graph.schema import LITERAL
from roleagent.language.dates import is_before
from roleagent.language.tokens import estimated_tokens
from roleagent.persona.lint_lore import lore_findings, macro_findings
from roleagent.persona.persona import Persona, Rendering
from roleagent.persona.view import view
from roleagent.types import Fact

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
    from roleagent.persona.as_document import persona_document

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


MAX_PROMPT_TOKENS = 1_000  # of what stands in every prompt; a small model reads some thousands
_NEEDED = {
    "greeting": "the conversation begins with nothing",
    "speech": "nothing says how it talks, and it will talk like any model",
    "fall_backs": "where no draft passes the critics it has no words of its own",
}
_ENOUGH_FALL_BACKS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One piece of advice.

    Attributes:
        rule: the name of what was looked for, such as ``lone-node``.
        where: what it is about: ``nodes.x``, ``facts.a.b.c``, ``lorebooks[0].entries.1``, ``greeting`` …
        message: what is the matter, and the way out.
    """

    rule: str
    where: str
    message: str


def lint(persona: Persona) -> tuple[Finding, ...]:
    """Everything that is odd about a persona; nothing where it is in order."""
    plain = (
        *(finding for rule in _RULES for finding in rule(persona)),
        *lore_findings(persona),
        *macro_findings(persona),
        *rendering_findings(persona),
    )
    return tuple(Finding(rule=rule, where=where, message=message) for rule, where, message in plain)


_Findings = Iterator[tuple[str, str, str]]


def _texts(persona: Persona) -> _Findings:
    for field, why in _NEEDED.items():
        if not getattr(persona, field):
            yield f"no-{field.replace('_', '-').rstrip('s')}", field, f"is missing: {why}."
    if 0 < len(persona.fall_backs) < _ENOUGH_FALL_BACKS:
        yield "few-fall-backs", "fall_backs", f"are {len(persona.fall_backs)}: they will soon be heard again."
    if not any((persona.horizon.until, persona.horizon.unknown, persona.horizon.known)):
        message = "is missing: nothing keeps it from speaking of what it cannot know."
        yield "no-horizon", "horizon", message


def _prompt(persona: Persona) -> _Findings:
    parts = [persona.summary, persona.personality, persona.scenario, persona.system_prompt]
    parts += [persona.post_history_instructions, *persona.speech, *persona.rules]
    parts += [text for example in persona.examples for text in (example.user, example.reply)]
    tokens = sum(map(estimated_tokens, parts))
    if tokens > MAX_PROMPT_TOKENS:
        message = f"about {tokens:,} tokens stand in every prompt: say it shorter, or as facts and lore."
        yield "long-prompt", "summary, speech, rules, examples …", message


def _nodes(persona: Persona) -> _Findings:
    for node in persona.graph.nodes.values():
        if not persona.graph.facts_of(node.id) and node.id != persona.node_id:
            yield "lone-node", f"nodes.{node.id}", "no fact is about it: link it, or take it out."


def _names(persona: Persona) -> _Findings:
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for node in persona.graph.nodes.values():
        if node.type != LITERAL:
            for name in dict.fromkeys(name.casefold() for name in (node.label, *node.aliases)):
                owners[name].append(node.id)
    for name, ids in owners.items():
        if len(ids) > 1:
            message = f"{name!r} also names {', '.join(ids[1:])}: who says it means {ids[0]}."
            yield "shared-name", f"nodes.{ids[0]}", message


def _facts(persona: Persona) -> _Findings:
    said: dict[str, str] = {}
    for fact in persona.graph.facts.values():
        first = said.setdefault(fact.text, fact.id)
        if first != fact.id:
            message = f"says the same as {first}: take one out, or give it a `text`."
            yield "fact-without-effect", f"facts.{fact.id}", message
        yield from ((*found[:1], f"facts.{fact.id}", *found[1:]) for found in _effects(fact, persona))


def _effects(fact: Fact, persona: Persona) -> Iterator[tuple[str, str]]:
    relation, until = persona.graph.relations[fact.relation], persona.horizon.until
    if fact.confidence == 0:
        yield "fact-without-effect", "has a confidence of 0, so it is never told."
    if until and fact.valid_from and is_before(until, fact.valid_from):
        yield "fact-without-effect", f"begins after {until}, where the character's knowledge ends."
    twin = next(
        (
            other.id
            for other in persona.graph.facts_of(fact.object)
            if relation.symmetric and other.relation == fact.relation and other.id < fact.id
            and (other.subject, other.object) == (fact.object, fact.subject)
        ),
        None,
    )  # fmt: skip
    if twin is not None:
        yield "fact-without-effect", f"{fact.relation} holds both ways, and {twin} says so already."


def _chapters(persona: Persona) -> _Findings:
    for first, second in zip(persona.chapters, persona.chapters[1:], strict=False):
        if is_before(second.date, first.date):
            message = f"is {second.date}, before the chapter {first.id!r} above it ({first.date})."
            yield "chapters-out-of-order", f"chapters.{second.id}", message
    dates: dict[str, str] = {}
    for chapter in persona.chapters:
        earlier = dates.setdefault(chapter.id, chapter.date)
        if earlier != chapter.date:
            yield "chapters-out-of-order", f"chapters.{chapter.id}", "is the id of two chapters."


def _secrets(persona: Persona) -> _Findings:
    """Texts that a stranger never gets to see, because they tell a secret."""
    for text in view(persona).withheld_texts:
        because = ", ".join(text.because) or "its visibility"
        shown = " ".join(text.text.split())[:60]
        message = f"“{shown}” tells a secret ({because}): a stranger meets the character without it."
        if text.because:
            yield "secret-in-text", text.place, message


_RULES: tuple[Callable[[Persona], _Findings], ...] = (
    _texts,
    _prompt,
    _nodes,
    _names,
    _facts,
    _chapters,
    _secrets,
)
