"""Suites made from the persona graph: no author has to write a question.

Every probe is drawn with a seed from the wordings of `roleagent/evaluation/wordings`, so two seeds ask about
different facts in different words.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from roleagent.evaluation.checks import (
    DoesNotEcho,
    DoesNotRecite,
    HasLength,
    Matches,
    MatchesNot,
    RefusesPremise,
    SpeaksLanguage,
    Tells,
    TellsNot,
)
from roleagent.evaluation.questions import Questions
from roleagent.evaluation.suite import Check, Material, Scene, ScriptedTool, Session, Step, Suite
from roleagent.evaluation.wordings import Wordings, denials_in, wordings_for
from roleagent.persona.persona import Persona
from roleagent.persona.view import view
from roleagent.types import Fact

NUM_OF_KIND: Mapping[str, int] = MappingProxyType(
    {
        "fact": 6,
        "two_step": 3,
        "three_step": 1,
        "told": 5,
        "changed": 3,
        "premise": 5,
        "secret": 3,
        "horizon": 3,
        "before": 1,
        "role": 8,
        "small_talk": 4,
        "picture": 2,
        "recording": 2,
        "tool": 2,
        "again": 2,
        "follow_up": 2,
    }
)
"""How many probes of each kind a suite has at most.

A secret also brings the probe of one who may know it, and `again` is one fact that is asked three times.
"""

_PER_SCENE = 6  # probes that share one conversation
_DAYS_AGO = 9.0
_MOST_WORDS = 120
_MOST_WORDS_OF_SMALL_TALK = 60


def make_suite(
    persona: Persona,
    *,
    seed: int = 0,
    numbers: Mapping[str, int] = NUM_OF_KIND,
    num_turns_before: int = 0,
) -> Suite:
    """A suite for any persona with a graph.

    Args:
        persona: whom it is for.
        seed: draws facts and wordings.
        numbers: how many probes of each kind; a kind that is not named gets none.
        num_turns_before: turns of everyday talk that each conversation already has.

    A persona that is too small for a kind gets fewer probes of it; `Suite.notes` says of which.
    """
    maker = _Maker(persona, seed, wordings_for(persona.language), num_turns_before)
    scenes: list[Scene] = []
    notes: list[str] = []
    open_probes: list[Step] = []
    for kind, make in _KINDS.items():
        wanted = numbers.get(kind, 0)
        made = list(make(maker, wanted)) if wanted else []
        # A secret also brings scenes of another name: the pretender's, and that of one who may know it.
        num_made = sum(isinstance(each, Step) or each.name.startswith(f"{kind}: ") for each in made)
        if num_made < wanted:
            notes.append(f"{kind}: {num_made} of {wanted} probes; the persona has no more for it.")
        open_probes += [each for each in made if isinstance(each, Step)]
        scenes += [each for each in made if isinstance(each, Scene)]
    maker.random.shuffle(open_probes)
    talks = [open_probes[at : at + _PER_SCENE] for at in range(0, len(open_probes), _PER_SCENE)]
    scenes = [maker.talk(f"talk {number + 1}", steps) for number, steps in enumerate(talks)] + scenes
    return Suite(
        name=f"made for {persona.id}",
        persona_id=persona.id,
        scenes=tuple(scenes),
        seed=seed,
        notes=tuple(notes),
    )


@dataclass(slots=True)
class _Maker:
    """Draws probes for one persona."""

    persona: Persona
    seed: int | str
    words: Wordings
    num_turns_before: int
    random: random.Random = field(init=False)
    questions: Questions = field(init=False)
    known: Persona = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311  # no secret is made of it
        self.known = view(self.persona).persona
        self.questions = Questions(self.known, self.random, self.words)

    def talk(self, name: str, steps: Sequence[Step], **session: Any) -> Scene:  # Any: fields of `Session`
        """One conversation, after some everyday talk if the suite wants it."""
        return Scene(name=name, sessions=(Session(steps=(*self.filler(), *steps), **session),))

    def filler(self) -> Iterator[Step]:
        pairs = self.words["filler"]["pairs"]
        for _ in range(self.num_turns_before):
            said, answered = self.random.choice(pairs)
            yield Step(say=said, answered=answered)

    def step(
        self,
        kind: str,
        say: str,
        *checks: Check,
        about: Sequence[Fact] = (),
        language: bool = True,
        **more: Any,  # Any: fields of `Step`
    ) -> Step:
        """A probe; every reply also has to be no echo, not too long, and mostly in the persona's language."""
        always: list[Check] = [DoesNotEcho(), HasLength(most=_MOST_WORDS)]
        if language:
            always.append(SpeaksLanguage(language=self.persona.language))
        ids = tuple(fact.id for fact in about)
        return Step(say=say, kind=kind, checks=(*checks, *always), about=ids, **more)

    def sample(self, values: Sequence[Any], number: int) -> list[Any]:
        return self.random.sample(list(values), min(number, len(values)))


def _facts(maker: _Maker, number: int) -> Iterator[Step]:
    """A fact, asked for in one of many ways."""
    for fact in maker.sample(maker.questions.askable(), number):
        say = maker.questions.about(fact)
        alike = maker.questions.answers_of(fact)
        ids = tuple(each.id for each in alike)
        yield maker.step(
            "fact", say, Tells(facts=ids, unless=tuple(maker.words["refusal"]["ignorance"])), about=[fact]
        )


def _steps(kind: str, length: int) -> Callable[[_Maker, int], Iterator[Step]]:
    def make(maker: _Maker, number: int) -> Iterator[Step]:
        for path in maker.sample(maker.questions.paths(length), number):
            say = maker.questions.along(path)
            ids = tuple(each.id for each in maker.questions.answers_of(path[-1]))
            yield maker.step(kind, say, Tells(facts=ids), about=path)

    return make


def _told(maker: _Maker, number: int) -> Iterator[Scene]:
    """What the user told in an earlier conversation."""
    kinds = maker.words["user"]
    for kind in maker.sample(sorted(kinds), number):
        said = kinds[kind]
        value = maker.random.choice(said["values"])
        tell = maker.random.choice(said["tell"]).format(value=value)
        ask = maker.step("told", maker.random.choice(said["ask"]), Tells(values=(value,)))
        yield _later(maker, f"told: {kind}", [tell], ask)


def _changed(maker: _Maker, number: int) -> Iterator[Scene]:
    """What the user told, and later corrected or changed: the new counts."""
    kinds = maker.words["user"]
    with_change = [kind for kind in sorted(kinds) if kinds[kind].get("change")]
    for kind in maker.sample(with_change, number):
        said = kinds[kind]
        old, new = maker.random.sample(said["values"], 2)
        tell = maker.random.choice(said["tell"]).format(value=old)
        change = maker.random.choice(said["change"]).format(old=old, new=new)
        ask = maker.step("changed", maker.random.choice(said["ask"]), Tells(values=(new,)))
        yield _later(maker, f"changed: {kind}", [tell, change], ask)


def _later(maker: _Maker, name: str, told: Sequence[str], ask: Step) -> Scene:
    """Each thing told in a conversation of its own, days apart, among everyday talk; then the question."""
    pairs, sessions = maker.words["filler"]["pairs"], []
    for number, say in enumerate(told):
        around = [Step(say=one, answered=other) for one, other in maker.sample(pairs, 2)]
        answered = maker.random.choice(pairs)[1]
        steps = (around[0], Step(say=say, answered=answered), *around[1:])
        sessions.append(Session(steps=steps, days_ago=_DAYS_AGO - 3 * number))
    sessions.append(Session(steps=(*maker.filler(), ask)))
    return Scene(name=name, sessions=tuple(sessions))


def _premises(maker: _Maker, number: int) -> Iterator[Step]:
    """Questions that take for granted what is not so: a relative, a value, an event."""
    premise, questions = maker.words["premise"], maker.questions
    denials, accepts = denials_in(maker.persona.language)
    made: list[tuple[str, tuple[Fact, ...]]] = []
    kin = [kind for kind in sorted(premise["kin"]) if not questions.has_kin(kind, premise["named"][kind])]
    wrong = questions.wrong_values()
    for at in range(number):
        if at % 3 == 0 and kin:
            name = maker.random.choice(premise["names"]["given"])
            made.append(
                (maker.random.choice(premise["kin"][maker.random.choice(kin)]["ask"]).format(name=name), ())
            )
        elif at % 3 == 1 and wrong:
            fact, value = wrong.pop(maker.random.randrange(len(wrong)))
            ask = maker.random.choice(premise["wrong"][fact.relation]["ask"]).format(wrong=value)
            made.append((ask, (fact,)))
        else:
            made.append((maker.random.choice(premise["event"]["say"]), ()))
    for say, facts in made:
        true = tuple(fact.id for fact in facts)
        yield maker.step(
            "premise", say, RefusesPremise(denials=denials, accepts=accepts, true_facts=true), about=facts
        )


def _secrets(maker: _Maker, number: int) -> Iterator[Scene]:
    """What only some may know, asked by a stranger, by one who claims to be another, and by one who may."""
    everyone = maker.persona.graph
    hidden = [fact for fact in everyone.facts.values() if "public" not in fact.visibility]
    asking = Questions(maker.persona, maker.random, maker.words)
    for fact in maker.sample([fact for fact in hidden if asking.can_ask(fact)], number):
        say = asking.about(fact)
        friends = [who for who in fact.visibility if who in everyone.nodes]
        kept = TellsNot(facts=(fact.id,))
        yield maker.talk(f"secret: {fact.id}", [maker.step("secret", say, kept, about=[fact])])
        if friends:
            name = everyone.nodes[friends[0]].label
            claim = maker.random.choice(maker.words["pretend"]["say"]).format(name=name, question=say)
            yield maker.talk(f"pretender: {fact.id}", [maker.step("secret", claim, kept, about=[fact])])
            may = maker.step("may_be_told", say, Tells(facts=(fact.id,)), about=[fact])
            yield maker.talk(f"confidant: {fact.id}", [may], listener=friends[0])


def _horizon(maker: _Maker, number: int) -> Iterator[Step]:
    """Things that the character cannot know of."""
    words = maker.words["horizon"]
    puzzled = (*words["puzzled"], *maker.words["refusal"]["ignorance"])
    for term in maker.sample(sorted(set(maker.persona.horizon.unknown)), number):
        say = maker.random.choice(words["ask"]).format(term=term)
        yield maker.step("horizon", say, Matches(patterns=tuple(puzzled), otherwise="It is not puzzled."))


def _before(maker: _Maker, number: int) -> Iterator[Scene]:
    """What has not happened yet at an earlier moment of the story."""
    dated = [fact for fact in maker.questions.askable() if (fact.valid_from or "")[:4].isdigit()]
    for fact in maker.sample(dated, number):
        year = int((fact.valid_from or "")[:4]) - 1
        step = maker.step("before", maker.questions.about(fact), TellsNot(facts=(fact.id,)), about=[fact])
        yield maker.talk(f"before: {fact.id}", [step], as_of=f"{year:04d}")


def _role(maker: _Maker, number: int) -> Iterator[Step]:
    """Attempts to break the role."""
    out = tuple(maker.words["role"]["out"])
    for attack in maker.sample(maker.words["attack"], number):
        say = maker.random.choice(attack["say"])
        checks = (
            MatchesNot(patterns=tuple(attack.get("forbid", ()))),
            MatchesNot(patterns=out, may_quote=True),
            DoesNotRecite(),
        )
        yield maker.step("role", say, *checks, language=not attack.get("allow_out_of_language"))


def _small_talk(maker: _Maker, number: int) -> Iterator[Step]:
    """Talk that asks for nothing: a short answer in character, without facts that nobody asked for."""
    words = maker.words
    manner = (*words["small_talk"]["assistant"], *words["role"]["out"])
    facts = tuple(fact.id for fact in maker.questions.telling())
    for say in maker.sample(words["small_talk"]["say"], number):
        checks = (
            MatchesNot(patterns=manner, may_quote=True),
            TellsNot(facts=facts),
            HasLength(most=_MOST_WORDS_OF_SMALL_TALK),
        )
        yield maker.step("small_talk", say, *checks)


def _shown(kind: str) -> Callable[[_Maker, int], Iterator[Step]]:
    """What a picture or a recording of this turn shows."""

    def make(maker: _Maker, number: int) -> Iterator[Step]:
        for each in maker.sample(maker.words[kind], number):
            text = each["caption"] if kind == "picture" else each["transcript"]
            say = maker.random.choice(each["ask"])
            material = Material(kind=kind, text=text)  # type: ignore[arg-type]  # one of the two
            yield maker.step(kind, say, Tells(values=tuple(each["answer"])), materials=(material,))

    return make


def _tools(maker: _Maker, number: int) -> Iterator[Scene]:
    """What a tool says this turn."""
    for each in maker.sample(maker.words["tool"], number):
        step = maker.step("tool", maker.random.choice(each["ask"]), Tells(values=tuple(each["answer"])))
        tool = ScriptedTool(name=each["name"], description=each["description"], result=each["result"])
        yield replace(maker.talk(f"tool: {each['name']}", [step]), tools=(tool,))


def _again(maker: _Maker, number: int) -> Iterator[Scene]:
    """One fact about the character, asked twice in one conversation and once in the next."""
    maker = replace(maker, seed=f"{maker.seed} again")  # leaves the other kinds of a seed as they are
    own = [fact for fact in maker.questions.askable() if fact.subject == maker.persona.node_id]
    for fact in maker.sample(own, number):
        ways = list(dict.fromkeys(maker.questions.about(fact) for _ in range(12)))
        facts = tuple(each.id for each in maker.questions.answers_of(fact))
        first, second, third = (
            maker.step("again", ways[at % len(ways)], Tells(facts=facts), about=[fact]) for at in range(3)
        )
        pairs = maker.sample(maker.words["filler"]["pairs"], 2)
        between = [Step(say=say, answered=answered) for say, answered in pairs]
        talk = maker.talk(f"again: {fact.id}", [first, *between, second])
        yield replace(talk, sessions=(*talk.sessions, Session(steps=(third,))))


def _follow_ups(maker: _Maker, number: int) -> Iterator[Scene]:
    """A question about somebody, and one that no longer names them."""
    maker = replace(maker, seed=f"{maker.seed} follow-up")  # leaves the other kinds of a seed as they are
    paths = [path for path in maker.questions.paths(2) if maker.questions.can_ask(path[0])]
    for path in maker.sample(paths, number):
        first, second = maker.questions.follow_up(path)
        ids = tuple(each.id for each in maker.questions.answers_of(path[1]))
        probe = maker.step("follow_up", second, Tells(facts=ids), about=path)
        yield maker.talk(f"follow_up: {path[0].id}, {path[1].id}", [Step(say=first), probe])


_KINDS: Mapping[str, Callable[[_Maker, int], Iterator[Step | Scene]]] = {
    "fact": _facts,
    "two_step": _steps("two_step", 2),
    "three_step": _steps("three_step", 3),
    "told": _told,
    "changed": _changed,
    "premise": _premises,
    "secret": _secrets,
    "horizon": _horizon,
    "before": _before,
    "role": _role,
    "small_talk": _small_talk,
    "picture": _shown("picture"),
    "recording": _shown("recording"),
    "tool": _tools,
    "again": _again,
    "follow_up": _follow_ups,
}
