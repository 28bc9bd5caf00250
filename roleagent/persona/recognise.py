"""Which format is a file in? Told by its content, not by its name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from roleagent.persona.formats import OWN, foreign_formats
from roleagent.persona.formats.foreign import ForeignFormat, check_depth
from roleagent.persona.formats.yaml_file import read as read_yaml
from roleagent.persona.places import ReadError

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
    re.compile(rb"# roleagent \{"),  # CSV
)
_OPENINGS = {  # of the text, where no suffix tells the format
    "gexf": re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<gexf\b"),
    "turtle": re.compile(r"\s*(?:@prefix\b|<\S*>\s+<)"),
    "graphml": re.compile(r"\s*<"),
    "json-ld": re.compile(r'\s*\{\s*"@context"'),
    "node-link": re.compile(r"\s*\{"),
    "csv": re.compile(r"# roleagent \{"),
}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def foreign_format_of(data: bytes) -> ForeignFormat | None:
    """The other program's format a file is in; None for one of our own, or one that nobody knows."""
    is_binary = data.startswith(_BINARY)
    if not is_binary and _is_plainly_ours(data.removeprefix(_BYTE_ORDER_MARK)):
        return None
    raw = None if is_binary else _plain_value(data)
    if _is_ours(raw):
        return None
    return next((each for each in foreign_formats() if each.recognises(data, raw)), None)


def own_format_of(text: str, suffix: str) -> str:
    """The name of the format of our own that a text is in: by its suffix, or by how it begins."""
    if _OPENINGS["json-ld"].match(text):
        return "json-ld"  # whose files are often called .json
    for name, (_, suffixes) in OWN.items():
        if suffix.lower() in suffixes:
            return name
    return next((name for name, pattern in _OPENINGS.items() if pattern.match(text)), "yaml")


def _is_plainly_ours(data: bytes) -> bool:
    first, *others = _NOT_TO_BE_PARSED_TWICE
    return first.search(data) is not None or any(each.match(data) for each in others)


def _plain_value(data: bytes) -> Any:  # Any: JSON
    """The JSON or YAML value of a file; None where it is neither."""
    text = data.decode("utf-8-sig", errors="replace").lstrip()
    try:
        return check_depth(json.loads(text)) if text[:1] in ("{", "[", '"') else read_yaml(text)
    except (ValueError, RecursionError, ReadError):
        return None


def _is_ours(raw: object) -> bool:
    if not isinstance(raw, Mapping):
        return False
    inner = raw.get("graph")
    return _OURS in raw or (isinstance(inner, Mapping) and _OURS in inner)
