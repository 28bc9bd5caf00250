"""What a character has before it when it hears a question: texts, graph, talk and surroundings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from typing import Any

from roleagent.critics.premises_words import telling_words
from roleagent.critics.text import compile_pattern, plain, read_table
from roleagent.graph.cache import LastUsed
from roleagent.graph.graph import PersonaGraph
from roleagent.language.scripts import has_han
from roleagent.language.sentences import is_question, split_sentences
from roleagent.language.tokens import stem, terms
from roleagent.persona.address import by_character, to_character
from roleagent.protocols import Scene
from roleagent.types import Doubt, Episode, Fact, content_id

_BORNE_OUT = 0.5  # share of a clause's telling words that one known sentence must hold
_BORNE_OUT_UNSPACED = 0.34  # the same for pairs of characters, of which few are words
_ALL_KNOWN = 0.8  # or all sentences together, of a clause with many
_MANY = 4
_NUM_RECENT = 3  # replies whose words a refusal does not repeat
_GOALS = ("has_goal", "wants")


@lru_cache(maxsize=512)
def pattern_of(pattern: str) -> re.Pattern[str]:
    """A pattern of the table, compiled once; it may name the words of the table."""
    return compile_pattern(pattern, _named_words())


@cache
def _named_words() -> Mapping[str, str]:
    table = read_table("premises")
    kin = {
        f"{name}_{language}": "|".join(row[language] for row in rows)
        for language in ("english", "chinese")
        for name, rows in (
            ("kin", (*table["kin"], *table["animals"])),
            ("relatives", table["kin"]),
            ("animals", table["animals"]),
        )
    }
    return {**table["words"], **kin}


class Told:
    """Sentences, and the words in them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.sentences = [plain(each) for text in texts for each in split_sentences(text)]

    @cached_property
    def telling(self) -> Sequence[frozenset[str]]:
        """The telling words of each sentence."""
        return [frozenset(telling_words(each)) for each in self.sentences]

    @cached_property
    def all_telling(self) -> frozenset[str]:
        """The telling words of all sentences."""
        return frozenset().union(*self.telling)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The stems of all words."""
        return frozenset(stem(term) for each in self.sentences for term in terms(each))


_CANONS = LastUsed(8)


def _canon(graph: PersonaGraph) -> Told:
    """What a persona's own graph says, goals aside; read once, however large it is."""

    def read() -> tuple[PersonaGraph, Told]:
        goals = {fact.object for fact in graph.facts.values() if fact.relation in _GOALS}
        named = (
            f"{' '.join((each.label, *each.aliases))}: {each.description}"
            for each in graph.nodes.values()
            if each.id not in goals
        )
        facts = (fact.text for fact in graph.facts.values() if fact.relation not in _GOALS)
        return graph, Told((*facts, *named))

    told: Told
    _, told = _CANONS.get(id(graph), read)  # kept beside the graph, so that its id stays its own
    return told


class Known:
    """Everything that the character has before it."""

    def __init__(self, scene: Scene, history: Iterable[Episode]) -> None:
        self.scene, self.persona, self.graph = scene, scene.persona, scene.graph
        self.own_id = scene.persona.node_id
        self.language = "chinese" if self.persona.language.startswith("zh") else "english"
        self.table: Mapping[str, Any] = read_table("premises")[self.language]  # Any: TOML
        self.talk = (*scene.grounds.episodes, *history)

    def doubt(
        self, why: str, quote: str, *, facts: Sequence[Fact] = (), echo: str = "", **values: str
    ) -> Doubt:
        """What the notes and answers of the table say, with the facts that are so instead.

        Args:
            why: the kind of doubt, and the answers that fit it.
            quote: the user's words.
            facts: what is so instead.
            echo: answers of the table that name what is denied, in place of those for the kind.
            **values: what notes and answers name.
        """
        words = {"quote": quote, **values}
        gap = "" if self.language == "chinese" else " "
        told = gap.join(to_character(fact.text, self.persona) for fact in facts)
        own = gap.join(by_character(fact.text, self.persona) for fact in facts)
        note = str(self.table["notes"][why].format(**words))
        return Doubt(
            quote=quote,
            note=f"{note}{gap}{told}".strip(),
            answer=f"{self._answer(echo or why, words)}{gap}{own}".strip(),
            evidence=tuple(fact.id for fact in facts),
            kind=why,
        )

    def _answer(self, why: str, words: Mapping[str, str]) -> str:
        """One of the answers: another for another question, and none that the last replies had."""
        answers = self.table["answers"][why]
        first = int(content_id(words["quote"]), 16) % len(answers)
        turned = [*answers[first:], *answers[:first]]
        fresh = (each for each in turned if not _in_the_words_of(each).search(self._recent))
        answer = str(next(fresh, turned[0]).format(**words))
        return answer[:1].upper() + answer[1:]

    @cached_property
    def _recent(self) -> str:
        replies = [plain(each.text) for each in self.talk if each.speaker == "persona"]
        return "\n".join(replies[-_NUM_RECENT:])

    @cached_property
    def _parts(self) -> tuple[Told, Told]:
        persona, grounds = self.persona, self.scene.grounds
        texts = (
            persona.summary, persona.personality, persona.scenario, persona.greeting, *persona.speech,
            *persona.rules, *(each.reply for each in persona.examples), *self._borne_out_by_talk(),
            *grounds.lore, *grounds.surroundings,
            *(each.text for each in grounds.observations), *(each.text for each in grounds.learned),
        )  # fmt: skip
        return Told(texts), _canon(persona.graph)

    def _borne_out_by_talk(self) -> Iterator[str]:
        """What earlier talk is evidence of: not what was asked, nor what was said of the character."""
        denials = [pattern_of(each) for each in self.table["denials"]["patterns"]]
        addressed, own = pattern_of(self.table["addressed"]), pattern_of(self.table["own_affairs"])
        for episode in self.talk:
            yield from (seen.text for seen in episode.observations)
            for sentence in split_sentences(plain(episode.text)):
                if is_question(sentence):
                    continue
                if episode.speaker == "persona":
                    if not any(denial.search(sentence) for denial in denials):
                        yield sentence
                elif own.search(sentence) and not addressed.search(sentence):
                    yield sentence

    def holds_of_own(self, pattern: str) -> bool:
        """Whether something is said of the character: in its facts, or as "your" or "my" in its texts."""
        facts = self.graph.facts_of(self.own_id)
        english = rf"\b(?:your|my|his|her|their|own) (?:\w+ ){{0,2}}{pattern}"
        owned = rf"[你我他她]的?(?:{pattern})" if self.language == "chinese" else english
        of_own = re.compile(owned, re.I)
        in_facts = re.compile(pattern, re.I)
        return any(of_own.search(each) for each in self._parts[0].sentences) or any(
            in_facts.search(fact.text) for fact in facts
        )

    def holds(self, pattern: str) -> bool:
        """Whether any sentence matches."""
        compiled = re.compile(pattern, re.I)
        return any(compiled.search(each) for part in self._parts for each in part.sentences)

    def tells_both(self, one: str, other: str) -> bool:
        """Whether one sentence matches two patterns."""
        first, second = re.compile(one, re.I), re.compile(other, re.I)
        return any(
            first.search(each) and second.search(each) for part in self._parts for each in part.sentences
        )

    def holds_name(self, name: str) -> bool:
        """Whether somebody or something of this name is known."""
        if self.graph.mentioned_in(name):
            return True
        return name in self._all_text if has_han(name) else self.holds(rf"\b{re.escape(name)}\b")

    @cached_property
    def _all_text(self) -> str:
        return "\n".join(each for part in self._parts for each in part.sentences)

    def holds_word(self, word: str) -> bool:
        """Whether any sentence holds a word, in any form."""
        if has_han(word):
            return word in self._all_text
        return all(any(stem(term) in part.vocabulary for part in self._parts) for term in terms(word))

    def bears_out(self, wanted: frozenset[str], *, verbs: frozenset[str] = frozenset()) -> bool:
        """Whether some sentence holds enough of the words of a clause, or all together hold most of them.

        Args:
            wanted: the telling words of the clause.
            verbs: those of them that alone bear out nothing: many things are sold.
        """
        share = _BORNE_OUT_UNSPACED if any(map(has_han, wanted)) else _BORNE_OUT
        things = wanted - verbs or wanted
        for part in self._parts:
            for known in part.telling:
                if len(wanted & known) >= share * len(wanted) and things & known:
                    return True
        if len(wanted) < _MANY:
            return False
        held = sum(any(word in part.all_telling for part in self._parts) for word in wanted)
        return held >= _ALL_KNOWN * len(wanted)

    def goal_behind(self, wanted: frozenset[str]) -> Fact | None:
        """The goal that a clause takes for reached."""
        for relation in _GOALS:
            for fact in self.graph.values(self.own_id, relation):
                aim = frozenset(telling_words(fact.text))
                if len(wanted & aim) * 2 >= min(len(wanted), len(aim)) > 0:
                    return fact
        return None

    def is_supposed(self, sentence: str) -> bool:
        """Whether a sentence only supposes; what opens with "since" takes that clause for granted."""
        granted = pattern_of(self.table["granted"]).match(sentence)
        return pattern_of(self.table["supposed"]).search(granted[0] if granted else sentence) is not None

    def mentioned(self, text: str) -> Sequence[str]:
        """Ids of the nodes that a text names, without the character's own."""
        return [each for each in self.graph.mentioned_in(text) if each != self.own_id]

    def says_of(self, fact: Fact, node_id: str) -> str:
        """Everything that tells what somebody is: the fact about them, their names and description."""
        node = self.graph.nodes[node_id]
        return plain(" ".join((fact.text, node.label, *node.aliases, node.description or "")))


@lru_cache(maxsize=256)
def _in_the_words_of(answer: str) -> re.Pattern[str]:
    """A pattern for an answer with anything in place of what it names."""
    return re.compile(".{1,80}?".join(map(re.escape, re.split(r"\{\w+\}", answer))), re.I)
