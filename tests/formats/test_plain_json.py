"""Files that are one JSON table."""

from __future__ import annotations

import pytest

from roleagent.formats import values as plain_json
from roleagent.formats.format import Report
from roleagent.formats.values import default_summary, items_of, pack_table, told_summary, unpack_table
from roleagent.persona.problems import ReadError


def test_a_table_comes_back() -> None:
    """Letters stay letters."""
    assert unpack_table(pack_table({"name": "林黛玉"})).raw == {"name": "林黛玉"}
    assert "林黛玉".encode() in pack_table({"name": "林黛玉"})


@pytest.mark.parametrize(
    "data", [b"[]", b"null", b"{", b"\xff", b"[" * 60 + b"]" * 60, b'{"a":' * 60 + b"1" + b"}" * 60]
)
def test_anything_else_is_refused(data: bytes) -> None:
    """With the one error there is."""
    with pytest.raises(ReadError):
        unpack_table(data)


def test_a_summary_that_we_made_up_is_not_told() -> None:
    """Else it would be in the other program's file after one round."""
    assert told_summary({"name": "Ada", "summary": default_summary("Ada")}) == ""
    assert told_summary({"name": "Ada", "summary": "You count."}) == "You count."


def test_a_list_is_bounded_and_must_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's list of a million items would keep one waiting for minutes."""
    monkeypatch.setattr(plain_json, "MAX_ITEMS", 2)
    report = Report()
    table = {"long": [1, 2, 3], "text": "x", "none": None}
    assert [items_of(table, key, "", report) for key in ("long", "text", "none", "gone")] == [
        [1, 2],
        [],
        [],
        [],
    ]
    assert [note.field for note in report.notes] == ["long", "text"]


def test_a_file_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of it has to fit into a file of ours."""
    monkeypatch.setattr(plain_json, "MAX_JSON_BYTES", 1_000)
    with pytest.raises(ReadError, match="more than"):
        unpack_table(b'{"a": "' + b"x" * 1_000 + b'"}')


def test_a_large_table_is_written_so_that_it_can_be_read() -> None:
    """With a line for each value a file could be four times as large as the one it came from."""
    raw = {"a": [{}] * 500_000}
    data = pack_table(raw)
    assert len(data) < 1_600_000
    assert unpack_table(data).raw == raw
    assert pack_table({"a": 1}) == b'{\n  "a": 1\n}\n'
