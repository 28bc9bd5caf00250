"""Ids of characters whose files give them a name and no id: memories are kept under these.

An id tells characters apart whatever script their names are in. A file that is edited gets another one, and
what is kept follows it: see `likeness` and docs/decisions/0011-an-id-is-a-name-its-maker-and-who-it-is.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from itertools import pairwise

from roleagent.language.tokens import words
from roleagent.types import content_id

_LONGEST_STEM = 60  # characters
_NO_STEM = "persona"
_NOT_IN_ID = re.compile(r"[^a-z0-9]+")
_ENDS_AS_IF_MADE = re.compile(r"-[0-9a-f]{8}(?:[0-9a-f]{2})?$")
_MARK_DIGITS = 10
_NO_FILE_NAMES = re.compile(r"con|prn|aux|nul|(?:com|lpt)[0-9]")  # on Windows, with any ending


def persona_id(name: str, *, mark: str = "") -> str:
    """The id of a character: a readable part in ASCII, and a hash where that part alone could be another's.

    Names are compared without regard to case, blanks at the ends and how accents are encoded.

    Args:
        name: what the character is called.
        mark: what else tells it from others of its name: see `mark_of`.

    >>> persona_id("Tilda Marrow"), persona_id("Zoë"), persona_id("Zo")
    ('tilda-marrow', 'zoe-4757c4e473', 'zo')
    """
    name = unicodedata.normalize("NFC", name)
    plain, key = plain_id(name), name_key(name)
    if not mark.strip() and says_all(name):
        return plain
    return f"{_stem(key)}-{content_id(key, name_key(mark))[:_MARK_DIGITS]}"


def mark_of(*told: str, maker: str = "") -> str:
    r"""What tells a character from others of its name: its maker, and the first text that tells who it is.

    >>> mark_of("", "A cat.", "Meow!", maker="ann")
    'ann\nA cat.'
    """
    who = next((text for text in told if text.strip()), "")
    return "\n".join(filter(None, (maker.strip(), who)))


def plain_id(name: str) -> str:
    """An id for use inside one persona's graph; several names share one, as what is not ASCII is left out.

    Until release 0.1 it was the persona's id too. It never changes: learned facts name a character's node so.

    >>> plain_id("Dr. John H. Watson"), plain_id("雷电将军 v2"), plain_id("林黛玉")
    ('dr-john-h-watson', 'v2', 'persona-dc6f51e2')
    """
    made = _NOT_IN_ID.sub("-", name.casefold()).strip("-")[:_LONGEST_STEM].rstrip("-")
    return made or f"{_NO_STEM}-{content_id(name)[:8]}"


def says_all(name: str) -> bool:
    """Whether no other name has the same `plain_id`, apart from case and outer blanks."""
    plain, key = plain_id(name), name_key(name)
    if not _NOT_IN_ID.sub("", key):  # the hash of the whole name
        return True
    is_same = plain.replace("-", " ") == key
    return is_same and not _ENDS_AS_IF_MADE.search(plain) and not _NO_FILE_NAMES.fullmatch(plain)


def former_id(persona_id: str, name: str) -> str | None:
    """The id under which memories were kept formerly; None if it is the same, or a file gave it."""
    made = re.escape(_stem(name_key(name))) + rf"-[0-9a-f]{{{_MARK_DIGITS}}}"
    return plain_id(name) if re.fullmatch(made, persona_id) else None


def name_key(name: str) -> str:
    """What is the same for two ways of writing one name."""
    folded = unicodedata.normalize("NFC", name).casefold()
    return unicodedata.normalize("NFC", " ".join(folded.split()))


def _stem(key: str) -> str:
    letters = (each for each in unicodedata.normalize("NFKD", key) if not unicodedata.combining(each))
    return _NOT_IN_ID.sub("-", "".join(letters)).strip("-")[:_LONGEST_STEM].rstrip("-") or _NO_STEM


_MAX_MARKS = 400  # of a long text the smallest hashes: those of two texts can be compared
_MARK_DIGITS_LIKENESS = 8
_FEWEST_SHARED = 3
_SHARE = 0.5


def marks_of(description: str) -> tuple[str, ...]:
    """Hashes of the pairs of words that follow each other in a description, at most `_MAX_MARKS`, sorted."""
    pairs = pairwise(words(name_key(description)))
    return tuple(sorted({content_id(*pair)[:_MARK_DIGITS_LIKENESS] for pair in pairs})[:_MAX_MARKS])


def is_edited(one: Collection[str], other: Collection[str]) -> bool:
    """Whether descriptions with these marks are versions of one: half of the shorter stands in the longer.

    Too little text tells nothing: then they are not.

    >>> before = marks_of("Zoë keeps bees on a roof in Lyon, and fears the rain.")
    >>> is_edited(before, marks_of("Zoë keeps bees on a roof in Lyon. She fears the rain and the wind."))
    True
    >>> is_edited(before, marks_of("Zoë repairs bicycles by the canal, and fears the rain."))
    False
    """
    longest = max([*one, *other], default="")
    limit = min((max(each) for each in (one, other) if len(each) >= _MAX_MARKS), default=longest)
    first, second = ({mark for mark in each if mark <= limit} for each in (one, other))
    shared = len(first & second)
    return shared >= _FEWEST_SHARED and shared >= _SHARE * min(len(first), len(second))
