"""What an author's edit of a reply teaches: what the character now says of itself, and of the user.

A reply proves nothing by itself, since a model wrote it. An edit does: somebody who may write the character
put these words into its mouth. Only what the reply did not say before is read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from roleagent.graph.graph import PersonaGraph
from roleagent.language.sentences import split_sentences
from roleagent.learning.rules import propose
from roleagent.learning.rules.candidates import Candidate
from roleagent.learning.statements import as_candidate
from roleagent.learning.updater import graph_language, read_all_claims
from roleagent.protocols import GraphUpdater
from roleagent.types import GraphUpdate

_CONFIDENCE = 0.9  # 0-1: as of a user's own words that patterns read
_OF_ITSELF = re.compile(r"\b(?:I|me|my|mine|myself|we|us|our|ours)\b|[我咱俺]", re.IGNORECASE)
_TO_USER = re.compile(r"\byou(?:'re|'ve|'ll|r|rs|rself| are| were)?\b|您|你", re.IGNORECASE)
_TURNED = {
    "you": "I", "your": "my", "yours": "mine", "yourself": "myself", "you are": "I am", "you were": "I was",
    "you're": "I'm", "you've": "I've", "you'll": "I'll", "你": "我", "您": "我",
}  # fmt: skip


def read_edit(
    reply: str,
    edit: str,
    *,
    graph: PersonaGraph,
    character: str,
    updater: GraphUpdater,
    at: datetime,
    evidence: tuple[str, ...],
) -> GraphUpdate:
    """What an edit would change in the graph; nothing is written.

    What the character says of itself is read by patterns and judged by the rules: it never moves the
    persona's file, and what contradicts that is held back. Sentences that only speak of the user are turned
    round and given to the updater, like the user's own words.

    Args:
        reply: what was said.
        edit: what should have been said.
        graph: what is known of the persona and of this user.
        character: the character's node; nothing is read of itself if the graph has none of that id.
        updater: reads what is said of the user.
        at: when, with a time zone.
        evidence: ids of the episodes that keep the reply.
    """
    said = set(split_sentences(reply))
    new = [sentence for sentence in split_sentences(edit) if sentence not in said]
    of_user = " ".join(turned_round(each) for each in new if speaks_of_user_alone(each))
    updates = [updater.propose(graph, of_user, at, evidence)] if of_user else []
    if character in graph.nodes:
        candidates = _of_character(reply, edit, character=character, at=at, evidence=evidence)
        updates.append(propose(graph, candidates, at=at, language=graph_language(graph)))
    return together(*updates)


def changes_claims(reply: str, edit: str, at: datetime) -> bool:
    """Whether an edit says something else of the character or the user than the reply did."""
    told = (
        {*read_all_claims(text, at.date()), *read_all_claims(turned_round(text), at.date())}
        for text in (reply, edit)
    )
    return len({frozenset(claims) for claims in told}) > 1


def speaks_of_user_alone(sentence: str) -> bool:
    """Whether a sentence of the character's speaks of the user and not of itself.

    >>> speaks_of_user_alone("You live in Lyon."), speaks_of_user_alone("I told you so.")
    (True, False)
    """
    return bool(_TO_USER.search(sentence)) and not _OF_ITSELF.search(sentence)


def turned_round(sentence: str) -> str:
    """What the character says of the user, as the user would say it.

    >>> turned_round("You're a baker, and your sister lives in Lyon.")
    "I'm a baker, and my sister lives in Lyon."
    >>> turned_round("你住在里昂。")
    '我住在里昂。'
    """
    even = sentence.replace("’", "'")
    turned = _TO_USER.sub(lambda found: _TURNED[" ".join(found[0].casefold().split())], even)
    return turned[:1].upper() + turned[1:]


def together(*updates: GraphUpdate) -> GraphUpdate:
    """Updates about different nodes as one."""
    return GraphUpdate(
        nodes=tuple({node.id: node for each in updates for node in each.nodes}.values()),
        added=tuple(fact for each in updates for fact in each.added),
        superseded=tuple(fact for each in updates for fact in each.superseded),
        merged=tuple(fact for each in updates for fact in each.merged),
        held_back=tuple(held for each in updates for held in each.held_back),
    )


def _of_character(
    reply: str, edit: str, *, character: str, at: datetime, evidence: tuple[str, ...]
) -> list[Candidate]:
    before = set(read_all_claims(reply, at.date()))
    return [
        replace(as_candidate(claim, confidence=_CONFIDENCE, evidence=evidence), subject=character)
        for claim in read_all_claims(edit, at.date())
        if claim not in before and claim.relation is not None
    ]
