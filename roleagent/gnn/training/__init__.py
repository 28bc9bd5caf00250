"""How the salience network is trained, on worlds of facts and questions about them, and the affect head.

train.py        the training, and the file of weights it writes
data.py         what is trained on and what the training is stopped by
examples.py     worlds as arrays, and how well a ranking finds what is needed
worlds.py       made-up worlds, drawn from wordings
words.py        those wordings, in `words`
characters.py   characters in free wording, in `characters`
affect.py       the training of the affect head
emotions.py     what that is trained on: GoEmotions, and lines in `conduct`
"""
