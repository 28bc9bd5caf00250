"""Entries whose keys are all regular expressions (card V3), for formats that know ``/re/flags`` only."""

from __future__ import annotations

from dataclasses import replace

from roleagent.persona.lore.book import LoreEntry
from roleagent.persona.lore.keys import regex_literal


def with_literals(entry: LoreEntry) -> LoreEntry:
    """The same entry with each key written ``/re/flags``, and nothing that such an entry leaves aside."""
    if not entry.use_regex:
        return entry
    flags = "" if entry.case_sensitive else "i"
    keys = tuple(key if regex_literal(key) else f"/{_escaped(key)}/{flags}" for key in entry.keys)
    return replace(entry, use_regex=False, keys=keys, selective=False)


def _escaped(source: str) -> str:
    """A pattern with its slashes escaped."""
    out, at = [], 0
    while at < len(source):
        step = 2 if source[at] == "\\" else 1
        out.append("\\/" if source[at] == "/" else source[at : at + step])
        at += step
    return "".join(out)
