"""Is a sentence that a model wrote supported by what was said? Words, names, numbers and negation; no model.

It keeps out what was made up: a name, a number or a matter that nobody spoke of, and a yes made of a no. It
cannot tell that two true words were put together wrongly ("her brother" where it was her sister's friend).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from roleagent.memory.word_forms import STOP_WORDS, stem

_CJK = r"\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_CJK}]|\d+(?:[.,:]\d+)*|[^\W\d{_CJK}]+")
_IS_CJK = re.compile(rf"[{_CJK}]")
_NEGATION = re.compile(
    r"\b(?:not|never|no longer|nobody|nothing|none|without|cannot|neither|nor)\b|n['’]t\b"
    r"|[不没沒未无無别別]|再也",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"(?:he|she|it|they|this|that|these|those)\b|[他她它这那]", re.IGNORECASE)
_SAYING = frozenset(
    ("user", "persona", "said", "says", "told", "asked", "mentioned", "talked", "spoke", "also")
)
_CHINESE_GRAMMAR = frozenset("的了是在和也就都而及与着或之于把被对说问用户角色他她它们这那有到从为以")
_MIN_SHARED = 0.6
_NUM_BEST = 2  # sources that one sentence may have been made of


@dataclass(frozen=True, slots=True)
class _Words:
    """What a text is made of: every stem, those that carry something, and names and numbers."""

    every: frozenset[str]
    content: frozenset[str]
    names: frozenset[str]
    is_negated: bool


def is_supported(sentence: str, sources: Sequence[str]) -> bool:
    """Whether the two sources that are nearest to a sentence hold what it says.

    Names and numbers must stand in some source; of the other words, three in five in the nearest two; and it
    denies something only if one of these does, and affirms only if one of these does. A sentence that begins
    with a pronoun is not: nobody can tell of whom it is.

    >>> is_supported("The user moved to Oslo.", ["I have moved to Oslo for work.", "Tea, please."])
    True
    >>> is_supported("The user moved to Rome.", ["I have moved to Oslo for work."])
    False
    >>> is_supported("用户搬到了奥斯陆。", ["我没有搬到奥斯陆。"])
    False
    """
    said = _read(sentence)
    told = [_read(source) for source in sources]
    if (
        not said.content
        or _PRONOUN.match(sentence)
        or not said.names <= frozenset().union(*(each.every for each in told))
    ):
        return False
    nearest = _nearest(said, told)
    held = frozenset().union(*(each.every for each in nearest))
    shared = len(said.content & held) / len(said.content)
    return shared >= _MIN_SHARED and any(each.is_negated == said.is_negated for each in nearest)


def _nearest(said: _Words, told: Sequence[_Words]) -> list[_Words]:
    """The best two; the second only if it shares about as much."""
    ranked = sorted(told, key=lambda each: -len(said.content & each.every))[:_NUM_BEST]
    best = len(said.content & ranked[0].every) if ranked else 0
    return [each for each in ranked if best and 2 * len(said.content & each.every) >= best]


def _read(text: str) -> _Words:
    words = _WORD.findall(text)
    folded = [word.casefold() for word in words]
    is_name = [
        word[0].isdigit() or (place > 0 and word[0].isupper() and word != "I")
        for place, word in enumerate(words)
    ]
    return _Words(
        every=frozenset(map(stem, folded)),
        content=frozenset(stem(word) for word in folded if _has_content(word)),
        names=frozenset(stem(word) for word, named in zip(folded, is_name, strict=True) if named),
        is_negated=bool(_NEGATION.search(text)),
    )


def _has_content(word: str) -> bool:
    if _IS_CJK.match(word):
        return word not in _CHINESE_GRAMMAR
    return len(word) > 1 and word not in STOP_WORDS and word not in _SAYING
