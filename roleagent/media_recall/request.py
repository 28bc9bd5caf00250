"""Do words ask for a picture or recording that was shown before, and for which one? English and Chinese."""

from __future__ import annotations

import re
from dataclasses import dataclass

from roleagent.media_recall import chinese, english
from roleagent.media_recall.words import telling

ANY_KIND = ("image/", "audio/")

_MAX_CHARS = 2_000  # of a longer message the start is read: a letter is no request

_CHINESE = re.compile(r"[\u3400-\u9fff]")


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
    read = chinese.read_chinese(text) if _CHINESE.search(text) else english.read_english(text)
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
