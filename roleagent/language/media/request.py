"""Do words ask for a picture or recording that was shown before, and for which one? English and Chinese."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from roleagent.language.media import chinese, english
from roleagent.language.scripts import has_han
from roleagent.language.tokens import terms

_LITTLE = 0.5  # a colour or a size tells less than a thing


def stems(text: str) -> list[str]:
    """Index terms that compare: words without the commonest endings, Chinese characters one by one.

    >>> stems("My dogs' stories"), stems("红桥")
    (['my', 'dog', 'story'], ['红', '桥'])
    """
    return [_stem(term) for term in terms(text) if len(term) == 1 or not has_han(term)]


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


ANY_KIND = ("image/", "audio/")

_MAX_CHARS = 2_000  # of a longer message the start is read: a letter is no request


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRequest:
    """What is asked for.

    Attributes:
        text: the words in which it is asked.
        kinds: how the media type begins.
        words: index terms that single it out; empty where nothing does, as in "that picture again".
        is_dated: whether the words say when it was shown.
        is_plural: whether more than one is asked for.
    """

    text: str
    kinds: tuple[str, ...] = ANY_KIND
    words: tuple[str, ...] = ()
    is_dated: bool = False
    is_plural: bool = False


def read_request(text: str) -> MediaRequest | None:
    """What picture or recording some words ask to be given again; None where they ask for none.

    >>> read_request("Show me the photo with the red bridge again!").words
    ('red', 'bridge')
    >>> read_request("把有红桥的那张照片给我看看").words
    ('红', '桥')
    >>> read_request("I will show you a photo of the bridge.") is None
    True
    """
    text = text[:_MAX_CHARS]
    read = chinese.read_chinese(text) if has_han(text) else english.read_english(text)
    if read is None:
        return None
    words = _telling(read.described)
    if not words and not read.is_definite:
        return None  # "show me a photo": any, and none that is known
    return MediaRequest(
        text=read.described.strip(),
        kinds=(read.kind,) if read.kind else ANY_KIND,
        words=words,
        is_dated=read.is_dated,
        is_plural=read.is_plural,
    )


def request_of(about: str, kinds: tuple[str, ...] = ANY_KIND) -> MediaRequest:
    """A request in words that only describe what is wanted, such as a model gives."""
    return MediaRequest(text=about, kinds=kinds, words=_telling(about))


def _telling(described: str) -> tuple[str, ...]:
    """What of a description says what is to be seen or heard."""
    for pattern in (*english.NOUNS.values(), *chinese.NOUNS.values(), chinese.FILLER):
        described = pattern.sub(" ", described)
    return telling(described)
