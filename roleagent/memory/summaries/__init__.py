"""Summaries and reflections of many episodes, made when no turn is running. Derived, never evidence.

policy.py      how many, how long, and where a session ends
sessions.py    episodes -> sessions; sessions -> periods
plan.py        which summaries there should be
lines.py       episodes -> sentences, with who said them and how much they matter
extract.py     the most telling sentences, as they were said
chat_model.py  a language model writes, and its sources must support it
support.py     is a sentence supported by its sources?
reflect.py     what follows from several sessions: changes, and what is often named
make.py        writes the missing summaries, step by step
shelf.py       which of them fit a cue
"""
