"""How the networks are trained: on worlds of facts and questions about them, on emotions, on labelled turns.

train.py        the training, and the file of weights it writes
checkpoints.py  a training on disk, so that one that was killed goes on
batches.py      graphs side by side, and the loss
scoring.py      what a network under training finds
card.py         what its weights are, for people
data.py         what is trained on and what the training is stopped by
examples.py     worlds as arrays, and how well a ranking finds what is needed
worlds.py       made-up worlds, drawn from wordings
words.py        those wordings, in `words`
talks.py        what is said after something else: follow-ups, new subjects, small talk
characters.py   characters in free wording, in `characters`
fusion.py       the training of a fusion, on labelled turns, and the file it writes
affect.py       the training of the affect head
emotions.py     what that is trained on: GoEmotions, and lines in `conduct`
"""
