"""The table of dated words: what a character of a given year cannot have heard of."""

from __future__ import annotations

from functools import cache

from roleagent.critics.tables import read_table


@cache
def dated_words() -> dict[str, int]:
    """Every name in the table -> the first year in which it could be known."""
    words: dict[str, int] = {}
    for section, entries in read_table("inventions").items():
        for name, others in entries.items():
            for word in (name, *others.split("|")):
                words[word.strip()] = int(section.removeprefix("y"))
    return words


def later_than(year: int) -> frozenset[str]:
    """The words of things that came after a year."""
    return frozenset(word for word, known_from in dated_words().items() if known_from > year)
