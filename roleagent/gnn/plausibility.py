"""How plausible a fact is that somebody proposes for a persona, in numpy.

The formulas are those of `roleagent.gnn.plausibility_network`; a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings

from roleagent.embedding.embedders import embedder_name
from roleagent.embedding.text_vectors import Matrix, TextVectors, VectorStore
from roleagent.embedding.weight_files import Weights, check_shapes, read_weights
from roleagent.errors import ModelError, ModelUnavailableError
from roleagent.gnn.candidate_clues import (
    NOTHING_HIDDEN,
    NUM_CANDIDATE_CLUES,
    Candidates,
    Surroundings,
    surroundings_of,
)
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import LITERAL
from roleagent.types import Fact, Node

VERSION = "plausibility 1"
"""Changes when the network reads other numbers or computes otherwise: older weights are then refused."""

MAX_AROUND = 300
"""Facts of a graph that a candidate is held against: of its subject, of its object and of its relation."""

_WEIGHTS = Path(__file__).parent / "weights"
_MADE_BY = "roleagent train plausibility"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlausibilityNetwork:
    """A trained network.

    Attributes:
        weights: by the names that torch gives them.
        embedder: name of the embedder whose vectors it reads.
        scorer: ``complex`` or ``distmult``.
        temperature: what log-odds are divided by, so that they are calibrated.
    """

    weights: Weights
    embedder: str
    scorer: str
    temperature: float = 1.0

    @classmethod
    def load(cls, path: Path) -> PlausibilityNetwork:
        """Read weights from a safetensors file.

        Raises:
            ModelError: it is missing, damaged, of another version, or holds numbers that are not finite.
        """
        weights, told = read_weights(path, version=VERSION, made_by=_MADE_BY)
        try:
            dim, low, hidden = (int(told["shape"][name]) for name in ("dim", "low", "hidden"))
            scorer = str(told["shape"]["scorer"])
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path} does not say what it is: {error!r}.") from error
        wanted: dict[str, tuple[int, ...]] = {
            "enter.weight": (hidden, 1 + NUM_CANDIDATE_CLUES),
            "enter.bias": (hidden,),
            "leave.weight": (1, hidden),
            "leave.bias": (1,),
        }
        for name in ("subject", "relation", "object"):
            wanted |= {f"{name}.weight": (low, dim), f"{name}.bias": (low,)}
        check_shapes(path, weights, wanted)
        return cls(weights=weights, embedder=told["embedder"], scorer=scorer, temperature=told["temperature"])

    def read(self, around: Surroundings, relations: Matrix, candidates: Candidates) -> Matrix:
        """Log-odds of each candidate, [num_candidates].

        Args:
            around: what is known.
            relations: embeddings of its relations, [num_relations, dim].
            candidates: at least one.
        """
        subject, object_ = self._linear("subject", around.vectors), self._linear("object", around.vectors)
        relation = self._linear("relation", relations)
        question = self._times(subject[candidates.subject], relation[candidates.relation])
        fit = (question * object_[candidates.object]).sum(-1, keepdims=True)
        fit = fit / np.float32(subject.shape[1] ** 0.5)
        state = self._linear("enter", np.concatenate([fit, around.clues(candidates)], axis=-1))
        weighed = self._linear("leave", np.maximum(state, np.float32(0)))
        log_odds: Matrix = (fit + weighed)[:, 0] / np.float32(self.temperature)
        return log_odds

    def _linear(self, name: str, x: Matrix) -> Matrix:
        out: Matrix = x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return out

    def _times(self, one: Matrix, other: Matrix) -> Matrix:
        if self.scorer == "distmult":
            product: Matrix = one * other
            return product
        (real, imaginary), (by, with_) = np.split(one, 2, axis=-1), np.split(other, 2, axis=-1)
        return np.concatenate([real * by - imaginary * with_, real * with_ + imaginary * by], axis=-1)


class FactPlausibility:
    """Tells how plausible facts are that somebody proposes for a persona.

    It weighs the words for subject, relation and object, and how they fit the graph: types that are declared
    and those that other facts of the relation have, a value that is there already, neighbours in common. A
    graph is not changed, and nothing is looked up in the world: "lives in Oslo" and "lives in Rome" are
    equally plausible for a stranger.

    Args:
        embedder: any langchain-core embedder for which there are weights.
        cache: keeps the vectors of names from one process to the next.
        network: one trained for the embedder (`roleagent train plausibility`). Default: that of the wheel,
            which ships none yet (docs/plausibility.md says why).

    Raises:
        ModelUnavailableError: there are no weights for the embedder.
        ModelError: the network was trained for another embedder, or its file is damaged.
    """

    def __init__(
        self,
        embedder: Embeddings,
        cache: VectorStore | None = None,
        *,
        network: PlausibilityNetwork | None = None,
    ) -> None:
        name = embedder_name(embedder)
        if network is not None and network.embedder != name:
            raise ModelError(
                f"The network was trained for {network.embedder!r}, and the embedder is {name!r}."
            )
        self._network = network or shipped_plausibility(name)
        self._vectors = TextVectors(embedder, cache)

    def of(
        self, graph: PersonaGraph, facts: Sequence[Fact], *, nodes: Iterable[Node] = ()
    ) -> tuple[float, ...]:
        """The plausibility of each fact, 0–1; a fact that the graph has counts as unknown.

        Args:
            graph: what is known.
            facts: candidates.
            nodes: ends of theirs that the graph lacks.

        Raises:
            ValueError: a fact names a node that is neither in the graph nor among `nodes`.
        """
        new = {node.id: node for node in nodes}
        return tuple(self._one(graph, fact, new) for fact in facts)

    def _one(self, graph: PersonaGraph, fact: Fact, new: dict[str, Node]) -> float:
        for end in (fact.subject, fact.object):
            if end not in graph.nodes and end not in new:
                raise ValueError(f"Fact {fact.id!r} names {end!r}, which is not a node.")
        known = known_around(graph, fact)
        ends = dict.fromkeys(
            [fact.subject, fact.object, *(e for each in known for e in (each.subject, each.object))]
        )
        nodes = [graph.nodes[end] if end in graph.nodes else new[end] for end in ends]
        around = surroundings_of(
            nodes,
            known,
            vectors=self._vectors.of([node_text(node) for node in nodes]),
            vocabulary=graph.relations,
            more=(fact.relation,),
        )
        relations = self._vectors.of([relation_text(name) for name in around.relations])
        candidates = Candidates(
            subject=np.array([0]),
            relation=np.array([around.relations.index(fact.relation)]),
            object=np.array([list(ends).index(fact.object)]),
            hidden=np.array([NOTHING_HIDDEN]),
        )
        log_odds = float(self._network.read(around, relations, candidates)[0])
        return float(1 / (1 + np.exp(-np.clip(log_odds, -60, 60))))


def known_around(graph: PersonaGraph, fact: Fact) -> tuple[Fact, ...]:
    """The facts that hold now of a candidate's subject, of its object and of its relation, without itself."""
    third = MAX_AROUND // 3
    found: dict[str, Fact] = {}
    of_relation = _of_relation(graph, fact.relation)
    for facts in (graph.facts_of(fact.subject), graph.facts_of(fact.object), of_relation):
        holding = (each for each in facts if each.valid_to is None and not _is_same(each, fact))
        found |= {each.id: each for each in islice(holding, third)}
    return tuple(found.values())


def _of_relation(graph: PersonaGraph, relation: str) -> Iterator[Fact]:
    """The facts of a relation: what was learned first, then what the base still says."""
    yield from graph.facts_by_relation.get(relation, ())
    if graph.base is not graph:
        below = graph.base.facts_by_relation.get(relation, ())
        yield from (each for each in below if graph.facts.get(each.id) is each)


def _is_same(one: Fact, other: Fact) -> bool:
    return (one.subject, one.relation, one.object) == (other.subject, other.relation, other.object)


def node_text(node: Node) -> str:
    """What the network reads of a node.

    >>> node_text(Node(id="ada", type="person", label="Ada Lark"))
    'Ada Lark (person)'
    """
    return f"{node.label} ({'value' if node.type == LITERAL else node.type})"


def relation_text(name: str) -> str:
    """What the network reads of a relation.

    >>> relation_text("lives_in")
    'lives in'
    """
    return name.replace("_", " ")


def shipped_plausibility(embedder: str) -> PlausibilityNetwork:
    """The network for an embedder's vectors.

    Raises:
        ModelUnavailableError: none is shipped for it.
    """
    path = _WEIGHTS / f"plausibility-{embedder}.safetensors"
    if not path.is_file():
        raise ModelUnavailableError(
            f"There are no weights of plausibility for the embedder {embedder!r}. Train them: {_MADE_BY}."
        )
    return PlausibilityNetwork.load(path)
