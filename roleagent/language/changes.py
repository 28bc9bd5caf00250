"""Utterances that take back or replace what an earlier one said.

A correction names what it corrects: "I'm not going to Oslo after all", "From the zither to the harp".
So the old word stands beside one that takes it back.
"""

from __future__ import annotations

import re
from collections.abc import Set

from roleagent.language.scripts import has_unspaced
from roleagent.language.tokens import STOP_WORDS, stem, terms, words

_BEFORE = 5  # words between "instead of" and the old one
_AFTER = 6  # words between the old one and "no longer"
_WORDS_BEFORE = """
    from not no never nobody instead forget goodbye farewell cancel once was were said say write wrote
    call calls called left quit dropped swapped exchanged sold lost outgrown outgrew gave given misspoke
    meant after past tired done over back thought sick moved renamed rid stopped changed switched isn
    wasn aren weren don doesn didn won longer"""
_WORDS_AFTER = """
    not no longer more any anymore instead but died dead gone went ran off over out ended dissolved
    closed past away was wasn isn became changed turned had after too only"""
_TAKES_BACK = frozenset(_WORDS_BEFORE.split())
_TAKEN_BACK = frozenset(_WORDS_AFTER.split())
_SAYS_LITTLE = frozenset("我你您他她它的了是不在叫就也还这那很有一个们吗呢吧啊得地着过和跟把被给从到对要会说")
_TAKES_BACK_UNSPACED = re.compile(
    "不(?:是|叫|再|在|住|做|当|干|养|对|喝|吃|念|学|去|练|喜|爱|玩|骑|教|支持|合适|碰)|没(?:了|关系|事|问题|去)|别(?:再|叫|写|往)?|"
    "改|换|搬|离开|辞|退|卖|丢|弄错|说错|记错|记混|搞错|口误|糊涂|纠正|更正|其实|原来|以前|从前|先前|前头|本来|"
    "再见|取消|去世|死|走了|跑丢|送|给了|比下去|腻|才对|开玩笑|逗你|客气|头一个|如今|现在|眼下|后来|之后|排第二|毕业|转"
)


def takes_back(later: str, old: Set[str]) -> bool:
    """Whether an utterance takes back or replaces something that was said.

    Args:
        later: the utterance.
        old: terms of what was said, as `key_terms` gives them.

    >>> old = key_terms("I live in Ostuni, by the way.")
    >>> takes_back("Forget Ostuni, I've taken a house in Tartu.", old)
    True
    >>> takes_back("Ostuni is lovely in spring.", old)
    False
    >>> takes_back("我从成都搬到重庆去了。", key_terms("我住在成都。"))
    True
    """
    if has_unspaced(later):
        return bool(old & key_terms(later)) and _TAKES_BACK_UNSPACED.search(later) is not None
    said = [word.casefold() for word in words(later)]
    return any(
        stem(word) in old
        and not (
            _TAKES_BACK.isdisjoint(said[max(0, at - _BEFORE) : at])
            and _TAKEN_BACK.isdisjoint(said[at + 1 : at + 1 + _AFTER])
        )
        for at, word in enumerate(said)
    )


def key_terms(text: str) -> frozenset[str]:
    """The stems by which two utterances can be about the same: no stop words, no single characters.

    >>> sorted(key_terms("My dog's name is Biscuit."))
    ['biscuit', 'dog', 'name']
    """
    return frozenset(
        stem(term)
        for term in terms(text)
        if term not in STOP_WORDS and len(term) > 1 and _SAYS_LITTLE.isdisjoint(term)
    )
