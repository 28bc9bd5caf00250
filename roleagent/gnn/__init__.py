"""Which facts of a persona an answer needs, and how it comes to feel about a user.

ranker.py          the fact ranker of the trained network
salience.py        the network in numpy, as an agent runs it
network.py         the same in torch and torch-geometric, as it is trained
training           worlds and characters to train it on, and the training
weights            what was learned, for each embedder
likeness.py        the fact rankers by likeness of sentences and by PageRank
pagerank.py        personalised PageRank over facts
background.py      what facts score on everyday talk: the floor under a likeness that means something
fact_graph.py      a persona's facts as arrays, and how they fit what was said
nearby.py          which facts of a graph are scored in a turn
pieces.py          which parts of an utterance are scored by themselves
features.py        the vectors of facts
paths.py           what lifted a fact
plausibility.py    how plausible a new fact is, in numpy
plausibility_network.py
                   the same in torch, as it is trained
candidate_clues.py how a new fact fits the graph, in numbers
completion.py      completion of a large knowledge graph, for a benchmark
affect.py          what an utterance says of its speaker's feelings
relationship.py    how a relationship moves by that
relationship_keeper.py
                   how a persona feels about each user, by what is remembered

Apart from facts: one vector of a turn's text, picture and voice, which the agent does not use yet.

turn_features.py   what a turn holds, as numbers; the protocols of encoders
prosody.py         how something was said, as numbers
clip_features.py   pictures by CLIP
fusion.py          those numbers as one turn vector, in numpy
fusion_shape.py    what a fusion is: its way and its sizes
fusion_network.py  the same in torch, as it is trained
"""
