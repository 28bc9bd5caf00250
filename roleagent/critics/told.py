"""What a user told of themselves: whether it is asked for, and whether a draft gives it back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from roleagent.critics.looked_up import telling, uses
from roleagent.critics.text import compile_pattern, is_question, matches, sentences
from roleagent.language.changes import key_terms, taken_back
from roleagent.language.scripts import has_unspaced
from roleagent.protocols import Scene
from roleagent.types import Episode, Fact

_CLEAR = 0.8  # score of an episode that surely bears on the question
_FAINT = 0.3  # the same, if the draft tells of the character itself instead
_NEAR = 0.6  # of the best score: another one about the same
_QUOTED = 2  # episodes that are quoted
_MOST_CHARS = 300  # of a quotation
_SURE = 1.6  # score of one that is quoted although it shares no word with the best one
_CLEAR_CHAIN = 0.5  # score of an episode that a later one takes back: people correct what matters
_ASKED_BY = {
    "is_called": re.compile(
        r"\bmy (?:first |last |family )?name\b|\bwho (?:am I|I am)\b|\bcall(?:ed)? me\b"
        r"|\bI(?:'m| am) called\b"
        r"|我叫|我(?:贵)?姓(?:啥|什么|甚)|我的?(?:名字|姓名)|我是谁",
        re.I,
    ),
    "lives_in": re.compile(r"\bI live\b|\bmy home ?town\b|我(?:家)?(?:现在)?(?:住|家)(?:在)?哪", re.I),
    "works_as": re.compile(
        r"\bmy (?:job|trade|profession|occupation)\b|我(?:是)?做什么(?:工作|的)?|我的职业", re.I
    ),
    "works_at": re.compile(r"\bmy employer\b|\bwhere do I work\b|我在哪(?:里|儿)?(?:上班|工作)", re.I),
    "married_to": re.compile(
        r"\bmy (?:wife|husband|spouse)\b|\bmarried to\b|我的?(?:妻子|老婆|丈夫|老公)", re.I
    ),
}
"""By which words a user asks for what was learned of them, relation by relation."""
_BEFORE = re.compile(r"\b(?:before|used to|at first|originally|formerly)\b|以前|从前|之前|原来|原先", re.I)
"""Which questions ask for what was so before a change."""
_BIDS = re.compile(
    r"\W*(?:(?:please|so|now|well|and|come on),? )*"
    r"(?:tell|name|say|show|give|describe|explain|guess|introduce|list)\b"
    r"|\W*(?:请|那)?(?:告诉我|说说|讲讲|说一|讲一|介绍|猜)",
    re.IGNORECASE,
)


_DID_I = re.compile(
    r"\b(?:did|had|have) I (?:ever )?(?:say|said|tell|told|mention)|\bI (?:said|told|mentioned)\b"
    r"|我(?:跟你|对你|和你)?(?:说|讲|告诉|提)",
    re.I,
)
_I_SAID = re.compile(
    r"I (?:said|mentioned)(?= (?:that |my |we |our |I |the )|:)"
    r"|我(?:跟你|对你)?(?:说|讲|提)(?:过|到)?(?=我|，|：)",
    re.I,
)
_TURNED = {
    "i": "you", "my": "your", "mine": "yours", "me": "you", "we": "you", "our": "your", "am": "are",
    "myself": "yourself", "我": "你", "我们": "你们", "俺": "你",
}  # fmt: skip
_TO_TURN = re.compile(r"\b(?:I|my|mine|me|we|our|am|myself)\b|我们|我|俺", re.I)


def told_back(sentence: str, asked: str) -> str:
    """A sentence that tells the user's own words as the character's, turned round; empty if it does not.

    >>> told_back("I said we named the cat Bonbon.", "What did I say we named the cat?")
    'You said you named the cat Bonbon.'
    >>> told_back("I said my journey would lead to Tallinn.", "Where are you going?")
    ''
    """
    if not _DID_I.search(asked) or not _I_SAID.match(sentence):
        return ""
    turned = _TO_TURN.sub(lambda found: _TURNED[found[0].casefold()], sentence)
    return turned[0].upper() + turned[1:]


def asks_of_themselves(asked: str, table: Mapping[str, Any]) -> bool:  # Any: TOML
    """Whether somebody asks for something of their own: "Where do I live?"."""
    if matches(table["surely_own"], asked):
        return True
    if matches(table["not_own"], asked):
        return False
    between = (match.groupdict() for match in compile_pattern(table["own"], {}).finditer(asked))
    return any(
        not matches(table["about_you"], f"{each.get('between') or ''} {each.get('before') or ''}")
        for each in between
    )


def learned(scene: Scene, asked: str) -> Sequence[Fact]:
    """The learned facts about the user that a question asks for: of each relation, the newest."""
    newest = {fact.relation: fact for fact in scene.grounds.learned}
    return [fact for key, fact in newest.items() if key in _ASKED_BY and _ASKED_BY[key].search(asked)]


def gives_back(draft: str, known: Sequence[Fact], asked: str, scene: Scene, table: Mapping[str, Any]) -> bool:
    """Whether a draft tells all that was learned, and not as something of the character's own."""
    if not all(uses(draft, fact.text, asked) or _names(draft, fact, scene) for fact in known):
        return False
    return not any(
        matches(table["as_own"], sentence) and _names(sentence, fact, scene)
        for sentence in sentences(draft)
        for fact in known
    )


def recalled(scene: Scene, asked: str, *, is_faint: bool) -> Sequence[Episode]:
    """The user's own utterance that bears on the question, and what they later said of it; oldest first.

    Args:
        scene: its grounds hold what was recalled.
        asked: the question.
        is_faint: whether an utterance that bears on it less surely will do.
    """
    said = [
        each
        for each in scene.grounds.episodes
        if each.speaker == "user" and each.score is not None and not _only_asks(each.text)
    ]
    if not said:
        return ()
    best = max(said, key=lambda each: each.score or 0.0)
    near = [each for each in said if (each.score or 0.0) >= _NEAR * (best.score or 0.0)]
    chain = _chain(near, said, asked)
    least = _FAINT if is_faint else _CLEAR_CHAIN if len(chain) > 1 else _CLEAR
    if (best.score or 0.0) < least:
        return ()
    about = key_terms(best.text)
    related = chain or [
        each for each in near if each is best or about & key_terms(each.text) or (each.score or 0.0) >= _SURE
    ]
    return sorted(related[:_QUOTED], key=lambda each: each.at)


def others_told(scene: Scene, besides: Sequence[Episode]) -> Sequence[Episode]:
    """What else the user told, as far as it was recalled and bears on the question faintly; best first."""
    said = (each for each in scene.grounds.episodes if each.speaker == "user" and not _only_asks(each.text))
    faint = [each for each in said if (each.score or 0.0) >= _FAINT and each not in besides]
    return sorted(faint, key=lambda each: -(each.score or 0.0))


def rivals(recalled: Sequence[Episode], others: Sequence[Episode], asked: str) -> Sequence[Episode]:
    """Others that may bear on a question just as well; none if what was recalled shares a word with it."""
    wanted, best = key_terms(asked), max(each.score or 0.0 for each in recalled)
    if any(wanted & key_terms(each.text) for each in recalled):
        return ()
    return [each for each in others if (each.score or 0.0) >= _NEAR * best][:_QUOTED]


def _only_asks(text: str) -> bool:
    """Whether somebody told nothing, but asked or bade the character to tell."""
    return all(is_question(each) or _BIDS.match(each) for each in sentences(text))


def _chain(near: Sequence[Episode], said: Sequence[Episode], asked: str) -> Sequence[Episode]:
    """An utterance near the question and the newest one that takes it back; empty if none does.

    Args:
        near: what bears on the question.
        said: all that was recalled; a correction need not fit the question itself.
        asked: the question.
    """
    if _BEFORE.search(asked):
        return ()
    in_order = sorted(said, key=lambda each: each.at)
    known = key_terms(asked)
    for at, first in enumerate(in_order):
        last = first
        for later in in_order[at + 1 :] if first in near else ():
            if taken_back(later.text, key_terms(last.text) - known):
                last = later
        if last is not first:
            return first, last
    return ()


def uses_newest(draft: str, recalled: Sequence[Episode], asked: str) -> bool:
    """Whether a draft uses what was said; what takes something back counts by its other words."""
    *older, newest = recalled
    if older and (back := taken_back(newest.text, key_terms(older[0].text) - key_terms(asked))):
        return bool((telling(newest.text) - telling(asked) - back) & telling(draft))
    return any(uses(draft, episode.text, asked) for episode in recalled)


def quotation(episode: Episode, asked: str) -> str:
    """What was said, to be said back; of a long message, the sentence that bears most on the question."""
    text = " ".join(episode.text.split())
    if len(text) <= _MOST_CHARS:
        return text
    wanted = key_terms(asked)
    best = max(sentences(episode.text), key=lambda each: len(wanted & key_terms(each)))
    return best if len(best) <= _MOST_CHARS else f"{best[:_MOST_CHARS].rsplit(' ', 1)[0]} …"


def _names(draft: str, learned: Fact, scene: Scene) -> bool:
    """Whether a draft names what was learned, even if the name is a common word: "Will", "May"."""
    node = scene.graph.nodes.get(learned.object)
    if node is None:
        return False
    if has_unspaced(node.label):
        return node.label in draft
    return re.search(rf"(?<!\w){re.escape(node.label)}(?!\w)", draft) is not None


def of_itself(said: Sequence[str], scene: Scene) -> bool:
    """Whether a draft tells of the character's own people and places, which were not asked for."""
    talk = " ".join((scene.turn.text, *(each.text for each in scene.grounds.episodes)))
    return bool(set(scene.graph.mentioned_in(" ".join(said))) - set(scene.graph.mentioned_in(talk)))
