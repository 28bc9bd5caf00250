"""Facts to be hidden and recovered, and false ones beside them: what a plausibility network is shown."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from roleagent.embedding.text_vectors import Matrix, TextVectors
from roleagent.gnn.candidate_clues import Candidates, Indices, Surroundings, surroundings_of
from roleagent.gnn.plausibility import node_text, relation_text
from roleagent.gnn.training.characters import characters_in
from roleagent.gnn.training.data import LANGUAGES, Part, part_of
from roleagent.gnn.training.words import VALUE, RelationWords, WorldWords, words_of
from roleagent.gnn.training.worlds import make_world
from roleagent.graph.graph import PersonaGraph
from roleagent.types import Node, Relation

SAME_TYPE, ANY_NODE, MISREAD, SUBJECTS, RELATIONS = 6, 4, 3, 3, 3
"""How many false facts stand beside each true one: objects of its type, any objects, the name of something
else passed off as one of its type, other subjects, relations that the graph lacks."""
WIDTH = 1 + SAME_TYPE + ANY_NODE + MISREAD + SUBJECTS + RELATIONS
NUM_OBJECTS = 1 + SAME_TYPE + ANY_NODE + MISREAD  # the first columns differ in their object only

_DECLARED = 0.5  # share of relations whose types are declared, and whether they hold one value at a time
_NUM_IMPOSTORS = 24  # nodes of a graph that have the name of something of another type
_NUM_STRANGERS = 16  # relations that no fact of a graph has
_FEWEST_FACTS, _MOST_FACTS = 8, 120
_EVERY = 5  # of the characters, one in five is kept for stopping


@dataclass(frozen=True, slots=True, kw_only=True)
class Hiding:
    """One graph, any fact of which can be hidden.

    Attributes:
        around: the graph, with impostors among its last nodes.
        relations: embeddings of its relations, [num_relations, dim].
        num_real: nodes that are no impostors.
        num_told: relations that a fact has; those after them are strangers.
    """

    around: Surroundings
    relations: Matrix
    num_real: int
    num_told: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Hidden facts with false ones beside them.

    Attributes:
        candidates: WIDTH for each hidden fact, the true one first.
        clues: [num_hidden * WIDTH, NUM_CANDIDATE_CLUES].
        is_false: whether each can be told from the true one: what happens to be true as well cannot,
            [num_hidden, WIDTH].
    """

    candidates: Candidates
    clues: Matrix
    is_false: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenFacts:
    """Graphs by part: see `roleagent.gnn.training.data.Data`."""

    train: list[Hiding]
    dev: list[Hiding]
    written: list[Hiding]


def make_hidden_facts(
    vectors: TextVectors, *, languages: Sequence[str] = LANGUAGES, num_worlds: int = 150, seed: int = 0
) -> HiddenFacts:
    """Made-up worlds and characters, in the parts of the salience network's training.

    Args:
        vectors: of names and relations.
        languages: of `LANGUAGES`.
        num_worlds: how many made-up worlds of each language are trained on.
        seed: draws everything.
    """
    train, dev, written = list[Hiding](), list[Hiding](), list[Hiding]()
    for language in languages:
        words, characters = words_of(language), characters_in(language)
        shown = [each.graph for number, each in enumerate(characters) if number % _EVERY]
        kept = [each.graph for each in characters[::_EVERY]]
        shown_names, kept_names = ([*words.relations, *relations_of(graphs)] for graphs in (shown, kept))
        parts: tuple[tuple[Part, list[Hiding], int, list[str]], ...] = (
            ("train", train, num_worlds, shown_names),
            ("dev", dev, max(1, num_worlds // 8), kept_names),
        )
        for part, into, number, names in parts:
            seeded = f"{seed} {part} {language}"
            into += hiding_worlds(part_of(words, part), number, seeded, vectors, names=names)
        for graphs, into, names in ((shown, train, shown_names), (kept, written, kept_names)):
            into += [
                hiding(graph, {}, vectors, seed=f"{seed} {language} {number}", names=names)
                for number, graph in enumerate(graphs)
            ]
    return HiddenFacts(train=train, dev=dev, written=written)


def relations_of(graphs: Iterable[PersonaGraph]) -> list[str]:
    """The relations of all facts of some graphs, each once."""
    return sorted({fact.relation for graph in graphs for fact in graph.facts.values()})


def hiding_worlds(
    words: WorldWords, number: int, seed: str, vectors: TextVectors, *, names: Sequence[str]
) -> Iterator[Hiding]:
    """Made-up worlds of many sizes; of some of their relations the types are declared. See `hiding`."""
    for each in range(number):
        draw = random.Random(f"{seed} {each}")  # noqa: S311  # no secret is made of it
        size = math.exp(draw.uniform(math.log(_FEWEST_FACTS), math.log(_MOST_FACTS)))
        world = make_world(words, seed=f"{seed} {each} world", num_facts=round(size))
        known = {fact.relation for fact in world.graph.facts.values()}
        declared = {name: _declared(name, words.relations[name], draw) for name in sorted(known)}
        yield hiding(world.graph, declared, vectors, seed=f"{seed} {each}", names=names)


def _declared(name: str, words: RelationWords, draw: random.Random) -> Relation:
    relation = Relation(name=name, text={"en": "{subject} {object}"}, cardinality="multi-valued")
    if draw.random() < _DECLARED:
        relation = replace(relation, domain=(_node_type(words.subject),), range=(_node_type(words.object),))
    if not words.many and draw.random() < _DECLARED:
        relation = replace(relation, cardinality="functional")
    return relation


def _node_type(kind: str) -> str:
    return {"thing": "artifact", VALUE: "literal"}.get(kind, kind)


def hiding(
    graph: PersonaGraph,
    vocabulary: Mapping[str, Relation],
    vectors: TextVectors,
    *,
    seed: str,
    names: Sequence[str],
) -> Hiding:
    """A graph as arrays, with impostors and strangers.

    An impostor is a node of a type that has the name of something of another type; a stranger, a relation
    that no fact has. A false relation is always a stranger. Most facts, once hidden, leave none of their
    relation behind, so a network that sees that would take any relation that is there for false.

    Args:
        graph: with at least one fact that holds.
        vocabulary: what is declared of relations.
        vectors: of names and relations.
        seed: draws impostors and strangers.
        names: of relations from which strangers are drawn.
    """
    draw = random.Random(seed)  # noqa: S311  # no secret is made of it
    facts = [fact for fact in graph.facts.values() if fact.valid_to is None]
    nodes = list(graph.nodes.values())
    impostors = []
    for number in range(_NUM_IMPOSTORS):
        kind = graph.nodes[draw.choice(facts).object].type
        others = [node for node in nodes if node.type != kind]
        if others:
            impostors.append(Node(id=f"impostor {number}", type=kind, label=draw.choice(others).label))
    every = [*nodes, *impostors]
    told = {fact.relation for fact in facts}
    left = [name for name in dict.fromkeys(names) if name not in told]
    strangers = draw.sample(left, min(_NUM_STRANGERS, len(left)))
    around = surroundings_of(
        every,
        facts,
        vectors=vectors.of([node_text(node) for node in every]),
        vocabulary=vocabulary,
        more=strangers,
    )
    relations = vectors.of([relation_text(name) for name in around.relations])
    return Hiding(around=around, relations=relations, num_real=len(nodes), num_told=len(told))


def draw_hidden(hiding: Hiding, rng: np.random.Generator, *, most: int) -> Drawn:
    """Hide some facts, one after the other, and draw false ones for each.

    Args:
        hiding: the graph.
        rng: draws.
        most: facts that are hidden.
    """
    around = hiding.around
    hidden = rng.permutation(len(around.subject))[:most]
    shape = len(hidden), WIDTH
    subject = np.broadcast_to(around.subject[hidden][:, None], shape).copy()
    relation = np.broadcast_to(around.relation[hidden][:, None], shape).copy()
    object_ = np.broadcast_to(around.object[hidden][:, None], shape).copy()
    at, real = 1, np.arange(hiding.num_real)
    impostors = np.arange(hiding.num_real, len(around.nodes))
    for number, among, same in ((SAME_TYPE, real, True), (ANY_NODE, real, False), (MISREAD, impostors, True)):
        object_[:, at : at + number] = _others(object_[:, 0], among, around.type, number, rng, same_type=same)
        at += number
    subject[:, at : at + SUBJECTS] = _others(subject[:, 0], real, around.type, SUBJECTS, rng, same_type=True)
    at += SUBJECTS
    relation[:, at:] = rng.integers(hiding.num_told, len(around.relations), size=(len(hidden), RELATIONS))
    candidates = Candidates(
        subject=subject.ravel(),
        relation=relation.ravel(),
        object=object_.ravel(),
        hidden=np.repeat(hidden, WIDTH),
    )
    is_false = ~known_in(around, candidates.subject, candidates.relation, candidates.object)
    return Drawn(candidates=candidates, clues=around.clues(candidates), is_false=is_false.reshape(shape))


def _others(
    true: Indices, among: Indices, types: Indices, number: int, rng: np.random.Generator, *, same_type: bool
) -> Indices:
    """Other nodes for each true one, [num_true, number]; itself where there are none."""
    found = np.repeat(true[:, None], number, axis=1)
    for row, each in enumerate(true):
        left = among[types[among] == types[each]] if same_type else among
        if len(left):
            found[row] = rng.choice(left, number)
    return found


def known_in(
    around: Surroundings, subject: Indices, relation: Indices, object_: Indices
) -> NDArray[np.bool_]:
    """Whether the graph has each of some facts."""
    size, num_relations = len(around.nodes), len(around.relations)
    known = (around.subject * num_relations + around.relation) * size + around.object
    asked = (subject * num_relations + relation) * size + object_
    return np.isin(asked, known)
