"""Drafts that do not use what stands in the notes: "I do not remember", while the user's own words lie there.

Small models read their notes and answer from the persona, or say that they know nothing. Where somebody asks
for what they told of themselves, for a fact about somebody who is named, or for what a tool found, the note
itself is a better answer: it is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from roleagent.critics.looked_up import telling, unused_result
from roleagent.critics.text import compile_pattern, is_lead, plain, read_table, sentences
from roleagent.language.changes import key_terms, taken_back
from roleagent.persona.address import by_character, to_listener
from roleagent.persona.referents import referents
from roleagent.protocols import Scene
from roleagent.types import Episode, Fact, Verdict

NAME = "recollection"

_CLEAR = 0.8  # score of an episode that surely bears on the question
_FAINT = 0.3  # the same, if the draft tells of the character itself instead
_NEAR = 0.6  # of the best score: another one about the same
_QUOTED = 2  # episodes that are quoted
_SURE = 1.6  # the same, though it shares no word with the best one
_CLEAR_CHAIN = 0.5  # score of an episode that a later one takes back: people correct what matters
_CLEAR_FACT = 3.0  # score of a fact that surely bears on the question
_ASKED_FOR = {
    "place": re.compile(r"\bwhere|\bplace\b|\bhome\b|\bsettled\b|\btown\b|哪|什么地方", re.I),
    "occupation": re.compile(
        r"\bwork|\btrade\b|\bjob\b|\bliving\b|\boccupation\b|\bprofession\b|职业|做什么|干什么", re.I
    ),
    "person": re.compile(r"\bwho|谁", re.I),
}
"""By which words of a question a value of a type is asked for."""
_MOST_CHARS = 500  # of a message, its end, that are read for what it asks
_HEAD = 600  # characters of a draft that are read
_ASKED_BY = {
    "is_called": re.compile(
        r"\bmy (?:first |last |family )?name\b|\bwho am I\b|\bcall(?:ed)? me\b"
        r"|我叫|我(?:贵)?姓(?:啥|什么|甚)|我的?(?:名字|姓名)|我是谁",
        re.I,
    ),
    "lives_in": re.compile(
        r"\b(?:do I|I) live\b|\bmy home ?town\b|我(?:家)?(?:现在)?(?:住|家)(?:在)?哪", re.I
    ),
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
_MOMENTARY = re.compile(
    r"\b(?:just now|right now|at the moment|today|tonight|last night|yesterday|this morning|at the door)\b"
    r"|刚才|此刻|这会儿|今天|今晚|昨晚|昨天|门口",
    re.IGNORECASE,
)
"""Questions about a moment, of which a fact that holds for years says nothing."""
_WAITS = 2  # sentences within which a draft has to use what it was told


class RecollectionCritic:
    """Rejects a draft that does not use what the character was told, and quotes it instead."""

    name = NAME

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Judge the first sentences against what was recalled and found for the question."""
        table = read_table("recollection")[
            "chinese" if scene.persona.language.startswith("zh") else "english"
        ]
        said = sentences(draft[:_HEAD])[:_WAITS]
        if not said or scene.judged >= _HEAD or (not complete and len(said) < _WAITS and is_lead(said[0])):
            return Verdict(critic=NAME, ok=True)
        if scene.drafts_left > 1 and (result := unused_result(draft[:_HEAD], scene)):
            return Verdict(
                critic=NAME, ok=False, reason=f"You looked it up: {result}", quote=said[0], is_mild=True
            )
        asked = plain(scene.turn.text)[-_MOST_CHARS:]
        if _matches(table["declines"], said[0]):
            return Verdict(critic=NAME, ok=True)
        is_own = _asks_of_themselves(asked, table) and not _names_somebody(asked, scene)
        if is_own and (learned := _learned(scene, asked)) is not None:
            if _uses(draft[:_HEAD], learned.text, asked) or _names(draft[:_HEAD], learned, scene):
                return Verdict(critic=NAME, ok=True)
            return Verdict(
                critic=NAME,
                ok=False,
                reason=f"They told you: {learned.text}",
                quote=said[0],
                evidence=(learned.id,),
                instead=to_listener(learned.text, language=scene.persona.language),
            )
        if is_own and (recalled := _recalled(scene, asked, is_faint=_of_itself(said, scene))):
            if _uses_newest(draft[:_HEAD], recalled, asked):
                return Verdict(critic=NAME, ok=True)
            quotes = table["and_then"].join(f"“{episode.text.strip()}”" for episode in recalled)
            return Verdict(
                critic=NAME,
                ok=False,
                reason=f"They ask for what they told you: {quotes}",
                quote=said[0],
                evidence=tuple(episode.id for episode in recalled),
                instead=table["told"].format(quotes=quotes),
            )
        fact = None if is_own else _clear_fact(scene, asked)
        if fact is None or _uses(draft[:_HEAD], fact.text, asked):
            return Verdict(critic=NAME, ok=True)
        if _matches(table["ignorance"], said[0]) or _names_another(said, fact, scene):
            return Verdict(
                critic=NAME,
                ok=False,
                reason=f"You know this: {fact.text}",
                quote=said[0],
                evidence=(fact.id,),
                instead=by_character(fact.text, scene.persona),
            )
        return Verdict(critic=NAME, ok=True)


def _learned(scene: Scene, asked: str) -> Fact | None:
    """The newest learned fact about the user that a question asks for by its relation, such as their name."""
    found = [
        fact
        for fact in scene.grounds.learned
        if (words := _ASKED_BY.get(fact.relation)) is not None and words.search(asked)
    ]
    return found[-1] if found else None


def _asks_of_themselves(asked: str, table: Mapping[str, Any]) -> bool:  # Any: TOML
    """Whether somebody asks for something of their own: "Where do I live?"."""
    if _matches(table["surely_own"], asked):
        return True
    if _matches(table["not_own"], asked):
        return False
    between = (match.groupdict() for match in compile_pattern(table["own"], {}).finditer(asked))
    return any(
        not _matches(table["about_you"], f"{each.get('between') or ''} {each.get('before') or ''}")
        for each in between
    )


def _names_somebody(asked: str, scene: Scene) -> bool:
    """Whether a question names somebody or something of the character's world."""
    return any(node_id in scene.persona.graph.nodes for node_id in scene.graph.mentioned_in(asked))


def _matches(pattern: str, text: str) -> bool:
    return compile_pattern(pattern, {}).search(text) is not None


def _of_itself(said: Sequence[str], scene: Scene) -> bool:
    """Whether a draft tells of the character's own people and places, which were not asked for."""
    talk = " ".join((scene.turn.text, *(each.text for each in scene.grounds.episodes)))
    return bool(set(scene.graph.mentioned_in(" ".join(said))) - set(scene.graph.mentioned_in(talk)))


def _recalled(scene: Scene, asked: str, *, is_faint: bool) -> Sequence[Episode]:
    """The user's own utterance that bears on the question, and what they later said of it; oldest first.

    Args:
        scene: its grounds hold what was recalled.
        asked: the question.
        is_faint: whether an utterance that bears on it less surely will do.
    """
    said = [each for each in scene.grounds.episodes if each.speaker == "user" and each.score is not None]
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


def _uses_newest(draft: str, recalled: Sequence[Episode], asked: str) -> bool:
    """Whether a draft uses what was said; what takes something back counts by its other words."""
    *older, newest = recalled
    if older and (back := taken_back(newest.text, key_terms(older[0].text) - key_terms(asked))):
        return bool((telling(newest.text) - telling(asked) - back) & telling(draft))
    return any(_uses(draft, episode.text, asked) for episode in recalled)


def _names(draft: str, learned: Fact, scene: Scene) -> bool:
    """Whether a draft names what was learned, even if the name is a common word: "Will", "May"."""
    node = scene.graph.nodes.get(learned.object)
    return node is not None and re.search(rf"(?<!\w){re.escape(node.label)}(?!\w)", draft) is not None


def _clear_fact(scene: Scene, asked: str) -> Fact | None:
    """The fact that answers, if the question names or means somebody and asks for such a value."""
    if _MOMENTARY.search(asked):
        return None
    graph, own_id, language = scene.graph, scene.persona.node_id, scene.persona.language
    meant = {*graph.mentioned_in(asked), *referents(asked, graph, own_id, language=language)} - {own_id}
    for fact in scene.grounds.facts:
        wanted = _ASKED_FOR.get(graph.nodes[fact.object].type) if fact.object in graph.nodes else None
        if fact.subject in meant and (fact.score or 0.0) >= _CLEAR_FACT and wanted and wanted.search(asked):
            return fact
    return None


def _names_another(said: Sequence[str], fact: Fact, scene: Scene) -> bool:
    """Whether a draft names another thing of the kind that was asked for."""
    nodes = scene.graph.nodes
    named = scene.graph.mentioned_in(" ".join(said))
    besides = {fact.object, fact.subject, scene.persona.node_id}
    return any(each not in besides and nodes[each].type == nodes[fact.object].type for each in named)


def _uses(draft: str, told: str, asked: str) -> bool:
    """Whether a draft holds a telling word or number of what was told that the question does not hold."""
    return bool((telling(told) - telling(asked)) & telling(draft))
