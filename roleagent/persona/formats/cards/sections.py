"""The description of a card: the summary, and below it what a card has no fields of its own for.

How the character speaks, what it always or never does, how it declines and where its knowledge ends stand
under headings, so that they are in the prompt of every program. A description that we wrote is taken apart
again; any other is a summary as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roleagent.persona.dates import parse_date
from roleagent.persona.formats.foreign import MAX_LABEL

# What the sections hold, in their order, as paths into a persona document.
_PATHS = (("speech",), ("rules",), ("fall_backs",), ("horizon", "until"), ("horizon", "unknown"))
_HEADINGS = {
    "en": (
        "How {{char}} speaks:",
        "What {{char}} always or never does:",
        "What {{char}} says when {{char}} cannot or will not answer:",
        "The last date {{char}} knows of:",
        "What {{char}} has never heard of:",
    ),
    "zh": (
        "{{char}}的说话方式：",
        "{{char}}始终遵守的准则：",
        "{{char}}不能或不愿回答时会说：",
        "{{char}}所知的最后日期：",
        "{{char}}从未听说过：",
    ),
}
_BULLET, _INDENT, _BREAK = "- ", "  ", "\n\n"


def write_description(document: Mapping[str, Any]) -> str:
    """The summary of a persona document with its sections."""
    language = document.get("language", "en").partition("-")[0]
    headings = _HEADINGS.get(language, _HEADINGS["en"])
    lists = [_items(_at(document, path)) for path in _PATHS]
    sections = [_section(heading, items) for heading, items in zip(headings, lists, strict=True) if items]
    return _BREAK.join((document["summary"], *sections))


def read_description(description: str) -> dict[str, Any]:
    """The parts of a persona document that a description holds: at least `summary`, if it is not empty."""
    for headings in _HEADINGS.values():
        paragraphs = description.split(_BREAK)
        lists = [_taken(heading, paragraphs) for heading in reversed(headings)][::-1]
        parts = _document(_BREAK.join(paragraphs), lists)
        if parts is not None and any(lists) and _again(parts, headings) == description:
            return parts
    return {"summary": description}


def _again(parts: Mapping[str, Any], headings: tuple[str, ...]) -> str:
    language = next(code for code, each in _HEADINGS.items() if each == headings)
    return write_description({**parts, "language": language})


def _items(value: Any) -> list[str]:  # Any: a part of a document
    return [value] if isinstance(value, str) else list(value or ())


def _section(heading: str, items: list[str]) -> str:
    lines = [_BULLET + item.replace("\n", "\n" + _INDENT) for item in items]
    return "\n".join((heading, *lines))


def _taken(heading: str, paragraphs: list[str]) -> list[str]:
    """The items of the section that stands last, if it has this heading; it is taken away."""
    if len(paragraphs) < 2 or not paragraphs[-1].startswith(f"{heading}\n{_BULLET}"):
        return []
    body = paragraphs.pop()[len(heading) :]
    return [item.replace("\n" + _INDENT, "\n") for item in body.split("\n" + _BULLET)[1:]]


def _document(summary: str, lists: list[list[str]]) -> dict[str, Any] | None:
    """The parts as a document has them; None where a document may not have them so."""
    speech, rules, fall_backs, until, unknown = lists
    if not summary.strip() or len(until) > 1 or any(parse_date(date) is None for date in until):
        return None
    items = [item for each in lists for item in each]
    if any(not item.strip() or item != item.strip() for item in items):
        return None
    if any(len(term) > MAX_LABEL for term in unknown):
        return None
    horizon = {"until": until[0] if until else None, "unknown": unknown}
    parts = {"speech": speech, "rules": rules, "fall_backs": fall_backs}
    parts["horizon"] = {key: value for key, value in horizon.items() if value}  # type: ignore[assignment]
    return {"summary": summary} | {key: value for key, value in parts.items() if value}


def _at(document: Mapping[str, Any], path: tuple[str, ...]) -> Any:  # Any: a part of a document
    value: Any = document
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
