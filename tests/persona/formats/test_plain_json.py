"""Files that are one JSON table."""

from __future__ import annotations

import pytest

from roleagent.persona.formats.plain_json import default_summary, pack_table, told_summary, unpack_table
from roleagent.persona.places import ReadError


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
