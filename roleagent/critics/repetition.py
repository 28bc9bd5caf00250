"""Drafts that say again, word for word, what the character said a little earlier.

Where the likeliest words are taken, a small model that once repeated itself does so in every turn. Short
sentences may come back, and so may what the user asks for again. The verdict is mild, so that a model that
insists may say its catchphrase, or the same refusal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from roleagent.critics.text import new_sentences, plain
from roleagent.language.changes import key_terms
from roleagent.language.scripts import breaks_anywhere
from roleagent.language.sentences import letters, split_sentences
from roleagent.protocols import Scene
from roleagent.types import Episode, Verdict

NAME = "repetition"
_SAID = "You said this a moment ago in the same words. Say something else, about what they say now."
_PLAYED = "That is what somebody else said, in an example of how you speak. Answer what they say now."
_RECITED = "That line answers somebody else, in an example of how you speak. Answer what they say now."
_AGAIN = re.compile(
    r"\b(?:again|repeat|pardon|one more time|another (?:verse|time)|say that|sing|pray|refrain|chorus)\b"
    r"|^\W*(?:sorry|what|eh|huh)\W*$|再(?:说|讲|来)|重复|没听清|^什么[？?]|唱|念",
    re.IGNORECASE,
)
_MOST_CHARS = 500  # of a message that are looked at
_LAST = 12  # utterances of the talk in which a sentence must not come back
_LONG, _LONG_UNSPACED = 24, 8  # letters of a sentence that does not come back by chance
_SHORT, _SHORT_UNSPACED = 8, 4  # letters of what somebody asks in an example, which is not the character's
_ALIKE = 0.5  # share of terms in common that makes a question the same as an earlier one


class RepetitionCritic:
    """Rejects a long sentence that stands in one of the character's last replies.

    What the user asks for again may be said again, and so may a sentence that tells what was recalled for
    this turn, an example's answer to such a question, or a line of declining. What others say in an example
    is not the character's own.
    """

    name = NAME
    fails_open = True  # a line said twice harms nobody

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Judge the new sentences against the last replies."""
        message = plain(scene.turn.text)
        if not scene.drafts_left or _AGAIN.search(message[:_MOST_CHARS]):
            return Verdict(critic=NAME, ok=True)
        now = key_terms(message)  # once: a long message takes a while
        said, asked_in_examples = frozenset(_said_before(now, scene)), frozenset(_asked_in_examples(scene))
        for sentence in new_sentences(draft, scene):
            key = letters(sentence)
            comes_back = _has(key, _LONG, _LONG_UNSPACED) and key in said
            if comes_back and not _tells_what_is_known(sentence, now, scene):
                return Verdict(critic=NAME, ok=False, reason=_SAID, quote=sentence.strip(), is_mild=True)
            if _is_recited(key, sentence, now, scene) and not _tells_what_is_known(sentence, now, scene):
                return Verdict(critic=NAME, ok=False, reason=_RECITED, quote=sentence.strip(), is_mild=True)
            if _has(key, _SHORT, _SHORT_UNSPACED) and key in asked_in_examples:
                return Verdict(critic=NAME, ok=False, reason=_PLAYED, quote=sentence.strip(), is_mild=True)
        return Verdict(critic=NAME, ok=True)


def _said_before(asked: frozenset[str], scene: Scene) -> Iterator[str]:
    """The letters of each sentence that was said, except in answer to the same question as now."""
    persona = scene.persona
    own = (*persona.fall_backs, *persona.speech, *(example.reply for example in persona.examples))
    may_be_said = {letters(sentence) for text in own for sentence in split_sentences(text)}
    for before, reply in _exchanges(scene.history[-_LAST:]):
        if not _same(asked, key_terms(before)):
            yield from (key for each in split_sentences(reply) if (key := letters(each)) not in may_be_said)


def _asked_in_examples(scene: Scene) -> Iterator[str]:
    """The letters of each sentence that others say in the persona's examples; not of those said now."""
    now = {letters(sentence) for sentence in split_sentences(plain(scene.turn.text))}
    asked = (letters(each) for example in scene.persona.examples for each in split_sentences(example.user))
    return (key for key in asked if key not in now)


def _is_recited(key: str, sentence: str, said: frozenset[str], scene: Scene) -> bool:
    """Whether a sentence is an example's answer to something quite different from what is said now."""
    if not said or said & key_terms(sentence) or not _has(key, _LONG, _LONG_UNSPACED):
        return False
    examples = (each for each in scene.persona.examples if each.user.strip())
    return any(
        key in map(letters, split_sentences(example.reply)) and not said & key_terms(example.user)
        for example in examples
    )


def _exchanges(talk: Sequence[Episode]) -> Iterator[tuple[str, str]]:
    """What was said to the character, and what it answered."""
    heard = ""
    for episode in talk:
        if episode.speaker == "persona":
            yield heard, episode.text
        else:
            heard = episode.text


def _same(asked: frozenset[str], before: frozenset[str]) -> bool:
    return bool(asked) and len(asked & before) >= _ALIKE * len(asked | before)


def _has(key: str, least: int, least_unspaced: int) -> bool:
    return len(key) >= (least_unspaced if breaks_anywhere(key[:1]) else least)


def _tells_what_is_known(sentence: str, said: frozenset[str], scene: Scene) -> bool:
    """Whether a sentence tells what was recalled for this turn and is not in the question."""
    grounds = scene.grounds
    recalled = (
        *(fact.text for fact in (*grounds.learned, *grounds.facts[:2])),
        *(episode.text for episode in grounds.episodes),
        *(seen.text for seen in grounds.observations),
    )
    telling = key_terms(sentence) - said - key_terms(scene.persona.name)
    return any(telling & key_terms(text) for text in recalled)
