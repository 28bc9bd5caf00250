"""The form in which an episode is embedded, searched by words and read by a reranker."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from roleagent.language.dates import MONTHS
from roleagent.language.tokens import estimated_tokens
from roleagent.types import Episode

_SENTENCE_END = re.compile(r"(?<=[.!?。！？…])\s*")


def index_text(text: str, speaker_name: str) -> str:
    """What an embedder sees of an episode: who says it, and what.

    The date is left out: it drew the vectors of one day together and cost recall.

    Args:
        text: what was said.
        speaker_name: who said it; empty if that is not known.

    >>> index_text("My cat is Milo.", "Ada")
    'Ada: My cat is Milo.'
    """
    return f"{speaker_name}: {text}" if speaker_name else text


def words_text(text: str, speaker_name: str, at: float) -> str:
    """What the search by words sees of an episode: its day as well, which people ask for by name.

    >>> words_text("My cat is Milo.", "Ada", 0.0)
    '1 January 1970 Ada: My cat is Milo.'
    """
    day = datetime.fromtimestamp(at, UTC)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year} {index_text(text, speaker_name)}"


def share_of_questions(text: str) -> float:
    """How much of a text asks, 0–1, by characters of its sentences.

    >>> share_of_questions("Hi! How are you?"), share_of_questions("你好吗？"), share_of_questions("Fine.")
    (0.8, 1.0, 0.0)
    """
    if "?" not in text and "？" not in text:
        return 0.0
    sentences = [sentence for sentence in _SENTENCE_END.split(text) if sentence]
    asking = sum(len(sentence) for sentence in sentences if sentence.endswith(("?", "？")))
    return asking / max(sum(map(len, sentences)), 1)


def within_budget(episodes: Sequence[Episode], num_tokens: int) -> list[Episode]:
    """The first episodes whose texts fit; one that does not is skipped."""
    kept: list[Episode] = []
    for episode in episodes:
        cost = estimated_tokens(episode.text_and_seen)
        if cost <= num_tokens:
            kept.append(episode)
            num_tokens -= cost
    return kept
