"""A published fake reranker, and the conformance suite for rerankers, to call from a test."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from roleagent.language.scripts import HAN
from roleagent.protocols import Reranker

_WORD = re.compile(rf"[a-z0-9]+|[{HAN}]")
_TEXTS = (
    "My cat is called Milo.",
    "It has rained all day.",
    "我的狗叫旺财。",
    "",
    " \n\t ",
    "“Who?” she asked. 🙂‍↔️ \x00\ufffd\u202e",
    "word " * 5_000,
)
_TOLERANCE = 1e-3  # arithmetic in another order moves a score by less


class OverlapReranker:
    """Scores a text by the share of the query's words, or Chinese characters, that it contains (0–1).

    >>> OverlapReranker().score("A black cat?", ["The cat is black.", "A dog.", "Tea."])
    [0.6666666666666666, 0.3333333333333333, 0.0]
    """

    def __init__(self, *, name: str = "overlap", languages: Sequence[str] = ()) -> None:
        self.name = name
        self.languages = tuple(languages)

    def score(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        """One score for each text; 0 if the query has no words."""
        asked, *found = (set(_WORD.findall(each.casefold())) for each in (query, *texts))
        return [len(asked & words) / max(len(asked), 1) for words in found]


def check_reranker(reranker: Reranker) -> None:
    """Check every promise of `Reranker` on an implementation; `AssertionError` names the broken one.

    A reranker for English must also prefer a plain answer to an unrelated remark.
    """
    assert isinstance(reranker, Reranker), f"{reranker!r} lacks a name, languages or the method score"
    assert reranker.name.strip(), "a reranker needs a name that messages can carry"
    assert isinstance(reranker.languages, tuple), "languages must be a tuple"
    for language in reranker.languages:
        assert re.fullmatch(r"[a-z]{2}", language), f"{language!r} is no ISO 639-1 code"
    _gives_one_finite_number_a_text(reranker)
    _scores_a_text_whatever_stands_beside_it(reranker)
    _agrees_across_threads(reranker)
    if not reranker.languages or "en" in reranker.languages:
        answer, remark = reranker.score("What is my cat called?", _TEXTS[:2])
        assert answer > remark, f"{_TEXTS[1]!r} scores no lower than the answer {_TEXTS[0]!r}"


def _gives_one_finite_number_a_text(reranker: Reranker) -> None:
    assert len(reranker.score("Anything?", [])) == 0, "no texts must give no scores"
    for query in ("What is my cat called?", "", "猫叫什么？", "word " * 5_000):
        scores = reranker.score(query, _TEXTS)
        assert len(scores) == len(_TEXTS), f"{len(scores)} scores for {len(_TEXTS)} texts"
        assert all(math.isfinite(each) for each in scores), f"a score of {query[:40]!r} is not finite"


def _scores_a_text_whatever_stands_beside_it(reranker: Reranker) -> None:
    query = "What is my cat called?"
    together = reranker.score(query, _TEXTS)
    backwards = list(reversed(reranker.score(query, _TEXTS[::-1])))
    alone = [reranker.score(query, [text])[0] for text in _TEXTS]
    for text, first, second, third in zip(_TEXTS, together, backwards, alone, strict=True):
        assert max(first, second, third) - min(first, second, third) < _TOLERANCE, (
            f"{text[:40]!r} scores differently beside other texts"
        )


def _agrees_across_threads(reranker: Reranker) -> None:
    query = "What is my cat called?"
    expected = reranker.score(query, _TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for scores in pool.map(lambda _: reranker.score(query, _TEXTS), range(4)):
            differences = [abs(one - other) for one, other in zip(scores, expected, strict=True)]
            assert max(differences) < _TOLERANCE, "threads that share it get different scores"
