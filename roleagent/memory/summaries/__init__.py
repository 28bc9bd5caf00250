"""Summaries and reflections: what is made of many episodes when nobody is waiting. Derived, never evidence.

policy.py      how many, how long, and where a session ends
sessions.py    episodes -> sessions; sessions -> periods
plan.py        which summaries there ought to be
lines.py       episodes -> sentences, with who said them and how much they matter
extract.py     the sentences that carry most, as they were said
chat_model.py  a language model writes, and is held to its sources
support.py     is a sentence supported by its sources?
reflect.py     what follows from several sessions: changes, and what is named again and again
make.py        brings the record to the plan, step by step
shelf.py       which of them fit a cue
"""
