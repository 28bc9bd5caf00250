"""The shape of a file is told by its first item."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from roleagent.errors import ConfigurationError, InputError
from roleagent.formats.load import load_persona
from roleagent.tuning.data_files import read_dialogues, write_dialogues
from roleagent.tuning.foreign import SHAPES, read_foreign
from roleagent.tuning.recipe_data import persona_data

ITEMS: dict[str, Any] = {
    "sharegpt": {"conversations": [{"from": "human", "value": "Hi."}, {"from": "gpt", "value": "Aye."}]},
    "coser": {"scenario": "By the river.", "dialogues": [{"character": "Orla", "message": "Aye."}]},
    "rolebench": {"role": "Orla", "question": "Hi?", "generated": ["Aye."]},
    "chatharuhi": {"dialogue": [{"role": "Ann", "text": "「Aye.」"}]},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_told_by_the_first_item(tmp_path: Path, shape: str):
    """Whether it is told or named, a list or lines, the dialogues are the same, and can be written."""
    (tmp_path / "a.json").write_text(json.dumps([ITEMS[shape]]), encoding="utf-8")
    (tmp_path / "a.jsonl").write_text(json.dumps(ITEMS[shape]), encoding="utf-8")
    told = list(read_foreign(tmp_path / "a.json"))
    assert told == list(read_foreign(tmp_path / "a.jsonl", shape))
    assert [(each.reply, each.source) for each in told] == [("Aye.", f"import:{shape}")]
    write_dialogues(tmp_path / "own.jsonl", told)
    assert list(read_dialogues(tmp_path / "own.jsonl")) == told


def test_a_text_file_is_drama(tmp_path: Path):
    """ChatHaruhi keeps its scenes so."""
    (tmp_path / "a.txt").write_text("Ann:「Aye.」", encoding="utf-8")
    assert [each.note["character"] for each in read_foreign(tmp_path / "a.txt")] == ["Ann"]


@pytest.mark.parametrize("shape", SHAPES)
def test_imported_dialogues_can_train_any_persona(tmp_path: Path, shape: str):
    """Their character is no persona of ours, so the training must not take them for another persona's."""
    item = {**ITEMS[shape], "character": "Orla"} if shape == "sharegpt" else ITEMS[shape]
    (tmp_path / "a.json").write_text(json.dumps(item), encoding="utf-8")
    [one] = read_foreign(tmp_path / "a.json")
    assert (one.persona, one.note["character"]) == ("", "Ann" if shape == "chatharuhi" else "Orla")
    for name in ("own.jsonl", "own.held_out.jsonl"):
        write_dialogues(tmp_path / name, [one])
    assert persona_data(load_persona("holmes"), files=[tmp_path / "own.jsonl"]).learned == [one]


@pytest.mark.parametrize(("suffix", "place"), [("jsonl", r"a\.jsonl:2"), ("json", r"a\.json: item 2")])
def test_a_broken_item_is_refused_by_its_place(tmp_path: Path, suffix: str, place: str):
    """Half a file is not a data set."""
    rows = [ITEMS["rolebench"], {"role": "Orla", "generated": ["Aye."]}]
    whole = json.dumps(rows) if suffix == "json" else "\n".join(map(json.dumps, rows))
    (tmp_path / f"a.{suffix}").write_text(whole, encoding="utf-8")
    with pytest.raises(InputError, match=f"{place}: not in the shape 'rolebench': it has no 'question'"):
        list(read_foreign(tmp_path / f"a.{suffix}"))


def test_an_unknown_shape_is_refused(tmp_path: Path):
    """With what there is."""
    (tmp_path / "a.json").write_text('{"prompt": "a", "chosen": "b"}', encoding="utf-8")
    with pytest.raises(InputError, match="chosen, prompt"):
        list(read_foreign(tmp_path / "a.json"))
    with pytest.raises(ConfigurationError, match="Did you mean 'sharegpt'"):
        read_foreign(tmp_path / "a.json", "sharegtp")
