"""Tests of the memory in RAM: the published suite, with an embedder and without."""

from dataclasses import replace

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

    def recent(self, thread, sight, *, limit):  # type: ignore[no-untyped-def]
        return super().recent(thread, sight, limit=limit)[1:]


class TellsAnybody(InProcessMemory):
    """Does not ask who listens."""

    def recall(self, query, owner, sight, *, limit):  # type: ignore[no-untyped-def]
        found = [super(TellsAnybody, self).recall(query, owner, replace(sight, listener=each), limit=limit)
                 for each in (sight.listener, "mary", "bartleby")]  # fmt: skip
        return [episode for group in reversed(found) for episode in group][:limit]


class TellsTheFuture(InProcessMemory):
    """Does not ask what time it is."""

    def recent(self, thread, sight, *, limit):  # type: ignore[no-untyped-def]
        return super().recent(thread, replace(sight, as_of=""), limit=limit)


class FiltersTooLate(InProcessMemory):
    """Counts what it may not tell."""

    def recent(self, thread, sight, *, limit):  # type: ignore[no-untyped-def]
        everything = super().recent(thread, replace(sight, as_of=""), limit=limit)
        return [episode for episode in everything if sight.may_see(episode.sight)]


@pytest.mark.parametrize("broken", [ForgetfulMemory, TellsAnybody, TellsTheFuture, FiltersTooLate])
def test_the_suite_notices_a_broken_promise(broken: type[InProcessMemory]) -> None:
    """A suite that passes everything proves nothing."""
    with pytest.raises(AssertionError):
        check_memory(lambda: broken(HashEmbedder()))
    assert len(MEMORY_PROMISES) >= 18
