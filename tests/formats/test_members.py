"""Archives of several JSON files, and moments in them."""

from __future__ import annotations

import pytest

from roleagent.formats import archives as members
from roleagent.formats.archives import (
    as_asset,
    moment_of,
    read_members,
    read_zip,
    seconds_of,
    write_members,
    write_zip,
)
from roleagent.formats.format import Report


def test_json_and_other_files_are_told_apart() -> None:
    """What calls itself JSON and is none is kept as it is, and said."""
    report = Report()
    data = write_zip({"a.json": b"[1]", "b.JSON": b"{", "c.png": b"png"})
    assert read_members(data, report) == ({"a.json": [1]}, {"b.JSON": b"{", "c.png": b"png"})
    assert [note.field for note in report.notes] == ["b.JSON"]


def test_no_file_takes_the_place_of_another() -> None:
    """A path of an asset is a stranger's word: it may not replace the manifest, or leave the archive."""
    report = Report()
    data = write_members({"a.json": {}}, {"a.json": b"bad", "../b": b"bad", "c": b"good"}, report)
    assert read_zip(data) == {"a.json": b"{}", "c": b"good"}
    assert report.lost_fields == ("a.json", "../b")


def test_a_file_that_is_too_large_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document bounds its addresses; what does not fit must not vanish in silence."""
    monkeypatch.setattr(members, "MAX_ASSET_BYTES", 3)
    report = Report()
    assert as_asset("a.png", b"1234", kind="icon", name="main", report=report) is None
    assert report.lost_fields == ("a.png",)
    asset = as_asset("a.png", b"123", kind="icon", name="main", report=report)
    assert asset == {
        "kind": "icon",
        "name": "main",
        "ext": "png",
        "uri": "data:image/png;base64,MTIz",
        "path": "a.png",
    }


def test_moments() -> None:
    """A year is 31 536 000 seconds; the zero of all clocks is what programs write for 'unknown'."""
    assert seconds_of({"at": "1971-01-01T00:00:00.000Z"}, "at", "", Report()) == 31_536_000
    assert seconds_of({"at": "1971-01-01T01:00:00+01:00"}, "at", "", Report()) == 31_536_000
    assert seconds_of({"at": moment_of(None)}, "at", "", Report()) is None
    assert moment_of(31_536_000) == "1971-01-01T00:00:00.000Z"
    assert moment_of(10**30) == "1970-01-01T00:00:00.000Z"


@pytest.mark.parametrize("value", ["yesterday", 5, True, [], "9999-99-99"])
def test_what_is_no_moment_is_said(value: object) -> None:
    """And left out."""
    report = Report()
    assert seconds_of({"at": value}, "at", "x.", report) is None
    assert [note.field for note in report.notes] == ["x.at"]
