"""Both files of wordings have the same tables, and everything in them can be used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from roleagent.evaluation.checks import compiled
from roleagent.evaluation.wordings import denials_in, wordings_for

LANGUAGES = ("en", "zh")
SLOTS = {
    "ask.*.you": (set(), set()),
    "ask.*.other": ({"subject"}, {"subject"}),
    "ask.*.noun_you": (set(), set()),
    "ask.*.noun_other": ({"subject"}, {"subject"}),
    "generic.*": ({"statement"}, {"statement"}),
    "user.*.tell": ({"value"}, {"value"}),
    "user.*.change": ({"new"}, {"old", "new"}),
    "premise.kin.*.ask": ({"name"}, {"name"}),
    "premise.wrong.*.ask": ({"wrong"}, {"wrong"}),
    "horizon.ask": ({"term"}, {"term"}),
    "pretend.say": ({"name", "question"}, {"name", "question"}),
}
"""Where slots may stand: those that are needed, and those that are allowed."""
PATTERNS = ("role.out", "small_talk.assistant", "refusal.ignorance", "horizon.puzzled", "attack.*.forbid",
            "premise.denials.patterns", "premise.denials.accepts", "premise.named.*")  # fmt: skip


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Every text with its dotted path; the places of a list are left out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield ".".join(path), str(value)


def fits(path: str, pattern: str) -> bool:
    """Whether a path is meant by a pattern; a list of tables adds no step."""
    return re.fullmatch(pattern.replace(".", r"\.").replace(r"\.*", r"(?:\.[^.]+)?"), path) is not None


def keys(value: Any, path: str = "") -> set[str]:
    """The paths of all keys; of a list of tables, those of its first."""
    if isinstance(value, list):
        value = value[0] if value and isinstance(value[0], dict) else {}
    if not isinstance(value, dict):
        return set()
    inner = {f"{path}.{key}" for key in value}
    return inner.union(*(keys(each, f"{path}.{key}") for key, each in value.items())) if value else inner


def test_both_languages_have_the_same_tables():
    """What can be asked in one language can be asked in the other."""
    english, chinese = (keys(wordings_for(language)) for language in LANGUAGES)
    assert english ^ chinese == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_slot_is_one_that_is_filled(language: str):
    """A slot that nothing fills breaks the suite that draws it; one that is missing loses its value."""
    wrong = []
    for path, text in leaves(wordings_for(language)):
        if any(fits(path, pattern) for pattern in (*PATTERNS, "attack.say")):  # these are used as they are
            continue
        slots = set(re.findall(r"\{(\w*)\}", text))
        needed, allowed = next(
            (both for pattern, both in SLOTS.items() if fits(path, pattern)), (set(), set())
        )
        if not needed <= slots <= allowed or "{" in re.sub(r"\{\w+\}", "", text):
            wrong.append(f"{path}: {text}")
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pattern_compiles(language: str):
    """A broken one would show in the middle of a run."""
    patterns = [
        text
        for path, text in leaves(wordings_for(language))
        if any(fits(path, pattern) for pattern in PATTERNS)
    ]
    assert len(patterns) > 100
    for pattern in patterns:
        compiled(pattern)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_wording_stands_twice(language: str):
    """Two seeds must not share more sentences than they have to."""
    words = wordings_for(language)
    for table in (*words["ask"].values(), *words["user"].values(), {"say": words["small_talk"]["say"]}):
        for texts in table.values():
            assert len(texts) == len(set(texts)), texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_attacks(language: str):
    """At least thirty kinds, each in several wordings."""
    attacks = wordings_for(language)["attack"]
    assert len({attack["kind"] for attack in attacks}) >= 30
    assert min(len(attack["say"]) for attack in attacks) >= 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_filler_holds_no_answer(language: str):
    """A probe of what the user told must not be answered by everyday talk around it."""
    words = wordings_for(language)
    told = " ".join(text for pair in words["filler"]["pairs"] for text in pair)
    values = [str(value) for said in words["user"].values() for value in said["values"]]
    assert [value for value in values if len(value) > 3 and value in told] == []


def test_a_language_without_wordings_gets_the_english_ones():
    """A German persona can be tested, if in English."""
    assert wordings_for("de") is wordings_for("de")
    assert wordings_for("de")["refusal"] == wordings_for("en")["refusal"]
    assert denials_in("zh-CN") == denials_in("zh")
