"""What a user's own words teach about them, by rules; a language model reads only if asked.

updater.py       one utterance -> claims -> candidates for the rules in `learning.rules`
claims.py        the engine: sentences and a grammar -> claims, and corrections that name no relation
grammar.py       a cue file as patterns: english_cues.toml, chinese_cues.toml
english.py       words that an English cue caught -> clean values, by the word lists in english.toml
chinese.py       the same for Chinese
statements.py    which sentences are said in earnest, and what is read off them: a claim
when.py          since when and until when
llm.py           the same words read by a language model, for idle hours
consolidate.py   idle hours: episodes that were not read yet, and facts that were noted twice
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from roleagent._lazy import loader

if TYPE_CHECKING:
    from roleagent.learning.llm import LlmUpdater as LlmUpdater
    from roleagent.learning.updater import PatternUpdater as PatternUpdater

_HOME_OF = {
    "LlmUpdater": "roleagent.learning.llm",
    "PatternUpdater": "roleagent.learning.updater",
}

__all__ = sorted(_HOME_OF)
__getattr__ = loader(__name__, _HOME_OF)
