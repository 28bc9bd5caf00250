"""Answers that do not use what a tool found: small models look something up, and answer from the air."""

from __future__ import annotations

import re

from roleagent.critics.text import is_question, plain, sentences
from roleagent.language.asking import asks
from roleagent.language.changes import key_terms
from roleagent.language.numbers import read_number
from roleagent.language.scripts import has_unspaced
from roleagent.language.sentences import letters
from roleagent.protocols import Scene

_LONGEST = 400  # characters of a result that one answer can use
_LONGEST_QUOTED = 160
_MARKUP = re.compile(r"[\n{}<>\[\]|`#*_=\\]|://|@")
_NUMBER = re.compile(r"\d+|[〇零一二两三四五六七八九十百千]+|[a-z]+(?:-[a-z]+)?", re.IGNORECASE)
_BARE = {
    *("nothing", "none", "null", "nil", "na", "yes", "no", "ok", "okay", "done", "success", "true", "false"),
    *("没有", "无", "空", "好", "完成", "成功"),
}
"""Results that an answer gives in other words: that a tool worked, or that it found nothing."""
_DECLINES = re.compile(
    r"\b(?:won't|will not|shall not|not allowed|rather not|prefer not)\b|不便|不能告诉|不肯", re.I
)


def unused_result(draft: str, scene: Scene) -> str:
    """The newest result that a draft should use and seems not to; empty if there is none.

    Words and numbers are compared, so an answer in quite other words seems to use none ("half an hour" for
    "30 minutes"). It is therefore first of all a reason to have the answer written again. An answer that
    tells something else that is known, asks back or declines needs no result. None has to be used while a
    guard warns of something in this turn: the warning may be about the result.

    Args:
        draft: as far as it has grown.
        scene: holds the results.
    """
    results = [each for each in scene.looked_up if each.strip()]
    said_now = plain(scene.turn.text)
    if scene.warnings or not results or not asks(said_now):
        return ""
    if len(results[-1]) > _LONGEST or letters(results[-1]) in _BARE:
        return ""
    if has_unspaced(results[-1]) != has_unspaced(draft) or _DECLINES.search(draft):
        return ""
    if any(is_question(sentence) for sentence in sentences(draft)):
        return ""
    asked, said = telling(said_now), telling(draft)
    found = [telling(each) - asked for each in results]
    if not found[-1] or any(each & said for each in found):
        return ""
    facts = (*scene.grounds.facts, *scene.grounds.learned)
    seen = (each.text for each in scene.grounds.observations)
    known = (*(fact.text for fact in facts), *(episode.text for episode in scene.grounds.episodes), *seen)
    return "" if any((telling(text) - asked) & said for text in known) else results[-1].strip()


def quotable(result: str) -> str:
    """A result as the character can say it, if it is one short line of plain words; else empty."""
    line = result.strip()
    if len(line) > _LONGEST_QUOTED or _MARKUP.search(line):
        return ""
    return line if line[-1:] in ".!?…。！？" else f"{line}{'。' if has_unspaced(line) else '.'}"


def telling(text: str) -> frozenset[str]:
    """The stems of a text, and its numbers as digits.

    >>> sorted(telling("Nine boats, 12 men.")), sorted(telling("三十两银子"))
    (['12', '9', 'boat', 'men', 'nine'], ['30', '三十', '两银', '十两', '银子'])
    """
    found = (read_number(_without_measure(match.group())) for match in _NUMBER.finditer(text))
    return key_terms(text) | {str(number) for number in found if number is not None}


def uses(draft: str, told: str, asked: str) -> bool:
    """Whether a draft holds a telling word or number of what was told that the question does not hold."""
    return bool((telling(told) - telling(asked)) & telling(draft))


def _without_measure(number: str) -> str:
    """A Chinese number without 两 at its end, where it is a weight and not a two."""
    return number[:-1] if len(number) > 1 and number.endswith("两") else number
