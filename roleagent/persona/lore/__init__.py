"""Lorebooks: texts that enter the prompt when the talk comes to them.

book.py     the values: `Lorebook`, `LoreEntry`
"""
