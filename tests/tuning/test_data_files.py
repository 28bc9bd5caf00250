"""Files of dialogues."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from roleagent.errors import InputError
from roleagent.tuning.data_files import read_dialogues, write_dialogues
from tests.tuning.test_updating import numbered


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
        for each in numbered(0, 2):
            modes.extend(stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir())
            yield each

    write_dialogues(path, dialogues(), private=True)
    assert {*modes, stat.S_IMODE(path.stat().st_mode)} == {0o600}
