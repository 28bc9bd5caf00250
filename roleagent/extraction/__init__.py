"""What a turn teaches about the user, read off their own words without a language model.

updater.py       claims -> a proposed `GraphUpdate`
claims.py        the one engine: sentences and cues -> claims
statements.py    which sentences are said in earnest
english.py       the grammar of English: english_cues.py (the table), english_slots.py (its slots),
                 english_readers.py and english_times.py (caught words -> values), english.toml (word lists)
chinese.py       the same for Chinese
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roleagent.extraction.updater import PatternUpdater

__all__ = ["PatternUpdater"]


def __getattr__(name: str) -> object:
    """Load the updater, and its patterns, when it is first asked for."""
    if name == "PatternUpdater":
        from roleagent.extraction.updater import PatternUpdater

        return PatternUpdater
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
