"""Which format is a file in? Told by its content, not by its name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from roleagent.formats import added, built_in, find
from roleagent.formats.foreign import check_depth
from roleagent.formats.format import Format
from roleagent.formats.text import decoded_text
from roleagent.formats.yaml_file import read as read_yaml
from roleagent.persona.problems import Place, ReadError

_OURS = "roleagent"
_BINARY = (b"\x89PNG", b"PK\x03\x04", b"\xff\xd8\xff", b"RIFF")
_NOT_TO_BE_PARSED_TWICE = (
    re.compile(rb"^roleagent[ \t]*:", re.MULTILINE),  # YAML
    re.compile(  # node-link JSON as we write it
        rb'\s*\{\s*(?:"(?:directed|multigraph)"\s*:\s*\w+\s*,\s*)*(?:"graph"\s*:\s*\{\s*)?"roleagent"\s*:'
    ),
    re.compile(rb"\s*<(?:\?xml|!|\w+[\s>/])"),  # XML
    re.compile(rb'\s*\{\s*"@context"\s*:\s*\{\s*"@vocab"\s*:\s*"urn:roleagent:ns:"'),  # JSON-LD
    re.compile(rb"(?:\s*@prefix[^\n]*\n)+\s*<urn:roleagent:persona:"),  # Turtle
    re.compile(rb'[ \t]*"?[ \t]*# roleagent \{'),  # CSV
)
_START = Place(1, 1)
_CARDS_IN = "Cards are read from text chunks of PNG pictures, and from the Exif comment of PNG, JPEG and WebP"
_PICTURES = (
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "a WebP picture"),
    (re.compile(rb"GIF8[79]a"), "a GIF picture"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "an AVIF picture"),
    (re.compile(rb"....ftyp(?:hei[cxms]|hev[cx]|mif1|msf1)", re.DOTALL), "a HEIC picture"),
    (re.compile(rb"BM.{12}\x28\0\0\0", re.DOTALL), "a BMP picture"),
    (re.compile(rb"II\*\0|MM\0\*"), "a TIFF picture"),
)
_BINARIES = {
    b"PK\x03\x04": "a ZIP archive without a card", b"PK\x05\x06": "an empty ZIP archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive", b"Rar!\x1a\x07": "a RAR archive", b"%PDF-": "a PDF file",
    b"SQLite format 3\0": "an SQLite database", b"RIFF": "a RIFF file (sound or film)",
    b"OggS": "a sound file", b"ID3": "a sound file",
    b"\x1f\x8b": "a gzip file in a gzip file", b"GGUF": "a language model (GGUF)",
}  # fmt: skip
_AS_CARD = "Export the character there as a Tavern card (PNG or JSON)"
_UNREAD = (
    ({"gamestarted", "actions"}, f"a story of KoboldAI or KoboldAI Lite, not a character. {_AS_CARD}"),
    ({"memory", "worldinfo"}, f"a story of KoboldAI or KoboldAI Lite, not a character. {_AS_CARD}"),
    ({"persona", "sampleChat"}, f"an Agnai character, which is not read. {_AS_CARD}"),
    ({"persona", "greeting", "scenario"}, f"an Agnai character, which is not read. {_AS_CARD}"),
    ({"storyContainerVersion"}, "a NovelAI story, not a character. Export its lorebook"),
    ({"scenarioVersion"}, "a NovelAI scenario, not a character. Export its lorebook"),
    ({"user_name", "character_name", "create_date"}, "a SillyTavern chat, not a character"),
    ({"personas", "persona_descriptions"}, "a backup of SillyTavern's user personas, not a character"),
    ({"prompts", "prompt_order"}, "a preset of SillyTavern's prompts, not a character"),
)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def format_of(data: bytes, suffix: str) -> Format:
    """The format that a file is in: by its content, by its suffix, or by how its text begins; else YAML.

    Raises:
        ReadError: it is a file that holds a character, or might, in a format that is not read.
    """
    found = recognised(data)
    if found is not None:
        return found
    refuse_unread(data)
    return _text_format_of(data, suffix)


def recognised(data: bytes) -> Format | None:
    """The format of a file by its content; None for one of our own formats, or an unknown one.

    Formats that an app or an installed package added are asked before the built-in ones.
    """
    is_binary = data.startswith(_BINARY)
    if not is_binary and _is_plainly_ours(data.removeprefix(_BYTE_ORDER_MARK)):
        return None
    raw = None if is_binary else _plain_value(data)
    if _is_ours(raw):
        return None
    formats = chain(added(), built_in())
    return next((each for each in formats if each.recognises and each.recognises(data, raw)), None)


def refuse_unread(data: bytes) -> None:
    """Say what a file is that holds a character, or might, and yet is not read.

    Raises:
        ReadError: it is such a file.
    """
    kind = next((kind for mark, kind in _PICTURES if mark.match(data)), "")
    if kind:
        raise ReadError(f"is {kind} without a card. {_CARDS_IN}", _START)
    kind = next((kind for mark, kind in _BINARIES.items() if data.startswith(mark)), "")
    if kind:
        raise ReadError(f"is {kind}, not a persona", _START)
    text = data.removeprefix(_BYTE_ORDER_MARK)
    raw = None if text.lstrip()[:1] != b"{" or _is_plainly_ours(text) else _plain_value(data)
    if isinstance(raw, Mapping) and not _is_ours(raw):
        kind = next((kind for keys, kind in _UNREAD if keys <= raw.keys()), "")
        if kind:
            raise ReadError(f"is {kind}", _START)


def _text_format_of(data: bytes, suffix: str) -> Format:
    """The format without marks of its own that a text is in."""
    try:
        text = decoded_text(data, "the file")
    except ReadError:
        text = ""  # the reader says what is wrong
    if text.lstrip()[:1] == "{" and _begins_as(find("json-ld"), text):  # whose files are often called .json
        return find("json-ld")
    by_suffix = (each for each in _without_marks() if suffix.lower() in each.suffixes)
    by_opening = (each for each in _without_marks() if _begins_as(each, text))
    return next(by_suffix, None) or next(by_opening, None) or find("yaml")


def _without_marks() -> Iterator[Format]:
    return (each for each in chain(built_in(), added()) if each.read and not each.recognises)


def _begins_as(format_: Format, text: str) -> bool:
    return format_.opening is not None and format_.opening.match(text) is not None


def _is_plainly_ours(data: bytes) -> bool:
    first, *others = _NOT_TO_BE_PARSED_TWICE
    return first.search(data) is not None or any(each.match(data) for each in others)


def _plain_value(data: bytes) -> Any:  # Any: JSON
    """The JSON or YAML value of a file; None where it is neither."""
    try:
        text = decoded_text(data, "the file").lstrip()
        return check_depth(json.loads(text)) if text[:1] in ("{", "[", '"') else read_yaml(text)
    except (ValueError, RecursionError, ReadError):
        return None


def _is_ours(raw: object) -> bool:
    if not isinstance(raw, Mapping):
        return False
    inner = raw.get("graph")
    return _OURS in raw or (isinstance(inner, Mapping) and _OURS in inner)
