"""Answers that do not use what a tool found: small models look something up, and answer from the air."""

from __future__ import annotations

import re

from roleagent.language.changes import key_terms
from roleagent.language.numbers import read_number
from roleagent.protocols import Scene

_LONGEST = 400  # characters of a result that one answer can use, and that can be quoted
_SENTENCE = re.compile(r"[^{}\[\]<>|`\\]{4,}[.!?。！？][\"'”’」）)]?")
_NUMBER = re.compile(r"\d+|[〇零一二两三四五六七八九十百千]+|[a-z]+(?:-[a-z]+)?", re.IGNORECASE)


def unused_result(draft: str, scene: Scene) -> str:
    """The newest result that a draft should use and does not; empty if there is none.

    An answer that tells something else that is known needs no result: the tool was not wanted.

    Args:
        draft: as far as it has grown.
        scene: holds the results.
    """
    results = [each for each in scene.looked_up if each.strip()]
    if not results or len(results[-1]) > _LONGEST:
        return ""
    asked, said = _telling(scene.turn.text), _telling(draft)
    telling = [_telling(each) - asked for each in results]
    if not telling[-1] or any(each & said for each in telling):
        return ""
    facts = (*scene.grounds.facts, *scene.grounds.learned)
    known = (*(fact.text for fact in facts), *(episode.text for episode in scene.grounds.episodes))
    if any((_telling(text) - asked) & said for text in known):
        return ""
    return results[-1].strip()


def reads_as_speech(result: str) -> bool:
    """Whether a result can be said as it stands.

    >>> reads_as_speech("High water is at six."), reads_as_speech('{"high_water": 6}')
    (True, False)
    """
    return _SENTENCE.fullmatch(" ".join(result.split())) is not None


def _telling(text: str) -> frozenset[str]:
    """The stems and numbers of a text."""
    found = (read_number(match.group()) for match in _NUMBER.finditer(text))
    return key_terms(text) | {str(number) for number in found if number is not None}
