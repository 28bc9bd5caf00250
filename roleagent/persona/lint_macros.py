"""Advice about macros: those that are taken out before a model reads the text, and those that cost time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from roleagent.persona.lore.macros import uses_of
from roleagent.persona.persona import Example, Persona, Rendering

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
