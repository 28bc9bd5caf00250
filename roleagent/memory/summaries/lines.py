"""Episodes -> sentences, with who said them and how much they matter."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from roleagent.memory.word_forms import STOP_WORDS
from roleagent.protocols import Line
from roleagent.sentences import split_sentences
from roleagent.types import Episode

MAX_LINE_CHARS = 200
_MIN_WORDS = 3  # "Yes." and "Good night!" carry nothing
_UNJUDGED = 0.3  # importance where nobody judged
_IMPORTANCE, _TAUGHT, _USER, _SUBSTANCE = 0.3, 0.3, 0.2, 0.2
_RICH = 8  # words that say something, from which on a sentence has all the substance it can have
_ASKED = 0.3  # of its weight is left to a question
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_NAMES = {"en": {"user": "user", "persona": "persona"}, "zh": {"user": "用户", "persona": "角色"}}


def lines_of(episodes: Iterable[Episode], *, taught: Collection[str] = ()) -> Iterator[Line]:
    """The sentences of episodes, without the shortest; weight 0–1.

    Args:
        episodes: in the order of time.
        taught: ids of the episodes from which a fact was learned.
    """
    for episode in episodes:
        by_itself = _weight(episode, taught)
        for sentence in split_sentences(episode.text):
            if len(_WORD.findall(sentence)) >= _MIN_WORDS:
                weight = by_itself + _SUBSTANCE * _substance(sentence)
                asked = sentence.rstrip("\"'”’）)").endswith(("?", "？"))
                yield Line(
                    text=_clipped(sentence),
                    speaker=episode.speaker_name or _NAMES[language_of(sentence)][episode.speaker],
                    weight=weight * (_ASKED if asked else 1.0),
                )


def language_of(text: str) -> str:
    """``zh`` where a text is written in Chinese characters for a good part, else ``en``.

    >>> language_of("我搬到了奥斯陆。"), language_of("I read 红楼梦 in translation.")
    ('zh', 'en')
    """
    words = _WORD.findall(text)
    return "zh" if 2 * sum(map(bool, map(_CHINESE.match, words))) > len(words) else "en"


def _weight(episode: Episode, taught: Collection[str]) -> float:
    importance = _UNJUDGED if episode.importance is None else episode.importance
    return _IMPORTANCE * importance + _TAUGHT * (episode.id in taught) + _USER * (episode.speaker == "user")


def line_of_summary(text: str) -> Line:
    """A line of a summary, which says itself who spoke."""
    return Line(text=text, weight=_substance(text))


def _substance(sentence: str) -> float:
    """How much there is in a sentence, 0–1, by the words that are more than grammar."""
    words = [word.casefold() for word in _WORD.findall(sentence)]
    return min(sum(word not in STOP_WORDS for word in words) / _RICH, 1.0)


def _clipped(sentence: str) -> str:
    flat = " ".join(sentence.split())
    return flat if len(flat) <= MAX_LINE_CHARS else flat[: MAX_LINE_CHARS - 1].rstrip() + "…"
