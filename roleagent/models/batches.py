"""Calls that wait for the same model at the same time are put into one batch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Batcher(Generic[Q, A]):
    """Collects questions from many threads and has those of the same key answered together.

    Whoever comes first works for all that wait by then; the others find their answers ready. Nobody waits
    for a batch to fill.

    Args:
        answer: answers a batch, one answer or exception for each question.
        key: questions may share a batch where this is equal; None for a question that must be alone.
        max_batch: the most questions in one batch.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Q]], Sequence[A | Exception]],
        *,
        key: Callable[[Q], Hashable | None],
        max_batch: int,
    ) -> None:
        self._answer, self._key, self._max_batch = answer, key, max_batch
        self._waiting: list[tuple[Q, Future[A]]] = []
        self._waiting_lock = threading.Lock()
        self._busy = threading.Lock()

    def submit(self, question: Q) -> A:
        """The answer to one question; blocks until it is there.

        Raises:
            Exception: whatever answering it raised.
        """
        future: Future[A] = Future()
        with self._waiting_lock:
            self._waiting.append((question, future))
        while not future.done():
            with self._busy:
                if not future.done():
                    self._work(self._next_batch())
        return future.result()

    def _next_batch(self) -> list[tuple[Q, Future[A]]]:
        """The question that waits longest, and those that may go with it."""
        with self._waiting_lock:
            first = self._waiting[0]
            key = self._key(first[0])
            alike = [entry for entry in self._waiting if key is not None and self._key(entry[0]) == key]
            batch = alike[: self._max_batch] or [first]
            self._waiting = [entry for entry in self._waiting if entry not in batch]
            return batch

    def _work(self, batch: Sequence[tuple[Q, Future[A]]]) -> None:
        try:
            answers = self._answer([question for question, _ in batch])
        except BaseException as error:
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
