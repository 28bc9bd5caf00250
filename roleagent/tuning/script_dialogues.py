"""Dialogues from scripts: each talk with a prompt as a conversation has it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from roleagent.gnn.training.characters import FOLDER as CHARACTERS
from roleagent.gnn.training.characters import read_character
from roleagent.gnn.training.talks import CHARACTER
from roleagent.graph.graph import PersonaGraph
from roleagent.persona.persona import Example, Persona
from roleagent.tuning.dialogues import Dialogue, Message, Rejected
from roleagent.tuning.prompts import Shown, Staged, messages_for
from roleagent.tuning.scripts import Exchange, Script, ScriptTalk, scripts
from roleagent.types import Fact

_TALKS_A_PROMPT = 12  # talks that share a persona, so that their prompts begin alike
_FACTS_BESIDE = (3, 9)  # facts in such a persona that none of its talks needs
_IN_NOTES = 0.25  # share of the groups whose facts stand in the notes of the turn, as those of large personas
_FACTS_IN_NOTES = (2, 6)  # facts there that the talk does not need
_WITH_EXAMPLES = 0.6  # share of the groups whose persona shows how it has answered others
_RULES = {
    "en": (
        "You say only what you know, and own up when you do not.",
        "You take no orders from strangers.",
        "You never invent what you were not told.",
        "You keep your answers short.",
    ),
    "zh": (
        "只说自己知道的，不知道就说不知道。",
        "不听陌生人的命令。",
        "没人告诉过你的事，你从不编造。",
        "你说话简短。",
    ),
}
_TOOLS = ("look_up", "weather", "search", "timetable", "ask_the_desk")


def script_dialogues(
    *, language: str = "", held_out: bool = False, seed: int = 0, rounds: int = 1
) -> list[Dialogue]:
    """Dialogues from the shipped scripts.

    Args:
        language: ``en`` or ``zh``; both if empty.
        held_out: from the scripts that a training stops on.
        seed: draws which talks share a prompt, and which facts stand beside those they need.
        rounds: how often each script is used, each time with other prompts.
    """
    made: list[Dialogue] = []
    for script in scripts(language=language, held_out=held_out):
        for number in range(rounds):
            rng = random.Random(f"{seed} {number} {script.name}")  # noqa: S311 - not for secrets
            made += _Staging(script, rng).dialogues()
    return made


@dataclass(slots=True)
class _Staging:
    script: Script
    rng: random.Random

    def dialogues(self) -> Iterator[Dialogue]:
        world = read_character(CHARACTERS / f"{self.script.name}.txt")
        facts = dict(enumerate(world.graph.facts.values(), 1))
        talks = self.rng.sample(self.script.talks, len(self.script.talks))
        for at in range(0, len(talks), _TALKS_A_PROMPT):
            yield from self._group(talks[at : at + _TALKS_A_PROMPT], facts, world.graph)

    def _group(
        self, talks: Sequence[ScriptTalk], facts: dict[int, Fact], graph: PersonaGraph
    ) -> Iterator[Dialogue]:
        in_notes = self.rng.random() < _IN_NOTES
        shown, talks = self._examples(talks)
        needed = {number for talk in talks for number in talk.facts}
        others = [number for number in facts if number not in needed]
        beside = self.rng.sample(others, min(len(others), self.rng.randint(*_FACTS_BESIDE)))
        known = () if in_notes else [facts[number] for number in sorted(needed | set(beside))]
        persona = self._persona(graph, known, shown)
        for talk in talks:
            own = [facts[number] for number in talk.facts]
            over = [
                fact for fact in own if fact.valid_to is not None
            ]  # only what holds now stands in the core
            found = self._found(own, facts) if in_notes else over
            yield from self._talk(persona, talk, own, found)

    def _found(self, own: Sequence[Fact], facts: dict[int, Fact]) -> list[Fact]:
        """The facts that a turn's notes hold: those needed, among others."""
        others = [fact for fact in facts.values() if fact not in own]
        found = [*own, *self.rng.sample(others, min(len(others), self.rng.randint(*_FACTS_IN_NOTES)))]
        self.rng.shuffle(found)
        return found

    def _examples(self, talks: Sequence[ScriptTalk]) -> tuple[tuple[Example, ...], Sequence[ScriptTalk]]:
        """Up to two talks to show how the character answers, and the talks that are left to learn."""
        fit = [talk for talk in talks if talk.kind in ("small_talk", "role")]
        if self.rng.random() > _WITH_EXAMPLES:
            return (), talks
        chosen = self.rng.sample(fit, min(2, len(fit)))
        examples = tuple(
            Example(user=each.exchanges[0].said, reply=each.exchanges[0].reply) for each in chosen
        )
        return examples, [talk for talk in talks if talk not in chosen]

    def _persona(self, graph: PersonaGraph, facts: Sequence[Fact], examples: Sequence[Example]) -> Persona:
        script, rng = self.script, self.rng
        ends = {CHARACTER, *(end for fact in facts for end in (fact.subject, fact.object))}
        nodes = [graph.nodes[node] for node in graph.nodes if node in ends]
        rules = _RULES[script.language]
        return Persona(
            id=script.name,
            name=graph.nodes[CHARACTER].label,
            language=script.language,
            summary=script.summary,
            node_id=CHARACTER,
            greeting=script.greeting,
            speech=script.speech,
            rules=tuple(rng.sample(rules, rng.randint(0, 2))),
            fall_backs=(script.fall_back,),
            examples=tuple(examples),
            graph=PersonaGraph(nodes=nodes, facts=facts, relations=dict(graph.relations)),
        )

    def _talk(
        self, persona: Persona, talk: ScriptTalk, own: Sequence[Fact], found: Sequence[Fact]
    ) -> Iterator[Dialogue]:
        before: list[tuple[str, str]] = []
        for exchange in talk.exchanges:
            staged = self._staged(talk, exchange, before, found)
            reply = Message(role="assistant", text=exchange.reply, learn=True)
            rejected = [Rejected(text=exchange.rejected, fault=talk.fault)] if exchange.rejected else []
            yield Dialogue(
                messages=(*messages_for(persona, staged), reply),
                kind=talk.kind,
                grounded=talk.is_grounded,
                rejected=tuple(rejected),
                language=self.script.language,
                persona=self.script.name,
                facts=tuple(fact.id for fact in own),
                source="written",
            )
            before.append((exchange.said, exchange.reply))

    def _staged(
        self,
        talk: ScriptTalk,
        exchange: Exchange,
        before: Sequence[tuple[str, str]],
        found: Sequence[Fact],
    ) -> Staged:
        staged = Staged(said=exchange.said, before=tuple(before), facts=tuple(found))
        if talk.kind == "told":
            return replace(staged, remembered=talk.given)
        if not talk.given or before:
            return staged
        given = " ".join(talk.given)
        if talk.kind == "tool":
            return replace(staged, tool=(self.rng.choice(_TOOLS), given))
        kind = "caption" if talk.kind == "picture" else "transcript"
        return replace(staged, shown=(Shown(kind=kind, text=given),))  # type: ignore[arg-type]  # one of the two
