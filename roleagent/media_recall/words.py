"""The words of a request, and of what it is compared with, in a form that compares."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from roleagent.persona.search import terms

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LITTLE = 0.5  # a colour or a size tells less than a thing


def stems(text: str) -> list[str]:
    """Index terms that compare: words without the commonest endings, Chinese characters one by one.

    >>> stems("My dogs' stories"), stems("红桥")
    (['my', 'dog', 'story'], ['红', '桥'])
    """
    return [_stem(term) for term in terms(text) if len(term) == 1 or not _CHINESE.match(term)]


def telling(text: str) -> tuple[str, ...]:
    """Terms of a text, each once, without those that say nothing about a file."""
    words = dict.fromkeys(stems(text))
    return tuple(word for word in words if word not in _table("stop"))


def share(words: tuple[str, ...], text: str) -> float:
    """How much of some words a text holds, by what they tell: 0–1.

    >>> share(("red", "bridge"), "a suspension bridge") > 0.5 > share(("red", "bridge"), "a red car")
    True
    """
    told, little = set(stems(text)), _table("little")
    weights = {word: _LITTLE if word in little else 1.0 for word in words}
    held = sum(weight for word, weight in weights.items() if word in told)
    return held / sum(weights.values()) if weights else 0.0


def _stem(word: str) -> str:
    if word in _table("stop") or word.endswith(("ss", "us", "is")) or len(word) < 4:
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "shes", "ches", "xes")) else word.removesuffix("s")


@cache
def _table(name: str) -> frozenset[str]:
    lists = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))[name]
    return frozenset(word for words in lists.values() for word in words.split())
