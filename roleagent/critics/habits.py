"""Habits that tire a reader: the same opening again, always a question, the user's own words.

Each function gives the verdict on one habit, or None. They compare a draft with what was said before it and
with what was recalled for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from roleagent.critics.answers import FOR_ME
from roleagent.critics.known import clear_fact, sure_facts, tells
from roleagent.critics.text import any_of, is_lead, is_question, plain, sentences
from roleagent.graph.schema import in_its_time
from roleagent.language.changes import key_terms
from roleagent.language.scripts import breaks_anywhere
from roleagent.language.sentences import letters
from roleagent.language.tokens import words
from roleagent.persona.persona import Persona
from roleagent.protocols import Scene
from roleagent.types import Verdict

_STYLE = "style"
_SAME_OPENING = "You open every time with these words. Begin in another way."
_ALWAYS_ASKS = "You end every turn with a question. End this one with something of your own."
_PARROTS = "It only gives the other person's words back. Answer with something of your own."
_EVADES = "It does not answer, and you know this: {told}"

_OPENING, _OPENING_UNSPACED = 3, 4  # words, or characters, that open three replies alike
_REPLIES_ALIKE = 2  # earlier ones that open as this one
_REPLIES_ASKING = 3  # earlier ones that end as questions
_OWN_ASKING = 0.5  # share of a character's own texts that end as questions, if that is its manner
_OWN_TEXTS = 2  # of which it takes that many to tell
_LEAST_GIVEN, _LEAST_GIVEN_UNSPACED = 5, 6  # words, or characters, of a reply that is no mere courtesy
_GIVEN_BACK = 0.75  # share of a reply's words that stand in the message, in order
_RUN = 2  # words in a row from which on they count as given back
_MOST_WORDS = 120  # of a message, and of a reply that may be the user's words
_MOST_CHARS = 500  # of a message that is read for what it asks
_TOLD = 3  # facts that the reason tells
_CLOSERS = " \t\n\"')*_”’」』】）》"
_DENIAL = re.compile(
    r"\b(?:no|not|never|none|nothing|cannot|without|yes|indeed)\b|n't\b|不|没|别|无|是的|对", re.I
)
_ACKNOWLEDGES = re.compile(r"^\W*(?:(?:well|ah|oh|I see|right)\b|好的?|嗯|哦|噢)[，,。.!！]+\s*", re.I)
_ME_ZH = {"你": "我", "您": "我", "俺": "我"}
_WANTS_VALUE = re.compile(
    r"\b(?:what|which|where|who|whom|whose|when|why|how)\b|谁|什么|啥|哪|几|多少|怎|如何|为何", re.I
)


def opens_the_same(draft: str, scene: Scene, critic: str) -> Verdict | None:
    """The first words of a draft, if the last two replies open with them as well.

    What answers the same message again may open the same, and so may a line of declining.
    """
    if scene.judged:
        return None
    before = _own_replies(scene)[-_REPLIES_ALIKE:]
    first = next(iter(sentences(draft)), "")
    if len(before) < _REPLIES_ALIKE or letters(first) in _lines_of(scene.persona):
        return None
    opening = [word.casefold() for word in words(first)]
    for text in before:
        opening = _shared_start(opening, [word.casefold() for word in words(text)[: len(opening)]])
    is_unspaced = breaks_anywhere("".join(opening)[:1])
    least = _OPENING_UNSPACED if is_unspaced else _OPENING
    joined = ("" if is_unspaced else " ").join(opening)
    if len(opening) < least or _asks_the_same(scene) or not key_terms(joined):
        return None
    end = re.match(rf"(?:\W*\w){{{sum(map(len, opening))}}}", first)
    return Verdict(critic=critic, ok=False, reason=_SAME_OPENING, quote=end.group() if end else first)


def asks_every_time(draft: str, scene: Scene, critic: str) -> Verdict | None:
    """The last question of a draft, if the last three replies ended with one as well.

    One whose greeting and examples mostly end so may do it.
    """
    before = _own_replies(scene)[-_REPLIES_ASKING:]
    if len(before) < _REPLIES_ASKING or not all(map(_ends_asking, (*before, draft))):
        return None
    persona = scene.persona
    own = [text for text in (persona.greeting, *(each.reply for each in persona.examples)) if text.strip()]
    if len(own) >= _OWN_TEXTS and sum(map(_ends_asking, own)) >= _OWN_ASKING * len(own):
        return None
    return Verdict(critic=critic, ok=False, reason=_ALWAYS_ASKS, quote=sentences(draft)[-1])


def parrots(draft: str, scene: Scene, critic: str) -> Verdict | None:
    """A whole reply that holds nothing but what the user said, with "you" for "I".

    Courtesies are short, and a question for a yes or no is answered with its own words; both pass.
    """
    said, given = plain(scene.turn.text), _ACKNOWLEDGES.sub("", _in_a_line(plain(draft)))
    if _DENIAL.search(given) and not _DENIAL.search(said):
        return None
    if any_of(_STYLE, "asking_for_words").search(said[:_MOST_CHARS]) or is_question(given):
        return None
    if any_of(_STYLE, "courtesy").search(given) or (is_question(said) and not _WANTS_VALUE.search(said)):
        return None
    theirs, own = _turned(said), _turned(given)
    least = _LEAST_GIVEN_UNSPACED if breaks_anywhere(letters(given)[:1]) else _LEAST_GIVEN
    if not least <= len(own) <= _MOST_WORDS or key_terms(given) - key_terms(said):
        return None
    blocks = SequenceMatcher(None, theirs[:_MOST_WORDS], own, autojunk=False).get_matching_blocks()
    if sum(block.size for block in blocks if block.size >= _RUN) < _GIVEN_BACK * len(own):
        return None
    return Verdict(critic=critic, ok=False, reason=_PARROTS, quote=draft.strip())


def _in_a_line(text: str) -> str:
    """A text without its line breaks: patterns begin at lines, and would read blank ones once for each."""
    return " ".join(text.split())


def evades(draft: str, scene: Scene, critic: str) -> Verdict | None:
    """A reply of nothing but questions, or of praise for the question, where a fact answers.

    What does not know or denies a fact is the business of the critic `recollection`.
    """
    said = [_in_a_line(each) for each in sentences(draft) if not is_lead(each)]
    asked = plain(scene.turn.text)[-_MOST_CHARS:]
    puts_off = any_of(_STYLE, "putting_off")
    if not all(is_question(each) or puts_off.search(each) for each in said or [_in_a_line(draft)]):
        return None
    clear = clear_fact(scene, asked)
    known = sure_facts(scene, asked) or ((clear,) if clear else ())
    if not known or any(tells(draft, fact, asked, scene) for fact in known):
        return None
    return Verdict(
        critic=critic,
        ok=False,
        reason=_EVADES.format(told=" ".join(map(in_its_time, known[:_TOLD]))),
        quote=(said or [draft.strip()])[0],
        evidence=tuple(fact.id for fact in known[:_TOLD]),
    )


def _own_replies(scene: Scene) -> list[str]:
    """What the character said in this conversation, oldest first."""
    return [
        episode.text for episode in scene.history if episode.speaker == "persona" and episode.text.strip()
    ]


def _asks_the_same(scene: Scene) -> bool:
    """Whether the user said the same before one of the last replies."""
    now = letters(scene.turn.text)
    before = [episode.text for episode in scene.history if episode.speaker != "persona"]
    return any(letters(text) == now for text in before[-_REPLIES_ALIKE:])


def _lines_of(persona: Persona) -> frozenset[str]:
    return frozenset(letters(each) for line in persona.fall_backs for each in sentences(line))


def _shared_start(one: Sequence[str], other: Sequence[str]) -> list[str]:
    same = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    return list(one[: min(len(one), len(other)) if same is None else same])


def _ends_asking(text: str) -> bool:
    return text.rstrip(_CLOSERS).endswith(("?", "？"))


def _turned(text: str) -> list[str]:
    """The words of a text in small letters, in which "you" is "I"."""
    return [FOR_ME.get(word, word) for word in re.findall(r"[\w']+", _spaced(text).casefold())]


def _spaced(text: str) -> str:
    """A text with a space around each character of a script without spaces, and 你 as 我."""
    return "".join(f" {_ME_ZH.get(char, char)} " if breaks_anywhere(char) else char for char in text)
