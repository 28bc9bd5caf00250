"""Cards of Faraday, in the Exif comment of a picture."""

from __future__ import annotations

import dataclasses
import io
import json
import struct

import pytest
from PIL import Image

from roleagent.formats.cards.exif import with_comment
from roleagent.formats.format import Archive, Report
from roleagent.formats.load import load_persona
from roleagent.formats.others.faraday import FARADAY
from tests.formats.cards import making as m

RAW = {
    "character": {
        "aiDisplayName": "Ada Lovelace",
        "aiName": "Ada",
        "aiPersona": "{character} counts for {user}.",
        "basePrompt": "A talk.",
        "scenario": "A library.",
        "firstMessage": None,
        "customDialogue": "#{user}: How many?\n#{character}: Seven.",
        "loreItems": [{"id": "x", "key": "engine, mill", "value": "It counts {user}'s cogs."}],
        "topK": 30,
        "isNSFW": True,
        "createdAt": "2023-11-09T22:52:54.410Z",
        "updatedAt": "2023-11-10T22:52:54.410Z",
        "Chat": [{"id": "y"}],
    },
    "version": 1,
}


def picture(raw):
    return FARADAY.layout.pack(Archive(raw=raw, files={"/picture": m.pixels()}), Report())


def test_the_character_is_read_and_comes_back():
    """The oldest cards that are met with."""
    data = picture(RAW)
    persona = m.read(data)
    assert m.name_of(data) == "faraday-png"
    assert (persona.name, persona.nickname, persona.summary) == (
        "Ada Lovelace",
        "Ada",
        "{{char}} counts for {{user}}.",
    )
    assert (persona.system_prompt, persona.scenario) == ("A talk.", "A library.")
    assert [(example.user, example.reply) for example in persona.examples] == [("How many?", "Seven.")]
    entry = persona.lorebooks[0].entries[0]
    assert (persona.credits.tags, persona.credits.created_at) == (("nsfw",), 1699570374)
    assert (entry.keys, entry.content) == (("engine", "mill"), "It counts {{user}}'s cogs.")
    again = m.unpacked(m.write(m.through_yaml(persona), "faraday-png"))
    assert (again.raw, again.files) == (RAW, {"/picture": m.pixels()})


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("mark", [b"ASCII\0\0\0", bytes(8), b"JIS\0\0\0\0\0", b"", b"UNICODE\0"])
def test_version_4_is_base64_in_the_comment(order, mark):
    """In either order of bytes, and whatever the character set is said to be."""
    raw = {**RAW, "version": 4}
    text = m.encoded(raw)
    if mark == b"UNICODE\0":
        text = text.decode().encode("utf-16-le" if order == "<" else "utf-16-be")
    head = struct.pack(f"{order}HIHHHIII", 42, 8, 1, 0x8769, 4, 1, 26, 0)
    inner = struct.pack(f"{order}HHHIII", 1, 0x9286, 7, len(mark + text), 44, 0)
    tiff = (b"II" if order == "<" else b"MM") + head + inner + mark + text
    persona = m.read(m.pixels(extra=m.chunk(b"eXIf", tiff)))
    assert persona.name == "Ada Lovelace"
    again = m.write(persona, "faraday-png")
    assert m.unpacked(again).raw == raw
    assert b"aiName" not in again


def test_an_edit_shows_up_and_nothing_else_changes():
    """Settings of the model and old chats stay."""
    persona = dataclasses.replace(m.read(picture(RAW)), scenario="{{user}}'s garden.")
    raw = m.unpacked(m.write(persona, "faraday-png")).raw
    expected = json.loads(json.dumps(RAW))
    expected["character"]["scenario"] = "{user}'s garden."
    assert raw == expected


def test_a_native_persona_travels_whole_in_a_sound_picture():
    """The Exif data is what other readers of pictures expect."""
    persona = load_persona("holmes")
    data = m.write(persona, "faraday-png")
    assert m.read(data) == persona
    with Image.open(io.BytesIO(data)) as image:
        comment = image.getexif().get_ifd(0x8769)[0x9286]
    assert comment.startswith(b"ASCII\0\0\0{")


def test_junk_in_the_character_makes_a_sound_persona():
    """Each of these is a value of the wrong kind."""
    raw = {"character": {"aiName": 7, "aiPersona": [], "loreItems": [1, {"key": None}], "customDialogue": {}}}
    report = Report()
    assert m.read(picture(raw), report).name == "7"
    assert {"character.aiPersona", "character.loreItems[0]"} <= {note.field for note in report.notes}
    assert m.unpacked(m.write(m.read(picture(raw)), "faraday-png")).raw == raw


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_card_in_another_picture_is_read_and_becomes_png(kind):
    """The JSON and the pixels are the same."""
    buffer = io.BytesIO()
    exif = b"Exif\0\0" + with_comment(b"", json.dumps(RAW))
    Image.new("RGB", (3, 2), "teal").save(buffer, kind, exif=exif)
    data = buffer.getvalue()
    assert m.name_of(data) == "faraday-png"
    written = m.write(m.through_yaml(m.read(data)), "faraday-png")
    assert m.unpacked(written).raw == RAW
    with Image.open(io.BytesIO(written)) as after, Image.open(io.BytesIO(data)) as before:
        assert after.format == "PNG"
        assert after.convert("RGB").tobytes() == before.convert("RGB").tobytes()
    assert m.unpacked(m.write(m.read(written), "faraday-png")) == m.unpacked(written)


def test_other_tags_of_the_picture_stay():
    """Who drew it, for one."""
    exif = Image.Exif()
    exif[0x013B] = "Margaret Carpenter"
    buffer = io.BytesIO()
    Image.new("RGB", (3, 2)).save(buffer, "PNG", exif=with_comment(exif.tobytes(), json.dumps(RAW)))
    persona = dataclasses.replace(m.through_yaml(m.read(buffer.getvalue())), name="Ada King")
    data = m.write(persona, "faraday-png")
    assert m.unpacked(data).raw["character"]["aiDisplayName"] == "Ada King"
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.getexif()[0x013B] == "Margaret Carpenter"


def test_what_the_persona_knows_is_told_to_a_program_without_a_graph():
    """Public facts alone: Faraday would tell a secret."""
    persona = load_persona("holmes")
    character = m.unpacked(m.write(persona, "faraday-png")).raw["character"]
    told = character["aiPersona"] + "".join(item["value"] for item in character["loreItems"])
    facts = persona.graph.facts.values()
    assert all((fact.text in told) == (fact.visibility == ("public",)) for fact in facts)


def test_past_conversations_are_kept_and_said():
    """They are no memories."""
    report = Report()
    m.read(picture(RAW), report)
    assert [note.field for note in report.notes] == ["character.Chat"]
