"""What two lines have in common and in what they differ, as numbers for a head that compares them.

No model is asked but the embedder, whose vectors come in. The words of `tables/pair_clues.toml` tell
negation, time, supposition, who is spoken of, opposites, and values of a few kinds: numbers, genders, places,
star signs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import product
from typing import NamedTuple
from zlib import crc32

import numpy as np

from roleagent.critics.agreement import places_in
from roleagent.critics.text import read_table
from roleagent.embedding.text_vectors import Matrix
from roleagent.language.numbers import read_number
from roleagent.language.tokens import STOP_WORDS, stem, terms

VERSION = "1"
"""Changes when the numbers do: a head that was trained on others is then refused."""

MAX_CHARS = 500
"""Characters of a line that are read; of a longer one, the beginning."""

_BITS = 24  # float32 holds such numbers exactly
_MOST_TERMS = 24  # of a line that are paired with those of the other
_MANY_TERMS = 20.0
_NUMBER = re.compile(
    r"\d+|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty)\b"
    r"|[一二两三四五六七八九十百千]+(?=[个只岁年月天点条口位次块层本双杯])",
    re.IGNORECASE,
)
_KINDS = ("negation", "absolute", "past", "supposing", "others", "first_person", "second_person")

CLUES = (
    "cosine", "shared_of_both", "shared_of_later", "shared_of_earlier", "negated_once", "negated_both",
    "negated_once_shared", "opposites", "joins_in", "numbers_agree", "numbers_differ", "gender_agrees",
    "gender_differs", "sign_agrees", "sign_differs", "region_agrees", "region_differs", "place_agrees",
    "place_differs", "earlier_asks", "later_asks", "earlier_terms", "later_terms",
    *(f"{line}_{kind}" for line in ("earlier", "later") for kind in _KINDS),
)  # fmt: skip
"""The names of the numbers, in their order."""


class Line(NamedTuple):
    """A line as it is compared.

    Attributes:
        terms: telling words, stemmed; of Chinese, characters and pairs of them.
        kinds: which of the table's kinds of words it has, in the order of the kinds.
        places: the known places that it names; `regions`, `signs` and `genders` likewise.
    """

    text: str
    terms: frozenset[str]
    kinds: tuple[bool, ...]
    joins_in: bool
    asks: bool
    numbers: frozenset[int]
    genders: frozenset[str]
    signs: frozenset[int]
    regions: frozenset[int]
    places: frozenset[str]


@lru_cache(maxsize=4_096)
def read_line(text: str) -> Line:
    """A line's words and values; of a long one, the beginning."""
    text = text[:MAX_CHARS].strip()
    return Line(
        text=text.casefold(),
        terms=frozenset(stem(term) for term in terms(text) if term not in STOP_WORDS),
        kinds=tuple(_pattern(kind).search(text) is not None for kind in _KINDS),
        joins_in=_pattern("joining_in").search(text) is not None,
        asks=text.endswith(("?", "？", "吗", "呢")),
        numbers=frozenset(
            number for match in _NUMBER.finditer(text) if (number := read_number(match.group())) is not None
        ),
        genders=frozenset(kind for kind in ("male", "female") if _pattern(kind).search(text)),
        signs=_values("star_signs", text),
        regions=_values("regions", text),
        places=places_in(text),
    )


def clues_of(earlier: Line, later: Line, cosine: float) -> list[float]:
    """The numbers of `CLUES` for two lines.

    Args:
        earlier: what was said first, or stands in the notes.
        later: what is said now.
        cosine: of their embeddings.
    """
    shared = len(earlier.terms & later.terms)
    once = float(earlier.kinds[0] != later.kinds[0])
    of_later = shared / max(1, len(later.terms))
    return [
        cosine,
        shared / max(1, len(earlier.terms | later.terms)),
        of_later,
        shared / max(1, len(earlier.terms)),
        once,
        float(earlier.kinds[0] and later.kinds[0]),
        once * of_later,
        float(_are_opposed(earlier.text, later.text)),
        float(later.joins_in),
        *_compared(earlier.numbers, later.numbers),
        *_compared(earlier.genders, later.genders),
        *_compared(earlier.signs, later.signs),
        *_compared(earlier.regions, later.regions),
        *_compared(earlier.places, later.places),
        float(earlier.asks),
        float(later.asks),
        min(len(earlier.terms) / _MANY_TERMS, 1.0),
        min(len(later.terms) / _MANY_TERMS, 1.0),
        *map(float, earlier.kinds),
        *map(float, later.kinds),
    ]


def pair_codes(earlier: Line, later: Line) -> list[int]:
    """Numbers of the pairs of a word of one line and a word of the other, each once, in rising order.

    A number is 24 bits of a CRC-32, the same in every process and on every machine.
    """
    ours, theirs = (sorted(line.terms, key=_by_code)[:_MOST_TERMS] for line in (earlier, later))
    pairs = (f"{one}|{other}" for one, other in product(ours, theirs))
    return sorted({crc32(pair.encode()) & (2**_BITS - 1) for pair in pairs})


def clue_rows(lines: Sequence[tuple[Line, Line]], cosines: Sequence[float]) -> Matrix:
    """The clues of several pairs, [num_pairs, num_clues]."""
    rows = [clues_of(*pair, cosine) for pair, cosine in zip(lines, cosines, strict=True)]
    return np.array(rows, np.float32).reshape(len(rows), len(CLUES))


def _compared(one: frozenset[object], other: frozenset[object]) -> tuple[float, float]:
    """Whether both lines name values of a kind that agree, and whether none do."""
    if not one or not other:
        return 0.0, 0.0
    return float(bool(one & other)), float(not one & other)


def _are_opposed(one: str, other: str) -> bool:
    return any(
        (first in one and second in other and second not in one)
        or (second in one and first in other and second not in other)
        for first, second in _opposites()
    )


def _by_code(term: str) -> int:
    """An order of terms that is the same in every process and follows no alphabet."""
    return crc32(term.encode())


@cache
def _opposites() -> tuple[tuple[str, str], ...]:
    pairs = (entry.partition("|") for entry in read_table("pair_clues")["opposites"])
    return tuple((first, second) for first, _, second in pairs)


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    return re.compile("|".join(read_table("pair_clues")[kind]), re.IGNORECASE)


@cache
def _groups(kind: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(names, re.IGNORECASE) for names in read_table("pair_clues")[kind])


def _values(kind: str, text: str) -> frozenset[int]:
    return frozenset(number for number, names in enumerate(_groups(kind)) if names.search(text))
