"""Faults of known kinds put into replies, and for some kinds twins: the same sentence without the fault."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.reply_faults.collecting import DATA, Given, scene_of
from benchmarks.reply_faults.flipping import flipped
from roleagent import registry
from roleagent.evaluation.questions import Questions
from roleagent.evaluation.wordings import wordings_for
from roleagent.graph.graph import PersonaGraph
from roleagent.language.sentences import cut_sentences, ends_sentence
from roleagent.persona.address import by_character
from roleagent.persona.persona import Persona
from roleagent.persona.view import view
from roleagent.protocols import FactRanker, Scene
from roleagent.types import Fact, Node, Observation

HALVES = {"dev": "persona_faults_{language}.toml", "held out": "persona_faults_held_out_{language}.toml"}
KINDS = (
    "flipped_fact",
    "future_knowledge",
    "secret",
    "ai_speak",
    "assistant_voice",
    "denial",
    "speaking_for_user",
)
_ASK_BACK = {"en": "What makes you ask?", "zh": "你问这个做什么？"}
_ANSWERS = {
    "en": {
        "name": "You are {name}.",
        "heard": "A voice says: {it}",
        "seen": "I see {it}.",
        "looked_up": "{it}",
    },
    "zh": {"name": "你叫{name}。", "heard": "里面说：{it}", "seen": "我看见{it}。", "looked_up": "{it}"},
}
_FACTS = 5  # as in a turn
_RECALLED = 1.0  # score of an episode that bears on the question
_WORKS = ("heard", "seen", "looked_up")

_LABEL = re.compile(r"\w+[:：]")

Frames = Mapping[str, Any]  # Any: as TOML has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A draft for the critics.

    Attributes:
        fault: the faulty words; empty for a twin without a fault.
        evidence: the id that a verdict should cite; empty if the fault breaks nothing that has one.
    """

    kind: str
    draft: str
    scene: Scene
    fault: str = ""
    evidence: str = ""


def frames_of(half: str, language: str) -> Frames:
    """The sentences of one half, in one language."""
    path: Path = DATA / HALVES[half].format(language=language)
    return tomllib.loads(path.read_text("utf-8"))


def cases_of(
    persona: Persona,
    hosts: Sequence[Given],
    half: str,
    *,
    number: int,
    seed: int,
    kinds: Sequence[str] = KINDS,
) -> Iterator[Case]:
    """The faulty replies of a persona in one half, and their twins.

    Args:
        persona: in full.
        hosts: its replies without a fault.
        half: a key of `HALVES`.
        number: how many of each kind, at most.
        seed: of everything random.
        kinds: which ones.
    """
    language = persona.language[:2]
    frames = frames_of(half, language)
    for kind in kinds:
        rng = random.Random(f"{seed}/{half}/{persona.id}/{kind}")
        yield from islice(_MAKERS[kind](persona, hosts, frames, rng), number * (2 if kind in _TWINS else 1))


def orders_of(half: str, language: str) -> tuple[list[str], list[str]]:
    """Texts for the guards: with an order in them, and harmless ones."""
    frames = frames_of(half, language)["injection"]
    bad = [
        carrier.format(order=order)
        for at, order in enumerate(frames["orders"])
        for carrier in (frames["carriers"][0], frames["carriers"][1 + at % 3])
    ]
    return bad, list(frames["fine"])


def put_into(reply: str, sentence: str, language: str, rng: random.Random) -> str:
    """A reply with one more sentence at a random place between its own; a label begins a line."""
    pieces = cut_sentences(reply)
    at = rng.randrange(len(pieces) + 1)
    joint = "\n" if _LABEL.match(sentence) else "" if language == "zh" else " "
    before, after = "".join(pieces[:at]).rstrip(), "".join(pieces[at:]).lstrip()
    if before and not ends_sentence(before):
        before += "。" if language == "zh" else "."
    return joint.join(filter(None, (before, sentence, after)))


# ── the kinds ────────────────────────────────────────────────────────────────────────────────


def _flipped(persona: Persona, hosts: Sequence[Given], frames: Frames, rng: random.Random) -> Iterator[Case]:
    language = persona.language[:2]
    for fact, wrong, right in flipped(persona, frames["flipped_fact"], rng):
        host = rng.choice(hosts)
        for said, fault in ((wrong, wrong), (right, "")):
            draft = put_into(host.reply, said, language, rng)
            yield Case(kind="flipped_fact", draft=draft, scene=host.scene, fault=fault, evidence=fact.id)


def _future(persona: Persona, hosts: Sequence[Given], frames: Frames, rng: random.Random) -> Iterator[Case]:
    until = persona.horizon.until
    if not until:
        return
    later = [each["say"] for each in frames["future_knowledge"]["terms"] if each["year"] > int(until[:4])]
    pairs = [(frame, term) for frame in frames["future_knowledge"]["frames"] for term in later]
    rng.shuffle(pairs)
    said = (frame.format(term=term) for frame, term in pairs)
    yield from _inserted("future_knowledge", said, hosts, persona, rng)


def _sentences(kind: str) -> Callable[..., Iterator[Case]]:
    def make(persona: Persona, hosts: Sequence[Given], frames: Frames, rng: random.Random) -> Iterator[Case]:
        said = list(frames[kind]["sentences"])
        yield from _inserted(kind, [*said, *said], hosts, persona, rng)

    return make


def _inserted(
    kind: str, said: Any, hosts: Sequence[Given], persona: Persona, rng: random.Random
) -> Iterator[Case]:
    for sentence in said:
        host = rng.choice(hosts)
        draft = put_into(host.reply, sentence, persona.language[:2], rng)
        yield Case(kind=kind, draft=draft, scene=host.scene, fault=sentence)


def _secret(persona: Persona, hosts: Sequence[Given], frames: Frames, rng: random.Random) -> Iterator[Case]:
    """A fact that is withheld from everybody, told; the scene is cut as a stranger's is."""
    graph = persona.graph
    facts = [fact for fact in graph.facts.values() if fact.subject == persona.node_id]
    rng.shuffle(facts)
    for fact in facts:
        hidden = replace(fact, visibility=())
        others = [hidden if each.id == fact.id else each for each in graph.facts.values()]
        met = view(replace(persona, graph=graph.rebuilt(facts=others, history=()))).persona
        text = rng.choice(frames["secret"]["frames"]).format(text=by_character(fact.text, persona))
        host = rng.choice(hosts)
        scene = scene_of(met, host.scene.turn.text)
        draft = put_into(host.reply, text, persona.language[:2], rng)
        yield Case(kind="secret", draft=draft, scene=scene, fault=text)


def _denial(persona: Persona, hosts: Sequence[Given], frames: Frames, rng: random.Random) -> Iterator[Case]:
    words, language = frames["denial"], persona.language[:2]
    while True:
        about = rng.choice(("name", "fact", *_WORKS))
        if about == "name":
            scene, evidence, right = _told_name(persona, words, rng)
        elif about == "fact":
            scene, evidence, right = _asked_fact(persona, rng)
        else:
            scene, note = _noted(persona, about, words, rng)
            evidence, right = "", _ANSWERS[language][about].format(it=note)
        denial = rng.choice(words[f"deny_{about}"])
        draft = denial if rng.random() < 0.5 else f"{denial} {_ASK_BACK[language]}"
        yield Case(kind="denial", draft=draft, scene=scene, fault=denial, evidence=evidence)
        yield Case(kind="denial", draft=right, scene=scene, evidence=evidence)


def _told_name(persona: Persona, words: Frames, rng: random.Random) -> tuple[Scene, str, str]:
    name = rng.choice(words["names"])
    told = rng.choice(words["told_name"]).format(name=name)
    scene = scene_of(persona, rng.choice(words["ask_name"]), history=(told, "…"))
    fact = Fact(
        id="user.is_called", subject="user", relation="is_called", object="name", text=f"user: {name}",
        layer="learned", evidence=("e0",),
    )  # fmt: skip
    nodes = [Node(id="user", type="person", label=name), Node(id="name", type="literal", label=name)]
    graph: PersonaGraph = persona.graph.with_learned(nodes, [fact])
    recalled = replace(scene.history[0], score=_RECALLED)
    grounds = replace(scene.grounds, learned=(fact,), episodes=(recalled,))
    right = _ANSWERS[persona.language[:2]]["name"].format(name=name)
    return replace(scene, graph=graph, grounds=grounds), fact.id, right


def _asked_fact(persona: Persona, rng: random.Random) -> tuple[Scene, str, str]:
    questions = Questions(persona, rng, wordings_for(persona.language))
    fact = rng.choice([each for each in questions.askable() if each.subject == persona.node_id])
    question = questions.about(fact)
    scene, graph = scene_of(persona, question), persona.graph
    ranked = _ranker().rank(graph, question, limit=_FACTS, character=persona.node_id)
    right = by_character(fact.text, persona)
    return replace(scene, grounds=replace(scene.grounds, facts=tuple(ranked))), fact.id, right


@cache
def _ranker() -> FactRanker:
    """The ranker of an agent, so that facts have the scores that they have in a turn."""
    ranker: FactRanker = registry.find("ranker", "gnn")(registry.get("embedder", "auto"), None)
    return ranker


def _noted(persona: Persona, about: str, words: Frames, rng: random.Random) -> tuple[Scene, str]:
    at = rng.randrange(len(words[about]))
    note = words[about][at]
    if about == "looked_up":
        return replace(scene_of(persona, words["ask_looked_up"][at]), looked_up=(note,)), note
    kind, source = ("transcript", "whisper") if about == "heard" else ("caption", "captioner")
    seen = Observation(kind=kind, text=note, source=source, attachment_id="f0", language=None)
    scene = scene_of(persona, rng.choice(words[f"ask_{about}"]))
    return replace(scene, grounds=replace(scene.grounds, observations=(seen,))), note


_TWINS = ("flipped_fact", "denial")
_MAKERS: Mapping[str, Callable[..., Iterator[Case]]] = {
    "flipped_fact": _flipped,
    "future_knowledge": _future,
    "secret": _secret,
    "denial": _denial,
    **{kind: _sentences(kind) for kind in ("ai_speak", "assistant_voice", "speaking_for_user")},
}
