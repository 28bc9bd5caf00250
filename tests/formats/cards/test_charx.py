"""Cards in archives: their files come back, and no archive does harm."""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleagent.errors import PersonaFileError
from roleagent.formats.format import Report
from roleagent.formats.load import load_persona
from roleagent.formats.values import bytes_of, data_uri
from roleagent.persona.persona import Asset
from roleagent.persona.problems import ReadError
from tests.formats.cards import making as m

ICON = {"type": "icon", "uri": "embeded://assets/icon/images/main.png", "name": "main", "ext": "png"}
JOY = {"type": "emotion", "uri": "embedded://joy.webp", "name": "joy", "ext": "webp"}
FILES = {"assets/icon/images/main.png": m.pixels(), "joy.webp": b"joy", "module.risum": b"risu"}


def refusal(data):
    with pytest.raises(ReadError) as caught:
        m.read(data)
    return caught.value.message


def test_files_are_assets_and_come_back():
    """Listed or not, every file of an archive is somebody's work."""
    card = m.v3(assets=[ICON, JOY])
    persona = m.read(m.charx(card, FILES))
    found = [(asset.kind, asset.name, asset.path, bytes_of(asset.uri)) for asset in persona.assets]
    assert found == [
        ("icon", "main", "", m.pixels()),
        ("emotion", "joy", "joy.webp", b"joy"),
        ("x_file", "module.risum", "module.risum", b"risu"),
    ]
    again = m.unpacked(m.write(m.through_yaml(persona), "charx"))
    assert (again.raw, dict(again.files)) == (card, FILES)


def test_the_icon_becomes_the_picture_and_comes_back():
    """An archive and a picture hold the same persona."""
    persona = m.read(m.charx(m.v3(assets=[ICON]), {"assets/icon/images/main.png": m.pixels(shade=9)}))
    picture = m.unpacked(m.write(persona, "card-v3-png"))
    assert picture.files["/picture"] == m.pixels(shade=9)
    assert picture.raw["data"]["assets"] == [ICON | {"uri": "ccdefault:"}]
    back = m.read(m.write(persona, "card-v3-png"))
    assert back.assets == persona.assets
    assert m.unpacked(m.write(back, "charx")).files == {"assets/icon/images/main.png": m.pixels(shade=9)}


def test_as_json_the_files_travel_in_their_addresses():
    """JSON has nothing beside it."""
    persona = m.read(m.charx(m.v3(assets=[ICON]), {"assets/icon/images/main.png": m.pixels()}))
    listed = m.unpacked(m.write(persona, "card-v3")).raw["data"]["assets"]
    assert listed == [ICON | {"uri": data_uri(m.pixels(), "image/png")}]


def test_a_file_that_is_not_there_is_named():
    """The list promises what the archive lacks."""
    report = Report()
    persona = m.read(m.charx(m.v3(assets=[ICON])), report)
    assert persona.assets[0].uri == ICON["uri"]
    assert "is not in the file" in str(report.notes)


def test_an_archive_behind_a_picture_or_a_program_is_found():
    """A JPEG with an archive behind it shows in a browser and opens as a card."""
    jpeg = b"\xff\xd8\xff\xe0 a picture \xff\xd9"
    data = m.charx(m.v3(), FILES, prefix=jpeg)
    assert m.name_of(data) == "charx"
    persona = m.read(data)
    written = m.write(persona, "charx")
    assert written.startswith(jpeg)
    assert m.read(written) == persona
    assert m.read(m.charx(m.v3(), prefix=b"MZ\x90\0 a program")).name == "Ada"


def test_a_jpeg_without_an_archive_says_so():
    """Whoever loads a plain picture is told what is wrong with it."""
    assert "holds no character card" in refusal(b"\xff\xd8\xff\xe0 a picture")
    assert "no 'card.json'" in refusal(
        m.charx(m.v3(), prefix=b"\xff\xd8\xff").replace(b"card.json", b"cars.json")
    )


def test_other_archives_are_left_to_others():
    """A ZIP is not a card."""
    assert m.name_of(m.charx(m.v3()).replace(b"card.json", b"cars.json")) != "charx"


def test_paths_of_our_own_files_are_made_safe():
    """What stands in a persona file may not lead out of a folder on somebody's disk."""
    assets = tuple(
        Asset(kind="icon", name=name, ext="png", uri=data_uri((name + path).encode(), "image/png"), path=path)
        for name, path in [
            ("a", "../../a.png"),
            ("b", "C:\\b.png"),
            ("c", "/c"),
            ("c", ""),
            ("ü/ä", ""),
            ("d", "card.json"),
        ]
    )
    persona = dataclasses.replace(load_persona("holmes"), assets=assets)
    data = m.write(persona, "charx")
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert not any(".." in name or name.startswith("/") or ":" in name for name in names)
    assert len(names) == len(set(names)) == 1 + len(assets)
    assert m.read(data) == persona


# ── damage and malice ──


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "C:\\evil", "a\\..\\evil", "a/../../evil"])
def test_a_path_that_leads_out_is_refused(name):
    """Nothing is ever written anywhere, and still nobody gets such a path."""
    buffer = io.BytesIO(m.charx(m.v3()))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(zipfile.ZipInfo("x" * len(name)), b"evil")
    assert "name" in refusal(buffer.getvalue().replace(b"x" * len(name), name.encode()))


def test_odd_archives_are_refused():
    """Twice the same name, a link, a password."""
    buffer = io.BytesIO(m.charx(m.v3(), {"cars.json": b"{}"}))
    assert "twice" in refusal(buffer.getvalue().replace(b"cars.json", b"card.json"))
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(link, b"/etc/passwd")
    assert "link" in refusal(buffer.getvalue())
    locked = bytearray(m.charx(m.v3()))
    locked[6] |= 1
    locked[locked.find(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refusal(bytes(locked))


def test_bombs_are_refused():
    """A few kilobytes that unpack to gigabytes."""
    assert "unpacks to more than" in refusal(m.charx(m.v3(), {"zeros": bytes(70_000_000)}))
    assert "12000000 bytes" in refusal(
        m.charx({"data": {"a" * 13_000_000: 1}} | {"x": "".join(map(chr, range(256, 60_000)))})
    )


def test_a_file_too_large_for_a_persona_is_left_out_and_named():
    """The rest of the card is read."""
    report = Report()
    import random

    noise = random.Random(1).randbytes(9_000_000)
    persona = m.read(m.charx(m.v3(), {"video.mp4": noise}), report)
    assert persona.assets == ()
    assert "video.mp4" in str(report.notes)


def test_names_in_any_script_come_back():
    """The specification says ASCII; people write what they like."""
    files = {"assets/图片.png": m.pixels()}
    persona = m.read(m.charx(m.v3(), files))
    assert m.unpacked(m.write(persona, "charx")).files == files


@settings(deadline=2_000)
@given(
    edits=st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 255)), min_size=1, max_size=6),
    end=st.integers(0, 4_000),
)
def test_damaged_bytes_are_read_or_refused(edits, end):
    """No other error ever leaves the reader."""
    data = bytearray(m.charx(m.v3(assets=[ICON, JOY]), FILES))
    for place, value in edits:
        data[place % len(data)] = value
    found = bytes(data[:end])
    try:
        if m.name_of(found):
            assert m.read(found).summary
    except (ReadError, PersonaFileError):
        pass


def test_a_card_that_is_no_json_says_so():
    """The archive is sound, the card is not."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("card.json", "{")
    assert "card.json is not well-formed JSON" in refusal(buffer.getvalue())
    assert json.loads("{}") == {}
