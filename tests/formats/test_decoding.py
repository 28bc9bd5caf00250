"""Files are read whatever wrote them, and the report says what was guessed."""

from __future__ import annotations

import pytest

from roleagent.formats.format import Report
from roleagent.formats.text import decoded_text
from roleagent.persona.problems import ReadError


@pytest.mark.parametrize(
    ("text", "encoding", "called"),
    [
        ("Café – naïve", "cp1252", "Windows-1252"),
        ("“Straße” größer, Über", "cp1252", "Windows-1252"),
        ("hyvää", "cp1252", "Windows-1252"),
        ("她在屋顶养蜂，城里的养蜂人。", "gbk", "GB18030"),
        ('{"name": "林黛玉"}', "gb18030", "GB18030"),
        ("Zoë 林", "utf-16", "UTF-16"),
    ],
)
def test_an_encoding_is_known_by_its_bytes(text, encoding, called):
    """And said, since it is a guess."""
    report = Report()
    assert decoded_text(text.encode(encoding), "it", report) == text
    assert [str(note) for note in report.notes if called in note.message]


@pytest.mark.parametrize("data", [b"caf\xc3\xa9", b"\xef\xbb\xbfcaf\xc3\xa9", b"caf\xc3\xa9\0\0"])
def test_utf_8_is_nothing_to_speak_of(data):
    """With a mark or padding, too."""
    report = Report()
    assert decoded_text(data, "it", report) == "café"
    assert not report.notes


def test_a_byte_that_stands_for_nothing_is_seen():
    """Lost in silence, it would look like a word."""
    report = Report()
    assert decoded_text(b"a\x81b\xe9 ", "it", report) == "a\ufffdbé "
    assert "1 of its bytes mean nothing" in report.notes[0].message


@pytest.mark.parametrize("data", [b"\xff\0\1", b"\x89PNG\r\n\x1a\n\0"])
def test_what_is_no_text_is_refused(data):
    """Else a picture would be a very odd persona."""
    with pytest.raises(ReadError, match=r"it is not UTF-8 at byte 0, 0x.., and no text"):
        decoded_text(data, "it")
