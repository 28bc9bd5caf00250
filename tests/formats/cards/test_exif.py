"""The comment in Exif data: found by its tag, and replaced without touching other tags."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from roleagent.formats.cards.exif import comment_of, with_comment, without_comment

EXIF, COMMENT, MADE_AT, MAKER = 0x8769, 0x9286, 0x9003, 0x010F


def made(tags, exif_tags, *, order=">"):
    """Exif data as another program writes it."""
    data = Image.Exif()
    data.endian = order
    for tag, value in tags.items():
        data[tag] = value
    if exif_tags:
        data.get_ifd(EXIF).update(exif_tags)
    return data.tobytes()


def tags_of(exif):
    """All tags, as another program reads them."""
    data = Image.Exif()
    data.load(exif)
    return {tag: value for tag, value in data.items() if tag != EXIF}, dict(data.get_ifd(EXIF))


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_comment_is_replaced_and_all_else_stays(order):
    """The picture may say where and when it was made."""
    old = made(
        {MAKER: "Brown & Sons"}, {MADE_AT: "1843:09:05 10:00:00", COMMENT: b"ASCII\0\0\0one"}, order=order
    )
    assert comment_of(old) == "one"
    new = with_comment(without_comment(old), "another, longer one")
    assert comment_of(new) == "another, longer one"
    tags, exif_tags = tags_of(new)
    assert tags[MAKER] == "Brown & Sons"
    assert exif_tags[MADE_AT] == "1843:09:05 10:00:00"
    assert exif_tags[COMMENT] == b"ASCII\0\0\0another, longer one"


def test_a_comment_cut_out_leaves_the_same_data_each_time():
    """A card that is written again and again must not grow."""
    old = made({MAKER: "Brown"}, {COMMENT: b"ASCII\0\0\0first", MADE_AT: "1843"})
    once = without_comment(old)
    assert without_comment(with_comment(once, "second " * 50)) == once


@pytest.mark.parametrize(
    "exif",
    [made({MAKER: "Brown"}, {}), made({MAKER: "Brown"}, {MADE_AT: "1843"}), made({}, {MADE_AT: "1843"})],
)
def test_a_comment_is_added_to_data_that_has_none(exif):
    """A photograph can become a card."""
    tags, exif_tags = tags_of(exif)
    new_tags, new_exif_tags = tags_of(with_comment(exif, "here"))
    assert new_tags == tags
    assert new_exif_tags == {**exif_tags, COMMENT: b"ASCII\0\0\0here"}


def test_data_made_here_goes_with_its_comment():
    """A picture that had no Exif data has none again."""
    assert without_comment(with_comment(b"", "here")) == b""


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        (b"ASCII\0\0\0caf\xc3\xa9\0\0", "café"),
        (b"\0" * 8 + b"plain", "plain"),
        (b"UNICODE\0" + "wide".encode("utf-16-be"), "wide"),
        (b"UNICODE\0" + "{wide".encode("utf-16-le"), "{wide"),
        (b"UNICODE\0" + "wide".encode("utf-16"), "wide"),
        (b"JIS\0\0\0\0\0x", "x"),
        (b"ASCII   {}", "{}"),
        (b'{"no": "mark"}', '{"no": "mark"}'),
        (b"eyJhIjogMX0=", "eyJhIjogMX0="),
        (b"\xff\xfe\0\0\0\0\0\0x", None),
    ],
)
def test_a_comment_says_its_encoding(comment, text):
    """The first eight bytes name it, or are the beginning of the text."""
    assert comment_of(made({}, {COMMENT: comment})) == text


def test_the_mark_that_jpeg_puts_first_is_passed_over():
    """Some writers put it into PNG pictures too."""
    assert comment_of(b"Exif\0\0" + with_comment(b"", "here")) == "here"


@pytest.mark.parametrize("offset", [0, 8, 20, 28, 44, 10**9])
def test_a_comment_that_points_anywhere_does_no_harm(offset):
    """Offsets are a stranger's."""
    exif = bytearray(with_comment(b"", "here and there"))
    struct.pack_into(">I", exif, 36, offset)
    assert comment_of(with_comment(without_comment(bytes(exif)), "new")) == "new"


@given(st.data())
def test_damaged_data_can_be_read_and_written(data):
    """Whatever the bytes are, a comment can be put in and is found again."""
    sound = made({MAKER: "Brown"}, {MADE_AT: "1843", COMMENT: b"ASCII\0\0\0first"})
    changes = data.draw(st.dictionaries(st.integers(0, len(sound) - 1), st.integers(0, 255), max_size=6))
    exif = bytes(changes.get(index, byte) for index, byte in enumerate(sound))
    exif = exif[: data.draw(st.integers(0, len(sound)))]
    comment_of(exif)
    assert comment_of(with_comment(without_comment(exif), "new")) == "new"


def test_the_data_is_sound_in_a_picture():
    """Other readers of pictures find it."""
    buffer = io.BytesIO()
    Image.new("RGB", (1, 1)).save(buffer, "PNG", exif=with_comment(b"", "here"))
    with Image.open(buffer) as picture:
        assert picture.getexif().get_ifd(EXIF)[COMMENT] == b"ASCII\0\0\0here"
