"""The head of a GGUF file: which control tokens and which chat template the model has.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from roleagent.errors import ModelError
from roleagent.models.control_tokens import COMMON_MARKERS, ControlTokens, is_marker, markers_of_template

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_LENGTH = struct.Struct("<Q")
_UNKNOWN, _CONTROL, _USER_DEFINED = 2, 3, 4  # token types that llama.cpp looks for in plain text


def control_tokens(path: Path) -> ControlTokens:
    """The control tokens of a GGUF file: those of its vocabulary, and what its chat template writes.

    Raises:
        ModelError: the file's head cannot be read.
    """
    head = read_head(path, ("tokenizer.ggml.tokens", "tokenizer.ggml.token_type", "tokenizer.chat_template"))
    words, types = head.get("tokenizer.ggml.tokens", []), head.get("tokenizer.ggml.token_type", [])
    template = head.get("tokenizer.chat_template") or "<|im_start|><|im_end|>"  # llama.cpp's own default
    markers = {
        word
        for word, kind in zip(words, [*types, *[0] * len(words)], strict=False)
        if kind in (_UNKNOWN, _CONTROL)
        or (kind == _USER_DEFINED and is_marker(word))
        or word[:2] in ("<|", "<\uff5c")  # llama.cpp takes such words for control tokens, whatever their type
        or word in COMMON_MARKERS
    }
    return ControlTokens(markers | markers_of_template(template))


def read_head(path: Path, keys: Collection[str]) -> dict[str, Any]:  # Any: what the file's types say
    """The named entries of a file's head; missing ones are left out.

    Raises:
        ModelError: it is not a GGUF file of version 2 or 3, or it is cut short.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _Head(data).entries(keys)
    except (OSError, ValueError, struct.error) as error:
        raise ModelError(
            f"The head of {str(path)!r} cannot be read: {error}. Is it a whole GGUF file?"
        ) from error


class _Head:
    def __init__(self, data: mmap.mmap) -> None:
        self._data, self._at = data, 0

    def entries(self, keys: Collection[str]) -> dict[str, Any]:
        magic, version = self._take("4s"), self._take("I")
        if magic != b"GGUF" or version not in (2, 3):
            raise ValueError(f"it begins with {magic!r} and version {version}")
        _num_tensors, num_entries = self._take("Q"), self._take("Q")
        found = {}
        for _ in range(num_entries):
            key, kind = self._string().decode("utf-8", "replace"), self._take("I")
            value = self._value(kind, wanted=key in keys)
            if key in keys:
                found[key] = value
        return found

    def _value(self, kind: int, *, wanted: bool) -> Any:
        if kind == _STRING:
            return self._string().decode("utf-8", "replace")
        if kind == _ARRAY:
            return self._array(wanted=wanted)
        return self._take(self._code(kind))

    def _array(self, *, wanted: bool) -> list[Any]:
        kind, length = self._take("I"), self._take("Q")
        if kind == _STRING:
            words = [self._data[begin:end] for begin, end in self._spans(length) if wanted]
            return [word.decode("utf-8", "replace") for word in words]
        code = f"<{length}{self._code(kind)}"
        begin, self._at = self._at, self._at + length * struct.calcsize(self._code(kind))
        if self._at > len(self._data):
            raise ValueError("it is cut short")
        return list(struct.unpack_from(code, self._data, begin)) if wanted else []

    def _string(self) -> bytes:
        ((begin, end),) = self._spans(1)
        return self._data[begin:end]

    def _spans(self, num_strings: int) -> Iterator[tuple[int, int]]:
        """Where strings that follow each other begin and end; in a vocabulary, hundreds of thousands."""
        data, end, num_bytes, length_at = self._data, self._at, len(self._data), _LENGTH.unpack_from
        for _ in range(num_strings):
            begin = end + _LENGTH.size
            end = begin + length_at(data, end)[0]
            if end > num_bytes:
                raise ValueError("it is cut short")
            yield begin, end
        self._at = end

    def _take(self, code: str) -> Any:
        (value,) = struct.unpack_from(f"<{code}", self._data, self._at)
        self._at += struct.calcsize(f"<{code}")
        return value

    def _code(self, kind: int) -> str:
        if kind not in _SCALARS:
            raise ValueError(f"it holds a value of unknown type {kind}")
        return _SCALARS[kind]
