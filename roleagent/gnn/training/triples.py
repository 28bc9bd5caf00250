"""A knowledge graph as triples: reading it, and what is known of each entity and each question."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roleagent.errors import InputError

Indices = NDArray[np.int64]
PARTS = ("train", "valid", "test")


@dataclass(frozen=True, kw_only=True)
class Triples:
    """Facts as (subject, relation, object), and the inverse of each with relation + `num_named`.

    Attributes:
        entities: their names.
        relations: their names, without the inverses.
        parts: triples by part, each [num_triples, 3], without the inverses.
    """

    entities: tuple[str, ...]
    relations: tuple[str, ...]
    parts: dict[str, Indices]

    @property
    def num_relations(self) -> int:
        """With the inverses."""
        return 2 * len(self.relations)

    def both_ways(self, part: str) -> Indices:
        """Triples of a part, then their inverses, [2 * num_triples, 3]."""
        triples = self.parts[part]
        subject, relation, object_ = triples.T
        inverse = np.stack([object_, relation + len(self.relations), subject], axis=1)
        return np.concatenate([triples, inverse])

    @cached_property
    def answers(self) -> dict[tuple[int, int], Indices]:
        """All objects of each (subject, relation), of all parts: what a filtered rank leaves out."""
        return grouped(np.concatenate([self.both_ways(part) for part in PARTS]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Neighbours of all entities in one array.

    Attributes:
        relation: from the entity to each neighbour, [num_edges].
        neighbour: [num_edges].
        first: where those of each entity begin, [num_entities + 1].
    """

    relation: Indices
    neighbour: Indices
    first: Indices

    @classmethod
    def of(cls, triples: Triples) -> Neighbours:
        """Those of the training part, both ways."""
        edges = triples.both_ways("train")
        edges = edges[np.argsort(edges[:, 0], kind="stable")]
        counts = np.bincount(edges[:, 0], minlength=len(triples.entities))
        first = np.concatenate([[0], np.cumsum(counts)])
        return cls(relation=edges[:, 1], neighbour=edges[:, 2], first=first)

    def some(
        self, entities: Indices, most: int, rng: np.random.Generator
    ) -> tuple[Indices, Indices, NDArray[np.bool_]]:
        """At most so many neighbours of each: relation, neighbour and whether there is one, [n, most].

        An entity with more gets a sample, which may name one twice.
        """
        count = np.diff(self.first)[entities][:, None]
        place = np.broadcast_to(np.arange(most), (len(entities), most))
        drawn = (rng.random(place.shape) * count).astype(np.int64)
        at = np.where(count > most, drawn, np.minimum(place, np.maximum(count - 1, 0)))
        at = np.minimum(self.first[entities][:, None] + at, len(self.neighbour) - 1)
        return self.relation[at], self.neighbour[at], place < count


def read_triples(folder: Path) -> Triples:
    """Read ``train.txt``, ``valid.txt`` and ``test.txt``: a subject, relation and object a line, with tabs.

    Raises:
        InputError: a file cannot be read, or a line is not of three parts.
    """
    rows = {part: read_lines(folder / f"{part}.txt") for part in PARTS}
    every = [row for part in PARTS for row in rows[part]]
    entities = tuple(sorted({name for row in every for name in (row[0], row[2])}))
    relations = tuple(sorted({row[1] for row in every}))
    triples = Triples(entities=entities, relations=relations, parts={})
    triples.parts.update({part: indexed(triples, rows[part]) for part in PARTS})
    return triples


def read_lines(path: Path) -> list[tuple[str, str, str]]:
    """The triples of a file as names.

    Raises:
        InputError: it cannot be read, or a line is not of three parts.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}") from error
    found = list[tuple[str, str, str]]()
    for number, line in enumerate(lines, 1):
        parts = line.split("\t")
        if len(parts) != 3:
            raise InputError(f"{path}:{number}: {line[:80]!r} is not SUBJECT, RELATION and OBJECT with tabs.")
        found.append((parts[0], parts[1], parts[2]))
    return found


def indexed(triples: Triples, rows: list[tuple[str, str, str]]) -> Indices:
    """Names as indices, [num_rows, 3]; rows that name anything unknown are left out."""
    entity = {name: index for index, name in enumerate(triples.entities)}
    relation = {name: index for index, name in enumerate(triples.relations)}
    known = [row for row in rows if row[0] in entity and row[1] in relation and row[2] in entity]
    return np.array([(entity[s], relation[r], entity[o]) for s, r, o in known], np.int64).reshape(-1, 3)


def grouped(triples: Indices) -> dict[tuple[int, int], Indices]:
    """Objects by (subject, relation), each once."""
    found: dict[tuple[int, int], set[int]] = {}
    for subject, relation, object_ in triples.tolist():
        found.setdefault((subject, relation), set()).add(object_)
    return {key: np.array(sorted(objects), np.int64) for key, objects in found.items()}
