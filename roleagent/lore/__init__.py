"""Lorebooks: texts that enter the prompt when the talk comes to them.

book.py          the values: `Lorebook`, `LoreEntry`
engine.py        `activate`: which entries enter, round by round
activation.py    what goes in and comes out of it: `Message`, `LoreSettings`, `Activation`, `Decision`
state.py         timed effects from message to message: `LoreState`
inspect.py       why each entry entered or did not: `explain_activation`
decorators.py    lines ``@@name value`` in an entry's content
macros.py        ``{{char}}``, ``{{random:a,b}}`` and the like
index.py         a book made ready for searching; `visible_books`
keys.py scan.py js_regex.py             what a key means, and where it is found
match.py gates.py groups.py admission.py     the steps of a round
"""
