"""A knowledge graph read from files, both ways."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from roleagent.errors import InputError
from roleagent.gnn.training.triples import Neighbours, Triples, indexed, read_triples


@pytest.fixture
def triples(tmp_path: Path) -> Triples:
    (tmp_path / "train.txt").write_text("a\tknows\tb\na\tknows\tc\nb\tlikes\tc\n", encoding="utf-8")
    (tmp_path / "valid.txt").write_text("c\tknows\ta\n", encoding="utf-8")
    (tmp_path / "test.txt").write_text("a\tknows\td\n", encoding="utf-8")
    return read_triples(tmp_path)


def test_each_triple_is_there_both_ways(triples: Triples):
    """An inverse has the number of its relation, plus the number of relations."""
    assert (triples.entities, triples.relations, triples.num_relations) == (
        ("a", "b", "c", "d"), ("knows", "likes"), 4
    )  # fmt: skip
    assert triples.both_ways("valid").tolist() == [[2, 0, 0], [0, 2, 2]]
    assert triples.answers[0, 0].tolist() == [1, 2, 3]  # of all parts
    assert triples.answers[2, 2].tolist() == [0]
    assert indexed(triples, [("a", "likes", "d"), ("a", "likes", "nobody")]).tolist() == [[0, 1, 3]]


def test_neighbours_are_those_of_the_training_part(triples: Triples):
    """The one of the test part alone has none."""
    relation, neighbour, told = Neighbours.of(triples).some(np.array([0, 3]), 3, np.random.default_rng(0))
    assert told.tolist() == [[True, True, False], [False, False, False]]
    assert neighbour[0, :2].tolist() == [1, 2]
    assert relation[0, :2].tolist() == [0, 0]
    _, some, all_told = Neighbours.of(triples).some(np.array([2] * 9), 1, np.random.default_rng(0))
    assert all_told.all()
    assert set(some.ravel().tolist()) == {0, 1}


def test_a_line_that_is_none_is_named(tmp_path: Path):
    """File and line, so that it can be mended."""
    (tmp_path / "train.txt").write_text("a\tknows\tb\na knows c\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"train.txt:2: 'a knows c'"):
        read_triples(tmp_path)
    with pytest.raises(InputError, match=r"train.txt"):
        read_triples(tmp_path / "nowhere")
