"""A model is loaded once, and its failures have one face."""

from __future__ import annotations

import threading
import time

import pytest

from roleagent.errors import AttachmentError, PerceptionError
from roleagent.perception import Once, reporting
from roleagent.types import Attachment


def test_many_threads_at_once_load_one_model() -> None:
    """Two pictures in the first turn must not load the weights twice."""
    made: list[int] = []

    def load() -> int:
        time.sleep(0.02)
        made.append(1)
        return len(made)

    once = Once(load)
    threads = [threading.Thread(target=once) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (made, once()) == ([1], 1)


def test_a_load_that_failed_is_tried_again() -> None:
    """Weights may be pulled while the process lives."""
    outcomes = iter([OSError("not there yet"), "model"])

    def load() -> str:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    once = Once(load)
    with pytest.raises(OSError, match="not there yet"):
        once()
    assert once() == "model"


def test_whatever_a_model_raises_says_who_failed_on_what(red_square: Attachment) -> None:
    """A stack trace of a runtime library tells a user nothing."""
    with (
        pytest.raises(PerceptionError, match=r"'tagger' failed on 'red.png'.*boom"),
        reporting("tagger", red_square),
    ):
        raise RuntimeError("boom")


def test_our_own_errors_pass_unchanged(red_square: Attachment) -> None:
    """They say already what is wrong."""
    with pytest.raises(AttachmentError, match="too dark"), reporting("tagger", red_square):
        raise AttachmentError("too dark")
