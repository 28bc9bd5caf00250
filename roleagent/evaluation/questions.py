"""Questions about facts of a persona graph: direct, and over several steps."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from roleagent.evaluation.wordings import Wordings
from roleagent.graph.schema import LITERAL
from roleagent.persona.persona import Persona
from roleagent.types import Fact

_TRAITS = ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")
_NOT_ASKED = frozenset(
    ["has_gender", "is_called", "talks_in", "often_says", *(f"has_{trait}" for trait in _TRAITS)]
)
_SHORT = 8  # words of a value that a reply can be expected to name
_KIN = {
    "sister": ("sibling_of", "has_sister"),
    "brother": ("sibling_of", "has_brother"),
    "twin": ("sibling_of",),
    "wife": ("married_to",),
    "husband": ("married_to",),
    "son": ("parent_of", "has_son", "has_child"),
    "daughter": ("parent_of", "has_daughter", "has_child"),
    "nephew": ("has_nephew", "aunt_of", "uncle_of", "related_to"),
    "aunt": ("has_aunt", "nephew_of", "niece_of", "related_to"),
    "grandmother": ("has_grandmother", "grandchild_of", "related_to"),
}
"""Relations by which the character might have such a relative after all."""


class Questions:
    """Asks about the facts of one persona.

    Args:
        persona: only what its graph holds is asked about; cut it first if some of it is secret.
        random: draws the wordings.
        words: in the persona's language.
    """

    def __init__(self, persona: Persona, random: random.Random, words: Wordings) -> None:
        self._persona, self._random, self._words = persona, random, words
        self._graph, self._self = persona.graph, persona.node_id

    # ── one fact ─────────────────────────────────────────────────────────────────────────

    def askable(self) -> list[Fact]:
        """The facts that hold now and that a question can ask for, by their value."""
        return [fact for fact in self._graph.facts.values() if fact.valid_to is None and self.can_ask(fact)]

    def can_ask(self, fact: Fact) -> bool:
        """Whether there is a question whose answer is the value of a fact."""
        if fact.relation in _NOT_ASKED:
            return False
        label = self._graph.nodes[fact.object].label
        return len(label.split()) <= _SHORT and bool(self._wordings(fact) or self._statement(fact))

    def about(self, fact: Fact) -> str:
        """A question that the value of a fact answers."""
        wordings = self._wordings(fact)
        if wordings:
            question = self._random.choice(wordings)
            return _capitalised(question.format(subject=self._graph.nodes[fact.subject].label))
        object_type = self._graph.nodes[fact.object].type
        kind = {"person": "person", "animal": "person", "place": "place"}.get(object_type, "thing")
        question = self._random.choice(self._words["generic"][kind])
        return _capitalised(question.format(statement=self._statement(fact)))

    def answers_of(self, fact: Fact) -> list[Fact]:
        """All facts that answer the same question: other values of the same relation."""
        return [each for each in self._by_subject.get(fact.subject, ()) if each.relation == fact.relation]

    def telling(self) -> list[Fact]:
        """Facts whose value is a name of its own, so that a reply which holds it tells the fact."""
        return [
            fact
            for fact in self.askable()
            if fact.subject == self._self
            and self._graph.nodes[fact.object].type in ("person", "place", "animal", "event", "work")
        ]

    def _wordings(self, fact: Fact) -> Sequence[str]:
        asked = self._words["ask"].get(fact.relation, {})
        found: Sequence[str] = asked.get("you" if fact.subject == self._self else "other", ())
        return found

    def _statement(self, fact: Fact) -> str:
        """The sentence of a fact up to its missing value; empty if the value does not stand at its end."""
        relation = self._graph.relations[fact.relation]
        template = relation.text.get(self._persona.language[:2], relation.text.get("en", ""))
        before, _, after = template.partition("{object}")
        if "{subject}" not in before or len(after.strip()) > 1:
            return ""
        return before.format(subject=self._graph.nodes[fact.subject].label).strip()

    # ── several steps ────────────────────────────────────────────────────────────────────

    def paths(self, length: int) -> list[tuple[Fact, ...]]:
        """Chains of facts from the character on, in which each step but the last names one thing only."""
        return list(self._paths_from(self._self, length, (self._self,)))

    def _paths_from(self, node_id: str, length: int, seen: tuple[str, ...]) -> Iterator[tuple[Fact, ...]]:
        for fact in self._by_subject.get(node_id, ()):
            if fact.object in seen:
                continue
            if length == 1:
                if node_id != self._self and self._wordings(fact) and self.can_ask(fact):
                    yield (fact,)
                continue
            if self._nouns(fact) and len(self.answers_of(fact)) == 1:
                for rest in self._paths_from(fact.object, length - 1, (*seen, fact.object)):
                    yield (fact, *rest)

    @cached_property
    def _by_subject(self) -> dict[str, list[Fact]]:
        grouped: dict[str, list[Fact]] = {}
        for fact in self._graph.facts.values():
            if fact.valid_to is None:
                grouped.setdefault(fact.subject, []).append(fact)
        return grouped

    def _nouns(self, fact: Fact) -> Sequence[str]:
        if self._graph.nodes[fact.object].type == LITERAL:
            return ()
        asked = self._words["ask"].get(fact.relation, {})
        found: Sequence[str] = asked.get("noun_you" if fact.subject == self._self else "noun_other", ())
        return found

    def along(self, path: Sequence[Fact]) -> str:
        """A question for the value at a path's end that names nothing in between."""
        *steps, last = path
        subject = ""
        for fact in steps:
            subject = self._random.choice(self._nouns(fact)).format(subject=subject)
        return _capitalised(self._random.choice(self._wordings(last)).format(subject=subject))

    def follow_up(self, path: Sequence[Fact]) -> tuple[str, str]:
        """A question for a fact, and one for the next that says only "that person", "there"."""
        first, second = path
        words = self._words["follow_up"]
        kind = {"person": "person", "animal": "person", "place": "place"}.get(
            self._graph.nodes[second.subject].type, "thing"
        )
        asked = self._random.choice(self._wordings(second)).format(subject=self._random.choice(words[kind]))
        then = self._random.choice(words["then"])
        keeps = not then or then.rstrip().endswith((".", "。")) or asked.startswith(("I ", "I'"))
        return self.about(first), then + (asked if keeps else asked[:1].lower() + asked[1:])

    # ── what is not so ───────────────────────────────────────────────────────────────────

    def has_kin(self, kind: str, named: str) -> bool:
        """Whether the persona says anything by which the character might have such a relative.

        Args:
            kind: a key of the wordings, such as ``sister``.
            named: a pattern of the words for such a relative.
        """
        told = " ".join((self._persona.summary, *(fact.text for fact in self._graph.facts.values())))
        if re.search(named, told, re.IGNORECASE):
            return True
        return any(self._graph.values(self._self, relation) for relation in _KIN.get(kind, ()))

    def wrong_values(self) -> list[tuple[Fact, str]]:
        """Facts of the character, each with a value that is not so."""
        found = []
        for fact in self._by_subject.get(self._self, ()):
            asked = fact.relation in self._words["premise"]["wrong"]
            pool = self._words["premise"]["pools"].get(fact.relation, ()) if asked else ()
            told = " ".join(each.text for each in self.answers_of(fact))
            wrong = [value for value in pool if value.casefold() not in told.casefold()]
            if wrong:
                found.append((fact, self._random.choice(wrong)))
        return found


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
