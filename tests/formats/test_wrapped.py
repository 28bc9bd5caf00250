"""Cards that were packed once more on their way."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import pytest

from roleagent.errors import PersonaFileError
from roleagent.formats import load as wrapped
from roleagent.formats.format import Report
from roleagent.formats.load import load_persona, unwrapped
from roleagent.persona.problems import ReadError
from tests.formats.cards import making as m

CARD = json.dumps(m.v2()).encode()
BOOK = json.dumps({"spec": "lorebook_v3", "data": m.book()}).encode()


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"a.png": m.png(m.v2()), "gallery/1.png": m.pixels(), "readme.txt": b"x"}, "a.png"),
        ({"a.json": CARD, "b.json": b"{}", "world.json": BOOK, "__MACOSX/a.json": CARD}, "a.json"),
        ({"world.json": BOOK}, "world.json"),
        ({"a.charx": m.charx(m.v3())}, "a.charx"),
    ],
)
def test_the_one_card_of_an_archive_is_read(files, name):
    """Sites pack a card with its gallery."""
    report = Report()
    assert unwrapped(zipped(files), report) == files[name]
    assert repr(name) in report.notes[0].message


def test_several_cards_are_named(tmp_path):
    """Which one is meant nobody can know."""
    path = tmp_path / "cards.zip"
    path.write_bytes(zipped({"a.json": CARD, "b.png": m.png(m.v2())}))
    with pytest.raises(PersonaFileError, match=r"of 2 cards: unpack one of 'a\.json', 'b\.png'\."):
        load_persona(path)


def test_an_archive_without_a_card_says_so(tmp_path):
    """A gallery is none."""
    path = tmp_path / "cards.zip"
    path.write_bytes(zipped({"a.txt": b"x", "b.png": m.pixels()}))
    with pytest.raises(PersonaFileError, match="is a ZIP archive without a card"):
        load_persona(path)


def test_gzip_is_unpacked_within_bounds(monkeypatch):
    """A bomb of zeros is small."""
    assert unwrapped(gzip.compress(CARD), Report()) == CARD
    assert unwrapped(CARD, Report()) == CARD
    monkeypatch.setattr(wrapped, "MAX_FILE_BYTES", 1_000)
    with pytest.raises(ReadError, match="unpacks to more than"):
        unwrapped(gzip.compress(bytes(2_000)), Report())
    with pytest.raises(ReadError, match="not a valid gzip file"):
        unwrapped(b"\x1f\x8bx", Report())
