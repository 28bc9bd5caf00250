"""The head of a GGUF file, read from files written by hand."""

import struct
from pathlib import Path

import pytest

from roleagent.errors import ModelError
from roleagent.models.gguf import control_tokens, read_head


def string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def words(texts: list[str]) -> bytes:
    return struct.pack("<IIQ", 9, 8, len(texts)) + b"".join(map(string, texts))


def numbers(values: list[int]) -> bytes:
    return struct.pack(f"<IIQ{len(values)}i", 9, 5, len(values), *values)


def gguf(path: Path, entries: dict[str, bytes], *, version: int = 3) -> Path:
    body = b"".join(string(key) + value for key, value in entries.items())
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", version, 0, len(entries)) + body)
    return path


TOKENS = {
    "general.name": struct.pack("<I", 8) + string("tiny"),
    "tokenizer.ggml.scores": struct.pack("<IIQ2f", 9, 6, 2, 0.5, 1.5),
    "general.alignment": struct.pack("<II", 4, 32),
    "tokenizer.ggml.tokens": words(["the", "<unk>", "<end>", "\n\n", "<b>", "<|eot_id|>", "gone", "x<y"]),
    "tokenizer.ggml.token_type": numbers([1, 2, 3, 4, 4, 1, 3, 1]),
    "tokenizer.chat_template": struct.pack("<I", 8) + string("{{ '<turn>' + message['content'] }}"),
}


def test_control_tokens_are_those_of_vocabulary_and_template(tmp_path: Path) -> None:
    """Also such as llama.cpp takes for control tokens whatever their type says."""
    tokens = control_tokens(gguf(tmp_path / "m.gguf", TOKENS))
    assert tokens.markers == {"<unk>", "<end>", "<b>", "<|eot_id|>", "gone", "<turn>"}


def test_without_a_template_the_engines_own_counts(tmp_path: Path) -> None:
    """llama.cpp then writes ChatML."""
    path = gguf(tmp_path / "m.gguf", {"tokenizer.ggml.tokens": words(["a", "<s>"])})
    assert control_tokens(path).markers == {"<s>", "<|im_start|>", "<|im_end|>"}


def test_only_what_is_asked_for_is_read(tmp_path: Path) -> None:
    """A vocabulary is long."""
    assert read_head(gguf(tmp_path / "m.gguf", TOKENS), ["general.alignment"]) == {"general.alignment": 32}


@pytest.mark.parametrize("data", [b"", b"GGUF", b"PK\x03\x04" + b"\0" * 40, b"GGUF" + b"\xff" * 60])
def test_a_damaged_head_is_said(tmp_path: Path, data: bytes) -> None:
    """And never taken for a model without control tokens."""
    (tmp_path / "m.gguf").write_bytes(data)
    with pytest.raises(ModelError, match="Is it a whole GGUF file"):
        control_tokens(tmp_path / "m.gguf")


def test_a_length_beyond_the_file_is_said(tmp_path: Path) -> None:
    """A forged length must not make room for itself."""
    entries = {"a": struct.pack("<IIQ", 9, 5, 2**60)}
    with pytest.raises(ModelError, match="cut short"):
        read_head(gguf(tmp_path / "m.gguf", entries), ["a"])
    entries = {"a": struct.pack("<IIQ", 9, 8, 2**60)}
    with pytest.raises(ModelError, match=r"n\.gguf"):
        read_head(gguf(tmp_path / "n.gguf", entries), ["a"])
