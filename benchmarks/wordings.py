"""Files of words and ways of saying, from which `persona_lives` makes users up; read and checked."""

from __future__ import annotations

import difflib
import string
import tomllib
from collections.abc import Mapping
from pathlib import Path

from roleagent.errors import InputError

Wordings = Mapping[str, Mapping[str, Mapping[str, list[str]]]]
WORDS = ("places", "employers", "jobs", "hobbies", "names", "pets", "kinds")
TWO_FOR = {
    "employers": "new_employer",
    "jobs": "new_job",
    "hobbies": "correct_hobby",
    "pets": "correct_pet",
    "names": "correct_name",
}
"""Lists that must hold two words if this kind of event is told."""
MAX_BYTES = 1_000_000
_NULL = frozenset({"place", "employer", "job", "hobby", "name"})
SLOTS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    kind: (frozenset(needed.split()), frozenset(allowed.split()))
    for kind, needed, allowed in (
        ("home", "place", ""),
        ("home_since", "place year", ""),
        ("home_again", "place", ""),
        ("move", "place", ""),
        ("move_from", "place", "old"),
        ("move_dated", "place month", ""),
        ("return", "place", ""),
        ("history", "place", "year"),
        ("leave", "", "old"),
        ("past_home", "place", ""),
        ("past_home_dated", "place year year2", ""),
        ("correct_home", "right", "wrong"),
        ("joke_back", "", "wrong"),
        ("employer", "employer", ""),
        ("new_employer", "employer", "old"),
        ("quit", "", "old"),
        ("past_employer", "employer", "year year2"),
        ("job", "job", ""),
        ("new_job", "job", "old"),
        ("hobby", "hobby", ""),
        ("hobby_again", "hobby", ""),
        ("hobby_end", "hobby", ""),
        ("hobby_flip", "hobby", ""),
        ("hobby_never", "hobby", ""),
        ("correct_hobby", "right", "wrong"),
        ("pet", "pet", "kind"),
        ("pet_gone", "", "pet kind"),
        ("correct_pet", "right", "wrong"),
        ("spouse", "name", ""),
        ("divorce", "", ""),
        ("name", "name", ""),
        ("correct_name", "right", "wrong"),
    )
} | {
    kind: (frozenset(), _NULL)
    for kind in ("joke", "hypothetical", "quotation", "third_party", "question", "small_talk", "assistant")
}
"""Per kind of event the slots that a wording must have, as they carry what is told, and those it may have."""
NEEDS = {
    "move": ("move_from",),
    "past_home": ("past_home_dated",),
    "correct_home": ("move",),
    "joke_back": ("move",),
    "correct_pet": ("pet",),
    "correct_name": ("name",),
}
"""Kinds that tell something in the words of other kinds too."""


def read_wordings(path: Path) -> Wordings:
    """Words and ways of saying, by language.

    Raises:
        InputError: the file cannot be read, or is not laid out like those in benchmarks/data.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise InputError(f"{path}: more than {MAX_BYTES} bytes; a file of wordings is smaller.")
        tables = tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}). Give a TOML file.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start} is not UTF-8. Save the file as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: no TOML: {error}.") from error
    if not tables:
        raise InputError(f"{path}: no language. Give [en.words] and [en.say], or another language's.")
    for language, table in tables.items():
        _check_language(f"{path}: {language}", table)
    return tables


def _check_language(where: str, table: object) -> None:
    if not isinstance(table, dict) or not all(isinstance(table.get(part), dict) for part in ("words", "say")):
        raise InputError(f"{where} must be a table with the tables 'words' and 'say', not {_short(table)}.")
    words, say = table["words"], table["say"]
    for kind in WORDS:
        of_kind = _check_texts(f"{where}.words.{kind}", words.get(kind))
        needs_two = kind == "places" or TWO_FOR.get(kind) in say
        _check_words(f"{where}.words.{kind}", of_kind, 2 if needs_two else 1)
    for kind, texts in say.items():
        _check_kind(f"{where}.say.{kind}", kind, texts)
    for kind, needs in {"": ("home", "hobby", "employer"), **NEEDS}.items():
        for missing in [need for need in needs if need not in say and (not kind or kind in say)]:
            why = f"{kind!r} needs it" if kind else "every life opens with it"
            raise InputError(f"{where}.say.{missing} is missing: {why}.")
    if "move_dated" in say:
        _check_months(f"{where}.words", words)


def _check_kind(where: str, kind: str, texts: object) -> None:
    if kind not in SLOTS:
        near = difflib.get_close_matches(kind, SLOTS, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Kinds: {', '.join(SLOTS)}."
        raise InputError(f"{where} is no kind of event. {hint}")
    needed, allowed = SLOTS[kind]
    for index, text in enumerate(_check_texts(where, texts)):
        _check_slots(f"{where}[{index}]", text, needed, needed | allowed)


def _check_words(where: str, words: list[str], at_least: int) -> None:
    for index, word in enumerate(words):
        if word in words[:index]:
            raise InputError(f"{where} names {word!r} twice: take one out.")
    if len(words) < at_least:
        raise InputError(f"{where} must hold {at_least} words that differ, for a change from one to another.")


def _check_texts(where: str, texts: object) -> list[str]:
    if texts is None:
        raise InputError(f"{where} is missing: give a list of at least one text.")
    is_texts = isinstance(texts, list) and all(isinstance(text, str) and text.strip() for text in texts)
    if not is_texts or not isinstance(texts, list) or not texts:
        raise InputError(f"{where} must be a list of at least one text, none empty, not {_short(texts)}.")
    return texts


def _check_slots(where: str, text: str, needed: frozenset[str], allowed: frozenset[str]) -> None:
    """Slots are plain names: a wording must not reach into the values that are put in."""
    try:
        parsed = list(string.Formatter().parse(text))
    except ValueError as error:
        raise InputError(f"{where}: {text!r}: {error}. Write a brace as '{{{{' or '}}}}'.") from error
    known = ", ".join(f"{{{name}}}" for name in sorted(allowed)) or "none"
    for _, name, form, conversion in parsed:
        if name is not None and (name not in allowed or form or conversion):
            raise InputError(f"{where}: {text!r} has the slot {name!r}; plain slots here are {known}.")
    slots = {name for _, name, _, _ in parsed if name is not None}
    if missing := needed - slots:
        names = ", ".join(f"{{{name}}}" for name in sorted(missing))
        raise InputError(f"{where}: {text!r} lacks {names}, so nothing could be learned from it.")


def _check_months(where: str, words: Mapping[str, object]) -> None:
    form, months = words.get("month_format"), words.get("months")
    if not isinstance(form, str):
        raise InputError(
            f"{where}.month_format must be a text such as '{{name}} {{year}}', not {_short(form)}:"
            " 'move_dated' needs it."
        )
    allowed = frozenset({"name", "year", "number"} if months is not None else {"year", "number"})
    _check_slots(f"{where}.month_format", form, frozenset({"year"}), allowed)
    if months is not None and len(_check_texts(f"{where}.months", months)) != 12:
        raise InputError(f"{where}.months must name 12 months, not {_short(months)}.")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
