"""Lorebooks: texts that enter the prompt when the conversation mentions their keys.

book.py          the values: `Lorebook`, `LoreEntry`
engine.py        `activate`: which entries enter, round by round
activation.py    its input and output: `Message`, `LoreSettings`, `LoreState`, `Activation`;
                 why each entry entered or did not: `explain_activation`
decorators.py    lines ``@@name value`` in an entry's content
macros.py        ``{{char}}``, ``{{random:a,b}}`` and the like; macro_values.py computes dice, sums and times
index.py         a book prepared for searching; `visible_books`
keys.py scan.py             how a key is parsed, and where it is found
gates.py admission.py       the steps of a round
"""
