"""The batcher: what waits together is answered together, each with its own answer or error."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from roleagent.models.transformers import Batcher


class Doubler:
    """Answers numbers with their doubles; holds the first batch until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.entered, self.released = threading.Event(), threading.Event()

    def __call__(self, questions: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(questions))
        self.entered.set()
        assert self.released.wait(5)
        return [ValueError(f"no {q}") if q < 0 else 2 * q for q in questions]


def ask(batcher: Batcher[int, int], doubler: Doubler, questions: Sequence[int]) -> list[int | Exception]:
    """Ask the first alone, the others while it is under way; answers in order."""

    def submit(question: int) -> int | Exception:
        try:
            return batcher.submit(question)
        except ValueError as error:
            return error

    with ThreadPoolExecutor(len(questions)) as pool:
        first = pool.submit(submit, questions[0])
        assert doubler.entered.wait(5)
        others = [pool.submit(submit, question) for question in questions[1:]]
        while len(batcher._waiting) < len(others):
            pass
        doubler.released.set()
        return [future.result(5) for future in (first, *others)]


def test_those_who_wait_are_answered_in_one_batch() -> None:
    """Padding four prompts into one run is cheaper than four runs."""
    doubler = Doubler()
    batcher = Batcher(doubler, key=lambda q: "all", max_batch=8)
    assert ask(batcher, doubler, [1, 2, 3, 4, 5]) == [2, 4, 6, 8, 10]
    assert [sorted(batch) for batch in doubler.batches] == [[1], [2, 3, 4, 5]]


def test_batches_have_a_limit_and_hold_like_with_like() -> None:
    """Memory bounds the batch; other sampling cannot share it."""
    doubler = Doubler()
    batcher = Batcher(doubler, key=lambda q: q % 2, max_batch=2)
    assert ask(batcher, doubler, [1, 2, 4, 6, 3]) == [2, 4, 8, 12, 6]
    assert sorted(len(batch) for batch in doubler.batches) == [1, 1, 1, 2]
    assert all(len({q % 2 for q in batch}) == 1 for batch in doubler.batches)


def test_a_question_without_a_key_stays_alone() -> None:
    """Seeded draws would change with their neighbours."""
    doubler = Doubler()
    batcher = Batcher(doubler, key=lambda q: None, max_batch=8)
    assert ask(batcher, doubler, [1, 2, 3]) == [2, 4, 6]
    assert [len(batch) for batch in doubler.batches] == [1, 1, 1]


def test_an_error_stays_with_its_question() -> None:
    """One bad prompt must not spoil its neighbours'."""
    doubler = Doubler()
    batcher = Batcher(doubler, key=lambda q: "all", max_batch=8)
    first, second, third = ask(batcher, doubler, [1, -2, 3])
    assert (first, third) == (2, 6)
    assert str(second) == "no -2"


def test_a_batch_that_fails_fails_for_all_in_it() -> None:
    """Nobody is left waiting."""

    def broken(questions: Sequence[int]) -> list[int | Exception]:
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        Batcher(broken, key=lambda q: "all", max_batch=8).submit(1)


def test_those_who_arrive_meanwhile_join_if_the_first_waits() -> None:
    """Of 20 calls at once, none is answered alone."""
    doubler = Doubler()
    doubler.released.set()
    batcher = Batcher(doubler, key=lambda q: "all", max_batch=20, wait_s=0.2)
    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(batcher.submit, range(20))) == [2 * number for number in range(20)]
    assert [sorted(batch) for batch in doubler.batches] == [list(range(20))]


def test_nobody_waits_longer_than_others_arrive() -> None:
    """One call of one user is answered after one pause, however many might come."""
    doubler = Doubler()
    doubler.released.set()
    began = time.perf_counter()
    assert Batcher(doubler, key=lambda q: "all", max_batch=64, wait_s=0.01).submit(3) == 6
    assert 0.01 <= time.perf_counter() - began < 1
