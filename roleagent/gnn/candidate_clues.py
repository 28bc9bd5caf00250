"""How a candidate fact fits the facts that a graph already has, in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from roleagent.embedding.text_vectors import Matrix
from roleagent.graph.schema import LITERAL
from roleagent.types import Fact, Node, Relation

Indices = NDArray[np.int64]

NUM_CANDIDATE_CLUES = 15
"""How many numbers say how a candidate fits a graph; see `Surroundings.clues`."""

NOTHING_HIDDEN = -1
_NOT_ALIKE = np.float32(-1)  # cosine where there is nothing to compare with


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Facts that may be true, as indices into `Surroundings`.

    Attributes:
        subject: [num_candidates].
        relation: [num_candidates].
        object: [num_candidates].
        hidden: for each, a fact that counts as unknown, or `NOTHING_HIDDEN`, [num_candidates].
    """

    subject: Indices
    relation: Indices
    object: Indices
    hidden: Indices


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What is known of some nodes, as arrays.

    Attributes:
        nodes: in any order.
        relations: names of relations, of facts and of candidates.
        types: of nodes.
        subject: index of each fact's subject, [num_facts].
        relation: likewise.
        object: likewise.
        type: index of each node's type, [num_nodes].
        vectors: embeddings of the nodes' names, [num_nodes, dim], unit rows.
        vocabulary: what is declared of relations.
    """

    nodes: tuple[Node, ...]
    relations: tuple[str, ...]
    types: tuple[str, ...]
    subject: Indices
    relation: Indices
    object: Indices
    type: Indices
    vectors: Matrix
    vocabulary: Mapping[str, Relation]

    @cached_property
    def _values(self) -> Matrix:
        """Facts of each subject and relation, [num_nodes, num_relations]."""
        return _counted(self.subject, self.relation, (len(self.nodes), len(self.relations)))

    @cached_property
    def _objects(self) -> Matrix:
        """Facts of each relation and object, [num_relations, num_nodes]."""
        return _counted(self.relation, self.object, (len(self.relations), len(self.nodes)))

    @cached_property
    def _subject_types(self) -> Matrix:
        shape = len(self.relations), len(self.types)
        return _counted(self.relation, self.type[self.subject], shape)

    @cached_property
    def _object_types(self) -> Matrix:
        shape = len(self.relations), len(self.types)
        return _counted(self.relation, self.type[self.object], shape)

    @cached_property
    def _declared(self) -> Matrix:
        """Whether a type may be subject, and object, of a relation, [num_relations, num_types, 2].

        1 if it is declared, -1 if others are declared, 0 if nothing is.
        """
        found = np.zeros((len(self.relations), len(self.types), 2), np.float32)
        for place, name in enumerate(self.relations):
            known = self.vocabulary.get(name)
            for side, kinds in enumerate((known.domain, known.range) if known else ()):
                if kinds:
                    found[place, :, side] = [1 if each in kinds else -1 for each in self.types]
        return found

    @cached_property
    def _is_value(self) -> NDArray[np.bool_]:
        return np.array([node.type == LITERAL for node in self.nodes], np.bool_)

    @cached_property
    def _is_functional(self) -> Matrix:
        known = (self.vocabulary.get(name) for name in self.relations)
        return np.array([each is not None and each.cardinality == "functional" for each in known], np.float32)

    @cached_property
    def _alike(self) -> tuple[Matrix, Indices, Matrix]:
        """The cosine of each node and the most alike object of each relation; which one; and the second.

        Three times [num_relations, num_nodes]. A node is not compared with itself.
        """
        cosine = self.vectors @ self.vectors.T
        np.fill_diagonal(cosine, _NOT_ALIKE)
        shape = len(self.relations), len(self.nodes)
        first, which, second = np.full(shape, _NOT_ALIKE), np.full(shape, -1), np.full(shape, _NOT_ALIKE)
        for place in range(len(self.relations)):
            objects = np.flatnonzero(self._objects[place])
            if not len(objects):
                continue
            of = cosine[:, objects]
            best = of.argmax(axis=1)
            first[place], which[place] = of[np.arange(len(of)), best], objects[best]
            of[np.arange(len(of)), best] = _NOT_ALIKE
            second[place] = of.max(axis=1)
        return first.astype(np.float32), which, second.astype(np.float32)

    def clues(self, candidates: Candidates) -> Matrix:
        """How each candidate fits, [num_candidates, NUM_CANDIDATE_CLUES].

        Types that are declared for the relation and those that its other facts have; whether a value is
        there already, and whether it may have one only; and likeness to other objects of the relation.

        Facts, links and neighbours of the object are no clues. In a persona most nodes have one fact, and
        without it they stand alone: a network that sees that finds every hidden fact, and takes whatever is
        new for true.
        """
        s, r, o = candidates.subject, candidates.relation, candidates.object
        gone = self._gone(candidates)
        num_values = self._values[s, r] - (gone.relation & gone.subject)
        total = self._objects.sum(axis=1)[r] - gone.relation
        as_subject = self._subject_types[r, self.type[s]] - (
            gone.relation & (gone.subject_type == self.type[s])
        )
        as_object = self._object_types[r, self.type[o]] - (gone.relation & (gone.object_type == self.type[o]))
        alike = self._most_alike(candidates, gone)
        declared, functional = self._declared, self._is_functional[r]
        columns = [
            declared[r, self.type[s], 0],
            declared[r, self.type[o], 1],
            total > 0,
            as_subject / np.maximum(total, 1),
            as_object / np.maximum(total, 1),
            functional,
            num_values > 0,
            functional * (num_values > 0),
            np.log1p(num_values),
            self._is_value[o],
            s == o,
            self._is_told_back(candidates),
            alike,
            np.where(total > 0, alike, 0),
            np.einsum("ij,ij->i", self.vectors[s], self.vectors[o]),
        ]
        return np.stack([np.asarray(each, np.float32) for each in columns], axis=1)

    def _gone(self, candidates: Candidates) -> _Gone:
        """Where the hidden facts are counted."""
        s, o, hidden = candidates.subject, candidates.object, candidates.hidden
        is_hidden = hidden != NOTHING_HIDDEN
        if not is_hidden.any():
            none = np.zeros(len(s), np.bool_)
            return _Gone(subject=none, relation=none, subject_type=self.type[s], object_type=self.type[o])
        at = np.where(is_hidden, hidden, 0)
        return _Gone(
            subject=is_hidden & (self.subject[at] == s),
            relation=is_hidden & (self.relation[at] == candidates.relation),
            subject_type=self.type[self.subject[at]],
            object_type=self.type[self.object[at]],
        )

    @cached_property
    def _place(self) -> dict[tuple[int, int, int], int]:
        """Where each (subject, relation, object) stands."""
        rows = zip(self.subject.tolist(), self.relation.tolist(), self.object.tolist(), strict=True)
        return {row: place for place, row in enumerate(rows)}

    @cached_property
    def _back(self) -> list[int]:
        """The relation that says the same from the object's side, for each; -1 where there is none."""
        number = {name: place for place, name in enumerate(self.relations)}
        found = []
        for name, place in number.items():
            known = self.vocabulary.get(name)
            if known and known.symmetric:
                found.append(place)
            else:
                found.append(number.get((known.inverse or "") if known else "", -1))
        return found

    def _is_told_back(self, candidates: Candidates) -> NDArray[np.bool_]:
        """Whether the graph has the same the other way round."""
        s, r, o = candidates.subject, candidates.relation, candidates.object
        rows = zip(s.tolist(), r.tolist(), o.tolist(), candidates.hidden.tolist(), strict=True)
        place, back = self._place, self._back
        return np.array([place.get((o, back[r], s), hidden) != hidden for s, r, o, hidden in rows], np.bool_)

    def _most_alike(self, candidates: Candidates, gone: _Gone) -> Matrix:
        first, which, second = self._alike
        r, o = candidates.relation, candidates.object
        hidden = np.maximum(candidates.hidden, 0)
        if not len(self.object):
            return first[r, o]
        lost = gone.relation & (which[r, o] == self.object[hidden])
        lost &= self._objects[r, self.object[hidden]] == 1
        found: Matrix = np.where(lost, second[r, o], first[r, o])
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gone:
    """For each candidate: what the hidden fact has in common with it, and is therefore not counted."""

    subject: NDArray[np.bool_]
    relation: NDArray[np.bool_]
    subject_type: Indices
    object_type: Indices


def _counted(rows: Indices, columns: Indices, shape: tuple[int, int]) -> Matrix:
    counts = np.zeros(shape, np.float32)
    np.add.at(counts, (rows, columns), 1)
    return counts


def surroundings_of(
    nodes: Sequence[Node],
    facts: Sequence[Fact],
    *,
    vectors: Matrix,
    vocabulary: Mapping[str, Relation],
    more: Iterable[str] = (),
) -> Surroundings:
    """Facts as arrays.

    Args:
        nodes: at least the ends of the facts.
        facts: between the nodes.
        vectors: embeddings of the nodes' names, [num_nodes, dim], unit rows.
        vocabulary: what is declared of relations, by name.
        more: names of relations beside those of the facts.
    """
    place = {node.id: index for index, node in enumerate(nodes)}
    relations = tuple(dict.fromkeys([*(fact.relation for fact in facts), *more]))
    number = {name: index for index, name in enumerate(relations)}
    types = tuple(sorted({node.type for node in nodes}))
    return Surroundings(
        nodes=tuple(nodes),
        relations=relations,
        types=types,
        subject=np.array([place[fact.subject] for fact in facts], np.int64),
        relation=np.array([number[fact.relation] for fact in facts], np.int64),
        object=np.array([place[fact.object] for fact in facts], np.int64),
        type=np.array([types.index(node.type) for node in nodes], np.int64),
        vectors=vectors,
        vocabulary=vocabulary,
    )
