"""When two labels name one thing.

Careful on purpose: 'York' is not 'New York', and a fact that is wrongly merged is lost. Only writing,
articles, number and the form of a verb are folded, never a word.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

from roleagent.graph.schema import LITERAL

_COMMON = frozenset(
    {LITERAL, "topic", "skill", "occupation", "artifact"}
)  # types whose labels are common nouns
_MARKS = re.compile(r"[^\w\s+#&]+|_")
_ARTICLES = re.compile(r"^(?:(?:an?|the|my|our|some|to)\s+)+(?=\S)")
_LIGHT_VERBS = re.compile(r"^(?:going(?: to)?|go|doing|do|playing|play|practi[sc]ing|practi[sc]e)\s+(?=\S)")
_CHINESE_LIGHT = re.compile(r"^(?:去|做|玩)(?=[\u4e00-\u9fff]{2,})")
_DOUBLED = re.compile(r"([bdgmnprt])\1$")
_VOWEL = re.compile(r"[aeiouy]")


def same_value(one: str, other: str, *, node_type: str = LITERAL) -> bool:
    """Whether two labels of one node type name the same thing.

    >>> same_value("going hiking", "hiking"), same_value("cats", "a cat"), same_value("爬山", "去爬山")
    (True, True, True)
    >>> same_value("New York", "York", node_type="place")
    False
    """
    return one == other or label_key(one, node_type) == label_key(other, node_type)


@lru_cache(maxsize=4096)
def label_key(label: str, node_type: str = LITERAL) -> str:
    """What all ways of writing a label share; equal keys mean one thing."""
    plain = simplified(unicodedata.normalize("NFKC", label).casefold())
    words = " ".join(_MARKS.sub(" ", plain.replace("'", "").replace("’", "")).split())
    words = _ARTICLES.sub("", words)
    if node_type in _COMMON:
        words = _ARTICLES.sub("", _LIGHT_VERBS.sub("", words))
        words = _CHINESE_LIGHT.sub("", words)
        words = " ".join(_stem(word) for word in words.split())
    return words or plain.strip()


def simplified(text: str) -> str:
    """Common traditional characters as their simplified ones; the length stays."""
    return text.translate(_folding())


def _stem(word: str) -> str:
    """A common noun or verb without plural, -ing or final e, so that 'hiking' meets 'hike'."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    word = _without_plural(word)
    stem = word.removesuffix("ing")
    is_verb = stem != word and len(stem) >= 3 and _VOWEL.search(stem)
    bare = _DOUBLED.sub(r"\1", stem) if is_verb else word
    return bare[:-1] if bare.endswith("e") and len(bare) > 3 else bare


def _without_plural(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes", "oes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is", "ics", "ies", "news")):
        return word[:-1]
    return word


@cache
def _folding() -> dict[int, int]:
    text = files("roleagent.learning.rules").joinpath("traditional.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    pairs = [pair for pair in document["pairs"].split() if len(pair) == 2]
    return {ord(traditional): ord(simple) for traditional, simple in pairs}
