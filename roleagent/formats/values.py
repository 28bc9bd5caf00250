"""Values of other programs' files: JSON in and out, texts, lists and tables, ``data:`` addresses, passwords.

Whatever a file holds, these functions return a value that fits a persona document, and report what was wrong.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from roleagent.formats.format import Archive, Report
from roleagent.formats.text import decoded_text
from roleagent.persona.problems import MAX_DEPTH, Place, ReadError, Row, Table

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_TEXT = 200_000  # characters of a text in a document
MAX_LABEL = 2_000
_LONGEST_INDENTED = 4_000_000  # characters
_START = Place(1, 1)
_NESTING = (dict, list)  # compared by class, not by `isinstance`: files have millions of values
_NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_OF_WINDOWS = re.compile(r"[\x80-\x9f]")
_WINDOWS = dict(enumerate(bytes(range(0x80, 0xA0)).decode("cp1252", "replace"), start=0x80))
_DATA_URI = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w=-]+)*?(;base64)?,")


# ── JSON in and out ──────────────────────────────────────────────────────────────────────────


def parse_json(data: bytes, report: Report | None = None, *, what: str = "the file") -> Any:  # Any: JSON
    """Read JSON of any kind and encoding; see `decoded_text`.

    Raises:
        ReadError: it is not text, not JSON, or nested more than MAX_DEPTH levels deep.
    """
    text = decoded_text(data, what, report)
    try:
        return check_depth(json.loads(text))
    except json.JSONDecodeError as error:
        place = Place(error.lineno, error.colno)
        raise ReadError(f"{what} is not well-formed JSON: {error.msg}", place) from error
    except (RecursionError, ValueError) as error:
        raise ReadError(f"{what} cannot be read as JSON: {error}", _START) from error


def check_depth(value: Any) -> Any:  # Any: JSON
    """The value unchanged, if it is not nested too deep.

    Raises:
        ReadError: more than MAX_DEPTH levels.
    """
    level = [value] if value.__class__ in _NESTING else []
    for _ in range(MAX_DEPTH):
        children = (each.values() if each.__class__ is dict else each for each in level)
        level = [child for each in children for child in each if child.__class__ in _NESTING]
        if not level:
            return value
    raise ReadError(f"nested more than {MAX_DEPTH} levels deep", _START)


def dump_json(value: object, *, indent: int | None = 2) -> str:
    """JSON text without escapes, except for characters that no document may hold."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    return _NOT_IN_TEXT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def json_bytes(value: object, *, indent: int | None = 2) -> bytes:
    """JSON as the bytes of a file; large JSON is written without indentation."""
    text = dump_json(value, indent=indent)
    return (text if len(text) <= _LONGEST_INDENTED else dump_json(value, indent=None)).encode("utf-8")


def as_table(value: Any) -> Any:  # Any: JSON
    """JSON as the tables and rows that `build_persona` takes, all at the same place."""
    if isinstance(value, Mapping):
        table = Table(_START)
        for key, item in value.items():
            table.put(str(key), as_table(item), key_place=_START, value_place=_START)
        return table
    if isinstance(value, list | tuple):
        row = Row(_START)
        for item in value:
            row.put(as_table(item), value_place=_START)
        return row
    return value


# ── values of a file that cannot be trusted ──────────────────────────────────────────────────


def text_of(table: Mapping[str, Any], key: str, where: str, report: Report, *, limit: int = MAX_TEXT) -> str:
    """A text under a key, fit for a document; empty if there is none; reported if it is not text.

    Beyond `limit` characters it is cut off, and reported.
    """
    value = table.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        report.warn(f"{where}{key}", f"is {type(value).__name__}, not text: left out of the persona")
        return ""
    text = clean_text(str(value))
    if num := num_unclean(str(value)):
        report.warn(f"{where}{key}", f"holds {num} characters that no text may hold: left out")
    if len(text) > limit:
        report.warn(f"{where}{key}", f"is longer than {limit} characters: the rest is left out")
    return text[:limit].rstrip()


def texts_of(
    table: Mapping[str, Any], key: str, where: str, report: Report, *, limit: int = MAX_TEXT
) -> list[str]:
    """A list of texts under a key; a single text counts as a list of one, reported."""
    value = table.get(key)
    if value is None or value == "":
        return []
    if isinstance(value, str):
        report.warn(f"{where}{key}", "is a text, not a list: taken as a list of one")
        value = [value]
    if not isinstance(value, list):
        report.warn(f"{where}{key}", f"is {type(value).__name__}, not a list: left out of the persona")
        return []
    texts = []
    for index, item in enumerate(value):
        name = f"{key}[{index}]"
        text = text_of({name: item}, name, where, report, limit=limit)
        if text:
            texts.append(text)
    return texts


def table_of(table: Mapping[str, Any], key: str, where: str, report: Report) -> dict[str, Any]:
    """A table under a key; empty if there is none; reported if it is something else."""
    value = table.get(key)
    if isinstance(value, dict):
        return value
    if value is not None:
        report.warn(f"{where}{key}", f"is {type(value).__name__}, not a table: left out of the persona")
    return {}


def clean_text(text: str) -> str:
    """Text without the characters that a document may not hold, and without blanks at its ends.

    Control characters from U+0080 on are read as Windows-1252, as in HTML: U+0096 is a dash.
    """
    return _NOT_IN_TEXT.sub("", _in_one_encoding(text)).strip()


def num_unclean(text: str) -> int:
    """How many characters `clean_text` takes out of a text."""
    return len(_NOT_IN_TEXT.findall(_in_one_encoding(text)))


def _in_one_encoding(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.translate(_WINDOWS) if _OF_WINDOWS.search(text) else text


# ── data URIs ────────────────────────────────────────────────────────────────────────────────


def data_uri(data: bytes, media_type: str = "application/octet-stream") -> str:
    """Bytes as a ``data:`` address."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def bytes_of(uri: str) -> bytes | None:
    """The bytes of a base64 ``data:`` address; None for any other address, or a damaged one."""
    match = _DATA_URI.match(uri)
    if match is None or not match[2]:
        return None
    try:
        return base64.b64decode(uri[match.end() :], validate=True)
    except (binascii.Error, ValueError):
        return None


# ── passwords and keys ───────────────────────────────────────────────────────────────────────────

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_TABLES = frozenset({"secrets", "env", "environment variables", "tool exec environment variables"})
_SECRETS = frozenset(
    {"secret", "password", "passwd", "passphrase", "mnemonic", "authorization", "cookie", "credential",
     "credentials", "token", "bearer"}
)  # fmt: skip
_KEYS = frozenset({"api", "private", "access", "secret", "signing", "encryption", "auth"})
_OURS = "roleagent"


def without_credentials(value: Any, report: Report, where: str = "") -> Any:  # Any: JSON
    """A copy of a JSON value without passwords and keys, recognised by their names; each is reported.

    The report never holds a secret or its length.
    """
    if isinstance(value, list):
        items = enumerate(value)
        return [without_credentials(item, report, f"{where}[{index}]") for index, item in items]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, item in value.items():
        path = f"{where}.{key}" if where else str(key)
        if item not in (None, "", [], {}) and not isinstance(item, bool) and names_credential(str(key)):
            report.lost(path, "may be a password or a key: it is not read, and stays in the file it was in")
        else:
            kept[key] = item if key == _OURS else without_credentials(item, report, path)
    return kept


def names_credential(name: str) -> bool:
    """Whether the name of a key says that its value is secret.

    >>> [names_credential(name) for name in ("OPENAI_API_KEY", "secrets", "max_tokens", "keywords")]
    [True, True, False, False]
    """
    words = [word.casefold() for word in _WORDS.findall(name)]
    if not words:
        return False
    is_key = words[-1] == "key" and len(words) > 1 and words[-2] in _KEYS
    return " ".join(words) in _TABLES or words[-1] in _SECRETS or words[-1] == "apikey" or is_key


# ── files that are one JSON table ────────────────────────────────────────────────────────────────

MAX_JSON_BYTES = 16 * 1024 * 1024
MAX_ITEMS = 10_000  # of one list in a file


def unpack_table(data: bytes, report: Report | None = None) -> Archive:
    """A file that is a JSON table.

    Raises:
        ReadError: it is not one, or larger than MAX_JSON_BYTES.
    """
    return Archive(raw=check_table(parse_json(check_size(data), report)))


def check_size(data: bytes) -> bytes:
    """The bytes unchanged, if they are few enough for a JSON file.

    Raises:
        ReadError: there are more than MAX_JSON_BYTES.
    """
    if len(data) > MAX_JSON_BYTES:
        raise ReadError(f"holds more than {MAX_JSON_BYTES // 1024**2} MB of JSON", Place(1, 1))
    return data


def check_table(raw: Any) -> dict[str, Any]:  # Any: JSON
    """The value unchanged, if it is a table.

    Raises:
        ReadError: it is not one.
    """
    if not isinstance(raw, dict):
        raise ReadError(f"the file holds {type(raw).__name__}, not a table of keys and values", Place(1, 1))
    return raw


def items_of(table: Mapping[str, Any], key: str, where: str, report: Report) -> list[Any]:  # Any: JSON
    """A list under a key; empty if there is none; reported if it is something else or very long."""
    found = table.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        report.warn(f"{where}{key}", f"is {type(found).__name__}, not a list: left out of the persona")
        return []
    if len(found) > MAX_ITEMS:
        report.warn(f"{where}{key}", f"has {len(found)} items: those after {MAX_ITEMS} are left out")
    return found[:MAX_ITEMS]


def pack_table(raw: Mapping[str, Any]) -> bytes:
    """A JSON table as a file."""
    return json_bytes(raw) + b"\n"


def default_summary(name: str) -> str:
    """The summary of a character if a file says nothing but the name."""
    return f"You are {name}."


def told_summary(document: Mapping[str, Any]) -> str:
    """The summary, if it says more than the name."""
    summary = str(document["summary"])
    return "" if summary == default_summary(document["name"]) else summary
