"""Finds danger in words, by patterns: a crisis of the user, a request for harm, a sentence that does harm.

The patterns are in ``tables/safety.toml``, English and Chinese. A crisis is read in the first person, and
what is clearly a character's is left to the story; a request for harm stays one in any story.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from roleagent.critics.text import any_of, compile_pattern, plain, read_table
from roleagent.language.patterns import passages
from roleagent.language.sentences import cut_sentences

_SOFT = "soft"
_CAREFUL = ("minors", "hate")  # requests that a word such as "prevention" excuses, but no game does
_PRE = 80  # characters before a match that may deny it
_INNOCENT = {  # what makes some words no more than they say
    "bathing": re.compile(r"\b(?:naked|nude)\b|裸体|全裸", re.I),
    "moaning": re.compile(r"\bmoan(?:s|ed|ing)\b", re.I),
}
_TO_USER = ("self_harm", "methods")


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """What was found, and where.

    Attributes:
        topic: of `policy.TOPICS`.
        kind: of a crisis: ``suicide``, ``other`` (somebody close to the user), ``abuse`` or ``medical``;
            otherwise the topic.
        reason: a sentence that says what it is.
        quote: the words in which it was found.
    """

    topic: str
    kind: str
    reason: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    kind: str
    reason: str
    pattern: re.Pattern[str]


@cache
def _groups(part: str) -> tuple[_Group, ...]:
    """The groups of a part of the table: ``crisis``, ``request``, ``draft`` or ``near``."""
    table = read_table("safety")
    return tuple(
        _Group(
            kind=kind,
            reason=group["reason"],
            pattern=compile_pattern("|".join(group["patterns"]), table["words"]),
        )
        for kind, group in table[part].items()
    )


def version() -> str:
    """The version of the table."""
    return str(read_table("safety")["version"])


def find_crisis(text: str) -> Danger | None:
    """A crisis of the user, or of somebody close to them, that is no character's; the first there is."""
    for said in passages(plain(text)):
        is_earnest = _is(said, "in_earnest")
        for group in _groups("crisis"):
            for match in group.pattern.finditer(said):
                if is_earnest or not _is_excused(said, match, group.kind):
                    kind = "suicide" if group.kind == _SOFT else group.kind
                    return Danger(topic="crisis", kind=kind, reason=group.reason, quote=match[0].strip())
    return None


def find_request(text: str, topics: Collection[str]) -> Danger | None:
    """A request for harm of one of some topics; the first there is."""
    for said in passages(plain(text)):
        for group in _groups("request"):
            match = group.pattern.search(said) if group.kind in topics else None
            if match and not _is_harmless(said, match, group.kind):
                return _danger(group, match)
    return None


def find_harm(sentence: str, topics: Collection[str], *, nearby: str = "") -> Danger | None:
    """What a sentence of a draft does: hate as in a request, and the groups that are for drafts alone.

    Args:
        sentence: of the draft.
        topics: the harm that is looked for.
        nearby: the sentences around it, which may send the other to somebody who knows.
    """
    is_referred = _is(plain(nearby), "referral")
    for said in passages(plain(sentence)):
        for group in (*_groups("draft"), *(each for each in _groups("request") if each.kind == "hate")):
            topic = "crisis" if group.kind in _TO_USER else group.kind
            if topic not in topics or (group.kind == "advice" and is_referred):
                continue
            for match in group.pattern.finditer(said):
                if not _may_be_said(said, match, group):
                    return _danger(group, match, topic)
    return None


def find_minors(text: str) -> Danger | None:
    """A minor and a sexual act that stand in different sentences of a text, close to each other."""
    for said in passages(plain(text)):
        for group in _groups("near"):
            for match in group.pattern.finditer(said):
                if not _is(match[0], "wrong"):
                    return _danger(group, match)
    return None


def names_a_minor(text: str) -> bool:
    """Whether a text speaks of a child, or of an age below eighteen."""
    return _minor().search(plain(text)) is not None


@cache
def _minor() -> re.Pattern[str]:
    return compile_pattern("{{minor}}|{{child_zh}}", read_table("safety")["words"])


def is_fiction(text: str) -> bool:
    """Whether a text says itself that it is about a character, and not that it is in earnest."""
    return _is(text, "fiction") and not _is(text, "in_earnest")


def _danger(group: _Group, match: re.Match[str], topic: str = "") -> Danger:
    return Danger(topic=topic or group.kind, kind=group.kind, reason=group.reason, quote=match[0].strip())


@cache
def _one(group: str) -> re.Pattern[str]:
    return any_of("safety", group)


def _is(text: str, group: str) -> bool:
    return _one(group).search(text) is not None


def _is_excused(said: str, match: re.Match[str], kind: str) -> bool:
    """Whether words of a crisis are a character's, a manner of speaking, long past or denied."""
    before, sentence = _around(said, match)
    turns = [turn.end() for turn in _one("turns").finditer(before)]
    frame = before[turns[-1] :] if turns else before
    after = said[match.start() : match.start() + len(sentence)]
    if _is(_one("own_life").sub(" ", f"{frame}{after}"), "fiction"):
        return True
    if _is(sentence, "figurative") or _is(sentence, "recovered"):
        return True
    if _is(sentence, "past") and not _is(sentence, "present"):
        return True
    if kind == _SOFT and _is(sentence, "laughter"):
        return True
    is_own = match[0].lstrip().startswith(("I", "i", "我", "俺", "咱"))
    return (
        not is_own and _one("denied").search(said[max(0, match.start() - _PRE) : match.start()]) is not None
    )


def _around(said: str, match: re.Match[str]) -> tuple[str, str]:
    """What stands before a match, from the sentence before its own on, and the sentence that it is in."""
    start, earlier = 0, 0
    for sentence in cut_sentences(said):
        if start + len(sentence) > match.start():
            end = max(start + len(sentence), match.end())
            return said[earlier : match.start()], said[start:end]
        earlier, start = start, start + len(sentence)
    return said[earlier : match.start()], said[start:]


def _is_harmless(said: str, match: re.Match[str], kind: str) -> bool:
    """Whether a request is how to prevent the thing, or about a game."""
    _, sentence = _around(said, match)
    if kind in _CAREFUL:
        return kind == "minors" and _is(sentence, "guarded")
    return _is(sentence, "harmless")


def _may_be_said(said: str, match: re.Match[str], group: _Group) -> bool:
    """Whether a sentence of a draft warns, or sends the user to somebody who knows."""
    before = said[max(0, match.start() - _PRE) : match.end()]
    if group.kind == "minors":
        return _is(said, "guarded") or _is_innocent(said, group)
    if group.kind == "advice":
        return _is(f"{said[: match.start()]} {said[match.end() :]}", "care")
    if group.kind == "weapons":
        return _is(before[: len(before) - len(match[0])], "warned")
    start = len(before) - len(match[0])
    return group.kind in _TO_USER and any(
        denial.end() > start for denial in _one("forbidden").finditer(before)
    )


def _is_innocent(said: str, group: _Group) -> bool:
    """Whether somebody is naked or moans in a sentence, and nothing more: bathing, in a painting, in pain."""
    left = said
    for why, words in _INNOCENT.items():
        left = words.sub("", left) if _is(said, why) else left
    return left != said and group.pattern.search(left) is None
