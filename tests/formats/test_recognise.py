"""A file's content says what it is, and one of our own is not read twice."""

from __future__ import annotations

import json

import pytest

from roleagent.errors import PersonaFileError
from roleagent.formats import load as recognise
from roleagent.formats.convert import bytes_in
from roleagent.formats.format import Report
from roleagent.formats.load import bundled_personas, format_of, load_persona, recognised
from tests.formats.kinds import NOTATIONS


@pytest.mark.parametrize("name", NOTATIONS)
def test_our_own_files_are_known_without_being_parsed(name, monkeypatch):
    """Ten thousand nodes take a second to read; twice that would be felt."""
    monkeypatch.setattr(recognise, "_plain_value", pytest.fail)
    for persona in map(load_persona, bundled_personas()):
        data = bytes_in(persona, name, Report())
        assert recognised(data) is None
        assert recognised(b"\xef\xbb\xbf" + data) is None


@pytest.mark.parametrize("name", NOTATIONS)
def test_our_own_files_are_told_apart_without_a_suffix(name):
    """A file may have been renamed."""
    data = bytes_in(load_persona("holmes"), name, Report())
    assert format_of(data, "").name == name
    assert format_of(data, ".txt").name == name


def test_a_persona_of_ours_is_known_however_it_is_laid_out():
    """People reorder keys."""
    header = {"name": "Ada", "roleagent": 1}
    assert recognised(json.dumps(header).encode()) is None
    assert recognised(json.dumps({"nodes": [], "graph": header}).encode()) is None


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"[" * 10_000, b"{]", b"\x89PNG", b"PK\x03\x04", b"\xff\xfe"]
)
def test_what_nobody_knows_is_nobodys(data):
    """The reader that comes after says what is wrong with it."""
    found = recognised(data)
    assert found is None or found.recognises(data, None)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"RIFF\0\0\0\0WEBPVP8 ", "a WebP picture without a card. Cards are read from"),
        (b"GIF89a", "a GIF picture"),
        (b"\0\0\0\x1cftypavif", "an AVIF picture"),
        (b"%PDF-1.7", "a PDF file, not a persona"),
        (b'{"gamestarted": true, "prompt": "", "memory": "", "actions": []}', "a story of KoboldAI"),
        (b'{"prompt": "x", "memory": "", "worldinfo": []}', "a story of KoboldAI"),
        (b'{"kind": "character", "persona": {"kind": "text"}, "sampleChat": ""}', "an Agnai character"),
        (b'{"user_name": "a", "character_name": "b", "create_date": "c"}', "a SillyTavern chat"),
    ],
)
def test_a_file_that_is_not_read_is_named_for_what_it_is(tmp_path, data, message):
    """'A key is missing' does not tell anybody what to do."""
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(PersonaFileError, match=message):
        load_persona(path)
