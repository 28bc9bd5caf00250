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
_BINARY = (b"\x89PNG", b"PK\x03\x04", b"\xff\xd8\xff")
_OUR_YAML = re.compile(rb"^roleagent[ \t]*:", re.MULTILINE)


def foreign_format_of(data: bytes) -> ForeignFormat | None:
    """The other program's format a file is in; None for one of our own, or one that nobody knows."""
    if _OUR_YAML.search(data) or data.lstrip()[:1] == b"<":
        return None
    raw = None if data.startswith(_BINARY) else _plain_value(data)
    if _is_ours(raw):
        return None
    return next((each for each in foreign_formats() if each.recognises(data, raw)), None)


def own_format_of(text: str, suffix: str) -> str:
    """The name of the format of our own that a text is in: by its suffix, else by how it begins."""
    for name, (_, suffixes) in OWN.items():
        if suffix.lower() in suffixes:
            return name
    return {"<": "graphml", "{": "node-link"}.get(text.lstrip()[:1], "yaml")


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
