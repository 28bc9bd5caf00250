"""Data files are read line by line, and an error names file and line."""

from __future__ import annotations

import errno
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from roleagent.errors import InputError
from roleagent.tuning.data_files import MOST_BYTES_OF_LINE, numbered_lines, read_dialogues, write_dialogues
from roleagent.tuning.dialogues import Dialogue, Message
from tests.tuning.tiny_models import dialogue, numbers

GOOD = json.dumps(dialogue("Hi.", "你好。").as_dict()).encode()


def test_what_is_written_is_read_again(tmp_path: Path):
    """Twins, marks and Chinese included."""
    told = [*numbers(0, 3, twins=True), dialogue("你好。", "你好！", "?", "!", learn=(1,))]
    path = tmp_path / "data.jsonl"
    assert write_dialogues(path, told) == 4
    assert list(read_dialogues(path)) == told
    assert "你好" in path.read_text(encoding="utf-8")


def test_pictures_are_found_from_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Wherever the command is given, and after both were moved together."""
    shown, path = tmp_path / "data" / "pictures" / "a.png", tmp_path / "data" / "told.jsonl"
    shown.parent.mkdir(parents=True)
    shown.touch()
    monkeypatch.chdir(tmp_path)
    messages = (
        Message(role="user", text="See?", pictures=("data/pictures/a.png", str(shown))),
        Message(role="assistant", text="I do.", learn=True),
    )
    write_dialogues(path, [Dialogue(messages=messages)])
    assert json.loads(path.read_text())["messages"][0]["pictures"] == ["pictures/a.png"] * 2
    monkeypatch.chdir(tmp_path / "data")
    [read] = read_dialogues(Path("told.jsonl"))
    assert read.pictures == (str(shown), str(shown))
    (tmp_path / "link").symlink_to(tmp_path / "data")
    assert write_dialogues(tmp_path / "link" / "again.jsonl", [read]) == 1
    [again] = read_dialogues(tmp_path / "link" / "again.jsonl")
    assert again == read
    assert again.id == read.id


def test_blank_lines_and_a_byte_order_mark_are_no_dialogues(tmp_path: Path):
    """Editors leave them."""
    path = tmp_path / "data.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD + b"\r\n\n  \n" + GOOD)
    assert [each.reply for each in read_dialogues(path)] == ["你好。", "你好。"]
    assert [number for number, _ in numbered_lines(path)] == [1, 4]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"messages": [', "not a dialogue: Expecting value"),
        (b'["messages"]', "not a dialogue: it is no JSON object"),
        (b'{"messages": [], "x": 1}', "not a dialogue: 'x' is no field"),
        (b"[" * 100_000, "not a dialogue: "),
        (b"\xff" + GOOD, "not UTF-8"),
        (GOOD + b" " * MOST_BYTES_OF_LINE, "longer than 1,048,576 bytes"),
    ],
)
def test_a_broken_line_is_named_with_its_file(tmp_path: Path, line: bytes, said: str):
    """What to mend, and where, in a file of a hundred thousand lines."""
    path = tmp_path / "data.jsonl"
    path.write_bytes(GOOD + b"\n\n" + line + b"\n" + GOOD)
    read = read_dialogues(path)
    assert next(read).reply == "你好。"
    with pytest.raises(InputError, match=rf"data\.jsonl:3: .*{said}"):
        next(read)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    """And a folder is no file."""
    with pytest.raises(InputError, match=r"none\.jsonl: cannot be read: No such file"):
        list(read_dialogues(tmp_path / "none.jsonl"))
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        list(read_dialogues(tmp_path))


def test_an_older_file_stays_until_the_new_one_is_whole(tmp_path: Path):
    """Half a file would train half a character, and nobody would see it."""
    path = tmp_path / "data.jsonl"
    write_dialogues(path, numbers(0, 2))

    def failing() -> Iterator[Dialogue]:
        yield from numbers(5, 1)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(InputError, match=r"data\.jsonl: cannot be written: No space left"):
        write_dialogues(path, failing())
    half = Dialogue(messages=(Message(role="assistant", text="a\ud800"),))
    with pytest.raises(InputError, match=r"data\.jsonl: dialogue 2 cannot be written as UTF-8"):
        write_dialogues(path, [*numbers(5, 1), half])
    assert list(read_dialogues(path)) == numbers(0, 2)
    assert [each.name for each in tmp_path.iterdir()] == ["data.jsonl"]


@pytest.mark.parametrize(
    "more",
    [
        {"facts": ["\ud800"]},
        {"note": {"\ud800": "x"}},
        {"messages": [{"role": "user", "pictures": ["\ud800"]}, {"role": "assistant", "text": "b"}]},
    ],
)
def test_half_a_character_is_refused_wherever_it_is(more: dict[str, object], tmp_path: Path):
    """With file and line, and not when the file is written again."""
    told = {"messages": [{"role": "assistant", "text": "a"}], **more}
    (tmp_path / "a.jsonl").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.jsonl:1: .*half a character"):
        list(read_dialogues(tmp_path / "a.jsonl"))


def test_a_private_file_is_private_from_the_first_moment(tmp_path: Path):
    """While it is written, too."""
    path, modes = tmp_path / "a.jsonl", []

    def dialogues():
        for each in numbers(0, 2):
            modes.extend(stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir())
            yield each

    write_dialogues(path, dialogues(), private=True)
    assert {*modes, stat.S_IMODE(path.stat().st_mode)} == {0o600}
