"""Recall: find the episodes that fit a cue, in stages that can be switched off by name.

pipeline.py  the stages in their order
stages.py    the larger ones: last utterances, the persona's graph, the reranker
pool.py      what recall sees of episodes: texts, arrays by place, and scores on one scale
profile.py   which stages run, with which weights
"""
