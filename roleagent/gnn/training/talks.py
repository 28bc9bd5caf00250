"""Short talks about a world: questions that only make sense after those before.

"Who is your sister?" … "And where does she work?" The second needs both facts, and names nobody. Beside such
talks stand others in which what was talked about must not mislead: a new subject, or a few polite words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from roleagent.gnn.training.words import WorldWords
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import LITERAL, in_its_time
from roleagent.persona.address import by_character
from roleagent.persona.persona import Persona
from roleagent.types import Fact

CHARACTER = "self"
TOLD = "told"
"""Kind of a line of the character's; its facts are those that it tells."""

_NUM_TRIES = 20
_WITH_THEN = 0.5  # chance that a follow-up starts with "And", "So" …
_BY_NOUN = 0.3  # chance of "And her brother?" in place of a whole question
_SHARES = {
    "follow": 0.3,
    "told": 0.2,
    "after_small": 0.1,
    "twice": 0.1,
    "more": 0.08,
    "new": 0.13,
    "small": 0.09,
}
_ANSWERED = 0.6  # chance that a line of the character's stands after what the user said
_MOST_TOLD = 2  # facts in it
_SURE = 0.6  # confidence above which a fact is talked about
_MOST_FACTS = 4  # that one question may ask for

_PERSONS = (("she", "her", "her"), ("he", "him", "his"), ("they", "them", "their"))
_IT = ("it", "it", "its")
_BEFORE_SUBJECT = re.compile(
    r"(?:^|\b(?:did|does|do|is|was|has|had|can|could|will|would|should|are|were|might|may|must|that|why|where"
    r"|what|who|how|if|when)\s+)\{s\}",
    re.IGNORECASE,
)
_CHINESE = {"person": ("她", "他"), "animal": ("它",), "place": ("那里", "那儿", "那个地方")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a user says, and the facts that an answer needs: all on the way; none for small talk.

    Attributes:
        hops: how many facts lie on the way; 0 if nothing is asked for that is known.
        kind: how it was made.
    """

    text: str
    facts: frozenset[str]
    hops: int
    kind: str


Talk = tuple[Question, ...]


def make_talks(
    graph: PersonaGraph, questions: Sequence[Question], words: WorldWords, *, seed: int | str, number: int
) -> Iterator[Talk]:
    """Talks of two or three utterances.

    Args:
        graph: around the node `CHARACTER`.
        questions: that make sense by themselves.
        words: the wordings.
        seed: draws everything.
        number: about how many talks.
    """
    draw = _Draw(graph, [each for each in questions if each.facts], words, random.Random(seed))  # noqa: S311
    ways: dict[str, Callable[[], Talk | None]] = {
        "follow": draw.follow,
        "told": draw.told_by_character,
        "after_small": draw.after_small_talk,
        "twice": draw.follow_twice,
        "more": draw.more,
        "new": draw.new_subject,
        "small": draw.small_talk,
    }
    kinds = draw.random.choices(list(_SHARES), list(_SHARES.values()), k=number)
    for kind in kinds:
        talk = ways[kind]()
        if talk:
            yield talk if kind == "told" else tuple(draw.answered(talk))


@dataclass(slots=True)
class _Draw:
    graph: PersonaGraph
    questions: Sequence[Question]
    words: WorldWords
    random: random.Random
    told: Mapping[tuple[str, str], list[Fact]] = field(init=False)  # subject, relation -> facts
    persona: Persona = field(init=False)

    def __post_init__(self) -> None:
        told: dict[tuple[str, str], list[Fact]] = {}
        for fact in self.graph.facts.values():
            if fact.valid_to is None and fact.confidence > _SURE:
                told.setdefault((fact.subject, fact.relation), []).append(fact)
        self.told = told
        name = self.graph.nodes[CHARACTER].label
        self.persona = Persona(id="one", name=name, summary="", node_id=CHARACTER, graph=self.graph)

    def follow(self) -> Talk | None:
        opening = self.opening()
        if not opening:
            return None
        first, known, subject = opening
        then = self.about(subject, known)
        return (first, then[0]) if then else None

    def follow_twice(self) -> Talk | None:
        opening = self.opening()
        if not opening:
            return None
        first, known, subject = opening
        then = self.about(subject, known, entity=True)
        if not then:
            return None
        second, fact = then
        third = self.about(fact.object, second.facts)
        return (first, second, third[0]) if third else (first, second)

    def told_by_character(self) -> Talk | None:
        """A question about somebody whom only the character named."""
        openings = [
            fact
            for facts in self.told.values()
            for fact in facts
            if self.graph.nodes[fact.object].type != LITERAL and self.has_more(fact.object)
        ]
        if not openings:
            return None
        brought_up = self.random.choice(openings)
        first = self.random.choice(self.questions) if self.questions and self.random.random() < 0.7 else None
        if first is None and not self.words.small:
            return None
        first = first or self.small()
        if brought_up.id in first.facts:
            return None
        then = self.about(brought_up.object, frozenset({brought_up.id}))
        return (first, self.line((*sorted(first.facts), brought_up.id)), then[0]) if then else None

    def answered(self, talk: Talk) -> Iterator[Question]:
        """A talk with lines of the character's in between."""
        *earlier, last = talk
        for question in earlier:
            yield question
            if self.random.random() < _ANSWERED and (question.facts or self.words.small):
                yield self.line(sorted(question.facts))
        yield last

    def line(self, told: Sequence[str]) -> Question:
        """A line of the character's that tells some facts, the last of them surely; none: small talk."""
        ids = [*told[:-1][: _MOST_TOLD - 1], *told[-1:]]
        if not ids:
            return replace(self.small(), kind=TOLD)
        texts = [by_character(in_its_time(self.graph.facts[each]), self.persona) for each in ids]
        text = ("" if self.words.language == "zh" else " ").join(texts)
        return Question(text=text, facts=frozenset(ids), hops=len(ids), kind=TOLD)

    def after_small_talk(self) -> Talk | None:
        talk = self.follow()
        return (talk[0], self.small(), talk[1]) if talk and self.words.small else None

    def more(self) -> Talk | None:
        if not self.questions or not self.words.more:
            return None
        first = self.random.choice(self.questions)
        text = self.random.choice(self.words.more)
        return first, Question(text=text, facts=first.facts, hops=first.hops, kind="follow")

    def new_subject(self) -> Talk | None:
        pairs = [
            (one, other) for one in self.questions for other in self.questions if not one.facts & other.facts
        ]
        if not pairs:
            return None
        one, other = self.random.choice(pairs)
        return one, replace(other, kind="new")

    def small_talk(self) -> Talk | None:
        if not self.questions or not self.words.small:
            return None
        return self.random.choice(self.questions), self.small()

    def small(self) -> Question:
        return Question(text=self.random.choice(self.words.small), facts=frozenset(), hops=0, kind="small")

    def opening(self) -> tuple[Question, frozenset[str], str] | None:
        """A first question, the facts that say who is meant, and who it is about."""
        for _ in range(_NUM_TRIES):
            (subject, name), facts = self.random.choice([*self.told.items()])
            words = self.words.relations.get(name)
            if words is None or len(facts) != 1:
                continue
            fact = facts[0]
            if subject != CHARACTER and words.ask and self.random.random() < 0.5:  # by name
                text = _filled(self.random.choice(words.ask), self.called(subject))
                first = Question(text=text, facts=frozenset({fact.id}), hops=1, kind="named")
                return first, frozenset(), subject
            if self.graph.nodes[fact.object].type == LITERAL or not self.has_more(fact.object):
                continue
            asks = words.ask_you if subject == CHARACTER else words.ask
            if asks:
                text = _filled(self.random.choice(asks), self.called(subject))
                ids = frozenset({fact.id})
                return Question(text=text, facts=ids, hops=1, kind="you"), ids, fact.object
        return None

    def has_more(self, subject: str) -> bool:
        return any(
            one == subject and name in self.words.relations and self.words.relations[name].ask
            for one, name in self.told
        )

    def about(
        self, subject: str, known: frozenset[str], *, entity: bool = False
    ) -> tuple[Question, Fact] | None:
        """A question about somebody who is not named again, and the first fact that answers it."""
        open_ = [
            (name, facts)
            for (one, name), facts in self.told.items()
            if one == subject
            and name in self.words.relations
            and len(facts) <= _MOST_FACTS
            and not known & {fact.id for fact in facts}
            and (not entity or self.graph.nodes[facts[0].object].type != LITERAL)
        ]
        if not open_:
            return None
        name, facts = self.random.choice(open_)
        words = self.words.relations[name]
        by_noun = bool(words.noun) and self.random.random() < _BY_NOUN
        texts = words.noun if by_noun else words.ask
        if not texts:
            return None
        text = self.with_pronoun(self.random.choice(texts), self.graph.nodes[subject].type)
        mark = "？" if self.words.language == "zh" else "?"
        text = self.continued(f"{text}{mark}" if by_noun else text)
        ids = known | {fact.id for fact in facts}
        return Question(text=text, facts=ids, hops=len(known) + 1, kind="follow"), facts[0]

    def with_pronoun(self, template: str, kind: str) -> str:
        """A wording with a pronoun in place of the name."""
        if self.words.language == "zh":
            return template.replace("{s}", self.random.choice(_CHINESE.get(kind, ("它", "那个"))))
        subject, object_, own = self.random.choice(_PERSONS) if kind == "person" else _IT
        text = template.replace("{s}'s", own).replace("{s}’s", own)
        text = _BEFORE_SUBJECT.sub(lambda found: found[0].replace("{s}", subject), text)
        return text.replace("{s}", object_)

    def continued(self, text: str) -> str:
        """With "And" or the like before it."""
        if not self.words.then or self.random.random() >= _WITH_THEN:
            return text[:1].upper() + text[1:]
        then = self.random.choice(self.words.then)
        keeps = text.startswith("I ") or then.rstrip()[-1:] in ".!?。！？"
        return then + (text if keeps else text[:1].lower() + text[1:])

    def called(self, node_id: str) -> str:
        node = self.graph.nodes[node_id]
        return self.random.choice([node.label, *node.aliases])


def _filled(template: str, name: str) -> str:
    text = template.replace("{s}", name)
    return text[:1].upper() + text[1:]
