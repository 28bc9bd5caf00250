"""Noise in what users say: slips of the keyboard, speech recognition, words of another language.

Every way takes the words in pieces, of which those that carry the meaning are not free to change.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from roleagent.language.scripts import UNSPACED, has_han, has_unspaced
from roleagent.language.sentences import split_sentences
from roleagent.language.tokens import STOP_WORDS, stem, words
from roleagent.language.unicode import folded

_PIECE = re.compile(
    rf"\d+(?:[.,:/-]\d+)*[^\W\d_{UNSPACED}]*|[^\W\d_{UNSPACED}](?:[^\W_{UNSPACED}]|['’-](?=[^\W_{UNSPACED}]))*|[{UNSPACED}]|\s+|."
)
_QUOTED = re.compile("[《〈「『“][^》〉」』”]*[》〉」』”]")
_SHORTEST = 4  # letters of a word that gets a slip
_WORDS_PER_SLIP = 8
_NEIGHBOURS: Mapping[str, str] = MappingProxyType(
    {
        letter: "".join(row[at] for row, at in ((own, place - 1), (own, place + 1)) if 0 <= at < len(row))
        for own in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
        for place, letter in enumerate(own)
    }
)
_HALF_WIDTH = str.maketrans("，。？！：；", ",.?!:;")


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, a Chinese character, a mark, or the space between them.

    Attributes:
        is_free: whether it may change.
    """

    text: str
    is_free: bool = True

    @property
    def is_word(self) -> bool:
        """Whether it is a word of a script with spaces, and not a number."""
        return self.text[:1].isalpha() and not has_unspaced(self.text)

    @property
    def is_mark(self) -> bool:
        """Whether it is punctuation."""
        return bool(self.text) and not (self.text[0].isalnum() or self.text.isspace())


Noise = Callable[[Sequence[Piece], str, random.Random], str]
"""From the pieces, the language and a source of chance to the new wording."""


@cache
def tables() -> Mapping[str, Any]:  # Any: as TOML has them
    """The tables of ``augmentation.toml``."""
    return tomllib.loads(files("roleagent.tuning").joinpath("augmentation.toml").read_text(encoding="utf-8"))


def pieces_of(said: str, reply: str) -> list[Piece]:
    """What is said, in pieces; joined, they are the text.

    Not free are numbers, names (words with a capital within a sentence, or one at its start that is no common
    word), what stands in Chinese or curly quotation marks, and whatever stands in the reply: a word in any
    form, or two Chinese characters in a row.

    >>> [each.text for each in pieces_of("Does Milo like tea?", "He likes tea.") if not each.is_free]
    ['Milo', 'like', 'tea']
    """
    starts = _starts_of_sentences(said)
    quoted = [found.span() for found in _QUOTED.finditer(said)]
    shared, kept = {root(word) for word in words(folded(reply))}, _kept_chars(said, reply)
    found: list[Piece] = []
    for match in _PIECE.finditer(said):
        at, text = match.start(), match[0]
        is_kept = (
            any(start <= at < end for start, end in quoted)
            or text[0].isdigit()
            or at in kept
            or (text[0].isalpha() and not has_unspaced(text) and _is_kept(text, at in starts, shared))
        )
        found.append(Piece(text, is_free=not is_kept))
    return found


def root(word: str) -> str:
    """What the forms of a word have in common, also where `stem` leaves an e to the shorter ones.

    >>> root("likes"), root("like")
    ('lik', 'lik')
    """
    return stem(word).removesuffix("e")


def joined(pieces: Sequence[Piece]) -> str:
    """The text of some pieces."""
    return "".join(each.text for each in pieces)


def kept_words(pieces: Sequence[Piece]) -> list[str]:
    """What must stay as it is: runs of pieces that are not free, without the stop words among them."""
    runs: list[str] = [""]
    for piece in pieces:
        is_kept = not piece.is_free and piece.text.casefold() not in STOP_WORDS
        if is_kept and (has_unspaced(piece.text) or not runs[-1]):
            runs[-1] += piece.text
        elif is_kept:
            runs.append(piece.text)
        elif runs[-1]:
            runs.append("")
    return [each for each in dict.fromkeys(runs) if each]


def typo(pieces: Sequence[Piece], language: str, rng: random.Random) -> str:
    """Slips of the keyboard: in letters, in Chinese in marks; capitals and the last mark may be missing."""
    changed = list(pieces)
    slippable = [
        at for at, each in enumerate(pieces) if each.is_free and each.is_word and len(each.text) >= _SHORTEST
    ]
    num_words = sum(each.is_word for each in pieces)
    for at in rng.sample(slippable, min(len(slippable), 1 + num_words // _WORDS_PER_SLIP)):
        changed[at] = Piece(_slip(pieces[at].text, rng))
    if has_han(joined(pieces)):
        changed = [_slip_of_mark(each, rng) if each.is_mark and each.is_free else each for each in changed]
    elif changed and changed[0].is_free and rng.random() < 0.5:
        changed[0] = Piece(changed[0].text.lower())
    if changed and changed[-1].is_mark and changed[-1].is_free and rng.random() < 0.5:
        changed.pop()
    return _tidy(joined(changed))


def _slip(word: str, rng: random.Random) -> str:
    """A word with one letter, not the first, dropped, doubled, swapped with the next or a neighbour's."""
    at = rng.randrange(1, len(word) - 1)
    kind = rng.choice(("drop", "double", "swap", "neighbour"))
    if kind == "drop":
        return word[:at] + word[at + 1 :]
    if kind == "swap" and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    near = _NEIGHBOURS.get(word[at].lower(), "")
    if kind == "neighbour" and near:
        return word[:at] + rng.choice(near) + word[at + 1 :]
    return word[:at] + word[at] + word[at:]


def _slip_of_mark(mark: Piece, rng: random.Random) -> Piece:
    return replace(mark, text=rng.choice(("", " ", mark.text, mark.text.translate(_HALF_WIDTH))))


def transcript(pieces: Sequence[Piece], language: str, rng: random.Random) -> str:
    """As speech recognition writes it: no marks or capitals; a filler, a repeated word, a homophone."""
    changed = [_as_heard(each) for each in pieces]
    free = [at for at, each in enumerate(changed) if each.is_free and each.text[:1].isalnum()]
    alike = [at for at in free if _alike(changed[at].text, language)]
    spoken = tables()
    if alike and rng.random() < 0.5:
        at = rng.choice(alike)
        changed[at] = Piece(rng.choice(_alike(changed[at].text, language)))
    stammers = spoken["stammers"].get(language)
    repeatable = [at for at in free if stammers is None or changed[at].text in stammers]
    if repeatable and rng.random() < 0.5:
        at = rng.choice(repeatable)
        gap = "" if has_unspaced(changed[at].text) else " "
        changed[at] = Piece(f"{changed[at].text}{gap}{changed[at].text}")
    filler = rng.choice(spoken["fillers"].get(language, [""]))
    after_marks = [at for at in free if at == 0 or pieces[at - 1].is_mark]  # in Chinese, a word begins there
    places = after_marks if language.startswith("zh") else free
    at = rng.choice(places) if places else 0
    gap = "" if language.startswith("zh") else " "
    changed.insert(at, Piece(f"{filler}{gap}"))
    return _tidy(joined(changed))


def _as_heard(piece: Piece) -> Piece:
    if not piece.is_free or piece.text == "I":
        return piece
    if piece.is_mark:
        return replace(piece, text=" " if piece.text in "—–-/" else "")
    return replace(piece, text=piece.text.lower())


def _alike(word: str, language: str) -> list[str]:
    groups = tables()["homophones"].get(language, [])
    return [other for group in groups if word in group for other in group if other != word]


def code_switch(pieces: Sequence[Piece], language: str, rng: random.Random) -> str:
    """One or two words in the other language, between English and Chinese."""
    table: dict[str, str] = tables()["bilingual"]
    if language == "en":
        places = {(at, at + 1): table.get(each.text.lower(), "") for at, each in enumerate(pieces)}
    elif language.startswith("zh"):
        english = {chinese: word for word, chinese in table.items()}
        places = {
            (at, at + size): english.get(joined(pieces[at : at + size]), "")
            for at in range(len(pieces))
            for size in range(max(map(len, english)), 0, -1)
        }
    else:
        places = {}
    found = {
        span: word
        for span, word in places.items()
        if word and all(each.is_free for each in pieces[span[0] : span[1]])
    }
    if not found:
        return joined(pieces)
    changed = list(pieces)
    for start, end in rng.sample(sorted(found), min(len(found), rng.choice((1, 2)))):
        if all(each.text and each.is_free for each in changed[start:end]):
            gap = " " if language.startswith("zh") else ""
            new = Piece(f"{gap}{found[start, end]}{gap}", is_free=False)
            changed[start:end] = [new, *[Piece("", is_free=False)] * (end - start - 1)]
    return _tidy(joined(changed))


def _tidy(text: str) -> str:
    return re.sub(r" (?=[,.;:!?，。？！：；])", "", re.sub(r"\s+", " ", text)).strip()


def _starts_of_sentences(said: str) -> frozenset[int]:
    starts, at = [], 0
    for sentence in split_sentences(said):
        at = said.index(sentence, at)
        first = re.search(r"\w", sentence)
        starts.append(at + (first.start() if first else 0))
        at += len(sentence)
    return frozenset(starts)


def _kept_chars(said: str, reply: str) -> frozenset[int]:
    """Places of characters that stand beside each other in the reply too, in scripts without spaces."""
    pairs = [at for at in range(len(said) - 1) if has_unspaced(said[at]) and has_unspaced(said[at + 1])]
    return frozenset(place for at in pairs if said[at : at + 2] in reply for place in (at, at + 1))


def _is_kept(word: str, starts_sentence: bool, shared: set[str]) -> bool:
    lower = folded(word)
    parts = words(lower)
    if any(root(part) in shared for part in parts):
        return True
    if not word[0].isupper() or word in ("I", "I'm", "I’m", "I've", "I’ve", "I'd", "I’d", "I'll", "I’ll"):
        return False
    return not (starts_sentence and parts[0] in STOP_WORDS)
