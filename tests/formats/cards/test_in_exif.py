"""Cards of any version in the Exif comment of a picture."""

from __future__ import annotations

import base64
import io
import json

import pytest
from PIL import Image

from roleagent.formats.cards.exif import with_comment, with_exif
from roleagent.formats.cards.json_file import card_in_exif
from roleagent.formats.format import Report
from roleagent.formats.load import load_persona
from roleagent.persona.problems import ReadError
from tests.formats.cards import making as m

JSON = json.dumps(m.v2(), ensure_ascii=False)
COMMENTS = {
    "as it is": JSON,
    "as base64": base64.b64encode(JSON.encode()).decode(),
    "as bytes": ",".join(map(str, JSON.encode())),
    "as bytes, blanks": ", ".join(map(str, JSON.encode())),
}


def picture(kind: str, comment: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(buffer, kind, exif=b"Exif\0\0" + with_comment(b"", comment))
    return buffer.getvalue()


@pytest.mark.parametrize("comment", COMMENTS.values(), ids=COMMENTS)
@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_card_in_the_comment_is_read_with_its_picture(kind, comment):
    """SillyTavern wrote such cards, in three ways."""
    data = picture(kind, comment)
    persona = m.read(data)
    assert (m.name_of(data), persona.name) == ("card-v2-png", "Ada")
    (icon,) = persona.assets
    assert (icon.kind, icon.name, icon.ext) == ("icon", "main", {"JPEG": "jpg", "WEBP": "webp"}[kind])
    written = m.write(m.through_yaml(persona), "card-v2-png")
    assert m.read(written).assets[0].ext == persona.assets[0].ext
    raw = m.unpacked(written).raw
    del raw["data"]["extensions"]["roleagent"]  # in which the picture travels along as it was
    assert raw == m.v2()


def test_a_png_without_a_text_may_have_one_there():
    """Whatever wrote it."""
    data = with_exif(m.pixels(), with_comment(b"", COMMENTS["as base64"]))
    assert (m.name_of(data), m.read(data).name) == ("card-v2-png", "Ada")


def test_version_3_in_a_comment_keeps_its_list_of_assets():
    """The picture that it is in is its main icon."""
    listed = [{"type": "icon", "uri": "ccdefault:", "name": "main", "ext": "webp"}]
    persona = m.read(picture("WEBP", json.dumps(m.v3(assets=listed))))
    (icon,) = persona.assets
    assert icon.uri.startswith("data:image/webp;base64,")


@pytest.mark.parametrize("comment", ["no card", "123,456", "[1]", "", "1,", "e30"])
@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_picture_without_a_card_says_so(tmp_path, kind, comment):
    """Most pictures are just that."""
    path = tmp_path / "a.picture"
    path.write_bytes(picture(kind, comment))
    with pytest.raises(ValueError, match=f"(?i)is a {kind} picture .*card"):
        load_persona(path)


@pytest.mark.parametrize("numbers", ["300,1", "1,x", "1,,2", "12,-1"])
def test_a_list_that_is_none_of_bytes_is_refused(numbers):
    """With the one error there is."""
    with pytest.raises(ReadError):
        card_in_exif(picture("WEBP", numbers), Report())
