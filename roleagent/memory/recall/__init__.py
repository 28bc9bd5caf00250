"""Recall: find the episodes that fit a cue, in stages that can be switched off by name.

pool.py       what a memory shows of one persona and user: arrays by place, and texts of the few best
text_form.py  what an index sees of an episode
pipeline.py   the stages in their order
"""
