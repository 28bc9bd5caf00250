"""Words and dates beyond the character's horizon.

A character may repeat the other's word to ask about it or to say that it means nothing; it may not use it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from roleagent.critics.answers import agreed_to
from roleagent.critics.text import any_of, is_question, new_sentences, plain, read_table
from roleagent.language.dates import parse_date
from roleagent.language.scripts import has_han
from roleagent.persona.persona import Horizon
from roleagent.protocols import Scene
from roleagent.types import Verdict


@cache
def dated_words() -> dict[str, int]:
    """Every name in the table -> the first year in which it could be known."""
    words: dict[str, int] = {}
    for section, entries in read_table("inventions").items():
        for name, others in entries.items():
            for word in (name, *others.split("|")):
                words[word.strip()] = int(section.removeprefix("y"))
    return words


def later_than(year: int) -> frozenset[str]:
    """The words of things that came after a year."""
    return frozenset(word for word, known_from in dated_words().items() if known_from > year)


NAME = "horizon"

_ORDINALS = {"nineteenth": 19, "twentieth": 20, "twenty-first": 21, "十九": 19, "二十": 20, "二十一": 21}
_CODE_FENCE = "```"
_CODE_FENCE_YEAR = 1957


@dataclass(frozen=True, slots=True)
class _Beyond:
    """What lies beyond one horizon."""

    words: re.Pattern[str]
    year: int | None


class HorizonCritic:
    """Rejects words, years and centuries that the character cannot know."""

    name = NAME

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Judge every new sentence against the persona's horizon; one without a horizon passes everything."""
        horizon = scene.persona.horizon
        if horizon.until is None and not horizon.unknown:
            return Verdict(critic=NAME, ok=True)
        beyond = _beyond(horizon)
        implied = None if scene.judged else agreed_to(plain(draft), plain(scene.turn.text))
        for sentence in (*new_sentences(draft, scene), *([implied] if implied else [])):
            for quote in _unknown_in(sentence, beyond, scene):
                return Verdict(critic=NAME, ok=False, reason=_reason(quote, horizon), quote=quote)
        return Verdict(critic=NAME, ok=True)


def _reason(quote: str, horizon: Horizon) -> str:
    when = f", who knows nothing after {horizon.until}" if horizon.until else ""
    return f"“{quote}” means nothing to the character{when}. Be puzzled by it or ask what it is."


@lru_cache(maxsize=64)
def _beyond(horizon: Horizon) -> _Beyond:
    date = parse_date(horizon.until) if horizon.until else None
    year = date[0] if date else None
    known = {word.casefold() for word in horizon.known}
    dated = later_than(year) if year is not None else frozenset()
    words = {word for word in (*dated, *horizon.unknown) if word.casefold() not in known}
    return _Beyond(words=_any_word(words), year=year)


def words_beyond(text: str, horizon: Horizon) -> Iterator[str]:
    """The words of a text that mean nothing to a character, as they stand there."""
    if horizon.until is not None or horizon.unknown:
        for match in _beyond(horizon).words.finditer(plain(text)):
            yield match.group()


def _any_word(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern for whole words, in Chinese for any place; borders are looked at once for all words."""
    chinese: list[str] = []
    spaced: list[str] = []
    cased: list[str] = []
    for word in sorted(words, key=lambda word: (-len(word), word)):
        # "AI" is no name "Ai", and "US" no "us".
        is_cased = word.isupper() and len(word) <= 5
        kind = chinese if has_han(word) else cased if is_cased else spaced
        kind.append(re.escape(plain(word)).replace(r"\ ", r"[ -]"))
    nothing = "(?!)"
    latin = f"(?:{'|'.join(spaced) or nothing}|(?-i:{'|'.join(cased) or nothing}))"
    return re.compile(rf"(?<![\w-]){latin}(?:s|'s)?(?!\w)|{'|'.join(chinese) or nothing}", re.I)


def _unknown_in(sentence: str, beyond: _Beyond, scene: Scene) -> Iterator[str]:
    searched = _pattern("chance").sub(lambda chance: "　" * len(chance.group()), sentence)
    for match in beyond.words.finditer(searched):
        if not _is_wondered_at(sentence, match, scene):
            yield match.group()
    if beyond.year is not None and not _pattern("ignorance").search(sentence):
        yield from _dates_after(beyond.year, sentence, scene)


def _dates_after(year: int, sentence: str, scene: Scene) -> Iterator[str]:
    """Years and centuries after a year, unless they are asked about; also program code if it came later."""
    if year < _CODE_FENCE_YEAR and _CODE_FENCE in sentence:
        yield _CODE_FENCE
    for match in _pattern("years").finditer(sentence):
        named = next(filter(None, match.groups()))
        number = _ORDINALS.get(named.casefold()) or int(named)
        first_year = number if number > 99 else (number - 1) * 100 + 1  # a small number is a century
        is_asked = is_question(sentence) and named in scene.turn.text
        if first_year > year and not is_asked:
            yield match.group()


def _is_wondered_at(sentence: str, match: re.Match[str], scene: Scene) -> bool:
    """Whether the character denies a word, says that it means nothing, or asks about the user's word."""
    if _pattern("ignorance").search(sentence) or _pattern("denied").search(sentence, 0, match.start()):
        return True
    if not is_question(sentence):
        return False
    heard = (scene.turn.text, *(episode.text_and_seen for episode in scene.grounds.episodes))
    seen = (observation.text for observation in scene.grounds.observations)
    stem = match.group().casefold().removesuffix("'s").removesuffix("s")
    return any(stem in plain(text).casefold() for text in (*heard, *seen))


@cache
def _pattern(group: str) -> re.Pattern[str]:
    return any_of("horizon", group)
