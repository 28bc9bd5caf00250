"""Files of other projects are read within bounds, and every fault has a place."""

from __future__ import annotations

from pathlib import Path

import pytest

from roleagent.errors import InputError
from roleagent.tuning.foreign import items
from roleagent.tuning.foreign.items import MOST_NESTED, items_of, rows, text


def test_lines_and_lists_give_the_same_values(tmp_path: Path):
    """A list and JSON Lines are two ways to write one thing, with places of their own."""
    (tmp_path / "a.json").write_text('[{"a": 1},\n {"a": 2}]', encoding="utf-8")
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n\n{"a": 2}\n', encoding="utf-8")
    listed, lined = list(items_of(tmp_path / "a.json")), list(items_of(tmp_path / "a.jsonl"))
    assert [each.value for each in listed] == [each.value for each in lined] == [{"a": 1}, {"a": 2}]
    assert listed[1].place.endswith("a.json: item 2")
    assert lined[1].place.endswith("a.jsonl:3")


def test_one_object_is_one_item(tmp_path: Path):
    """A book of scenes is one object."""
    (tmp_path / "a.json").write_text('\ufeff{"plots": []}', encoding="utf-8")
    assert [each.value for each in items_of(tmp_path / "a.json")] == [{"plots": []}]


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("a.json", b'[{"a": 1},\n{"a" 2}]', r"a\.json:2: not JSON"),
        ("a.jsonl", b'{"a": 1}\n{"a" 2}\n', r"a\.jsonl:2: not JSON"),
        ("a.json", b"\xff\xfe", r"a\.json: not UTF-8"),
        ("a.jsonl", b'{"a": 1}\n\xff\n', r"a\.jsonl:2: not UTF-8"),
        ("a.json", b"[" * 100_000, "nesting"),
        ("a.json", b"[" * 40 + b"]" * 40, "nesting"),
        ("a.jsonl", b"[" * 40 + b"]" * 40, r"a\.jsonl:1: .*nesting"),
        ("a.json", b"[" + b"9" * 5000 + b"]", "not JSON that can be read"),
    ],
)
def test_what_is_broken_is_refused_by_its_place(tmp_path: Path, name: str, data: bytes, fault: str):
    """Whoever reads the error finds the line."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=fault):
        list(items_of(tmp_path / name))


def test_as_deep_as_allowed_is_read(tmp_path: Path):
    """The bound is where it says."""
    (tmp_path / "a.jsonl").write_text("[" * MOST_NESTED + "]" * MOST_NESTED, encoding="utf-8")
    assert len(list(items_of(tmp_path / "a.jsonl"))) == 1


def test_a_large_file_is_refused_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A file that has to be read whole must fit into memory."""
    monkeypatch.setattr(items, "MOST_BYTES_OF_FILE", 10)
    (tmp_path / "a.json").write_text("[1, 2, 3, 4, 5]", encoding="utf-8")
    with pytest.raises(InputError, match="JSON Lines"):
        list(items_of(tmp_path / "a.json"))


def test_a_missing_file_is_an_input_error(tmp_path: Path):
    """No traceback of the operating system."""
    with pytest.raises(InputError, match="cannot be read"):
        list(items_of(tmp_path / "none.json"))


def test_fields_have_types():
    """A wrong type is named by its field."""
    assert text({"a": None, "b": " x "}, "a", "b") == "x"
    with pytest.raises(ValueError, match="'a' is not text"):
        text({"a": 1}, "a")
    with pytest.raises(ValueError, match="'a' is not a list"):
        rows({"a": {}}, "a")
    with pytest.raises(ValueError, match="at most 2"):
        rows({"a": [1, 2, 3]}, "a", most=2)
