"""Clues on a candidate fact, worked out by hand on a small world."""

from __future__ import annotations

import numpy as np
import pytest

from roleagent.gnn.candidate_clues import (
    NOTHING_HIDDEN,
    NUM_CANDIDATE_CLUES,
    Candidates,
    Surroundings,
    surroundings_of,
)
from roleagent.types import Fact, Node, Relation

NODES = [
    Node(id="ada", type="person", label="Ada"),
    Node(id="tom", type="person", label="Tom"),
    Node(id="may", type="person", label="May"),
    Node(id="york", type="place", label="York"),
    Node(id="bath", type="place", label="Bath"),
]
ROWS = [
    ("ada", "lives_in", "york"),
    ("tom", "lives_in", "york"),
    ("ada", "married_to", "tom"),
    ("may", "likes", "bath"),
    ("may", "likes", "tom"),
]
VOCABULARY = {
    "lives_in": Relation(
        name="lives_in", text={"en": "{subject} {object}"}, cardinality="functional", range=("place",)
    ),
    "married_to": Relation(name="married_to", text={"en": "{subject} {object}"}, symmetric=True),
}
(
    MAY_BE_SUBJECT, MAY_BE_OBJECT, IS_USED, TYPE_OF_SUBJECTS, TYPE_OF_OBJECTS, IS_FUNCTIONAL, HAS_VALUE,
    IS_FILLED, _VALUES, IS_VALUE, IS_SELF, IS_BACK, ALIKE, _ALIKE_IF_USED, LIKENESS,
) = range(NUM_CANDIDATE_CLUES)  # fmt: skip


def around(rows=ROWS) -> Surroundings:
    facts = [Fact(id=f"{s}.{r}.{o}", subject=s, relation=r, object=o, text="…") for s, r, o in rows]
    return surroundings_of(
        NODES,
        facts,
        vectors=np.eye(5, dtype=np.float32),
        vocabulary=VOCABULARY,
        more=["lives_in", "married_to", "likes", "owns"],
    )


def clues_on(world: Surroundings, *rows: tuple[str, str, str], hidden: int = NOTHING_HIDDEN) -> np.ndarray:
    place = {node.id: index for index, node in enumerate(NODES)}
    columns = (
        [place[subject] for subject, _, _ in rows],
        [world.relations.index(relation) for _, relation, _ in rows],
        [place[object_] for _, _, object_ in rows],
        [hidden for _ in rows],
    )
    subject, relation, object_, at = map(np.array, columns)
    return world.clues(Candidates(subject=subject, relation=relation, object=object_, hidden=at))


def test_types_and_values_count_as_the_graph_has_them():
    """May could live in Bath; she cannot live in Tom, and Ada has a home already."""
    may, wrong, filled = clues_on(
        around(), ("may", "lives_in", "bath"), ("may", "lives_in", "tom"), ("ada", "lives_in", "bath")
    )
    assert may[[MAY_BE_SUBJECT, MAY_BE_OBJECT, IS_USED, TYPE_OF_OBJECTS]].tolist() == [0, 1, 1, 1]
    assert wrong[[MAY_BE_OBJECT, TYPE_OF_SUBJECTS, TYPE_OF_OBJECTS]].tolist() == [-1, 1, 0]
    assert [each[IS_FILLED] for each in (may, wrong, filled)] == [0, 0, 1]


def test_an_object_that_stands_alone_looks_like_any_other():
    """Or the one fact of a node would be found by nothing but its absence."""
    world = around()
    alone, known = clues_on(world, ("ada", "owns", "bath"), ("ada", "owns", "york"))
    assert np.allclose(alone, known)
    assert np.allclose(clues_on(world, ("ada", "owns", "bath"), hidden=3)[0], known)


def test_a_symmetric_relation_is_seen_from_the_other_side():
    """If Ada is married to Tom, Tom is to Ada."""
    back, other = clues_on(around(), ("tom", "married_to", "ada"), ("tom", "married_to", "may"))
    assert (back[IS_BACK], other[IS_BACK]) == (1, 0)
    hidden = clues_on(around(), ("tom", "married_to", "ada"), hidden=2)[0]
    assert hidden[IS_BACK] == 0


def test_a_relation_that_nothing_has_is_no_trouble():
    """A new relation has no types, no values and nothing to compare with."""
    [new] = clues_on(around(), ("ada", "owns", "bath"))
    assert np.isfinite(new).all()
    assert new[[IS_USED, TYPE_OF_OBJECTS, HAS_VALUE, IS_FUNCTIONAL]].tolist() == [0, 0, 0, 0]
    assert new[ALIKE] == -1


@pytest.mark.parametrize("hidden", range(len(ROWS)))
def test_a_hidden_fact_counts_as_little_as_one_that_is_not_there(hidden):
    """Or the network would learn to see what it should guess."""
    candidates = [
        (subject.id, relation, object_.id)
        for subject in NODES
        for relation in ("lives_in", "married_to", "likes", "owns")
        for object_ in NODES
    ]
    with_it = clues_on(around(), *candidates, hidden=hidden)
    without = clues_on(around([row for place, row in enumerate(ROWS) if place != hidden]), *candidates)
    for clue in range(NUM_CANDIDATE_CLUES):
        assert np.allclose(with_it[:, clue], without[:, clue]), clue


def test_likeness_is_the_cosine_of_names():
    """A person is as likely to like themselves as anybody else, as far as it goes."""
    same, other = clues_on(around(), ("ada", "likes", "ada"), ("ada", "likes", "may"))
    assert (same[LIKENESS], other[LIKENESS]) == (1, 0)
    assert (same[IS_SELF], other[IS_SELF]) == (1, 0)
    assert same[IS_VALUE] == 0


def test_an_empty_graph_has_clues_too():
    """The first fact of a persona is a candidate like any other."""
    found = clues_on(around([]), ("ada", "lives_in", "york"), ("ada", "likes", "ada"))
    assert found.shape == (2, NUM_CANDIDATE_CLUES)
    assert np.isfinite(found).all()
