"""Which facts of a persona matter now: attention over the neighbourhood of what was said.

ranker.py          the fact rankers: names and places in, scored facts out
background.py      what facts score on everyday talk: the floor under a score that means something
features.py        sentences to vectors, each computed once; facts to arrays
attention.py       what the untrained layer computes, in numpy
model.py           the attention layer (torch-geometric; the only module that imports torch when loaded)
"""
