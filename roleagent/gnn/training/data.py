"""What a network is trained and stopped on: made-up worlds and characters, in two parts that share little."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from langchain_core.embeddings import Embeddings

from roleagent.embedding.text_vectors import TextVectors
from roleagent.gnn.training.characters import characters_in
from roleagent.gnn.training.examples import Example, example_of
from roleagent.gnn.training.talks import CHARACTER, Question, Talk
from roleagent.gnn.training.words import WorldWords, words_of
from roleagent.gnn.training.worlds import World, make_world
from roleagent.graph.graph import PersonaGraph

Part = Literal["train", "dev"]

LANGUAGES = ("en", "zh")

_FEWEST_FACTS, _MOST_FACTS = 8, 120
_OF_NAMES = 0.75  # share of the names that are trained on
_EVERY = 5  # of the characters, one in five is kept for stopping
_KEPT = 0.6  # least share of a character's facts that stay in a cutting of it
_MAX_VECTORS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Examples by part.

    Attributes:
        train: what the weights are fitted to.
        dev: made-up worlds with other names and other wordings.
        written: characters in free wording that are not trained on.
    """

    train: list[Example]
    dev: list[Example]
    written: list[Example]


def make_data(
    embedder: Embeddings,
    *,
    languages: Sequence[str] = LANGUAGES,
    num_worlds: int = 700,
    num_cuttings: int = 4,
    seed: int = 0,
) -> Data:
    """Draw all examples.

    Args:
        embedder: its vectors are read by the network.
        languages: of `LANGUAGES`.
        num_worlds: how many made-up worlds of each language are trained on.
        num_cuttings: in how many cuttings, with other facts left out, each character is trained on.
        seed: draws everything.
    """
    vectors = TextVectors(embedder, max_kept=_MAX_VECTORS)
    train, dev, written = list[Example](), list[Example](), list[Example]()
    for language in languages:
        words = words_of(language)
        train += worlds(part_of(words, "train"), num_worlds, f"{seed} train {language}", vectors)
        dev += worlds(part_of(words, "dev"), max(1, num_worlds // 8), f"{seed} dev {language}", vectors)
        for number, character in enumerate(characters_in(language)):
            if number % _EVERY == 0:
                written.append(_example(character, vectors))
                continue
            for cut in cuttings(character, num_cuttings, f"{seed} {language} {number}"):
                train.append(_example(cut, vectors))
    return Data(train=train, dev=dev, written=written)


def worlds(words: WorldWords, number: int, seed: str, vectors: TextVectors) -> Iterator[Example]:
    """Made-up worlds of many sizes."""
    for each in range(number):
        draw = random.Random(f"{seed} {each}")  # noqa: S311  # no secret is made of it
        size = math.exp(draw.uniform(math.log(_FEWEST_FACTS), math.log(_MOST_FACTS)))
        world = make_world(words, seed=f"{seed} {each} world", num_facts=round(size))
        if world.questions:
            yield _example(world, vectors)


def _example(world: World, vectors: TextVectors) -> Example:
    return example_of(world.graph, world.questions, vectors, talks=world.talks)


def cuttings(world: World, number: int, seed: str) -> Iterator[World]:
    """A world whole, and with facts left out: a question that lost one of its facts is left out too."""
    yield world
    for each in range(1, number):
        draw = random.Random(f"{seed} {each}")  # noqa: S311  # no secret is made of it
        facts = list(world.graph.facts.values())
        kept = draw.sample(facts, max(1, round(len(facts) * draw.uniform(_KEPT, 1.0))))
        ids = {fact.id for fact in kept}
        ends = {CHARACTER, *(end for fact in kept for end in (fact.subject, fact.object))}
        nodes = [node for node in world.graph.nodes.values() if node.id in ends]
        graph = PersonaGraph(nodes=nodes, facts=kept, relations=dict(world.graph.relations))
        questions: tuple[Question, ...] = tuple(each for each in world.questions if each.facts <= ids)
        talks: tuple[Talk, ...] = tuple(
            talk for talk in world.talks if all(each.facts <= ids for each in talk)
        )
        if questions:
            yield World(graph=graph, questions=questions, talks=talks)


def part_of(words: WorldWords, part: Part) -> WorldWords:
    """Some of the wordings and names: dev has the last wording of each list and a quarter of the names."""

    def wordings(texts: tuple[str, ...]) -> tuple[str, ...]:
        if len(texts) < 2:
            return texts
        return texts[:-1] if part == "train" else texts[-1:]

    def names(texts: tuple[str, ...]) -> tuple[str, ...]:
        middle = round(len(texts) * _OF_NAMES)
        return texts[:middle] if part == "train" else texts[middle:]

    relations = {
        name: replace(
            each,
            facts=wordings(each.facts),
            ask_you=wordings(each.ask_you),
            ask=wordings(each.ask),
            noun_you=wordings(each.noun_you),
            noun=wordings(each.noun),
            past=wordings(each.past),
            ask_you_past=wordings(each.ask_you_past),
            ask_past=wordings(each.ask_past),
            ask_you_year=wordings(each.ask_you_year),
            ask_year=wordings(each.ask_year),
        )
        for name, each in words.relations.items()
    }
    groups = {name: replace(each, ask_you=wordings(each.ask_you)) for name, each in words.groups.items()}
    return replace(
        words,
        relations=relations,
        groups=groups,
        small=names(words.small),
        more=names(words.more),
        given=names(words.given),
        family=names(words.family),
        names={kind: names(each) for kind, each in words.names.items()},
    )
