"""As many episodes, best first, as fit in a number of tokens."""

from __future__ import annotations

from collections.abc import Sequence

from roleagent.persona.lint import estimated_tokens
from roleagent.types import Episode


def within_budget(episodes: Sequence[Episode], num_tokens: int) -> list[Episode]:
    """The first episodes whose texts fit; one that does not is passed over for the next."""
    kept: list[Episode] = []
    for episode in episodes:
        cost = estimated_tokens(episode.text_and_seen)
        if cost <= num_tokens:
            kept.append(episode)
            num_tokens -= cost
    return kept
