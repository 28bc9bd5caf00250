"""Utterances that take back or replace what an earlier one said.

A correction names what it corrects: "I'm not going to Oslo after all", "From the zither to the harp".
So the old word stands beside one that takes it back. Everyday talk that only mentions a thing again does not.
"""

from __future__ import annotations

import re
from collections.abc import Set

from roleagent.language.scripts import has_unspaced
from roleagent.language.tokens import STOP_WORDS, stem, terms, words

_NEAR = 6  # words before and after the old one
_MOST_WORDS = 200  # of an utterance that are looked at
_BEFORE = re.compile(
    r"\b(?:left|quit|dropped|swapped|exchanged|sold|lost|outgrew|outgrown|misspoke|rid of|stopped|"
    r"switched|changed|renamed|shifted|moved|retired|cancel(?:led)?|gave up|given up|gave away|given away|"
    r"turned (?:my|our) back on|misled|mistaken|confused|no longer|used to be|rather than|instead of)\b"
    r"|\b(?:not|isn t|wasn t|aren t|don t|no more|no|never was|forget|goodbye|farewell|said|say|wrote|write|"
    r"calls me|calls my \w+|once)(?: an?| the| my| our| in| at| to| for| with| of| it was)*$"
    r"|\bfrom(?: being)?(?: an?| the| my| our)?$"
)
_AFTER = re.compile(
    r"^(?:\w+ ){0,2}(?:no longer|any ?more|instead|has died|died|is dead|is gone|is sold|was sold|ran off|"
    r"ran away|is over|has been|turned out|has turned up|took over|came to nothing|let me go|bored|retired|"
    r"is long past|"
    r"was too|became too|went to (?:live|my|our|his|her)|was only|is only|by now)\b"
    r"|^(?:but|s over|it s over)\b"
)
_TAKES_BACK_UNSPACED = re.compile(
    "不(?:是|叫|再|在|住|做|当|干|养|对|喝|念|学|去|练|骑|教|支持|合适|碰)|没(?:事|问题|关系)|"
    "别(?:再|叫|写|往)|改|换|搬|离开|辞|退|卖|丢|弄错|说错|记错|记混|搞错|口误|糊涂|再见|取消|去世|老死|"
    "病死|走了以后|跑丢|飞走|给了|比下去|吃腻|开玩笑|逗你|客气|头一个|以前是|从前|前头|成了|排第二|毕业|我说的是"
)
_NEAR_UNSPACED = 5  # characters before and after the old one
_COMMON_WORDS = "last week day time year month morning night know thing way lot bit people"
_COMMON = frozenset(_COMMON_WORDS.split())
_SAYS_LITTLE = frozenset("我你您他她它的了是不在叫就也还这那很有一个们吗呢吧啊得地着过和跟把被给从到对要会说")


def taken_back(later: str, old: Set[str]) -> frozenset[str]:
    """Which terms of what was said before a later utterance takes back or replaces.

    Args:
        later: the utterance.
        old: terms of what was said, as `key_terms` gives them.

    >>> old = key_terms("I live in Ostuni, by the way.")
    >>> taken_back("Forget Ostuni, I've taken a house in Tartu.", old)
    frozenset({'ostuni'})
    >>> taken_back("Ostuni is lovely in spring.", old)
    frozenset()
    >>> taken_back("我从成都搬到重庆去了。", key_terms("我住在成都。"))
    frozenset({'成都'})
    """
    if has_unspaced(later):
        shared = (term for term in old & key_terms(later) if has_unspaced(term))
        return frozenset(term for term in shared if _is_taken_back_unspaced(term, later))
    said = [word.casefold() for word in words(later)[:_MOST_WORDS]]
    return frozenset(
        stem(word)
        for at, word in enumerate(said)
        if stem(word) in old
        and (
            _BEFORE.search(" ".join(said[max(0, at - _NEAR) : at]))
            or _AFTER.search(" ".join(said[at + 1 : at + 1 + _NEAR]))
        )
    )


def _is_taken_back_unspaced(term: str, later: str) -> bool:
    at = later.find(term)
    around = later[max(0, at - _NEAR_UNSPACED) : at + len(term) + _NEAR_UNSPACED]
    return at >= 0 and _TAKES_BACK_UNSPACED.search(around) is not None


def key_terms(text: str) -> frozenset[str]:
    """The stems by which two utterances can be about the same: no stop words, no single characters.

    >>> sorted(key_terms("My dog's name is Biscuit."))
    ['biscuit', 'dog', 'name']
    """
    return frozenset(
        stem(term)
        for term in terms(text)
        if term not in STOP_WORDS and term not in _COMMON and len(term) > 1 and _SAYS_LITTLE.isdisjoint(term)
    )
