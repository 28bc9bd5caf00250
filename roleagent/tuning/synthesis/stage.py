"""What every family of dialogues is made with: the persona as a listener meets it, its words, the dice."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

from roleagent.critics.repairs import voiced
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import fact_sentence
from roleagent.language.sentences import split_sentences
from roleagent.persona.persona import Horizon, Persona
from roleagent.persona.spoken import spoken as without_macros
from roleagent.persona.view import view
from roleagent.protocols import Scene
from roleagent.tuning.dialogues import Dialogue, Fault, Message, Rejected
from roleagent.tuning.prompts import Staged, messages_for
from roleagent.tuning.synthesis.manner import Manner, manner_of
from roleagent.tuning.synthesis.values import holds, label_of, says_value, swapped, wrong_values
from roleagent.tuning.synthesis.words import Split, Words, words_for
from roleagent.types import Fact, Owner, Thread, Turn
from roleagent.workflow.core_facts import facts_in_core

_Item = TypeVar("_Item")

Family = Callable[["Stage"], Iterator[Dialogue]]
"""Makes dialogues of one kind, one after the other; ends where the persona has nothing for it."""

_FACTS_IN_NOTES = (2, 6)  # beside those that the reply needs
_WITH_SENTENCE = 0.65  # share of the replies that say a fact as a sentence, if one can be made
_MOST_BRIEF = 200  # characters of the summary that are left without facts
_FIRST_PERSON = re.compile(r"\b(?:I|me|my|mine)\b|我")
_OF_OWN = re.compile(r"^(?:his|her) ")
_THIRD_PERSON = re.compile(r"\b(?:he|him|his|she|her|hers)\b|[他她]", re.IGNORECASE)
_UNTURNED = re.compile(
    r"\band (?:never |often |always |only )?[a-z]+[^su\W]s (?:it|what|no|them|in|everything)\b"
)
_STIFF = (
    *("has_pet", "has_trait", "sibling_of", "parent_of", "child_of", "has_role", "has_goal", "has_routine"),
    *("has_gender", "has_mother", "has_father", "nationality", "talks_in", "friend_of", "enemy_of"),
)
"""Relations of whose templates nobody would speak, such as “I have the pet Rex”."""
_AT = datetime(2026, 5, 4, 18, 30, tzinfo=UTC)


def bare(persona: Persona) -> Persona:
    """A persona of which the prompt tells who it is, and nothing else: an adapter has to know the rest.

    Of the summary the first sentence stays, and the second if both are short.
    """
    said = split_sentences(persona.summary.strip())
    brief = next((kept for n in (2, 1) if len(kept := " ".join(said[:n])) <= _MOST_BRIEF), "")
    own = persona.graph.nodes[persona.node_id]
    return Persona(
        id=persona.id,
        name=persona.name,
        nickname=persona.nickname,
        language=persona.language,
        summary=brief or said[0][:_MOST_BRIEF],
        node_id=persona.node_id,
        graph=PersonaGraph(nodes=[replace(own, description="")], facts=(), relations=persona.graph.relations),
        horizon=Horizon(unknown=persona.horizon.unknown, known=persona.horizon.known),
    )


@dataclass(slots=True, kw_only=True)
class Stage:
    """A persona to make dialogues of.

    Attributes:
        whole: the persona with its secrets.
        persona: as a stranger meets it, at the end of its story.
        listener: for whom it is cut; empty for a stranger.
        facts_in_prompt: see `synthesise`.
        moments: of each dialogue, by its id, the persona and the moment that its prompt tells of.
    """

    whole: Persona
    persona: Persona
    words: Words
    rng: random.Random
    manner: Manner
    facts_in_prompt: bool = True
    listener: str = ""
    moments: dict[str, tuple[Persona, Staged]] = field(default_factory=dict)

    @property
    def graph(self) -> PersonaGraph:
        """What the listener may know."""
        return self.persona.graph

    @property
    def language(self) -> str:
        """``en`` or ``zh``."""
        return self.words.language

    @property
    def shown(self) -> Persona:
        """The persona that the prompt is written from."""
        return self.persona if self.facts_in_prompt else bare(self.persona)

    def seen_by(self, listener: str) -> Stage:
        """The same stage for somebody of the persona's world."""
        return replace(self, persona=view(self.whole, listener=listener).persona, listener=listener)

    def one(self, *path: str) -> str:
        """A line that the user says."""
        said: str = self.rng.choice(self.words.asked(*path))
        return said

    def own(self, *path: str, **slots: str) -> str:
        """A line that the character says, in its manner."""
        line = self.rng.choice(self.words.lines(*path))
        return capitalised(self.manner.dressed(line.format(**slots), self.rng))

    def deck(self, items: Sequence[_Item]) -> Iterator[_Item]:
        """The items without end, each once before any comes again."""
        while items:
            yield from self.rng.sample(items, len(items))

    def each(self, items: Iterable[_Item], make: Callable[[_Item], Dialogue | None]) -> Iterator[Dialogue]:
        """Dialogues of the items in turn, without those of which none can be made, until none is left."""
        left = list(items)
        while left:
            for item in self.rng.sample(left, len(left)):
                made = make(item)
                if made is None:
                    left.remove(item)
                else:
                    yield made

    # ── what the character says of a fact ────────────────────────────────────────────────

    def sentence(self, fact: Fact) -> str:
        """A fact as a sentence of the character's; empty if none can be made that names its value."""
        thread = Thread(owner=Owner(persona_id=self.persona.id, user_id="user"), thread_id="main")
        scene = Scene(persona=self.persona, graph=self.graph, turn=Turn(thread=thread, text="", at=_AT))
        said = voiced(fact, scene)
        if not said or _is_unclear(said) or self._is_stiff(fact):
            return ""
        return said if holds(said, fact, self.graph, self.language) else ""

    def _is_stiff(self, fact: Fact) -> bool:
        """Whether a fact's sentence is its relation's template, and that is no way to speak."""
        if fact.relation not in _STIFF:
            return False
        nodes = self.graph.nodes
        labels = {"subject_label": nodes[fact.subject].label, "object_label": nodes[fact.object].label}
        return fact.text == fact_sentence(
            self.graph.relations[fact.relation], **labels, language=self.persona.language
        )

    def short(self, fact: Fact) -> str:
        """The value of a fact in a few words."""
        lines = self.words.lines("ask", fact.relation, "short") or self.words.lines("replies", "short")
        if fact.subject != self.persona.node_id:
            lines = tuple(each for each in lines if not _FIRST_PERSON.search(each)) or self.words.lines(
                "replies", "short"
            )
        value = label_of(fact, self.graph, self.language)
        if fact.subject == self.persona.node_id:
            value = _OF_OWN.sub("my ", value)
        return _ended(capitalised(self.rng.choice(lines).format(object=value)))

    def tell(self, fact: Fact) -> str:
        """A reply that tells a fact, as a sentence or in a few words."""
        sentence = self.sentence(fact)
        is_whole = sentence and self.rng.random() < _WITH_SENTENCE
        said = sentence if is_whole else self.short(fact)
        made = self.manner.dressed(said, self.rng)
        return made if says_value(made, fact, self.graph, self.language) else said

    def wrong(self, fact: Fact) -> Iterator[str]:
        """Wrong values of a fact, see `wrong_values`."""
        return wrong_values(fact, self.graph, self.words, self.rng, own=self.persona.node_id)

    def twin(self, reply: str, fact: Fact) -> str:
        """A reply with a wrong value in place of a fact's; empty if there is none."""
        tried = (swapped(reply, fact, wrong, self.graph, self.language) for wrong in self.wrong(fact))
        return next(filter(None, tried), "")

    # ── dialogues ────────────────────────────────────────────────────────────────────────

    def staged(self, said: str, needs: Sequence[Fact] = ()) -> Staged:
        """A moment in which the user says something; facts that the prompt's start lacks are in the notes."""
        core = {fact.id for fact in facts_in_core(self.persona)}
        missing = [fact for fact in needs if fact.id not in core]
        if not missing or not self.facts_in_prompt:
            return Staged(said=said)
        others = [fact for fact in self.graph.facts.values() if fact.id not in core and fact not in needs]
        beside = self.rng.sample(others, min(len(others), self.rng.randint(*_FACTS_IN_NOTES)))
        found = [*missing, *beside]
        self.rng.shuffle(found)
        return Staged(said=said, facts=tuple(found))

    def dialogue(
        self,
        staged: Staged,
        reply: str,
        *,
        kind: str,
        about: Sequence[Fact] = (),
        grounded: bool = False,
        twin: str = "",
        fault: Fault = "contradiction",
        source: str = "template",
        persona: Persona | None = None,
    ) -> Dialogue:
        """A dialogue that ends with a reply, and the reply that it must not be, if there is one.

        Args:
            staged: the moment.
            reply: what the character says.
            kind: of `dialogues.KINDS`.
            about: facts that the reply tells.
            grounded: whether they stand in the prompt.
            twin: what it must not say; nothing if empty.
            fault: what is wrong with the twin.
            source: where the reply comes from.
            persona: whom the prompt is written from, in place of `shown`.
        """
        made = Dialogue(
            messages=(
                *messages_for(persona or self.shown, staged),
                Message(role="assistant", text=reply, learn=True),
            ),
            kind=kind,
            grounded=grounded,
            rejected=(Rejected(text=twin, fault=fault),) if twin else (),
            language=self.persona.language,
            persona=self.persona.id,
            facts=tuple(fact.id for fact in about),
            source=source,
            note={"listener": self.listener} if self.listener else {},
        )
        self.moments[made.id] = (self.persona, staged)
        return made

    def about(self, said: str, reply: str, facts: Sequence[Fact], *, kind: str) -> Dialogue | None:
        """A dialogue whose reply tells facts of the graph; None if no twin can be made of it."""
        twin = next(filter(None, (self.twin(reply, fact) for fact in reversed(facts))), "")
        if not twin:
            return None
        return self.dialogue(
            self.staged(said, facts),
            reply,
            kind=kind,
            about=facts,
            grounded=self.facts_in_prompt,
            twin=twin,
        )


def stage_for(
    persona: Persona, *, seed: int, facts_in_prompt: bool = True, wordings: Split = "train"
) -> Stage:
    """The stage of a persona for a stranger."""
    whole = without_macros(persona)
    words = words_for(persona.language, wordings)
    return Stage(
        whole=whole,
        persona=view(whole).persona,
        words=words,
        rng=random.Random(f"{seed} {persona.id} {wordings}"),  # noqa: S311 - not for secrets
        manner=manner_of(whole, words),
        facts_in_prompt=facts_in_prompt,
    )


def capitalised(text: str) -> str:
    """A text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def _is_unclear(said: str) -> bool:
    """Whether a sentence speaks of somebody who may be the character, or has a verb that says so."""
    is_own = _FIRST_PERSON.search(said)
    return bool(is_own and (_THIRD_PERSON.search(said) or _UNTURNED.search(said)))


def _ended(text: str) -> str:
    """A line without a second full stop, where the value has one."""
    return re.sub(r"([.!?。！？])\.$", r"\1", re.sub(r"([。！？])。$", r"\1", text))
