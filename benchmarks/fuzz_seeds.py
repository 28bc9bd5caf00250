"""Small sound files of every format that can be read, and where the JSON in them is."""

from __future__ import annotations

import base64
import gzip
import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from roleagent.formats import built_in, find, suffix_of
from roleagent.formats.cards.exif import comment_of, exif_in, with_comment, with_exif
from roleagent.formats.cards.png_chunks import chunks_of, texts_in, with_texts
from roleagent.formats.convert import bytes_in
from roleagent.formats.format import Archive, Layout, Report
from roleagent.formats.values import as_table, data_uri
from roleagent.persona.build import build_persona
from roleagent.persona.persona import Persona

_OURS = "roleagent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A sound file.

    Attributes:
        name: of its format.
        suffix: for its file.
        data: its bytes.
        texts: the JSON in it, by where it is.
        put: makes the file with another JSON text at a place.
    """

    name: str
    suffix: str
    data: bytes
    texts: Mapping[str, str] = field(default_factory=dict)
    put: Callable[[str, str], bytes] = lambda place, text: text.encode("utf-8", "surrogatepass")


def seeds() -> Iterator[Seed]:
    """One for each format of our own; two for others, with and without what is ours in them."""
    persona = small_persona()
    for each in built_in():
        if each.read is None:
            continue
        data = bytes_in(persona, each, Report())
        if each.layout is None:
            texts = {"": data.decode()} if each.name in ("node-link", "json-ld") else {}
            yield Seed(name=each.name, suffix=suffix_of(each), data=data, texts=texts)
            continue
        yield _seed(each.name, data)
        plain = _foreign_alone(each.layout, data)
        if plain != data:
            yield _seed(each.name, plain)
    for name, value in _BY_HAND.items():
        yield _seed(name, json.dumps(value).encode())
    yield Seed(name="yaml", suffix=".yaml", data=_COMPOSED)
    yield from _packed_otherwise()


def small_persona() -> Persona:
    """A persona with something in every field."""
    return build_persona(as_table(_DOCUMENT), source="")


def without_ours(raw: Any, path: Sequence[str]) -> Any:  # Any: JSON
    """JSON without the persona that travels in it, nor tables that were made for it."""
    if not isinstance(raw, dict) or not path or path[0] not in raw:
        return raw
    inner = raw[path[0]]
    if len(path) > 1:
        inner = without_ours(inner, path[1:])
    elif isinstance(inner, dict):
        inner = {key: value for key, value in inner.items() if key != _OURS}
    rest = {key: value for key, value in raw.items() if key != path[0]}
    return rest if inner == {} else {**raw, path[0]: inner}


def holds_ours(raw: Any, path: Sequence[str]) -> bool:  # Any: JSON
    """Whether a persona of ours travels in JSON."""
    for key in path:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return isinstance(raw, dict) and bool(path) and _OURS in raw


def _foreign_alone(foreign: Layout, data: bytes) -> bytes:
    """The file as another program would have written it."""
    archive = foreign.unpack(data, Report())
    raw = without_ours(archive.raw, foreign.EXTENSION_PATH)
    return foreign.pack(Archive(raw=raw, files=archive.files), Report())


def _packed_otherwise() -> Iterator[Seed]:
    """A card as other programs pack one: in Exif comments, in archives, in another encoding."""
    text = json.dumps(_CARD, ensure_ascii=False)
    plain = text.encode()
    comments = (text, base64.b64encode(plain).decode(), ",".join(map(str, plain)))
    for comment in comments:
        exif = with_comment(b"", comment)
        yield Seed(name="card-v2-png", suffix=".png", data=with_exif(_PIXEL, exif))
        yield Seed(name="card-v2-png", suffix=".webp", data=_webp(exif))
        yield Seed(name="card-v2-png", suffix=".jpg", data=_jpeg(exif))
    faraday = {"character": {"aiName": "Ada", "aiPersona": "{character} counts."}, "version": 4}
    encoded = base64.b64encode(json.dumps(faraday).encode()).decode()
    yield Seed(name="faraday-png", suffix=".png", data=with_exif(_PIXEL, with_comment(b"", encoded)))
    yield Seed(name="card-v2", suffix=".json", data=text.encode("cp1252"))
    yield Seed(name="card-v2", suffix=".json", data=text.encode("utf-16"))
    yield Seed(name="card-v2", suffix=".json.gz", data=gzip.compress(plain, mtime=0))
    yield _seed("card-v2", plain)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("gallery/1.png", _PIXEL)
        archive.writestr("card.v2.json", plain)
    yield _seed("card-v2", buffer.getvalue())


def _webp(exif: bytes) -> bytes:
    chunks = b"".join(
        kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
        for kind, body in ((b"VP8X", b"\x08" + bytes(9)), (b"EXIF", exif))
    )
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def _jpeg(exif: bytes) -> bytes:
    segment = b"Exif\0\0" + exif
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + b"\xff\xd9"


# ── where the JSON is ────────────────────────────────────────────────────────────────────────


def _seed(name: str, data: bytes) -> Seed:
    suffix = suffix_of(find(name))
    if data.startswith(b"PK"):
        return Seed(name=name, suffix=suffix, data=data, texts=_of_zip(data), put=partial(_into_zip, data))
    if exif_in(data):
        texts = {"": comment_of(exif_in(data)[0]) or ""}
        return Seed(name=name, suffix=suffix, data=data, texts=texts, put=partial(_into_exif, data))
    if data.startswith(b"\x89PNG"):
        return Seed(name=name, suffix=suffix, data=data, texts=_of_png(data), put=partial(_into_png, data))
    try:
        texts = {"": json.dumps(json.loads(data))}
    except ValueError:
        texts = {}
    return Seed(name=name, suffix=suffix, data=data, texts=texts)


def _of_zip(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".json")}


def _into_zip(data: bytes, place: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = text.encode("utf-8", "surrogatepass") if name == place else old.read(name)
            new.writestr(name, content)
    return buffer.getvalue()


def _of_png(data: bytes) -> dict[str, str]:
    texts = texts_in(data, chunks_of(data, Report()), lambda name: name in ("chara", "ccv3"), Report())
    return {text.keyword: base64.b64decode(text.data).decode() for text in texts}


def _into_png(data: bytes, place: str, text: str) -> bytes:
    texts = {**_of_png(data), place: text}
    encoded = [
        (name, base64.b64encode(each.encode("utf-8", "surrogatepass"))) for name, each in texts.items()
    ]
    return with_texts(_PIXEL, encoded)


def _into_exif(data: bytes, place: str, text: str) -> bytes:
    return with_exif(data, with_comment(b"", text))


# ── what is in them ──────────────────────────────────────────────────────────────────────────

_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
_DOCUMENT: dict[str, Any] = {
    "roleagent": 1,
    "id": "ada",
    "name": "Ada",
    "nickname": "Countess",
    "language": "en",
    "summary": "You are Ada, who counts.",
    "personality": "Exact.",
    "scenario": "A library.",
    "greeting": "Good day, {{user}}.",
    "greetings": ["Hello."],
    "group_greetings": ["Hello, all."],
    "system_prompt": "{{original}}",
    "post_history_instructions": "Be brief.",
    "speech": ["Short sentences."],
    "rules": ["Never guesses."],
    "fall_backs": ["I do not know."],
    "examples": [{"user": "How many?", "reply": "Seven."}],
    "horizon": {"until": "1852-11-27", "unknown": ["telephone"]},
    "chapters": [{"id": "youth", "date": "1833", "title": "Youth"}],
    "lorebooks": [
        {
            "name": "Engines",
            "entries": [
                {"id": "1", "keys": ["engine", "mill"], "content": "It counts."},
                {"id": "2", "keys": ["/cog(s)?/i"], "use_regex": True, "content": "@@depth 3\nBrass."},
                {"id": "3", "constant": True, "content": "It is 1843."},
            ],
        }
    ],
    "assets": [{"kind": "icon", "name": "main", "ext": "png", "uri": data_uri(_PIXEL, "image/png")}],
    "credits": {"creator": "me", "notes": "Kind.", "tags": ["maths"], "created_at": 1_700_000_000},
    "renderings": {"zh": {"name": "艾达", "summary": "你是艾达。", "labels": {"babbage": "巴贝奇"}}},
    "extensions": {"another": '{"kept": [1, null]}'},
    "relations": {"computes": {"text": {"en": "{subject} computes {object}."}}},
    "nodes": [
        {"id": "ada", "type": "person", "label": "Ada"},
        {"id": "babbage", "type": "person", "label": "Babbage", "aliases": ["Charles"]},
        {"id": "trait:exact", "type": "trait", "label": "exact"},
        {"id": "london", "type": "place", "label": "London", "description": "A city."},
    ],
    "edges": [
        {"source": "ada", "relation": "friend_of", "target": "babbage", "valid_from": "1833-06-05"},
        {"source": "ada", "relation": "has_trait", "target": "trait:exact", "fixed": True},
        {"source": "ada", "relation": "lives_in", "target": "london", "valid_to": "1852", "confidence": 0.9},
        {"source": "ada", "relation": "born_on", "value": "1815-12-10"},
        {"source": "ada", "relation": "computes", "value": "Bernoulli numbers", "visibility": "secret"},
        {"source": "ada", "relation": "knows", "value": "gambling", "visibility": ["babbage"]},
    ],
}
_CARD: dict[str, Any] = {
    "spec": "chara_card_v2",
    "spec_version": "2.0",
    "data": {
        "name": "Zoë",
        "description": "Café – {{char}} has {{roll:1d20+3}} {{getvar::x}} {{#if scenario}}a{{else}}b{{/if}}.",
        "first_mes": "{{time}} “Hi.”",
        "mes_example": "<START>\n{{char}}: One.\n<START>\n*Two.*",
        "character_book": {
            "token_budget": -1,
            "scan_depth": -1,
            "entries": [{"keys": ["a"], "content": "b"}],
        },
    },
}
_COMPOSED = b"""roleagent: 1
extends: [holmes]
id: other
name: Other
summary: You are another.
remove: [london]
"""
_BY_HAND: dict[str, Any] = {
    "letta": {
        "agent_type": "memgpt_agent",
        "core_memory": [
            {"label": "human", "value": "Chad.", "limit": 9},
            {"label": "persona", "value": "I am Sam."},
        ],
        "created_at": "2025-04-01T03:47:27",
        "messages": [{"role": "user", "content": "Hi"}],
        "name": "sam",
        "tags": ["a"],
    },
    "card-v3": {
        "spec": "chara_card_v3",
        "spec_version": "3.0",
        "data": {
            "name": "Ada",
            "description": "Counts.",
            "tags": ["a"],
            "assets": [{"type": "icon", "uri": "ccdefault:", "name": "main", "ext": "png"}],
            "extensions": {
                "depth_prompt": {"prompt": "Count.", "depth": 4, "role": "system"},
                "additional_lorebooks": [{"name": "b", "entries": [{"keys": ["a"], "content": "b"}]}],
                "chub": {"linked_lorebooks": [{"path": "a/b"}]},
            },
        },
    },
    "eliza": {
        "name": "Ada",
        "bio": ["Counts."],
        "messageExamples": [
            [{"name": "a", "content": {"text": "b"}}, {"name": "Ada", "content": {"text": "c"}}]
        ],
        "knowledge": ["a", {"path": "b", "shared": True}, {"item": {"case": "path"}}],
        "style": {"all": ["a"], "chat": ["b"], "post": ["c"]},
        "settings": {"voice": {"model": "x"}, "secrets": {"KEY": "y"}},
    },
    "tinytroupe": {
        "type": "TinyPerson",
        "persona": {
            "name": "Oscar",
            "age": 30,
            "occupation": {"title": "Architect", "organization": "A", "description": "You draw."},
            "personality": {"traits": ["a"], "big_five": {"openness": "High. Very."}},
            "preferences": {"interests": ["a"], "likes": ["b"], "dislikes": ["c"]},
            "behaviors": {"general": ["a"], "routines": {"morning": ["b"]}},
            "relationships": [{"name": "Lisa", "description": "Kind."}],
            "health": {"a": "b"},
            "style": {"a": ["b"]},
            "other_facts": ["You draw.", "I sing."],
        },
    },
}  # fmt: skip
