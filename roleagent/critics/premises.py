"""What somebody takes for granted of the character, and nothing that it knows bears out.

"How is your sister Clara?" presumes a sister; "Why did you sell the lighthouse?" presumes a sale; "Lend me
your telephone" presumes that the word means something. A language model plays along with all three. Such
words are held against the persona, its graph and the talk, and what they do not hold becomes a note for the
model, and for the critic that reads its draft (`PremiseCritic`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from roleagent.critics.horizon import words_beyond
from roleagent.critics.premises_events import of_events, of_names
from roleagent.critics.premises_facts import of_facts
from roleagent.critics.premises_kin import of_kin, of_ties
from roleagent.critics.premises_known import Known, pattern_of
from roleagent.critics.premises_values import of_claims, of_values
from roleagent.critics.text import is_lead, plain, read_table, sentences
from roleagent.language.sentences import is_question
from roleagent.language.tokens import stem, terms
from roleagent.protocols import Scene
from roleagent.types import Doubt, Episode, Fact, Verdict

_MAX_DOUBTS = 3
_MOST_CHARS = 2_000  # of a message that are read for premises


def doubts_about(said: str, scene: Scene, *, history: Iterable[Episode] = ()) -> tuple[Doubt, ...]:
    """What a user takes for granted of the character that nothing bears out.

    Args:
        said: the user's words.
        scene: the persona and the graph that this user may know.
        history: this conversation so far.
    """
    known = Known(scene, history)
    text = _spelled_out(plain(said[:_MOST_CHARS]), known)
    found = (
        *_beyond_horizon(text, known),
        *of_claims(text, known),
        *of_kin(text, known),
        *(doubt for sentence in sentences(text) for doubt in _of_sentence(sentence, known)),
    )
    kept: list[Doubt] = []
    for doubt in found:
        if not any(doubt.quote in other.quote or other.quote in doubt.quote for other in kept):
            kept.append(doubt)
    return tuple(kept[:_MAX_DOUBTS])


def _spelled_out(text: str, known: Known) -> str:
    """The same text with "why did you" for "why'd you"."""
    for short, long in known.table["spelled_out"]:
        text = pattern_of(short).sub(long, text)
    return text


def _beyond_horizon(text: str, known: Known) -> Iterator[Doubt]:
    """Words that the character cannot know, and that the talk has not made familiar."""
    talk = " ".join(each.text for each in known.talk if each.speaker == "user").casefold()
    for word in dict.fromkeys(words_beyond(text, known.persona.horizon)):
        if word.casefold() in talk:
            continue
        yield known.doubt("word", word)


def _of_sentence(sentence: str, known: Known) -> Iterator[Doubt]:
    """Facts, names, values and events that a sentence takes for granted of the one it speaks to."""
    yield from of_ties(sentence, known)
    yield from of_facts(sentence, known)
    asks = is_question(sentence) or pattern_of(known.table["asks"]).search(sentence) is not None
    if asks and pattern_of(known.table["addressed"]).search(sentence):
        yield from of_values(sentence, known, of_you=True)
        if not re.search(known.table["own_affairs"], sentence):  # "I" is no word in small letters
            yield from of_names(sentence, known)
            yield from of_values(sentence, known, of_you=False)
    yield from of_events(sentence, known, asks=asks)


# ── the critic ───────────────────────────────────────────────────────────────────────────

NAME = "premise"
_HEAD = 600  # characters of a draft that are read
_WAITS = 2  # sentences within which a reply has to deny what is not so


class PremiseCritic:
    """Rejects a draft that takes over what the graph does not bear out, and says how to begin instead."""

    name = NAME

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Judge the first sentences, in which what is not so has to be denied, or what is so to be told."""
        doubts, head = scene.grounds.doubts, draft[:_HEAD]
        if not doubts or scene.judged >= _HEAD:
            return Verdict(critic=NAME, ok=True)
        said = sentences(head)[:_WAITS]
        if not said or any(_sets_right(plain(head), doubt, scene) for doubt in doubts):
            return Verdict(critic=NAME, ok=True)
        may_follow = not complete and len(said) < _WAITS and (is_question(said[0]) or is_lead(said[0]))
        if may_follow:
            return Verdict(critic=NAME, ok=True)
        doubt = doubts[0]
        return Verdict(
            critic=NAME,
            ok=False,
            reason=f"It goes along with “{doubt.quote}”. {doubt.note}",
            quote=said[0],
            evidence=doubt.evidence,
            instead=doubt.answer,
        )


_DENIABLE = frozenset(
    map(
        stem,
        [
            "have",
            "own",
            "keep",
            "know",
            "recall",
            "remember",
            "do",
            "recognise",
            "recognize",
            "believe",
            "live",
        ],
    )
)


def _sets_right(draft: str, doubt: Doubt, scene: Scene) -> bool:
    """Whether a draft denies a premise, is puzzled by a strange word, or tells what is so instead."""
    language = "chinese" if scene.persona.language.startswith("zh") else "english"
    table = read_table("premises")[language]["denials"]
    patterns = table["puzzled"] if doubt.kind == "word" else [*table["patterns"], *table.get(doubt.kind, ())]
    if any(pattern_of(each).search(draft) for each in patterns):
        return True
    if doubt.kind != "word" and "verb" in table:
        own = {stem(term) for term in terms(doubt.quote)} | _DENIABLE
        denied = pattern_of(table["verb"]).finditer(draft)
        if any(stem(found["verb"].lower()) in own for found in denied):
            return True
    facts = (scene.graph.facts.get(fact_id) for fact_id in doubt.evidence)
    return any(fact is not None and _names(draft, fact, scene) for fact in facts)


def _names(draft: str, fact: Fact, scene: Scene) -> bool:
    """Whether a draft tells the object of a fact, by a name that the question did not hold."""
    node, asked = scene.graph.nodes[fact.object], plain(scene.turn.text).casefold()
    names = (name.casefold() for name in (node.label, *node.aliases))
    return any(name in draft.casefold() for name in names if name not in asked)
