"""Cards in pictures: found, kept and written, and no damage or malice does harm."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import struct
import time
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from roleagent.errors import PersonaFileError
from roleagent.formats.format import Report
from roleagent.formats.load import load_persona
from roleagent.formats.values import bytes_of, data_uri
from roleagent.persona.persona import Asset
from roleagent.persona.problems import ReadError
from tests.formats.cards import making as m


def notes(data):
    report = Report()
    m.read(data, report)
    return " | ".join(map(str, report.notes))


def refusal(data):
    with pytest.raises(ReadError) as caught:
        m.read(data)
    return caught.value.message


# ── what is in it ──


def test_both_chunks_come_back_as_they_were():
    """A card that was written for two kinds of readers stays one for both."""
    old, new = m.v2(first_mes="Old."), m.v3(first_mes="New.")
    persona = m.read(m.png(old, new))
    assert persona.greeting == "New."
    files = m.unpacked(m.write(m.through_yaml(persona), "card-v3-png")).files
    assert json.loads(files["/chara"]) == old


def test_the_same_card_in_both_chunks_comes_back_so():
    """Some programs write version 3 under both names."""
    persona = m.read(m.png(m.v3(), m.v3()))
    files = m.unpacked(m.write(persona, "card-v3-png")).files
    assert json.loads(files["/chara"]) == m.v3()


def test_the_newest_version_brings_a_copy_for_old_readers():
    """Most programs read `chara` and no more."""
    data = m.write(load_persona("holmes"), "card-v3-png")
    copy = json.loads(m.unpacked(data).files["/chara"])
    assert (copy["spec"], copy["data"]["name"]) == ("chara_card_v2", "Sherlock Holmes")
    assert "roleagent" not in copy["data"]["extensions"]
    assert "nickname" not in copy["data"]
    assert m.kinds(data)[-4:] == ["tEXt:chara", "tEXt:ccv3", "tEXt:roleagent-drawn", "IEND"]


def test_the_picture_stays_as_it_was_but_for_its_texts():
    """The picture is the creator's work."""
    extra = m.chunk(b"gAMA", struct.pack(">I", 45455)) + m.text_chunk("Author", b"me")
    data = m.write(m.read(m.png(m.v2(), extra=extra) + b"behind the end"), "card-v2-png")
    assert m.unpacked(data).files["/picture"] == m.pixels(extra=extra) + b"behind the end"


def test_an_animation_stays_one():
    """APNG is PNG with more chunks."""
    frames = m.chunk(b"acTL", bytes(8)) + m.chunk(b"fcTL", bytes(26)) + m.chunk(b"fdAT", bytes(8))
    data = m.write(m.read(m.png(m.v2(), extra=frames)), "card-v3-png")
    assert m.kinds(data) == ["IHDR", "acTL", "fcTL", "fdAT", "IDAT", "tEXt:chara", "tEXt:ccv3", "IEND"]


def test_assets_lie_in_chunks_of_their_own():
    """Both spellings of the chunk's name are met with."""
    assets = [
        {"type": "emotion", "uri": "__asset:0", "name": "joy", "ext": "webp"},
        {"type": "emotion", "uri": "embeded://a/b.webp", "name": "grief", "ext": "webp"},
    ]
    extra = m.text_chunk("chara-ext-asset_0", base64.b64encode(b"joy"))
    extra += m.text_chunk("chara-ext-asset_:a/b.webp", base64.b64encode(b"grief"))
    extra += m.text_chunk("chara-ext-asset_:../../evil", base64.b64encode(b"evil"))
    data = m.png(None, m.v3(assets=assets), extra=extra)
    persona = m.read(data)
    found = [(asset.name, bytes_of(asset.uri), asset.path) for asset in persona.assets]
    assert found[:2] == [("joy", b"joy", "0"), ("grief", b"grief", "a/b.webp")]
    assert "evil" in notes(data)
    assert not any("evil" in asset.path for asset in persona.assets)
    again = m.unpacked(m.write(persona, "card-v3-png"))
    assert again.raw["data"]["assets"] == assets
    assert (again.files["0"], again.files["a/b.webp"]) == (b"joy", b"grief")


def test_a_picture_beside_another_main_icon_is_kept():
    """The card says its icon lies elsewhere, and yet there is this picture."""
    card = m.v3(assets=[{"type": "icon", "uri": "https://example.org/a.png", "name": "main", "ext": "png"}])
    persona = m.read(m.png(None, card))
    assert [asset.path for asset in persona.assets] == ["", "image.png"]
    again = m.unpacked(m.write(persona, "card-v3-png"))
    assert (again.raw, again.files["/picture"]) == (card, m.pixels())


# ── pictures that are made ──


def test_a_persona_without_a_picture_gets_one_that_is_no_asset_of_it():
    """A placeholder is ours; the persona that comes back has none."""
    report = Report()
    data = m.write(load_persona("holmes"), "card-v2-png", report)
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        assert picture.size == (400, 600)
    assert "placeholder" in str(report.notes)
    assert m.read(data).assets == ()


@pytest.mark.parametrize("name", ["林黛玉", "", "Émile"])
def test_any_name_has_a_placeholder(name):
    """The font knows few letters."""
    persona = dataclasses.replace(load_persona("holmes"), name=name or "?")
    assert m.read(m.write(persona, "card-v3-png")) == persona


def test_a_picture_of_another_format_is_drawn_anew_and_kept():
    """A PNG card has to be a PNG."""
    buffer = io.BytesIO()
    Image.new("RGB", (3, 2), "red").save(buffer, format="JPEG")
    icon = Asset(kind="icon", name="main", ext="jpg", uri=data_uri(buffer.getvalue(), "image/jpeg"))
    persona = dataclasses.replace(load_persona("holmes"), assets=(icon,))
    data = m.write(persona, "card-v3-png")
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (3, 2)
    assert m.read(data) == persona
    broken = dataclasses.replace(icon, uri=data_uri(b"\xff\xd8\xffno picture", "image/jpeg"))
    persona = dataclasses.replace(persona, assets=(broken,))
    assert m.read(m.write(persona, "card-v3-png")) == persona


# ── texts as people write them ──


@pytest.mark.parametrize("packed", [b"\0\0", b"\1\0"])
def test_unicode_and_packed_texts_are_read(packed):
    """PNG has three kinds of texts."""
    text = m.encoded(m.v2())
    body = b"chara\0" + packed + b"en\0word\0" + (zlib.compress(text) if packed[0] else text)
    assert m.read(m.pixels(extra=m.chunk(b"iTXt", body))).name == "Ada"
    body = b"chara\0\0" + zlib.compress(text)
    assert m.read(m.pixels(extra=m.chunk(b"zTXt", body))).name == "Ada"


def test_untidy_base64_is_read():
    """Blanks, no padding, the alphabet of addresses, or no base64 at all."""
    card = {"name": "Ada ÿÿÿ>>>", "first_mes": "?"}
    text = base64.b64encode(json.dumps(card, ensure_ascii=False).encode())
    untidy = text.rstrip(b"=").replace(b"+", b"-").replace(b"/", b"_")
    for each in (untidy[:9] + b"\r\n " + untidy[9:], json.dumps(card).encode()):
        assert m.read(m.pixels(extra=m.text_chunk("Chara", each))).name == "Ada ÿÿÿ>>>"


@pytest.mark.parametrize("encode", [base64.b64encode, bytes])
def test_windows_1252_is_read_with_a_warning(encode):
    """Old tools wrote it; in Latin-1 proper a dash would be a control character, and be lost."""
    text = encode('{"name": "Zoë", "first_mes": "a – “b”"}'.encode("cp1252"))
    data = m.pixels(extra=m.text_chunk("chara", text))
    assert (m.read(data).name, m.read(data).greeting) == ("Zoë", "a – “b”")
    assert "is not UTF-8: read as Windows-1252" in notes(data)


def test_control_characters_are_what_windows_1252_has_there():
    """A program that took the bytes for Latin-1 wrote them so."""
    assert m.read(m.png({**m.V1, "first_mes": "a \x96 b\x85"})).greeting == "a – b…"
    data = m.png({**m.V1, "first_mes": "a\x07b"})
    assert m.read(data).greeting == "ab"
    assert "first_mes: holds 1 characters that no text may hold" in notes(data)


@pytest.mark.parametrize("keyword", ["chara", "Chara", "CHARA", "ccv3", "CCV3"])
@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt"])
def test_a_card_is_found_in_any_kind_of_text(keyword, kind):
    """Programs differ in both."""
    head = {b"tEXt": b"\0", b"zTXt": b"\0\0", b"iTXt": b"\0\0\0\0\0"}[kind]
    body = m.encoded(m.v2())
    body = zlib.compress(body) if kind == b"zTXt" else body
    assert m.read(m.pixels(extra=m.chunk(kind, keyword.encode() + head + body))).name == "Ada"


def test_the_first_card_that_can_be_read_counts():
    """Of several chunks of one name."""
    broken = m.text_chunk("chara", b"%%%")
    two = m.text_chunk("chara", m.encoded(m.v2(name="One"))) + m.text_chunk(
        "chara", m.encoded(m.v2(name="Two"))
    )
    data = m.pixels(extra=broken + two)
    assert m.read(data).name == "One"
    assert "not base64" in notes(data)
    assert "more than once" in notes(data)


def test_a_damaged_new_card_gives_way_to_the_old_one():
    """One of two copies is enough."""
    data = m.pixels(extra=m.text_chunk("ccv3", b"%%%") + m.text_chunk("chara", m.encoded(m.v2())))
    assert m.name_of(data) == "card-v2-png"
    assert m.read(data).name == "Ada"


# ── damage ──


def test_a_picture_without_a_card_says_so(tmp_path):
    """Whoever loads a plain picture is told what is wrong with it."""
    assert "holds no character card: it has no text chunk 'chara'" in refusal(m.pixels())
    path = tmp_path / "plain.png"
    path.write_bytes(m.pixels())
    with pytest.raises(PersonaFileError, match="holds no character card"):
        load_persona(path)


def test_a_card_that_cannot_be_read_says_why():
    """Each of these was met with."""
    assert "not base64" in refusal(m.pixels(extra=m.text_chunk("chara", b"%%%")))
    assert "not well-formed JSON" in refusal(m.pixels(extra=m.text_chunk("chara", base64.b64encode(b"{"))))
    assert "no table" in refusal(m.pixels(extra=m.text_chunk("chara", base64.b64encode(b"[1]"))))
    deep = b'{"name":' + b"[" * 100 + b"]" * 100 + b"}"
    assert "nested" in refusal(m.pixels(extra=m.text_chunk("chara", base64.b64encode(deep))))


def test_a_wrong_checksum_is_no_reason_to_refuse():
    """Old tools wrote wrong ones."""
    data = m.pixels(extra=m.chunk(b"tEXt", b"chara\0" + m.encoded(m.v2()), checksum=7))
    assert m.read(data).name == "Ada"
    assert "checksum is wrong" in notes(data)


def test_a_picture_cut_short_still_has_its_card():
    """A download broke off behind the card."""
    whole = m.png(m.v2())
    data = whole[:-15]
    persona = m.read(data)
    assert "ends in the middle" in notes(data) or "longer than the file" in notes(data)
    assert m.read(m.write(persona, "card-v2-png")) == persona


def test_a_chunk_that_lies_about_its_length_ends_the_picture():
    """Nothing is read behind the file's end."""
    lie = struct.pack(">I", 0xFFFFFFFF) + b"tEXt"
    data = m.pixels()[:33] + m.text_chunk("chara", m.encoded(m.v2())) + lie + bytes(20)
    assert m.read(data).name == "Ada"
    assert "longer than the file" in notes(data)


# ── malice ──


@pytest.mark.slow
def test_what_is_too_large_is_refused_before_it_is_built():
    """A hundred megabytes of base64, and bombs of a few kilobytes."""
    start = time.thread_time()
    assert "more than 12000000 bytes" in refusal(m.pixels(extra=m.text_chunk("chara", b"A" * 50_000_000)))
    bomb = zlib.compress(bytes(40_000_000), 9)
    assert "unpacks to more than" in refusal(m.pixels(extra=m.chunk(b"zTXt", b"chara\0\0" + bomb)))
    assert "unpacks to more than" in refusal(m.pixels(extra=m.chunk(b"iTXt", b"chara\0\1\0\0\0" + bomb)))
    many = m.chunk(b"zTXt", b"chara\0\0" + zlib.compress(bytes(20_000_000), 9)) * 8
    assert "unpack to more than" in refusal(m.pixels(extra=many))
    assert "chunks" in refusal(m.pixels(extra=m.chunk(b"aaAa", b"") * 100_001))
    assert time.thread_time() - start < 30


def test_a_damaged_stream_is_no_reason_to_fail():
    """A text that cannot be unpacked is not there."""
    data = m.png(m.v2(), extra=m.chunk(b"zTXt", b"chara\0\0no zlib"))
    assert m.read(data).name == "Ada"
    assert "cannot be unpacked" in notes(data)


@settings(deadline=2_000)
@given(
    data=st.sampled_from([m.png(m.v2()), m.png(m.v2(), m.v3(assets=[]))]),
    edits=st.lists(st.tuples(st.integers(8, 2_000), st.integers(0, 255)), min_size=1, max_size=6),
    end=st.integers(0, 3_000),
)
def test_damaged_bytes_are_read_or_refused(data, edits, end):
    """No other error ever leaves the reader."""
    damaged = bytearray(data)
    for place, value in edits:
        damaged[place % len(damaged)] = value
    found = bytes(damaged[: max(8, end)])
    try:
        if m.name_of(found):
            assert m.read(found).summary
    except (ReadError, PersonaFileError):
        pass


def test_what_only_the_old_copy_holds_stays_out_of_the_persona():
    """The new card counts, also when it becomes one of version 2."""
    old = m.v2(extensions={"chub": {"linked_lorebooks": [m.book()]}})
    persona = m.read(m.png(old, m.v3(extensions={})))
    assert persona.lorebooks == ()
    assert m.read(m.write(persona, "card-v2")).lorebooks == ()


def test_a_second_copy_of_an_old_card_is_said_to_be_lost():
    """Where the chunk for cards of version 3 holds one of version 2: nothing goes in silence."""
    report = Report()
    persona = m.read(m.png(chara=m.v2(name="Old"), ccv3=m.v2()), report)
    assert persona.name == "Ada"
    assert report.lost_fields == ("the text chunk 'chara'",)
