"""Tests of the published fake reranker, and of the conformance suite for rerankers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from roleagent.testing.rerankers import OverlapReranker, check_reranker


class Broken(OverlapReranker):
    """Breaks one promise, the named one."""

    def __init__(self, fault: str) -> None:
        super().__init__(languages=("English",) if fault == "language" else ("en",))
        self.fault = fault

    def score(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        scores = list(super().score(query, texts))
        match self.fault:
            case "short":
                return scores[:-1]
            case "infinite":
                return [float("nan") for _ in scores]
            case "places":
                return [score - place for place, score in enumerate(scores)]
            case "reversed":
                return [-score for score in scores]
        return scores


def test_the_fake_keeps_the_promises() -> None:
    """A fake that broke them would make tests worthless."""
    check_reranker(OverlapReranker())
    check_reranker(OverlapReranker(languages=("zh",)))


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("language", "'English' is no ISO 639-1 code"),
        ("short", "6 scores for 7 texts"),
        ("infinite", "is not finite"),
        ("places", "scores differently beside other texts"),
        ("reversed", "no lower than the answer"),
    ],
)
def test_each_broken_promise_is_named(fault: str, complaint: str) -> None:
    """A suite that passes everything proves nothing."""
    with pytest.raises(AssertionError, match=complaint):
        check_reranker(Broken(fault))
