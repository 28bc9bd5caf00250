"""Bytes -> text: UTF-8 as a rule, else what other systems write, and then the report says which."""

from __future__ import annotations

import codecs
import re

from roleagent.persona.formats.report import Report
from roleagent.persona.places import Place, ReadError

_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_NOT_IN_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HIGH = re.compile(rb"[\x80-\xff]+")
_IS_CHINESE = 0.9  # share of the bytes beyond ASCII that come two by two
_SAMPLE = 200_000  # bytes by which that is judged
_FEWEST_CHINESE = 6  # of these bytes; fewer may be by chance, as in "hyvää"


def decoded_text(data: bytes, what: str, report: Report | None = None) -> str:
    """The text that bytes stand for, without a byte order mark.

    UTF-8, UTF-16 with a byte order mark, GB18030 where the bytes come two by two as Chinese characters
    do, else Windows-1252. NULs at the end are padding.

    Args:
        data: the bytes.
        what: they are, for the report and for errors.
        report: is told which encoding it is, unless that is UTF-8.

    Raises:
        ReadError: they are no text in any of these.
    """
    try:
        return data.decode("utf-8-sig").rstrip("\0")
    except UnicodeDecodeError as error:
        name = _encoding_of(data)
        if not name:
            message = f"{what} is not UTF-8 at byte {error.start}, {data[error.start]:#04x}, and no text"
            raise ReadError(message, Place(data.count(b"\n", 0, error.start) + 1, 1)) from error
    text = data.decode(name, "replace").removeprefix("\ufeff").rstrip("\0")
    if report is not None:
        lost = text.count("\ufffd")
        also = f"; {lost} bytes of it stand for nothing there" if lost else ""
        report.warn(what, f"is not UTF-8: read as {_CALLED[name]}{also}. Save it as UTF-8")
    return text


_CALLED = {
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "gb18030": "GB18030",
    "cp1252": "Windows-1252 (Latin-1)",
}


def _encoding_of(data: bytes) -> str:
    """The encoding of bytes that are not UTF-8; empty where they are no text."""
    if data[:2] in _UTF_16:
        return _UTF_16[data[:2]]
    if _NOT_IN_TEXT.search(data):
        return ""
    runs = [end - start for start, end in (found.span() for found in _HIGH.finditer(data, 0, _SAMPLE))]
    paired = sum(run for run in runs if run % 2 == 0)
    if paired >= max(_FEWEST_CHINESE, _IS_CHINESE * sum(runs)):
        try:
            data.decode("gb18030")
        except UnicodeDecodeError:
            return "cp1252"
        return "gb18030"
    return "cp1252"
