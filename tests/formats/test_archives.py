"""Archives from strangers are read within bounds, and written the same way every time."""

from __future__ import annotations

import contextlib
import io
import stat
import struct
import warnings
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.errors import InputError
from roleagent.formats import archives
from roleagent.formats.archives import looks_like_zip, names_in_zip, problem_with_name, read_zip, write_zip
from roleagent.persona.problems import ReadError

JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"
BAD_NAMES = [
    "../up.json", "a/../../b", "/etc/passwd", "C:/x", "c:x", "a\\b", "..", "a//b", "./a", "a/./b", "", "a\nb",
]  # fmt: skip


def _zip(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of a name that is there twice
        with zipfile.ZipFile(buffer, "w", method) as archive:
            for name, data in entries:
                archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return buffer.getvalue()


def test_files_come_back_in_their_order() -> None:
    """Order and bytes are the file's own, so that a round trip changes nothing."""
    files = {"z.json": b"{}", "a/b.png": bytes(range(256)), "empty": b""}
    read = read_zip(write_zip(files))
    assert read == files
    assert list(read) == list(files)


def test_the_same_files_give_the_same_bytes() -> None:
    """A file under version control must not change because a clock did."""
    assert write_zip({"a": b"1", "b": b"2"}) == write_zip({"a": b"1", "b": b"2"})


def test_an_archive_behind_a_picture_is_read() -> None:
    """Some programs hide the archive behind a JPEG that people can look at."""
    data = JPEG + write_zip({"card.json": b"{}"})
    assert looks_like_zip(data)
    assert read_zip(data) == {"card.json": b"{}"}


def test_what_is_no_archive_does_not_look_like_one() -> None:
    """A plain picture or text must go on to the other formats."""
    assert not looks_like_zip(JPEG)
    assert not looks_like_zip(b'{"a": "PK"}')
    assert looks_like_zip(write_zip({}))


def test_names_are_read_without_unpacking() -> None:
    """Which program wrote an archive is told by its names, before anything costs memory."""
    assert names_in_zip(write_zip({"a/b": b"1", "c": b""})) == {"a/b", "c"}
    assert names_in_zip(b"PK\x03\x04 damaged") == frozenset()
    assert names_in_zip(JPEG) == frozenset()


def test_folders_are_left_out() -> None:
    """Many programs write an entry for each folder, which holds nothing."""
    assert read_zip(_zip(("a/", b""), ("a/b.json", b"1"))) == {"a/b.json": b"1"}


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    """A name travels on as an asset's path: it must be harmless wherever it is used."""
    assert problem_with_name(name)
    with pytest.raises(InputError, match="cannot be used"):
        write_zip({name: b""})


@pytest.mark.parametrize("name", [name for name in BAD_NAMES if name])
def test_an_archive_with_such_a_name_is_refused(name: str) -> None:
    """The same rule holds for reading, whatever tool made the archive."""
    with pytest.raises(ReadError, match="holds the name"):
        read_zip(_zip((name, b"x")))


def test_a_name_with_a_hidden_end_is_refused() -> None:
    """Python cuts a name at a zero byte, so that it would seem to be another."""
    data = _zip(("a.jsonX.png", b"x")).replace(b"a.jsonX", b"a.json\0")
    with pytest.raises(ReadError, match="holds the name"):
        read_zip(data)


def test_a_name_that_begins_with_its_end_is_refused() -> None:
    """Nothing is left of it."""
    data = _zip(("one.txt", b"1")).replace(b"one.txt", b"\0ne.txt")
    with pytest.raises(ReadError, match="holds the name"):
        read_zip(data)


def test_a_name_that_is_there_twice_is_refused() -> None:
    """Two programs could see two different files under it."""
    with pytest.raises(ReadError, match="twice"):
        read_zip(_zip(("a", b"1"), ("a", b"2")))


def test_links_are_refused() -> None:
    """A link names a place outside the archive."""
    link = zipfile.ZipInfo("link")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(ReadError, match="a link"):
        read_zip(buffer.getvalue())


def test_encrypted_entries_are_refused() -> None:
    """There is no password to ask for, and the message should say what is the matter."""
    data = bytearray(_zip(("a", b"x")))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ReadError, match="encrypted"):
        read_zip(bytes(data))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_packing_is_refused(method: int) -> None:
    """Only deflate can be unpacked piece by piece, so only it can be bounded."""
    with pytest.raises(ReadError, match="packed by method"):
        read_zip(_zip(("a", b"x" * 100), method=method))


def test_a_bomb_is_refused_while_it_is_unpacked() -> None:
    """A few kilobytes must not become gigabytes; blanks pack about a thousand to one."""
    with pytest.raises(ReadError, match="unpacks to more"):
        read_zip(_zip(("a", b" " * 20_000_000)))


def test_what_we_write_is_no_bomb() -> None:
    """A text of one word, many times, packs better than is believed of a stranger."""
    content = {"a": b"word " * 500_000, "b": " ".join(map(str, range(300_000))).encode()}
    data = write_zip(content)
    assert read_zip(data) == content
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        methods = [entry.compress_type for entry in archive.infolist()]
    assert methods == [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]


def test_the_sizes_that_an_archive_claims_are_not_believed() -> None:
    """A bomb says that it is small; what counts is what comes out."""
    data = bytearray(_zip(("a", b" " * 20_000_000)))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 10)
    with pytest.raises(ReadError, match="CRC"):
        read_zip(bytes(data))


def test_the_total_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many files, each within its bound, are a bomb too."""
    monkeypatch.setattr(archives, "MAX_TOTAL_BYTES", 25)
    assert len(read_zip(_zip(("a", b"0123456789"), ("b", b"0123456789")))) == 2
    with pytest.raises(ReadError, match="more than 5 bytes"):
        read_zip(_zip(*((name, b"0123456789") for name in "abc")))


def test_the_number_of_entries_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each entry costs memory before the first is read."""
    monkeypatch.setattr(archives, "MAX_ENTRIES", 2)
    with pytest.raises(ReadError, match="3 entries"):
        read_zip(_zip(*((name, b"") for name in "abc")))
    with pytest.raises(ReadError, match="more than 2 entries"):
        read_zip(_zip(*((name, b"") for name in "abcdef")))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"PK\x05\x06", JPEG, b"{}"])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    """A damaged file is an error that one can read, never a traceback."""
    with pytest.raises(ReadError, match="not a valid ZIP"):
        read_zip(data)


@given(st.data())
def test_a_damaged_archive_is_read_or_refused(data: st.DataObject) -> None:
    """Whatever byte is wrong, the one error there is comes out, or files."""
    sound = bytearray(write_zip({"a/b.json": b'{"a": 1}' * 20, "c.png": bytes(range(200))}))
    for _ in range(data.draw(st.integers(1, 6))):
        sound[data.draw(st.integers(0, len(sound) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(sound)))
    for damaged in (bytes(sound), bytes(sound[:cut])):
        with contextlib.suppress(ReadError):
            assert isinstance(read_zip(damaged), dict)
