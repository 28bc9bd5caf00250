"""Which facts of a persona matter now: attention over the neighbourhood of what was said.

ranker.py          the fact rankers: names and places in, scored facts out
text_vectors.py    embeddings of sentences, each computed once
features.py        facts -> tensors
model.py           the attention layer (torch-geometric; the only module that imports torch when loaded)
"""
