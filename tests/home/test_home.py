"""Tests of a home: what it says about itself."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from roleagent.home.home import Home


def test_stats_count_what_is_kept_of_everybody(folder: Path) -> None:
    """The first thing that one asks of a home."""
    with closing(Home(folder)) as home:
        ada, bob = home.stats()
    assert (ada.owner.user_id, bob.owner.user_id) == ("ada", "bob")
    assert (ada.counts["episodes"], ada.counts["facts"], ada.num_threads, ada.num_media) == (3, 3, 3, 3)
    assert ada.media_bytes == sum(len(f"canaryada{number}bytes") for number in range(3))
