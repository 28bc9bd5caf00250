"""Answers that overlook what was just seen or heard: "I cannot listen to recordings", below a transcript.

Small models read that the user shows them something and answer from the air, or say that they cannot see.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from roleagent.critics.looked_up import telling
from roleagent.critics.text import is_question, matches, plain, sentences
from roleagent.language.asking import asks, is_personal
from roleagent.language.scripts import has_unspaced
from roleagent.language.sentences import letters
from roleagent.language.tokens import words
from roleagent.protocols import Scene
from roleagent.types import Observation

_UNCLEAR = ("failure", "nsfw")  # kinds that tell nothing of the content
_BEST_FIRST = ("text", "transcript", "caption")  # kinds, by how much they tell; then all others
_MOST_CHARS = 300  # of a quotation
_FEW_WORDS = 8
# A caption that "I see" cannot open.
_SENTENCE = re.compile(r"[A-Z]|[图画照这那]|[^.!?。！？]*[.!?。！？]\s*\S")
_OPINION = re.compile(
    r"\b(?:think|make|say|suppose|reckon|call|know)\b|怎么看|觉得|认识|认得|知道", re.IGNORECASE
)
_PROBABILITY = re.compile(r" \(\d(?:\.\d{1,3})?\)")
_MOST_SAID = 500  # characters of a message that are looked at


class Overlooked(NamedTuple):
    """What a draft should have used.

    Attributes:
        reason: for the model, so that it can answer again.
        instead: what the character can say itself.
        is_denied: whether the draft says that there is nothing to see or hear.
        is_empty: whether the draft says nothing worth keeping: that, a line of an example, or a few words.
    """

    reason: str
    instead: str
    is_denied: bool
    is_empty: bool


def overlooked(draft: str, scene: Scene, table: Mapping[str, Any]) -> Overlooked | None:  # Any: TOML
    """What was seen or heard in this turn, if the user speaks of it and a draft does not tell it.

    What a guard warns of need not be told, and is not quoted.

    Args:
        draft: as far as it has grown.
        scene: holds the observations.
        table: the patterns and wordings of the persona's language.
    """
    shown = [each for each in scene.grounds.observations if not scene.turn.is_said(each)]
    told = [each for each in shown if each.kind not in _UNCLEAR and each.text.strip()]
    clear = [each for each in told if not _is_warned_of(each, scene)]
    said = plain(scene.turn.text)[:_MOST_SAID]
    if not shown or not _speaks_of(said, clear, table) or _asks_of_the_character(said, table):
        return None
    if not clear:
        return None if told else _made_up(draft, table)
    return _unused(draft, said, clear, scene, table)


def _is_warned_of(seen: Observation, scene: Scene) -> bool:
    """Whether a guard warns of what is in the same attachment, or of one of the same name."""
    names = {each.id: each.name for each in scene.turn.media}
    places = {warning.where for warning in scene.warnings}
    return names.get(seen.attachment_id, "attachment") in places


def _speaks_of(said: str, clear: Sequence[Observation], table: Mapping[str, Any]) -> bool:
    """Whether a message means what comes with it."""
    points = not said.strip() or matches(table["points"], said)
    return points or any(telling(said) & telling(each.text) for each in clear)


def _asks_of_the_character(said: str, table: Mapping[str, Any]) -> bool:
    """Whether a message asks last for the character's own life: "Look here! Where do you live?"."""
    question = next((each for each in reversed(sentences(said)) if is_question(each)), "")
    is_of_it = matches(table["points"], question) or _OPINION.search(question)
    return is_personal(question) and not is_of_it


def _made_up(draft: str, table: Mapping[str, Any]) -> Overlooked | None:
    """A draft that describes what could not be made out."""
    if not matches(table["perceives"], plain(draft)):
        return None
    if matches(table["no_sight"], plain(draft)):
        return None
    return Overlooked(table["unclear_reason"], table["unclear"], is_denied=True, is_empty=True)


def _unused(
    draft: str, said: str, clear: Sequence[Observation], scene: Scene, table: Mapping[str, Any]
) -> Overlooked | None:
    """The best observation, if a draft uses none and nothing else that is known."""
    clear = [each for each in clear if has_unspaced(each.text) == has_unspaced(draft)]
    if not clear:
        return None
    asked, told = telling(said), telling(draft)
    if any((telling(each.text) - asked) & told for each in clear):
        return None
    best = min(clear, key=lambda each: (_rank(each.kind), -len(telling(each.text) & asked)))
    quoted = _quoted([each for each in clear if each.kind == best.kind], table)
    if matches(table["no_sight"], plain(draft)):
        return Overlooked(table["shown"].format(quoted=quoted), quoted, is_denied=True, is_empty=True)
    if best.kind not in _BEST_FIRST or not asks(said) or any(map(is_question, sentences(draft))):
        return None
    if _uses_what_is_known(told, asked, scene):
        return None
    reason, is_empty = table["shown"].format(quoted=quoted), says_little(draft, scene)
    return Overlooked(reason, quoted, is_denied=False, is_empty=is_empty)


def says_little(draft: str, scene: Scene) -> bool:
    """Whether a draft is a few words, or recites what the character says in its examples."""
    played = {letters(each) for one in scene.persona.examples for each in sentences(one.reply)}
    return len(words(draft)) <= _FEW_WORDS or all(letters(each) in played for each in sentences(draft))


def _rank(kind: str) -> int:
    return _BEST_FIRST.index(kind) if kind in _BEST_FIRST else len(_BEST_FIRST)


def _uses_what_is_known(told: frozenset[str], asked: frozenset[str], scene: Scene) -> bool:
    """Whether a draft tells a fact that fits the question, or what was said before."""
    facts = [fact for fact in scene.grounds.facts if telling(fact.text) & asked]
    texts = [each.text for each in (*facts, *scene.grounds.learned)]
    texts += [episode.text for episode in scene.grounds.episodes]
    return any((telling(text) - asked) & told for text in texts)


def _quoted(seen: Sequence[Observation], table: Mapping[str, Any]) -> str:
    """What the character says of observations of one kind."""
    kind = seen[0].kind
    texts = [re.sub(r"\s+/\s+|\s+", " ", each.text).strip() for each in seen]
    if kind == "tags":
        texts = [_PROBABILITY.sub("", text) for text in texts]
    if kind == "caption":
        texts = [text.rstrip(".。") for text in texts]
    joined = {"tags": ", ", "caption": "; "}.get(kind, " ").join(texts)
    if kind == "caption" and _SENTENCE.match(joined):
        kind = "sentence"
    if len(joined) > _MOST_CHARS:
        joined = joined[:_MOST_CHARS].rsplit(" ", 1)[0] + " …"
    quoted = str(table["quotes"].get(kind, table["quotes"]["other"])).format(text=joined)
    return re.sub(r"(?<=[…!?！？])[.。]$", "", quoted)
