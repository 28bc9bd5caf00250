"""The form in which an episode is embedded, searched by words and read by a reranker."""

from __future__ import annotations


def index_text(text: str, speaker_name: str, at: float) -> str:
    """What an index sees of an episode.

    Args:
        text: what was said.
        speaker_name: who said it; empty where nobody knows.
        at: seconds since 1970.
    """
    return text
