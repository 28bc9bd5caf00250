"""What words about the user may change in a graph: rules alone, without any reading of language.

candidates.py   what somebody read off a text: a value, an end, a denial, a correction
judge.py        candidates -> a proposed `GraphUpdate`
draft.py        the update while it grows: what is added, ended, taken back, merged, held back
labels.py       when two labels name one thing
"""

from __future__ import annotations

from roleagent.learning.rules.candidates import USER, Candidate, Stance, applied
from roleagent.learning.rules.draft import merge_duplicates
from roleagent.learning.rules.judge import propose
from roleagent.learning.rules.labels import same_value

__all__ = ["USER", "Candidate", "Stance", "applied", "merge_duplicates", "propose", "same_value"]
