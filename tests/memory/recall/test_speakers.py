"""Tests of who is spoken of."""

import numpy as np
import pytest

from roleagent.memory.recall.pipeline import said_by_named

NAMES = np.array([0, 1, 2])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("What did ada paint?", [1, 0, 0]),
        ("What is Ada's cat called?", [1, 0, 0]),
        ("Who saw Adam?", [0, 0, 0]),
        ("王先生去哪了？", [0, 1, 0]),
        ("What do Ada and 王先生 share?", [0, 0, 0]),
        ("What was it?", [0, 0, 0]),
    ],
)
def test_said_by_named(text: str, said: list[int]) -> None:
    """A name is a word of its own; whoever names all singles out nobody."""
    assert said_by_named(text, ["Ada", "王先生", ""], NAMES).tolist() == said


def test_the_only_speaker() -> None:
    """Where one has a name and the other has none, the name still singles out."""
    assert said_by_named("What did Ada say?", ["Ada", ""], np.array([0, 1])).tolist() == [1, 0]


def test_who_spoke_out_of_sight_does_not_count() -> None:
    """All whom this listener knows of are named, so that nobody is singled out, whoever else has spoken."""
    said = said_by_named("What do Ada and Milo share?", ["Ada", "Milo", "Irene"], np.array([0, 1, 0]))
    assert said.tolist() == [0, 0, 0]
