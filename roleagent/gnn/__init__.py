"""Which facts of a persona matter now: attention over the neighbourhood of what was said.

ranker.py          the fact rankers: names and places in, scored facts out
text_vectors.py    embeddings of sentences, each computed once
address.py         the character is "you" where sentences are compared
background.py      what facts score on everyday talk: the floor under a score that means something
features.py        facts -> tensors
model.py           the attention layer (torch-geometric; the only module that imports torch when loaded)
"""
