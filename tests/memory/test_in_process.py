"""Tests of the memory in RAM: the published suite, with an embedder and without."""

import pytest

from roleagent.memory.in_process import InProcessMemory
from roleagent.testing.conformance import MEMORY_PROMISES, check_memory
from roleagent.testing.embedders import HashEmbedder


@pytest.mark.parametrize("embedder", [None, HashEmbedder()], ids=["words alone", "with vectors"])
def test_it_keeps_every_promise_of_a_memory(embedder: HashEmbedder | None) -> None:
    """It stands in for the one on disk in tests, so it must do the same."""
    check_memory(lambda: InProcessMemory(embedder))


class ForgetfulMemory(InProcessMemory):
    """Breaks one promise."""

    def recent(self, scope, *, limit):  # type: ignore[no-untyped-def]
        return super().recent(scope, limit=limit)[1:]


def test_the_suite_notices_a_broken_promise() -> None:
    """A suite that passes everything proves nothing."""
    with pytest.raises(AssertionError):
        check_memory(lambda: ForgetfulMemory(HashEmbedder()))
    assert len(MEMORY_PROMISES) >= 13
