"""Advice about lorebooks: entries that can never enter a prompt, and keys that find nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from roleagent.lore.book import LoreEntry
from roleagent.lore.decorators import carry_out
from roleagent.lore.js_regex import compiled
from roleagent.lore.keys import regex_literal
from roleagent.lore.macros import uses_of
from roleagent.persona.persona import Example, Persona, Rendering


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


_TEXTS = {"summary": "description", "personality": "personality", "scenario": "scenario"}  # field -> macro
_INSTRUCTIONS = ("system_prompt", "post_history_instructions")
_LISTS = ("greetings", "group_greetings", "fall_backs", "speech", "rules")
_IN_EVERY_PROMPT = frozenset({*_TEXTS, "system_prompt", "speech", "rules", "examples"})
_MOST_NAMED = 5


def macro_findings(persona: Persona) -> Iterator[tuple[str, str, str]]:
    """(rule, where, message) for each text whose macros do not all stay, or change what stands first."""
    for where, text, filled in _texts(persona):
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


def _texts(persona: Persona) -> Iterator[tuple[str, str, Iterable[str]]]:
    """Each text with its place, and the macros of other texts that are filled in there."""
    macros = tuple(_TEXTS.values())
    yield from _spoken(persona, macros)
    for rendering in persona.renderings:
        for where, text, filled in _spoken(rendering, macros):
            yield f"renderings.{rendering.language}.{where}", text, filled
    for number, book in enumerate(persona.lorebooks):
        for entry in book.entries:
            yield f"lorebooks[{number}].entries.{entry.id}", entry.content, macros


def _spoken(value: Persona | Rendering, macros: tuple[str, ...]) -> Iterator[tuple[str, str, Iterable[str]]]:
    for field, own in _TEXTS.items():
        yield field, getattr(value, field), [each for each in macros if each != own]
    if isinstance(value, Persona):
        yield from ((field, getattr(value, field), (*macros, "original")) for field in _INSTRUCTIONS)
    yield "greeting", value.greeting, macros
    for field in _LISTS:
        texts = getattr(value, field, ())
        yield from ((f"{field}[{index}]", text, macros) for index, text in enumerate(texts))
    for index, shown in enumerate(value.examples):
        yield f"examples[{index}]", _as_one(shown), macros


def _as_one(shown: Example) -> str:
    return f"{shown.user}\n{shown.reply}"


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
