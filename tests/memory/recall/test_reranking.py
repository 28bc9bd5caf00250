"""Tests of the second look at the best."""

import time
from collections.abc import Sequence

import numpy as np
import pytest

from roleagent.errors import ModelError
from roleagent.memory.in_process import InProcessMemory
from roleagent.memory.recall.stages import rerank
from roleagent.testing.rerankers import OverlapReranker
from roleagent.types import STRANGER
from tests.memory.recall.talk import ADA, pool_of, remembered


class SlowReranker:
    """Takes its time for every text."""

    name = "slow"
    languages = ()

    def __init__(self) -> None:
        self.read: list[str] = []

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        time.sleep(0.02)
        self.read += texts
        return [1.0] * len(texts)


class BrokenReranker(OverlapReranker):
    def score(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        return [float("nan")] * len(texts)


def added_by(memory: InProcessMemory, reranker, scores: list[float], **options) -> list[float]:
    pool = pool_of(memory)
    previous = np.arange(len(scores)) - 1
    given = {"top": 40, "budget_s": 9.0, **options}
    return rerank("cat", np.array(scores, np.float32), pool, previous, reranker, **given).tolist()


def test_what_is_read_comes_before_what_is_not() -> None:
    """Even the worst verdict on a good candidate lifts it above those that the searches put behind."""
    memory = remembered("a dog", "a cat", "tea")
    added = added_by(memory, OverlapReranker(), [2.0, 1.0, 0.0], top=2)
    assert added[1] > added[0] > added[2] == 0.0


def test_an_episode_is_read_with_what_was_said_before_it() -> None:
    """An answer is understood by its question."""
    reranker = SlowReranker()
    added_by(remembered("Any pets?", "Yes, two."), reranker, [0.0, 1.0], top=1)
    assert reranker.read == ["Any pets? Yes, two."]


def test_it_stops_when_the_time_is_used_up() -> None:
    """A batch of ten takes 20 ms, so 50 ms are enough for two and never for five; one is always read."""
    memory = remembered(*(f"word{number}" for number in range(50)))
    num_read = np.count_nonzero(added_by(memory, SlowReranker(), [0.0] * 50, top=50, budget_s=0.05))
    assert 10 <= num_read <= 20
    assert np.count_nonzero(added_by(memory, SlowReranker(), [0.0] * 50, top=50, budget_s=0.0)) == 10


def test_nobody_is_asked_to_read_what_they_cannot() -> None:
    """An English reranker gives arbitrary numbers for Chinese."""
    english = OverlapReranker(languages=("en",))
    memory = remembered("我的猫叫咪咪", "my cat is Milo")
    assert [number > 0 for number in added_by(memory, english, [1.0, 1.0])] == [False, True]
    alone = remembered("我的猫叫咪咪")
    assert added_by(alone, english, [1.0]) == [0.0]


def test_a_broken_reranker_is_told_of() -> None:
    """NaN would sort anywhere."""
    with pytest.raises(ModelError, match="one finite number"):
        added_by(remembered("a cat"), BrokenReranker(), [1.0])


def test_it_is_used_where_a_memory_has_one() -> None:
    """Words alone take the shorter text; the reranker sees which answers."""
    memory = remembered("cat cat cat", "my black cat", reranker=OverlapReranker())
    assert memory.recall("black cat", ADA, STRANGER, limit=1)[0].text == "my black cat"
