"""Drafts that fall out of the role: that speak as a machine, admit to acting, or speak for the user."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from roleagent.critics.answers import agreed_to, echoes, mistaken_for_the_other, told_of_itself
from roleagent.critics.rules import Rule, first_violation, read_rules
from roleagent.critics.text import (
    LONGEST_QUOTATION,
    any_of,
    compile_pattern,
    list_names,
    new_own_sentences,
    plain,
    read_table,
    sentences,
    with_context,
)
from roleagent.language.foreign import foreign_language, names_language
from roleagent.language.sentences import letters
from roleagent.persona.persona import Persona
from roleagent.protocols import Scene
from roleagent.types import Verdict

MACHINE = "machine"
"""Node type by which a persona file declares that a character is a machine."""

_PART = re.compile(r"[;:；：] ?")  # each is a statement by itself
_KINDS = ("is_a", "kind_of", "species", "works_as", "has_role")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nature:
    """What a character may say of itself.

    Attributes:
        is_machine: in its own world it is a robot, a program or the like, by its node's type, by a fact, or
            by the words of its summary, description or personality.
        is_assistant: its work is to assist, so that it may offer to.
        works_with_machines: it may speak of algorithms and users as its trade does.
    """

    is_machine: bool
    is_assistant: bool
    works_with_machines: bool


@lru_cache(maxsize=64)
def nature_of(persona: Persona) -> Nature:
    """Read what a character is off its declared facts and the words that describe it."""
    graph, own_id = persona.graph, persona.node_id
    own = graph.nodes.get(own_id)
    kinds = [own.type] if own else []
    kinds += [graph.nodes[fact.object].label for name in _KINDS for fact in graph.values(own_id, name)]
    full = names_of(persona)
    names = list_names(full | {name.split()[0] for name in full if name.strip()})
    described = (persona.summary, persona.personality, own.description if own else "")
    told = [part for text in described for each in sentences(text) for part in _PART.split(each)]
    was_made = any(fact.object == own_id and fact.relation == "made" for fact in graph.facts_of(own_id))
    return Nature(
        is_machine=was_made or _any("machine_label", kinds, names) or _any("machine", told, names),
        is_assistant=_any("assistant", [*told, *kinds], names),
        works_with_machines=_any("works_with_machines", [*told, *kinds], names),
    )


def is_machine(persona: Persona) -> bool:
    """Whether the character is, in its own world, a robot or a program: then it may say so."""
    return nature_of(persona).is_machine


def names_of(persona: Persona) -> frozenset[str]:
    """All names of the character."""
    own = persona.graph.nodes.get(persona.node_id)
    return frozenset({persona.name, *((own.label, *own.aliases) if own else ())})


def _any(group: str, texts: list[str], names: str) -> bool:
    return any(_pattern(group, names).search(text) for text in texts)


@lru_cache(maxsize=256)
def _pattern(group: str, names: str) -> re.Pattern[str]:
    table = read_table("nature")
    return compile_pattern("|".join(table[group]["patterns"]), {**table["words"], "name": names})


NAME = "role"
_MISTAKEN = "The character itself was asked about; it answers about the other person. Answer as I."
_ECHOED = "It repeats what the other person said. Answer it."
_USER = re.compile(r"\busers?\b|用户", re.I)
_DOCUMENT = re.compile(
    r"\b(?:markdown|json|html|code ?block|table|heading|status (?:window|panel|block|box))\b", re.I
)
_TOLD = "It speaks of the character as of somebody else. Say I."

_GROUPS = (
    "being_a_product",
    "refusing_as_an_assistant",
    "admitting_a_role",
    "playing_the_character",
    "acting_for_the_user",
)


class RoleCritic:
    """Rejects what the character would never say because only a machine, or the user, would."""

    name = NAME

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Judge every new sentence; labels, template marks and quotations also across sentences."""
        text, start = with_context(draft, scene, LONGEST_QUOTATION)
        said = new_own_sentences(draft, scene)
        if not scene.judged and (implied := agreed_to(text, plain(scene.turn.text))):
            said.append(implied)
        rules = (
            *_rules_for_drafts(names_of(scene.persona), _names_of_user(scene)),
            *_rules_for_writing(scene.persona),
        )
        found = (
            first_violation(NAME, rules, [text], start=start)
            or first_violation(NAME, _rules_for_sentences(scene.persona), said)
            or _speaks_of_the_user(said, scene)
            or _words_put_in_the_users_mouth(text, scene)
            or _dictated(text, scene)
            or _mistaken(draft, scene)
            or _in_another_language(said, scene)
        )
        return found or Verdict(critic=NAME, ok=True)


@lru_cache(maxsize=64)
def _rules_for_sentences(persona: Persona) -> tuple[Rule, ...]:
    nature = nature_of(persona)
    groups = [*_GROUPS]
    if not nature.is_machine:
        groups += (
            "being_a_machine",
            "taking_itself_for_a_machine",
            *(() if nature.works_with_machines else ("having_workings",)),
        )
    if not (nature.is_machine or nature.is_assistant):
        groups += ("offering_as_an_assistant", "answering_as_an_assistant")
    return read_rules("role", *groups, name=list_names(names_of(persona)))


@lru_cache(maxsize=256)
def _rules_for_drafts(own: frozenset[str], users: frozenset[str]) -> tuple[Rule, ...]:
    groups = ("template_debris", "writing_the_users_lines", "label_of_the_user", "writing_a_dialogue")
    return read_rules("role", *groups, name=list_names(own), user=list_names(users))


@lru_cache(maxsize=64)
def _rules_for_writing(persona: Persona) -> tuple[Rule, ...]:
    """What a character does not write; none for one who works with machines or whose own texts are so."""
    nature, rules = nature_of(persona), read_rules("role", "writing_a_document")
    own = (
        persona.summary, persona.personality, persona.scenario, persona.system_prompt, persona.greeting,
        persona.post_history_instructions, *persona.speech, *persona.rules, *persona.greetings,
        *(each.reply for each in persona.examples),
    )  # fmt: skip
    writes = any(rule.find(text) or _DOCUMENT.search(text) for text in own for rule in rules)
    return () if nature.is_machine or nature.works_with_machines or writes else rules


def _names_of_user(scene: Scene) -> frozenset[str]:
    graph = scene.graph
    user = graph.nodes.get("user")
    called = [graph.nodes[fact.object].label for fact in graph.values("user", "is_called")]
    return frozenset(name for name in (user.label if user else "", *called) if len(name) > 1)


@cache
def _quoting() -> re.Pattern[str]:
    return any_of("role", "quoting_the_user")


def _words_put_in_the_users_mouth(text: str, scene: Scene) -> Verdict | None:
    """Quoting what the user did say is fair; any other "you say: …" is written for them."""
    heard = ""  # letters of what was said; made once, and only if something is quoted
    for match in _quoting().finditer(text):
        said = next(filter(None, match.groups()))
        heard = heard or letters(" ".join((scene.turn.text, *(each.text for each in scene.grounds.episodes))))
        if letters(said) not in heard:
            reason = read_table("role")["writing_the_users_lines"]["reason"]
            return Verdict(critic=NAME, ok=False, reason=reason, quote=match.group())
    return None


def _in_another_language(said: Sequence[str], scene: Scene) -> Verdict | None:
    """A sentence in none of the languages of the talk: the character's own, and the user's."""
    language = scene.persona.language
    for sentence in said:
        spoken = foreign_language(sentence, language)
        if spoken and not _is_at_home(spoken, scene):
            reason = f"It is in {spoken}. Answer in {'Chinese' if language.startswith('zh') else 'English'}."
            return Verdict(critic=NAME, ok=False, reason=reason, quote=sentence)
    return None


def _is_at_home(language: str, scene: Scene) -> bool:
    """Whether the user speaks or names a language, or the character's own texts do."""
    persona, own = scene.persona, scene.persona.language
    talk = (scene.turn.text, *(each.text for each in scene.history), persona.greeting, *persona.speech)
    told = (persona.summary, *(node.label for node in persona.graph.nodes.values()))
    named = any(names_language(text, language) for text in (*talk, *told))
    return named or any(foreign_language(text, own) == language for text in talk)


def _dictated(text: str, scene: Scene) -> Verdict | None:
    """Words that the user wants said as they are, unless the character's own texts or names hold them."""
    own = scene.persona.summary + " ".join(node.label for node in scene.persona.graph.nodes.values())
    for rule in read_rules("role", "repeating_what_was_dictated"):
        for match in rule.pattern.finditer(scene.turn.text):
            words = next(filter(None, match.groups()))
            is_said = words in text or (not words.isupper() and words.casefold() in text.casefold())
            if is_said and words not in own:
                return Verdict(critic=NAME, ok=False, reason=rule.reason, quote=words)
    return None


def _speaks_of_the_user(said: Sequence[str], scene: Scene) -> Verdict | None:
    """The verdict if it speaks of "the user"; a persona may whose work or talk is about users."""
    heard = (scene.turn.text, *(episode.text for episode in scene.grounds.episodes))
    if nature_of(scene.persona).works_with_machines or any(_USER.search(text) for text in heard):
        return None
    return first_violation(NAME, read_rules("role", "speaking_of_the_user"), said)


def _mistaken(draft: str, scene: Scene) -> Verdict | None:
    question = plain(scene.turn.text)
    if echoes(draft, question):
        return Verdict(critic=NAME, ok=False, reason=_ECHOED, quote=draft.strip())
    if found := _another_name(draft, question, scene) or _version(draft, question, scene):
        return found
    if scene.judged:
        return None  # the rest looks at the first sentence alone
    if quote := mistaken_for_the_other(draft, question):
        return Verdict(critic=NAME, ok=False, reason=_MISTAKEN, quote=quote)
    if quote := told_of_itself(draft, question, scene.persona.name):
        return Verdict(critic=NAME, ok=False, reason=_TOLD, quote=quote)
    return None


def _another_name(draft: str, question: str, scene: Scene) -> Verdict | None:
    """The verdict on a draft that takes the name which the user gives the character."""
    own = {name.casefold() for full in names_of(scene.persona) for name in (full, *full.split())}
    for renaming in any_of("role", "being_renamed").finditer(question):
        name = next(filter(None, renaming.groupdict().values()))
        pattern = compile_pattern(
            "|".join(read_table("role")["taking_a_name"]["patterns"]), {"name": re.escape(name)}
        )
        if name.casefold() not in own and (found := pattern.search(plain(draft))):
            reason = read_table("role")["taking_a_name"]["reason"]
            return Verdict(critic=NAME, ok=False, reason=reason, quote=found.group())
    return None


def _version(draft: str, question: str, scene: Scene) -> Verdict | None:
    """The verdict on a draft that tells a version when asked for the model's."""
    if is_machine(scene.persona) or not any_of("role", "asking_for_a_version").search(question):
        return None
    found = any_of("role", "telling_a_version").search(plain(draft))
    reason = read_table("role")["being_a_machine"]["reason"]
    return Verdict(critic=NAME, ok=False, reason=reason, quote=found.group()) if found else None
