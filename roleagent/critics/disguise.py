"""Text without its disguise: invisible characters, odd widths, borrowed letters, markup, base64."""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

_PACKED = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,4096}={0,2}(?![A-Za-z0-9+/=])")
_MAX_BLOBS = 10
_MIN_READABLE = 0.9

# Letters of other scripts that look Latin; they count as Latin only in a word that has Latin letters too.
_TWINS = str.maketrans(
    "аеорсухіјѕԁһӏвкмнтАВЕКМНОРСТУХІЈЅοαερυνικτΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhlbkmhtABEKMHOPCTYXIJSoaepuviktABEZHIKMNOPTYX",
)
_MIXED_WORD = re.compile(r"[A-Za-z\u0370-\u03ff\u0400-\u052f]{2,60}")
_LATIN, _ALIEN = re.compile(r"[A-Za-z]"), re.compile(r"[\u0370-\u03ff\u0400-\u052f]")
_TAG = re.compile(r"<[^<>\n]{0,200}>")
_MARKS = re.compile(r"[*_~`|]{1,3}(?=\w)|(?<=\w)[*_~`|]{1,3}")
_SPELLED = re.compile(r"(?<![A-Za-z])[A-Za-z]([ .\-_*])(?:[A-Za-z]\1){2,40}[A-Za-z](?![A-Za-z0-9])")
_GAP = re.compile(r"[ .\-_*]")
_FIGURE_WORD = re.compile(
    r"(?<!\S)(?=\S{0,20}[A-Za-z])(?=\S{0,20}[013457@$!])[A-Za-z013457@$!']{2,20}(?=[\s.,?;]|$)"
)
_FIGURES = str.maketrans("013457@$!", "oieastasi")


def unmasked(text: str) -> str:
    """The text without invisible characters, in ordinary width, its look-alike letters made Latin."""
    folded = unicodedata.normalize("NFKC", text)
    visible = (
        char for char in folded if char in "\n\t" or unicodedata.category(char) not in ("Cf", "Cc", "Mn")
    )
    seen = "".join(visible).replace("’", "'")
    return seen if seen.isascii() else _MIXED_WORD.sub(_in_latin, seen)


def _in_latin(word: re.Match[str]) -> str:
    is_mixed = _LATIN.search(word[0]) and _ALIEN.search(word[0])
    return word[0].translate(_TWINS) if is_mixed else word[0]


def readings(text: str) -> tuple[str, ...]:
    """The ways in which a person may read a text that was unmasked: as it stands, and without tricks.

    The others come without tags and marks of emphasis, with words spelt out letter by letter drawn together,
    with figures read as the letters that they stand for, and with base64 decoded.

    >>> readings("k.i.l.l m3 **now**")[1:]
    ('k.i.l.l m3 now', 'kill m3 now', 'kill me now')
    """
    bare = _MARKS.sub("", _TAG.sub("", html.unescape(text)))
    joined = _SPELLED.sub(lambda run: _GAP.sub("", run[0]), bare)
    lettered = _FIGURE_WORD.sub(lambda word: word[0].translate(_FIGURES), joined)
    return tuple(dict.fromkeys((text, bare, joined, lettered, *decoded(text))))


def decoded(text: str) -> Iterator[str]:
    """What the first few base64 runs of a text say, if they say anything readable."""
    for match in islice(_PACKED.finditer(text), _MAX_BLOBS):
        said = _unpacked(match.group())
        num_good = sum(char.isalpha() or char.isspace() or char in ".,!?'-" for char in said)
        if " " in said and num_good / len(said) >= _MIN_READABLE:
            yield said


def _unpacked(blob: str) -> str:
    body = blob.rstrip("=")
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
