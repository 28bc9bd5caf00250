"""Small cards, pictures and archives for the tests of cards."""

from __future__ import annotations

import base64
import io
import json
import struct
import zipfile
import zlib

from roleagent.formats.convert import bytes_in
from roleagent.formats.format import Report
from roleagent.formats.load import recognised
from roleagent.formats.own.yaml_file import read as read_yaml
from roleagent.formats.own.yaml_file import write as write_yaml
from roleagent.formats.values import as_table
from roleagent.persona.as_document import persona_document
from roleagent.persona.build import build_persona

SIGNATURE = b"\x89PNG\r\n\x1a\n"
V1 = {
    "name": "Ada",
    "description": "{{char}} counts.",
    "personality": "exact",
    "scenario": "A library.",
    "first_mes": "Good day, {{user}}.",
    "mes_example": "<START>\n{{user}}: How many?\n{{char}}: Seven.",
    "metadata": {"tool": "an editor"},
}


def v2(**changes):
    """A card of version 2."""
    data = {key: V1[key] for key in V1 if key != "metadata"} | {
        "creator_notes": "Be kind.",
        "system_prompt": "",
        "post_history_instructions": "{{original}} Count.",
        "alternate_greetings": ["Hello."],
        "tags": ["maths"],
        "creator": "me",
        "character_version": "1",
        "extensions": {"fav": True, "other/program": {"x": [1, None]}},
    }
    return {"spec": "chara_card_v2", "spec_version": "2.0", "data": data | changes}


def v3(**changes):
    """A card of version 3."""
    data = v2()["data"] | {
        "nickname": "Countess",
        "creator_notes_multilingual": {"fr": "Soyez gentil."},
        "source": ["https://example.org/ada"],
        "group_only_greetings": ["Hello, all."],
        "creation_date": 1700000000,
        "modification_date": 1700000001,
    }
    return {"spec": "chara_card_v3", "spec_version": "3.0", "data": data | changes}


def book(word="engine"):
    """A card's lorebook."""
    entry = {
        "keys": [word],
        "content": f"The {word} counts.",
        "extensions": {"odd": 1},
        "enabled": True,
        "insertion_order": 5,
        "use_regex": False,
    }
    return {"name": f"About the {word}", "extensions": {"kept": [1]}, "entries": [entry]}


def chunk(kind, body, *, checksum=None):
    """A chunk of a PNG."""
    total = zlib.crc32(kind + body) if checksum is None else checksum
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", total)


def pixels(*, extra=b"", shade=0):
    """A PNG picture of one pixel without a card."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes([0, shade]))
    return SIGNATURE + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def encoded(card):
    """A card as base64."""
    return base64.b64encode(json.dumps(card).encode())


def text_chunk(keyword, text):
    """A text chunk."""
    return chunk(b"tEXt", keyword.encode() + b"\0" + text)


def png(chara=None, ccv3=None, *, extra=b""):
    """A picture with cards in it."""
    texts = b"" if chara is None else text_chunk("chara", encoded(chara))
    texts += b"" if ccv3 is None else text_chunk("ccv3", encoded(ccv3))
    return pixels(extra=texts + extra)


def charx(card, files=None, *, prefix=b""):
    """An archive with a card."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("card.json", json.dumps(card))
        for name, data in (files or {}).items():
            archive.writestr(name, data)
    return prefix + buffer.getvalue()


# ── reading and writing ──


def read(data, report=None):
    """The persona in a file's bytes."""
    foreign = recognised(data)
    document = foreign.read(data, report or Report())
    return build_persona(as_table(document), source="")


def write(persona, name, report=None):
    """A persona as a file's bytes."""
    return bytes_in(persona, name, report or Report())


def through_yaml(persona):
    """A persona written as YAML and read again."""
    return build_persona(read_yaml(write_yaml(persona_document(persona))), source="")


def unpacked(data):
    """The JSON and files in a file's bytes."""
    return recognised(data).layout.unpack(data, Report())


def name_of(data):
    """The name of the format that a file is recognised as."""
    found = recognised(data)
    return found and found.name


def kinds(data):
    """The chunks of a PNG, by kind and keyword."""
    found, place = [], 8
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        found.append(kind.decode() + (":" + body.split(b"\0")[0].decode() if kind == b"tEXt" else ""))
        place += 12 + length
    return found
