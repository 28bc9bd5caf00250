"""Summaries and reflections of many episodes, made when no turn is running. Derived, never evidence.

plan.py        how many, where a session ends, which ones there should be, and what the reflections say
extract.py     the sentences that carry most, as they were said
chat_model.py  a language model writes, and its sources must support what it says
keeper.py      makes what is missing, step by step, and finds what fits a cue
"""
