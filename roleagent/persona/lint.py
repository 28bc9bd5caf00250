"""Advice about personas: what is allowed and probably not meant.

Such as facts out of reach, effects that never come about, missing translations, lorebook entries that can
never enter a prompt, and macros that are taken out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from roleagent.graph.schema import LITERAL
from roleagent.language.dates import is_before
from roleagent.language.tokens import estimated_tokens
from roleagent.lore.book import LoreEntry
from roleagent.lore.decorators import carry_out
from roleagent.lore.keys import compiled, regex_literal
from roleagent.lore.macros import uses_of
from roleagent.persona.persona import Persona, Rendering
from roleagent.persona.view import view
from roleagent.types import Fact


def lore_findings(persona: Persona) -> Iterator[tuple[str, str, str]]:
    """(rule, where, message) for each entry that is odd."""
    for number, book in enumerate(persona.lorebooks):
        seen: set[str] = set()
        for entry in book.entries:
            where = f"lorebooks[{number}].entries.{entry.id}"
            yield from ((rule, where, message) for rule, message in _entry_findings(entry))
            if entry.id in seen:
                yield "lore-id-twice", where, "is the id of two entries of the book."
            seen.add(entry.id)


def _entry_findings(entry: LoreEntry) -> Iterator[tuple[str, str]]:
    if not entry.enabled:
        return
    wrong = {key: reason for key in entry.keys if (reason := _wrong(key, entry))}
    for key, reason in wrong.items():
        yield "lore-bad-regex", f"the key {key!r} is no regular expression and finds nothing: {reason}."
    never = _never(entry, num_sound=len(entry.keys) - len(wrong))
    if never:
        yield "lore-never", f"can never enter a prompt: {never}."


def _wrong(key: str, entry: LoreEntry) -> str:
    """Why a key that is a regular expression finds nothing; empty if it may."""
    literal = regex_literal(key)
    if literal is None and not entry.use_regex:
        return ""
    pattern = compiled(*(literal or (key,)))
    return pattern if isinstance(pattern, str) else ""


def _never(entry: LoreEntry, *, num_sound: int) -> str:
    decorated = carry_out(entry)
    directives = decorated.directives
    if not decorated.entry.content.strip():
        return "it has no content"
    if directives.activate:
        return ""
    if directives.dont_activate:
        return "@@dont_activate stands in it"
    if entry.probability == 0:
        return "its probability is 0"
    if entry.position == "outlet" and not entry.outlet:
        return "its outlet has no name"
    if not num_sound and not entry.constant:
        return "it has no keys and is not constant" if not entry.keys else "none of its keys finds anything"
    return ""


# ── macros ───────────────────────────────────────────────────────────────────────────────────────

_SEARCHED_TEXTS = {
    "summary": "description",
    "personality": "personality",
    "scenario": "scenario",
}  # field -> macro
_INSTRUCTIONS = ("system_prompt", "post_history_instructions")
_LISTS = ("greetings", "group_greetings", "fall_backs", "speech", "rules")
_IN_EVERY_PROMPT = frozenset({*_SEARCHED_TEXTS, "system_prompt", "speech", "rules", "examples"})
_MOST_NAMED = 5


def macro_findings(persona: Persona) -> Iterator[tuple[str, str, str]]:
    """(rule, where, message) for each text whose macros are taken out or change the prompt's start."""
    for where, text, filled in _searched_texts(persona):
        uses = uses_of(text, texts=dict.fromkeys(filled, "x"))
        if uses.taken_out:
            message = f"{_named(uses.taken_out)} cannot be filled in: taken out. Write what it stands for."
            yield "macro-taken-out", where, message
        if uses.of_time and where.partition("[")[0] in _IN_EVERY_PROMPT:
            message = (
                f"{_named(uses.of_time)} changes the beginning of the prompt, and the model then reads all "
                f"of it again: say the time in `post_history_instructions` or in a lorebook."
            )
            yield "macro-of-time", where, message
    yield from _graph(persona)


def _searched_texts(persona: Persona) -> Iterator[tuple[str, str, Iterable[str]]]:
    """Each text with its place, and the macros of other texts that are filled in there."""
    macros = tuple(_SEARCHED_TEXTS.values())
    yield from _spoken(persona, macros)
    for rendering in persona.renderings:
        for where, text, filled in _spoken(rendering, macros):
            yield f"renderings.{rendering.language}.{where}", text, filled
    for number, book in enumerate(persona.lorebooks):
        for entry in book.entries:
            yield f"lorebooks[{number}].entries.{entry.id}", entry.content, macros


def _spoken(value: Persona | Rendering, macros: tuple[str, ...]) -> Iterator[tuple[str, str, Iterable[str]]]:
    for field, own in _SEARCHED_TEXTS.items():
        yield field, getattr(value, field), [each for each in macros if each != own]
    if isinstance(value, Persona):
        yield from ((field, getattr(value, field), (*macros, "original")) for field in _INSTRUCTIONS)
    yield "greeting", value.greeting, macros
    for field in _LISTS:
        texts = getattr(value, field, ())
        yield from ((f"{field}[{index}]", text, macros) for index, text in enumerate(texts))
    for index, shown in enumerate(value.examples):
        yield f"examples[{index}]", f"{shown.user}\n{shown.reply}", macros


def _graph(persona: Persona) -> Iterator[tuple[str, str, str]]:
    texts = {f"facts.{fact.id}": fact.text for fact in persona.graph.facts.values()}
    texts |= {f"nodes.{node.id}": node.label for node in persona.graph.nodes.values()}
    for where, text in texts.items():
        if "{{char}}" in text.lower() or "{{user}}" in text.lower():
            yield (
                "macro-in-graph",
                where,
                "macros are filled in in texts alone, not in the graph: write the name.",
            )


def _named(names: tuple[str, ...]) -> str:
    named = ", ".join(f"{{{{{name}}}}}" for name in names[:_MOST_NAMED])
    return f"{named} …" if len(names) > _MOST_NAMED else named


# ── renderings ───────────────────────────────────────────────────────────────────────────────────

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
    """Labels and texts that a rendering has for unknown nodes and facts."""
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


# ── the whole persona ────────────────────────────────────────────────────────────────────────────

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
    """All advice about a persona; none if it is in order."""
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
