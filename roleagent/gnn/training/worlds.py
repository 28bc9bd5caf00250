"""A made-up character, the facts around it, and what a user might ask.

Names, relations and wordings come from `roleagent.gnn.training.words`, so worlds made from two files of
wordings share none of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from roleagent.gnn.training.talks import CHARACTER, Question, Talk, make_talks
from roleagent.gnn.training.words import VALUE, RelationWords, WorldWords
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import LITERAL
from roleagent.types import Fact, Node, Relation

_MOST_VALUES = 3  # of a relation that may have several
_SEVERAL = 0.35  # chance of each further value
_KNOWN_BEFORE = 0.15  # chance that an object is somebody or something that is there already
_MOST_ELSEWHERE = 6  # facts about anybody but the character
_MOST_OF_GROUP = 6  # facts that one question may ask for
_TYPES = {"thing": "artifact"}  # type of wordings -> node type of the schema

_NUM_TRIES = 30
_FORMERLY = 0.5  # chance that something that can end has a former value
_MOST_FORMER = 2  # values before the present one
_YEARS = (1780, 2015)  # in which the last of them ends
_LONGEST = 15  # years that one of them lasts
_NEUTRAL = 0.5  # chance that the sentence of a former value does not say that it is over
_DATED = 0.7  # chance that its beginning is known, and that of the present value
_DOUBTED = 0.05  # chance that something is not sure, and that something less sure stands beside it
_BY_YEAR = 0.4  # chance that a former value is asked for by a year
_DOUBT = (0.2, 0.6)  # confidence then
_SAME_PAST = {"works_as": "former_job", "married_to": "divorced_from"}
"""Relations whose former values are also told by others; nobody has both."""
_SHARES = {  # of the questions of a world
    "you": 0.24,
    "named": 0.11,
    "former": 0.1,
    "inverse": 0.07,
    "two_steps": 0.18,
    "three_steps": 0.12,
    "from_named": 0.08,
    "group": 0.05,
    "unknown": 0.05,
    "small": 0.05,
}
_WITH_LEAD = 0.12
_WITH_INTRO = 0.08
_CARELESS = 0.12  # typed without capitals and marks


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A graph around the node `CHARACTER`, and what is said to that character.

    Attributes:
        questions: each makes sense by itself.
        talks: of several utterances.
    """

    graph: PersonaGraph
    questions: tuple[Question, ...]
    talks: tuple[Talk, ...] = ()


def make_world(
    words: WorldWords, *, seed: int | str, num_facts: int, num_questions: int = 16, num_talks: int = 6
) -> World:
    """Draw a world.

    Args:
        words: names and wordings.
        seed: draws everything.
        num_facts: about how many facts; at least 5.
        num_questions: about how many questions; small worlds may have fewer.
        num_talks: about how many talks.
    """
    draw = _Draw(words, random.Random(seed))  # noqa: S311  # no secret is made of it
    draw.facts_around(num_facts)
    questions = tuple(draw.ask(num_questions))
    graph = draw.graph()
    talks = make_talks(graph, questions, words, seed=f"{seed} talks", number=num_talks)
    return World(graph=graph, questions=questions, talks=tuple(talks))


@dataclass(slots=True)
class _Draw:
    words: WorldWords
    random: random.Random
    nodes: dict[str, Node] = field(default_factory=dict)
    facts: dict[tuple[str, str], list[Fact]] = field(default_factory=dict)  # subject, relation -> facts
    former: dict[tuple[str, str], list[Fact]] = field(default_factory=dict)  # the same, over; latest first
    doubted: list[Fact] = field(default_factory=list)  # less sure than another of its subject and relation
    used: set[str] = field(default_factory=set)
    num_facts: int = 0

    # ── the facts ────────────────────────────────────────────────────────────────────────────

    def facts_around(self, num_facts: int) -> None:
        self.entity("person", CHARACTER)
        own = max(5, round(num_facts * self.random.uniform(0.3, 0.6)))
        for _ in range(own):
            if self.num_facts < own:
                self.tell(CHARACTER)
        most = min(_MOST_ELSEWHERE, own)
        for _ in range(20 * num_facts):
            if self.num_facts >= num_facts:
                break
            others = [each for each in self.nodes.values() if each.type != LITERAL and each.id != CHARACTER]
            counts = [sum(key[0] == each.id for key in self.facts) for each in others]
            open_ = [each for each, count in zip(others, counts, strict=True) if count < most]
            if not open_:
                break
            self.tell(self.random.choice(open_).id)

    def tell(self, subject: str) -> None:
        """One relation of a subject that it does not have yet."""
        kind = self.kind_of(subject)
        fitting = [
            name
            for name, words in self.words.relations.items()
            if words.subject == kind
            and (subject, name) not in self.facts
            and not any(name == told and (subject, one) in self.former for one, told in _SAME_PAST.items())
        ]
        if not fitting:
            return
        name = self.random.choice(fitting)
        words = self.words.relations[name]
        num_values = 1
        while words.many and num_values < _MOST_VALUES and self.random.random() < _SEVERAL:
            num_values += 1
        for _ in range(num_values):
            fact = self.new(subject, name, words)
            if fact:
                self.facts.setdefault((subject, name), []).append(fact)
        if (subject, name) in self.facts and not words.many:
            self.date(subject, name, words)
            self.doubt(subject, name, words)

    def new(self, subject: str, name: str, words: RelationWords, *, past: bool = False) -> Fact | None:
        """A fact with an object that the subject has not had; None if there is none left."""
        key = subject, name
        told = [*self.facts.get(key, ()), *self.former.get(key, ())]
        taken = {subject, *(fact.object for fact in told)}
        object_ = self.value(words, taken) if words.object == VALUE else self.some(words.object, taken)
        if object_ is None:
            return None
        is_neutral = past and self.random.random() < _NEUTRAL
        text = self.random.choice(words.past if past and not is_neutral else words.facts)
        text = _filled(text, s=self.nodes[subject].label, o=self.nodes[object_].label)
        self.num_facts += 1
        return Fact(
            id=f"{subject}.{name}.{object_}", subject=subject, relation=name, object=object_, text=text
        )

    def date(self, subject: str, name: str, words: RelationWords) -> None:
        """What was so before, with the years."""
        is_told = (subject, _SAME_PAST.get(name, "")) in self.facts
        if not words.past or is_told or self.random.random() >= _FORMERLY:
            return
        key, draw = (subject, name), self.random
        until = draw.randint(*_YEARS)
        present = self.facts[key][0]
        if draw.random() < _DATED:
            self.facts[key][0] = replace(present, valid_from=str(until))
        for _ in range(draw.randint(1, _MOST_FORMER)):
            fact = self.new(subject, name, words, past=True)
            if fact is None:
                return
            since = until - draw.randint(2, _LONGEST)
            dated = str(since) if draw.random() < _DATED else None
            fact = replace(fact, valid_from=dated, valid_to=str(until))
            self.former.setdefault(key, []).append(fact)
            until = since

    def doubt(self, subject: str, name: str, words: RelationWords) -> None:
        """A fact that is not sure, and sometimes one beside it that is less sure."""
        chance, key = self.random.random(), (subject, name)
        if chance < _DOUBTED:
            fact = self.facts[key][0]
            self.facts[key][0] = replace(fact, confidence=round(self.random.uniform(*_DOUBT), 2))
        elif chance < 2 * _DOUBTED:
            rival = self.new(subject, name, words)
            if rival:
                self.doubted.append(replace(rival, confidence=round(self.random.uniform(*_DOUBT), 2)))

    def value(self, words: RelationWords, taken: set[str]) -> str | None:
        left = [each for each in words.values if f"value {each}" not in taken]
        if not left:
            return None
        value = self.random.choice(left)
        self.nodes.setdefault(f"value {value}", Node(id=f"value {value}", type=LITERAL, label=value))
        return f"value {value}"

    def some(self, kind: str, taken: set[str]) -> str | None:
        """Somebody or something of a kind, known before or new."""
        known = [each for each in self.nodes if each not in taken and self.kind_of(each) == kind]
        if known and self.random.random() < _KNOWN_BEFORE:
            return self.random.choice(known)
        made = self.entity(kind)
        return made or (self.random.choice(known) if known else None)

    def entity(self, kind: str, node_id: str = "") -> str | None:
        """A new node under a name that is not taken; None if all are."""
        label, aliases = self.name(kind)
        if not label:
            return None
        node_id = node_id or f"{kind} {len(self.nodes)}"
        self.nodes[node_id] = Node(id=node_id, type=_TYPES.get(kind, kind), label=label, aliases=aliases)
        return node_id

    def name(self, kind: str) -> tuple[str, tuple[str, ...]]:
        for _ in range(_NUM_TRIES):
            if kind == "person":
                given = self.random.choice(self.words.given)
                family = self.random.choice(self.words.family) if self.words.family else ""
                label = f"{given} {family}".strip()
                alias = given if given not in self.used and family else ""
            else:
                label, alias = self.random.choice(self.words.names[kind]), ""
            if label not in self.used:
                self.used |= {label, alias} - {""}
                return label, (alias,) if alias else ()
        return "", ()

    def kind_of(self, node_id: str) -> str:
        kind = self.nodes[node_id].type
        return {node_type: each for each, node_type in _TYPES.items()}.get(kind, kind)

    def graph(self) -> PersonaGraph:
        names = sorted({name for _, name in self.facts})  # those of `former` and `doubted` are among them
        relations = {
            name: Relation(
                name=name, text={"en": f"{{subject}} {name} {{object}}"}, cardinality="multi-valued"
            )
            for name in names
        }
        every = [*self.facts.values(), *self.former.values(), self.doubted]
        facts = [fact for each in every for fact in each]
        return PersonaGraph(nodes=self.nodes.values(), facts=facts, relations=relations)

    # ── the questions ────────────────────────────────────────────────────────────────────────

    def ask(self, number: int) -> Iterator[Question]:
        ways: dict[str, Callable[[], _Made]] = {
            "you": self.about_character,
            "named": self.about_named,
            "former": self.about_former,
            "inverse": self.for_subject,
            "two_steps": lambda: self.along(2, CHARACTER),
            "three_steps": lambda: self.along(3, CHARACTER),
            "from_named": lambda: self.along(2, ""),
            "group": self.for_group,
            "unknown": self.unknown,
            "small": lambda: (self.random.choice(self.words.small), (), 0),
        }
        asked = set[str]()
        for kind in self.random.choices(list(_SHARES), list(_SHARES.values()), k=number):
            made = ways[kind]()
            if made is None:
                continue
            text, facts, hops = made
            if text in asked:
                continue
            asked.add(text)
            ids = frozenset(fact.id for fact in facts)
            yield Question(text=self.spoken(text), facts=ids, hops=hops, kind=kind)

    def spoken(self, text: str) -> str:
        """As somebody might type it: after something else, or carelessly."""
        if self.words.lead and self.random.random() < _WITH_LEAD:
            lead = self.random.choice(self.words.lead)
            ends = lead.rstrip()[-1:] in ".!?。！？…"
            text = lead + (text if ends else text[:1].lower() + text[1:])
        if self.words.intro and self.random.random() < _WITH_INTRO:
            text = self.random.choice(self.words.intro) + text
        if self.random.random() < _CARELESS:
            text = text.lower().rstrip(".?!。？！")
        return text

    def told_of(self, subject: str) -> list[tuple[str, list[Fact]]]:
        return [(name, facts) for (one, name), facts in self.facts.items() if one == subject]

    def about_character(self) -> _Made:
        known = [each for each in self.told_of(CHARACTER) if self.words.relations[each[0]].ask_you]
        if not known:
            return None
        name, facts = self.random.choice(known)
        return self.random.choice(self.words.relations[name].ask_you), facts, 1

    def about_named(self) -> _Made:
        known = [
            (key, facts)
            for key, facts in self.facts.items()
            if key[0] != CHARACTER and self.words.relations[key[1]].ask
        ]
        if not known:
            return None
        (subject, name), facts = self.random.choice(known)
        text = _filled(self.random.choice(self.words.relations[name].ask), s=self.called(subject))
        return text, facts, 1

    def about_former(self) -> _Made:
        """A question for what was so before the present, or in a year."""
        if not self.former:
            return None
        (subject, name), facts = self.random.choice([*self.former.items()])
        words, is_own = self.words.relations[name], subject == CHARACTER
        fact = self.random.choice(facts)
        spans = fact.valid_from is not None and int(fact.valid_to or 0) - int(fact.valid_from) > 1
        path, named = self.path_to(subject) if not is_own else ((), "")
        if spans and self.random.random() < _BY_YEAR:
            year = self.random.randrange(int(fact.valid_from or 0) + 1, int(fact.valid_to or 0))
            text = self.random.choice(words.ask_you_year if is_own else words.ask_year)
            text = text.replace("{y}", str(year))
        else:
            fact = facts[0]
            text = self.random.choice(words.ask_you_past if is_own else words.ask_past)
        return _filled(text, s=named), [*path, fact], len(path) + 1

    def path_to(self, subject: str) -> tuple[Sequence[Fact], str]:
        """The fact by which the character knows somebody, and what they are called by it; or their name."""
        ways = [
            facts[0]
            for (one, name), facts in self.facts.items()
            if one == CHARACTER
            and len(facts) == 1
            and facts[0].object == subject
            and self.words.relations[name].noun_you
        ]
        if not ways or self.random.random() < 0.5:
            return (), self.called(subject)
        noun = self.random.choice(self.words.relations[ways[0].relation].noun_you)
        return ways[:1], noun

    def for_subject(self) -> _Made:
        every = [fact for facts in self.facts.values() for fact in facts]
        known = [fact for fact in every if self.words.relations[fact.relation].ask_inverse]
        if not known:
            return None
        fact = self.random.choice(known)
        if fact.object == CHARACTER:
            return None
        wanted = self.random.choice(self.words.relations[fact.relation].ask_inverse)
        facts = [each for each in every if (each.relation, each.object) == (fact.relation, fact.object)]
        return _filled(wanted, o=self.called(fact.object)), facts, 1

    def along(self, length: int, start: str) -> _Made:
        """A question over several facts, from the character or from somebody who is named."""
        for _ in range(_NUM_TRIES):
            at, named = start or self.random.choice([*self.nodes]), ""
            if not start:
                if at == CHARACTER or self.nodes[at].type == LITERAL:
                    continue
                named = self.called(at)
            made = self.steps(at, named, length)
            if made:
                return made
        return None

    def steps(self, at: str, named: str, length: int) -> _Made:
        path: list[Fact] = []
        seen = {at}
        for _ in range(length - 1):
            nexts = [
                facts[0]
                for name, facts in self.told_of(at)
                if len(facts) == 1 and facts[0].object not in seen and self.nouns(name, at, named)
            ]
            if not nexts:
                return None
            fact = self.random.choice(nexts)
            named = _filled(self.random.choice(self.nouns(fact.relation, at, named)), s=named, capital=False)
            path.append(fact)
            at = fact.object
            seen.add(at)
        ends = [each for each in self.told_of(at) if self.words.relations[each[0]].ask]
        ends = [(name, facts) for name, facts in ends if all(fact.object not in seen for fact in facts)]
        if not ends:
            return None
        name, facts = self.random.choice(ends)
        text = _filled(self.random.choice(self.words.relations[name].ask), s=named)
        return text, [*path, *facts], length

    def nouns(self, name: str, subject: str, named: str) -> Sequence[str]:
        words = self.words.relations[name]
        return words.noun_you if subject == CHARACTER and not named else words.noun

    def for_group(self) -> _Made:
        drawn = self.random.sample(list(self.words.groups.values()), len(self.words.groups))
        for group in drawn:
            facts = [
                fact for name, told in self.told_of(CHARACTER) if name in group.relations for fact in told
            ]
            if 1 < len(facts) <= _MOST_OF_GROUP:
                return self.random.choice(group.ask_you), facts, 1
        return None

    def unknown(self) -> _Made:
        """A question about the character that nothing answers."""
        known = {name for name, _ in self.told_of(CHARACTER)}
        for group in self.words.groups.values():  # what is akin to something known might be answered by it
            if known & set(group.relations):
                known |= set(group.relations)
        left = [
            words.ask_you
            for name, words in self.words.relations.items()
            if name not in known and words.subject == "person" and words.ask_you
        ]
        return (self.random.choice(self.random.choice(left)), (), 0) if left else None

    def called(self, node_id: str) -> str:
        node = self.nodes[node_id]
        return self.random.choice([node.label, *node.aliases])


_Made = tuple[str, Sequence[Fact], int] | None


def _filled(template: str, *, s: str = "", o: str = "", capital: bool = True) -> str:
    text = template.replace("{s}", s).replace("{o}", o)
    return text[:1].upper() + text[1:] if capital else text
