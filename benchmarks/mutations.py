"""Ways to damage a file: its bytes, its text, or single values of its JSON. Each is given by a generator."""

from __future__ import annotations

import json
import random
import re
from typing import Any

Json = Any  # Any: JSON

MAX_BYTES = 4_000_000  # of a damaged file; whatever grows beyond is cut
_DEEP = 3_000
_MANY = 1_000  # tables and lists in one JSON
_TOKENS = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\r", b"\t", b"{", b"}", b"[", b"]", b'"', b":",
    b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\0", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n",
)  # fmt: skip
_JSON_VALUES = (
    "null", "true", "false", '""', "[]", "{}", "0", "-1", "1e308", "1e999", "-0.5", "NaN", "-Infinity",
    "1" + "0" * 400, "9" * 5_000, '"\\ud800"', '"\\u0000"', '"\\ufffe"', '"1e308"', '"true"', '"2020-13-45"',
    '"../../x"', '"data:image/png;base64,AAAA"', '"data:,x"', '"(a+)+$"', '"/(a|a)*b/i"', '"{{char}}"',
    '"@@depth 99999999999999999999"', '"<START>\\n{{user}}: a\\n{{char}}: b"', '[[[["deep"]]]]',
    '{"id": {"id": []}}', '[null, 1, "a", {}, []]',
    json.dumps("x" * 300_000), json.dumps("a," * 20_000), json.dumps("<START>\n" * 20_000),
    "[" * 60 + "]" * 60, "[" * _DEEP + "]" * _DEEP, '{"a":' * _DEEP + "1" + "}" * _DEEP,
    "[" + "0," * 20_000 + "0]", "[" + '{"id": "a", "keys": ["a"]},' * 12_000 + "{}]",
)  # fmt: skip
_TEXT_PIECES = (
    "&a [*a, *a]", "*a", "!!python/name:os.system x", "!!binary AAAA", "<<: {a: 1}", "? [a]\n: b", "- " * 500,
    "[" * _DEEP, "{a: " * _DEEP, "'", '"', "|\n", "\t", "---\n", "...\n", "%YAML 9.9\n", "\u2028", "\ufeff",
    "\x85",
    '<!DOCTYPE a [<!ENTITY b "c">]>', "&b;", "&#0;", "&#xd800;", "<![CDATA[", "<!--", "<a>" * _DEEP, "</a>",
    'xmlns:a="b"', "<a b='c' b='d'/>", "@prefix : <x> .", "<urn:a> <urn:b> ", '"""', "\\u", "\\U00110000",
    "[ " * _DEEP, "( " * _DEEP, ";", ".", ",", ",,,,,,,,", "\\", "null", "~", "0x1F", "1e999", "9" * 5_000,
    "\x00",
    "x" * 300_000, '{"@id": "a", "@value": 1}', '{"@context": "http://example.org/x"}', "# roleagent {",
)  # fmt: skip
_WORD = re.compile(r'"[^"\n]{0,200}"|[\w.+-]+')


def damaged_bytes(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """Some bytes of a file changed, taken out, said twice, or put in from another file."""
    for _ in range(rng.choice((1, 1, 1, 2, 4, 8))):
        data = rng.choice(_OF_BYTES)(data, other, rng)[:MAX_BYTES]
    return data


def damaged_text(text: str, rng: random.Random) -> str:
    """Some words or lines of a text changed."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        text = rng.choice(_OF_TEXT)(text, rng)[:MAX_BYTES]
    return text


def damaged_json(text: str, rng: random.Random) -> str:
    """JSON in which some values or keys are others; the result may be more than JSON allows."""
    tree = json.loads(text)
    raw: list[str] = []
    for _ in range(rng.choice((1, 1, 1, 2, 4, 8))):
        tree = _with_damage(tree, rng, raw)
    made = json.dumps(tree, ensure_ascii=rng.random() < 0.5)
    for number, value in enumerate(raw):
        token, most = f'"@@{number}@@"', max(1, MAX_BYTES // len(value))
        made = made.replace(token, value, most).replace(token, "0")
    return made.replace("@@again", "")[:MAX_BYTES]


# ── bytes ────────────────────────────────────────────────────────────────────────────────────


def _span(length: int, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(length + 1)
    return start, min(length, start + rng.choice((1, 4, 16, 64, 256, 4096)))


def _flipped(data: bytes, other: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 2, 8, 32)) if changed else 0):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _cut(data: bytes, other: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _without_part(data: bytes, other: bytes, rng: random.Random) -> bytes:
    start, end = _span(len(data), rng)
    return data[:start] + data[end:]


def _repeated(data: bytes, other: bytes, rng: random.Random) -> bytes:
    start, end = _span(len(data), rng)
    return data[:start] + data[start:end] * rng.choice((2, 3, 50, 1_000)) + data[end:]


def _spliced(data: bytes, other: bytes, rng: random.Random) -> bytes:
    start, end = _span(len(other), rng)
    place, _ = _span(len(data), rng)
    return data[:place] + other[start:end] + data[place:]


def _with_token(data: bytes, other: bytes, rng: random.Random) -> bytes:
    start, _ = _span(len(data), rng)
    token = rng.choice(_TOKENS)
    return data[:start] + token + data[start + rng.choice((0, len(token))) :]


_OF_BYTES = (_flipped, _flipped, _cut, _without_part, _repeated, _spliced, _with_token)


# ── text ─────────────────────────────────────────────────────────────────────────────────────


def _with_piece(text: str, rng: random.Random) -> str:
    place = rng.randrange(len(text) + 1)
    return text[:place] + rng.choice(_TEXT_PIECES) + text[place:]


def _with_word(text: str, rng: random.Random) -> str:
    words = list(_WORD.finditer(text))
    if not words:
        return text
    word = rng.choice(words)
    pieces = (*_TEXT_PIECES, *_JSON_VALUES, rng.choice(words)[0], "")
    return text[: word.start()] + rng.choice(pieces) + text[word.end() :]


def _with_lines_moved(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True) or [""]
    line = rng.choice(lines)
    line *= min(rng.choice((1, 1, 2, 500)), 1 + MAX_BYTES // (len(line) + 1))
    if rng.random() < 0.5:
        lines.pop(rng.randrange(len(lines)))
    lines.insert(rng.randrange(len(lines) + 1), rng.choice(("", "", "  ", "\t")) + line)
    return "".join(lines)


_OF_TEXT = (_with_piece, _with_word, _with_word, _with_lines_moved)


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────


def _with_damage(tree: Json, rng: random.Random, raw: list[str]) -> Json:
    """The tree with one value or key damaged; raw text stands for itself, by its number."""
    holders = list(_holders(tree))
    if not holders:
        return _raw(rng.choice(_JSON_VALUES), raw)
    holder = rng.choice(holders)
    key = rng.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    kind = rng.random()
    if kind < 0.6:
        holder[key] = _raw(rng.choice(_JSON_VALUES), raw)
    elif kind < 0.7:
        del holder[key]
    elif kind < 0.8:
        other = rng.choice(holders)
        holder[key] = json.loads(json.dumps(other))
    elif isinstance(holder, list):
        holder += [holder[key]] * (1 if len(holders) > _MANY else rng.choice((1, 3, 200)))
    elif kind < 0.9:
        holder[f"{key}@@again"] = _raw(rng.choice(_JSON_VALUES), raw)
    else:
        holder[rng.choice(("", "id", "\u0000", "x" * 3_000, "a.b", "roleagent", "__class__"))] = holder.pop(
            key
        )
    return tree


def _holders(tree: Json) -> list[Json]:
    """All tables and lists that are not empty."""
    found, waiting = [], [tree]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict | list) and value:
            found.append(value)
            waiting += value.values() if isinstance(value, dict) else value
    return found


def _raw(value: str, raw: list[str]) -> str:
    raw.append(value)
    return f"@@{len(raw) - 1}@@"
