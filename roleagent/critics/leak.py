"""Drafts that give away their prompt: long runs of its words, its headings, talk of instructions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain

from roleagent.critics.rules import Rule, first_violation, read_rules
from roleagent.critics.text import new_sentences, plain
from roleagent.language.scripts import HAN, has_han
from roleagent.language.sentences import split_sentences
from roleagent.persona.address import by_character, to_character
from roleagent.persona.persona import Persona
from roleagent.protocols import Scene
from roleagent.types import Verdict

NAME = "leak"
_TOKEN = re.compile(rf"[a-zA-Z0-9]+(?:'[a-zA-Z]+)?|[{HAN}]")
_RUN = 8  # tokens in a row that no one repeats by chance; a Chinese character counts for half a token
_SUMMARY_RUN = 14  # the summary's matter may be said in the first person, so only longer runs betray it
_RECITED_SENTENCES = 4  # of the summary, retold one after the other: that many are no answer to anything
_RETOLD = 0.7  # share of a summary sentence's words that makes a sentence its retelling
_SHORTEST_RULE = 5  # tokens: a whole rule of this length within one sentence is a leak
# Characters of what was judged before that what is new may go on from.
_LONGEST_RUN = 400
_LONGEST_RECITAL = 2_000
_HEADING = re.compile(r"^\W*[^\n.!?。]{3,60}[:：]\s*$|^#+ [^\n]+$|^<[^\n>]+>$|^\[[^\n\]]+\]$", re.M)


@dataclass(frozen=True, slots=True)
class _Secrets:
    """What of a prompt must not be said.

    Attributes:
        runs: run length -> token runs of that length that stand in the prompt alone.
        rules: whole rules, each as one line of tokens.
        headings: as written, in small letters.
        summary: the words of each sentence that says who the character is.
    """

    runs: dict[int, frozenset[tuple[str, ...]]]
    rules: frozenset[str]
    headings: frozenset[str]
    summary: tuple[frozenset[str], ...]


class LeakCritic:
    """Rejects drafts that quote the prompt's instructions or talk about them.

    What the character may say anyway is no leak: facts, its greeting, its examples, what the user said.
    """

    name = NAME

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Judge what is new, with the words before it that may belong to the same quotation."""
        talk = first_violation(NAME, _talk_of_instructions(), new_sentences(draft, scene))
        return talk or _repeated(draft, scene) or Verdict(critic=NAME, ok=True)


@cache
def _talk_of_instructions() -> tuple[Rule, ...]:
    return read_rules("leak", "talk_of_instructions")


def _repeated(draft: str, scene: Scene) -> Verdict | None:
    secrets = _secrets_of(scene.prompt, scene.persona)
    recent = draft[max(0, scene.judged - _LONGEST_RUN) :]
    new = split_sentences(draft[scene.judged :])
    quotes = chain(
        _headings_in(draft, scene.judged, secrets),
        _rules_in(new, secrets),
        _runs_in(recent, secrets),
        _recital_in(new, draft[max(0, scene.judged - _LONGEST_RECITAL) :], secrets),
    )
    for quote in quotes:
        if " ".join(_tokens(quote)) not in _sayable(scene):
            return Verdict(critic=NAME, ok=False, reason=_talk_of_instructions()[0].reason, quote=quote)
    return None


def _headings_in(draft: str, judged: int, secrets: _Secrets) -> Iterator[str]:
    start = draft.rfind("\n", max(0, judged - _LONGEST_RUN), judged) + 1
    if not start and judged > _LONGEST_RUN:  # the line is longer than any heading
        start = draft.find("\n", judged) + 1 or len(draft)
    lines = (line.strip() for line in plain(draft[start:]).splitlines())
    return (line for line in lines if line.casefold() in secrets.headings)


def _rules_in(sentences: list[str], secrets: _Secrets) -> Iterator[str]:
    for sentence in sentences:
        tokens = f" {' '.join(_tokens(sentence))} "
        if any(f" {rule} " in tokens for rule in secrets.rules):
            yield sentence


def _runs_in(text: str, secrets: _Secrets) -> Iterator[str]:
    matches = list(_TOKEN.finditer(plain(text)))
    tokens = [match.group().casefold() for match in matches]
    for length, runs in secrets.runs.items():
        for first, run in _runs(tokens, length):
            if run in runs:
                yield text[matches[first].start() : matches[first + len(run) - 1].end()]


def _recital_in(new: list[str], text: str, secrets: _Secrets) -> Iterator[str]:
    """The sentence with which a draft has retold so much of the summary that it recites it."""
    if not any(_retold_by(sentence, secrets) for sentence in new):
        return
    told: set[frozenset[str]] = set()
    for sentence in split_sentences(text):
        told |= _retold_by(sentence, secrets)
        if len(told) >= _RECITED_SENTENCES:
            yield sentence
            return


def _retold_by(sentence: str, secrets: _Secrets) -> set[frozenset[str]]:
    words = set(_tokens(sentence))
    return {known for known in secrets.summary if len(known & words) >= _RETOLD * len(known)}


@lru_cache(maxsize=32)
def _secrets_of(prompt: str, persona: Persona) -> _Secrets:
    allowed = _spoken_by(persona)
    about_self = " ".join(_tokens(persona.summary))
    rules: list[list[str]] = []
    summary: list[list[str]] = []
    for sentence in split_sentences(plain(prompt)):
        tokens = _tokens(sentence)
        joined = " ".join(tokens)
        if joined and joined not in allowed:
            (summary if joined in about_self else rules).append(tokens)
    addressed = [tokens for tokens in summary if tokens[0] in ("you", "你")]
    return _Secrets(
        runs={_RUN: _all_runs(rules, _RUN), _SUMMARY_RUN: _all_runs(summary, _SUMMARY_RUN)},
        rules=frozenset(
            " ".join(tokens) for tokens in (*rules, *addressed) if sum(map(_weight, tokens)) >= _SHORTEST_RULE
        ),
        summary=tuple(frozenset(tokens) for tokens in summary if len(tokens) >= 4),
        headings=frozenset(match.group().strip().casefold() for match in _HEADING.finditer(plain(prompt))),
    )


def _all_runs(texts: list[list[str]], length: int) -> frozenset[tuple[str, ...]]:
    return frozenset(run for tokens in texts for _, run in _runs(tokens, length))


def _runs(tokens: list[str], length: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """From each token on, its index and the shortest run that weighs `length`."""
    weights = [_weight(token) for token in tokens]
    end, weight = 0, 0.0
    for first in range(len(tokens)):
        while end < len(tokens) and weight < length:
            weight += weights[end]
            end += 1
        if weight < length:
            return
        yield first, tuple(tokens[first:end])
        weight -= weights[first]


def _weight(token: str) -> float:
    return 0.5 if has_han(token) else 1.0


def _tokens(text: str) -> list[str]:
    return [token.casefold() for token in _TOKEN.findall(plain(text))]


@lru_cache(maxsize=32)
def _spoken_by(persona: Persona) -> str:
    """All that the character may say word for word, as one line of tokens."""
    examples = (line for example in persona.examples for line in (example.user, example.reply))
    facts = (
        text
        for fact in persona.graph.facts.values()
        for text in (fact.text, to_character(fact.text, persona), by_character(fact.text, persona))
    )
    spoken = (persona.greeting, *persona.fall_backs, *examples, *facts)
    return " | ".join(" ".join(_tokens(text)) for text in spoken)


def _sayable(scene: Scene) -> str:
    heard = (episode.text_and_seen for episode in scene.grounds.episodes)
    seen = (observation.text for observation in scene.grounds.observations)
    known = (fact.text for fact in scene.grounds.facts)
    learned = (fact.text for fact in scene.graph.facts.values() if fact.layer == "learned")
    texts = (scene.turn.text, *heard, *seen, *known, *learned)
    return " | ".join([_spoken_by(scene.persona), *(" ".join(_tokens(text)) for text in texts)])
