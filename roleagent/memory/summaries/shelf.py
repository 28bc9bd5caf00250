"""Which summaries fit a cue: a few dozen texts at hand, compared by their words. No model is asked."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from roleagent.memory.lexical import terms
from roleagent.memory.word_forms import STOP_WORDS, stem
from roleagent.persona.lint import estimated_tokens
from roleagent.types import Summary

_MIN_SHARED = 0.2  # of what a cue's words tell, for a summary to fit it
_LATEST = 0.1  # the score of the latest session: it fits whatever is asked
_TOKENS_BESIDE = 12  # that the prompt spends on a summary's dates


class SummaryShelf:
    """The summaries that one listener may be given, ready to be looked through."""

    def __init__(self, summaries: Sequence[Summary]) -> None:
        self.latest_first = sorted(summaries, key=lambda each: (each.last_at, each.id), reverse=True)
        self._words_of = [_content(summary.text) for summary in self.latest_first]
        self._num_with = Counter(term for words in self._words_of for term in words)

    def fitting(self, cue: str, *, besides: Collection[str] = ()) -> list[Summary]:
        """Those whose words match a cue, best first, and the latest session; each with its score, 0–1.

        What sums up only episodes that are at hand already (`besides`) is left out.
        """
        asked = _content(cue)
        whole = sum(map(self._information, asked)) or 1.0
        found: list[Summary] = []
        has_session = False
        for summary, words in zip(self.latest_first, self._words_of, strict=True):
            if summary.level != "reflection" and _is_at_hand(summary, besides):
                continue
            score = sum(map(self._information, asked & words)) / whole
            if score >= _MIN_SHARED:
                found.append(replace(summary, score=score))
            elif summary.level == "session" and not has_session:
                found.append(replace(summary, score=_LATEST))
            has_session = has_session or summary.level == "session"
        return sorted(found, key=lambda each: each.score or 0.0, reverse=True)  # of equals the later one

    def _information(self, term: str) -> float:
        num_with = self._num_with[term]
        return math.log(1 + (len(self.latest_first) - num_with + 0.5) / (num_with + 0.5))


def _is_at_hand(summary: Summary, besides: Collection[str]) -> bool:
    return len(summary.sources) <= len(besides) and set(summary.sources).issubset(besides)


def _content(text: str) -> frozenset[str]:
    return frozenset(stem(term) for term in terms(text) if term not in STOP_WORDS)


def within_tokens(summaries: Sequence[Summary], num_tokens: int) -> list[Summary]:
    """The first that fit together; one that does not is passed over for the next."""
    kept = []
    for summary in summaries:
        cost = estimated_tokens(summary.text) + _TOKENS_BESIDE
        if cost <= num_tokens:
            kept.append(summary)
            num_tokens -= cost
    return kept
