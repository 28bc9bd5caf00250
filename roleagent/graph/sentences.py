"""A fact as a sentence, made from its relation's template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from roleagent.types import Relation

_SLOT = re.compile(r"\{(subject|object)\}")
_ENDS = (".", "!", "?", "…", "。", "！", "？")
_WIDE = frozenset({"zh", "ja"})  # languages with full-width marks


def fact_sentence(
    relation: Relation,
    *,
    subject_label: str,
    object_label: str,
    language: str = "en",
    valid_from: str | None = None,
    valid_to: str | None = None,
) -> str:
    """Say a fact in a language, with the labels of its ends and the time it held.

    A language that the relation has no template for falls back on English, then on any.

    >>> lives_in = Relation(name="lives_in", text={"en": "{subject} lives in {object}"})
    >>> fact_sentence(lives_in, subject_label="Holmes", object_label="London", valid_from="1881")
    'Holmes lives in London (since 1881).'
    """
    spoken = _spoken_language(relation.text, language)
    parts = list(_parts(relation.text[spoken]))
    for place in range(1, len(parts), 2):
        parts[place] = subject_label if parts[place] == "subject" else object_label
    words = "".join(parts)
    words = words[:1].upper() + words[1:]
    when = _when(relation, spoken in _WIDE, valid_from, valid_to)
    if when:
        words = words.rstrip("".join(_ENDS)) + when
    elif words.endswith(_ENDS):
        return words
    return words + ("。" if spoken in _WIDE else ".")


@lru_cache(maxsize=1_000)
def _parts(template: str) -> tuple[str, ...]:
    """A template's words and, at every second place, the names of its slots."""
    return tuple(_SLOT.split(template))


def _spoken_language(text: Mapping[str, str], language: str) -> str:
    if language in text:
        return language
    wanted = (language, language.split("-")[0], "en", *text)
    return next(code for code in wanted if code in text)


def _when(relation: Relation, is_wide: bool, valid_from: str | None, valid_to: str | None) -> str:
    """The time in brackets; an event is at its date, anything else since then."""
    if valid_from and valid_to:
        words = f"{valid_from}至{valid_to}" if is_wide else f"{valid_from} to {valid_to}"
    elif valid_from and relation.cardinality == "append-only":
        words = valid_from
    elif valid_from:
        words = f"自{valid_from}" if is_wide else f"since {valid_from}"
    elif valid_to:
        words = f"至{valid_to}" if is_wide else f"until {valid_to}"
    else:
        return ""
    return f"（{words}）" if is_wide else f" ({words})"
