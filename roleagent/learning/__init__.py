"""What a turn teaches about the user, read off their own words; a language model only if asked for.

updater.py       claims -> candidates for the rules in `learning.rules`
claims.py        the one engine: sentences and cues -> claims
statements.py    which sentences are said in earnest, and what is read off them: a claim
corrections.py   "I meant Lyon, not Lille": claims that only a known fact explains
when.py          since when and until when
english/ chinese/     the grammar of each language: cues.py (what is so), changes.py (what began, was, ended),
                 slots.py, corrections.py, when.py, readers.py (caught words -> values), and lists of words in
                 english.toml and chinese.toml
llm.py           the same turn read by a language model, for idle hours
consolidate.py   idle hours: episodes nobody read yet, and facts that are noted twice
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roleagent.learning.llm import LlmUpdater
    from roleagent.learning.updater import PatternUpdater

__all__ = ["LlmUpdater", "PatternUpdater"]

_HOME_OF = {
    "LlmUpdater": "roleagent.learning.llm",
    "PatternUpdater": "roleagent.learning.updater",
}


def __getattr__(name: str) -> object:
    """Load a public name, with its patterns, when it is first asked for."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)
