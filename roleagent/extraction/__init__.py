"""What a turn teaches about the user, read off their own words; a language model only if asked for.

updater.py       claims -> candidates for the rules in `persona.updates`
values.py        what is read: a claim
claims.py        the one engine: sentences and cues -> claims
statements.py    which sentences are said in earnest
corrections.py   "I meant Lyon, not Lille": claims that only a known fact explains
when.py          since when and until when
english.py       the grammar of English: english_cues.py (what is so) and english_changes.py (what began, was,
                 ended), english_slots.py (their slots), english_corrections.py, english_when.py,
                 english_readers.py and english_times.py (caught words -> values), english.toml (word lists)
chinese.py       the same for Chinese
llm.py           the same turn read by a language model, for idle hours
consolidate.py   idle hours: episodes nobody read yet, and facts that are noted twice
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roleagent.extraction.llm import LlmUpdater
    from roleagent.extraction.updater import PatternUpdater

__all__ = ["LlmUpdater", "PatternUpdater"]

_HOME_OF = {
    "LlmUpdater": "roleagent.extraction.llm",
    "PatternUpdater": "roleagent.extraction.updater",
}


def __getattr__(name: str) -> object:
    """Load a public name, with its patterns, when it is first asked for."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)
