"""Drafts in a manner that is not the character's: an assistant's voice, a narrator's, or a dull habit.

All verdicts are mild. They ask for another draft, and a model that insists may say it all the same: style is
no reason to leave a user without an answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from roleagent.critics.habits import asks_every_time, evades, opens_the_same, parrots
from roleagent.critics.role import names_of, nature_of
from roleagent.critics.rules import Rule, first_violation, read_rules
from roleagent.critics.text import (
    any_of,
    compile_pattern,
    list_names,
    new_own_sentences,
    plain,
    read_table,
    sentences,
    with_context,
)
from roleagent.persona.persona import Persona
from roleagent.protocols import Scene
from roleagent.types import Verdict

NAME = "style"
_VOICE = ("closing_as_an_assistant", "lecturing_as_an_assistant", "short_of_information")
_AROUND = 500  # characters before the new part that a rule over lines may need
_SHORTEST_NAME = 3  # letters of a first or last name
_DENIES = re.compile(r"\b(?:no|not|never|none|avoid|without|don't)\b|n't\b|不|别|勿|无", re.I)
_PASSED = Verdict(critic=NAME, ok=True)


class StyleCritic:
    """Rejects an assistant's or a narrator's voice, writing marks, and habits that tire a reader.

    Attributes:
        fails_open: if the critic breaks down, the draft passes: style endangers nobody.
    """

    name = NAME
    fails_open = True

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Judge the new sentences; what needs the end of the reply is judged when it is complete."""
        if not scene.drafts_left:
            return _PASSED
        manner = manner_of(scene.persona)
        found = (
            self._by_rules(draft, scene, manner)
            or _marked(draft, scene, manner)
            or opens_the_same(draft, scene, NAME)
        )
        if found is None and complete:
            found = parrots(draft, scene, NAME) or asks_every_time(draft, scene, NAME)
            found = found or evades(draft, scene, NAME)
        return replace(found, is_mild=True) if found else _PASSED

    def _by_rules(self, draft: str, scene: Scene, manner: Manner) -> Verdict | None:
        text, start = with_context(draft, scene, _AROUND)
        said = new_own_sentences(draft, scene)
        asked = plain(scene.turn.text)
        by_sentence, by_line = manner.rules_for_sentences, manner.rules_for_lines
        if any_of(NAME, "asking_for_points").search(asked):
            by_line = tuple(rule for rule in by_line if rule not in _points())
        if _tells_from_outside(asked, manner.names):
            by_sentence = tuple(rule for rule in by_sentence if rule not in manner.narrating)
        is_named = re.search(rf"(?<![a-z])(?:{manner.names})(?![a-z])", asked, re.I)
        if not is_named and any_of(NAME, "speaking_to_the_character").search(asked):
            by_sentence = (*by_sentence, *manner.by_name)
        return first_violation(NAME, by_line, [text], start=start) or first_violation(NAME, by_sentence, said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a character speaks, as its own texts show.

    Attributes:
        names: a regular expression for its names, with first and last names by themselves.
        rules_for_sentences: what none of its sentences breaks.
        rules_for_lines: what none of its drafts breaks, read over lines.
        narrating: those of the first that forbid narration.
        by_name: against speaking of itself by its name.
        marks: writing marks that it does not use, by name.
    """

    names: str
    rules_for_sentences: tuple[Rule, ...]
    rules_for_lines: tuple[Rule, ...]
    narrating: tuple[Rule, ...]
    by_name: tuple[Rule, ...]
    marks: tuple[str, ...]


@lru_cache(maxsize=64)
def manner_of(persona: Persona) -> Manner:
    """Read a character's manner off its greeting, its examples and its lines of declining."""
    nature, names = nature_of(persona), _names(persona)
    spoken = (
        persona.greeting, *persona.greetings, *persona.fall_backs, *(each.reply for each in persona.examples)
    )  # fmt: skip
    spoken = tuple(plain(text) for text in spoken if text.strip())
    told = (persona.system_prompt, persona.post_history_instructions, *persona.speech, *persona.rules)
    serves = nature.is_machine or nature.is_assistant
    voice = () if serves else read_rules(NAME, *_VOICE)
    lines = () if serves else read_rules(NAME, "opening_as_an_assistant")
    if not (serves or any(rule.find(text) for text in (*spoken, *told) for rule in _points())):
        lines = (*lines, *_points())
    is_told = any(_tells_from_outside(text, names) for text in spoken)
    narrating = () if is_told else read_rules(NAME, "narrating", name=names)
    lines = lines if is_told else (*lines, *read_rules(NAME, "staging"))
    by_name = () if is_told else read_rules(NAME, "of_itself_by_name", name=names)
    names_itself = any(rule.find(each) for text in spoken for each in sentences(text) for rule in by_name)
    return Manner(
        names=names,
        rules_for_sentences=(*voice, *narrating),
        rules_for_lines=lines,
        narrating=narrating,
        by_name=() if names_itself else by_name,
        marks=tuple(
            kind for kind, table in read_table(NAME)["marks"].items()
            if spoken and not _uses(table["mark"], table["asked_for"], spoken, told)
        ),
    )  # fmt: skip


def _names(persona: Persona) -> str:
    """A regular expression for a character's names, with first and last names by themselves."""
    own = persona.graph.nodes.get(persona.node_id)
    parts = {part for name in (persona.name, own.label if own else "") for part in name.split()}
    single = {part for part in parts if part[:1].isupper() and len(part) >= _SHORTEST_NAME}
    return list_names(names_of(persona) | single)


@cache
def _points() -> tuple[Rule, ...]:
    return read_rules(NAME, "advising_in_points")


@lru_cache(maxsize=64)
def _outside(names: str) -> re.Pattern[str]:
    table = read_table(NAME)
    return compile_pattern(
        "|".join(table["telling_from_outside"]["patterns"]), {**table["words"], "name": names}
    )


def _tells_from_outside(text: str, names: str) -> bool:
    return any(_outside(names).search(each) for each in text.splitlines())


def _uses(mark: str, asked_for: str, spoken: tuple[str, ...], told: tuple[str, ...]) -> bool:
    """Whether a character's own texts have a mark, or its author asks for it."""
    pattern, word = compile_pattern(mark, {}), compile_pattern(asked_for, {})
    wanted = (each for text in told for each in sentences(text) if word.search(each))
    return any(map(pattern.search, (*spoken, *told))) or any(not _DENIES.search(each) for each in wanted)


def _marked(draft: str, scene: Scene, manner: Manner) -> Verdict | None:
    """A writing mark that the character does not use, unless the user asks for it."""
    for kind in manner.marks:
        table = read_table(NAME)["marks"][kind]
        found = compile_pattern(table["mark"], {}).search(draft, scene.judged)
        if found and not compile_pattern(table["asked_for"], {}).search(scene.turn.text):
            return Verdict(critic=NAME, ok=False, reason=table["reason"], quote=found.group())
    return None
