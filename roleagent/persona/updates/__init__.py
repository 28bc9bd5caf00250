"""What words about the user may change in a graph: rules alone, without any reading of language.

candidates.py   what somebody read off a text: a value, an end, a denial, a correction
rules.py        candidates -> a proposed `GraphUpdate`
draft.py        the update while it grows: what is added, ended, taken back, merged, held back
intervals.py    the order of dates that are known to different precision
labels.py       when two labels name one thing
duplicates.py   learned facts that say one thing twice -> one fact with both sources
apply.py        a graph as it is once an update is committed
"""

from __future__ import annotations

from roleagent.persona.updates.apply import applied
from roleagent.persona.updates.candidates import USER, Candidate, Stance
from roleagent.persona.updates.duplicates import merge_duplicates
from roleagent.persona.updates.labels import same_value
from roleagent.persona.updates.rules import propose

__all__ = ["USER", "Candidate", "Stance", "applied", "merge_duplicates", "propose", "same_value"]
