"""Advice about lorebooks: entries that can never enter a prompt, and keys that find nothing."""

from __future__ import annotations

from collections.abc import Iterator

from roleagent.persona.lore.book import LoreEntry
from roleagent.persona.lore.decorators import carry_out
from roleagent.persona.lore.js_regex import compiled
from roleagent.persona.lore.keys import regex_literal
from roleagent.persona.persona import Persona


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
