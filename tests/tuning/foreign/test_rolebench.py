"""Single questions to a role in RoleBench's shape."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from roleagent.errors import InputError
from roleagent.tuning.foreign import read_foreign
from roleagent.tuning.foreign.items import Item
from roleagent.tuning.foreign.rolebench import read

LINE = {"role": "Orla", "question": "What do you grind?", "generated": ["Rye.", "Rye, and wheat.", "Rye."]}


def test_each_answer_gives_a_dialogue():
    """Answers that are written twice count once."""
    found = list(read(Item("here", LINE), Path("train.jsonl"), {"Orla": "A stubborn miller."}))
    assert [each.reply for each in found] == ["Rye.", "Rye, and wheat."]
    assert {each.system for each in found} == {"You are Orla.\n\nA stubborn miller."}
    assert {(each.asked, each.note["character"]) for each in found} == {("What do you grind?", "Orla")}


def test_the_description_is_found_in_the_folders_above(tmp_path: Path):
    """As the files lie where the authors put them, in either language."""
    for language, name, told in (("eng", "Orla", "A miller."), ("zh", "王二", "磨坊主。")):
        profiles = tmp_path / f"profiles-{language}"
        profiles.mkdir()
        (profiles / "desc.json").write_text(json.dumps({name: told}), encoding="utf-8")
    english = tmp_path / "rolebench-eng" / "role-generalization" / "general" / "train.jsonl"
    chinese = tmp_path / "rolebench-zh" / "general" / "train.jsonl"
    line_zh = {"role": "王二", "question": "磨什么？", "generated": ["黑麦。"]}
    for path, line in ((english, LINE), (chinese, line_zh)):
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(line), encoding="utf-8")
    assert next(read_foreign(english)).system == "You are Orla.\n\nA miller."
    assert next(read_foreign(chinese)).system == "你就是王二。\n\n磨坊主。"


def test_the_name_of_a_file_of_instructions_is_the_role(tmp_path: Path):
    """Its lines do not say it."""
    path = tmp_path / "role-specific-Orla.jsonl"
    path.write_text(json.dumps({"instruction": "What do you grind?", "answer": "Rye."}), encoding="utf-8")
    [one] = read_foreign(path)
    assert (one.note["character"], one.system, one.reply) == ("Orla", "You are Orla.", "Rye.")


def test_broken_descriptions_are_refused(tmp_path: Path):
    """A role without its description would be another role."""
    (tmp_path / "desc.json").write_text('{"Orla": 3}', encoding="utf-8")
    (tmp_path / "train.jsonl").write_text(json.dumps(LINE), encoding="utf-8")
    with pytest.raises(InputError, match=r"desc\.json: must be an object"):
        list(read_foreign(tmp_path / "train.jsonl"))


@pytest.mark.parametrize(
    ("line", "fault"),
    [({"role": "Orla", "generated": ["Rye."]}, "no 'question'"), ({**LINE, "generated": 3}, "neither text")],
)
def test_a_broken_line_is_refused(line: dict[str, object], fault: str):
    """It names what is wrong."""
    with pytest.raises(ValueError, match=fault):
        list(read(Item("here", line), Path("train.jsonl"), {}))


def test_a_line_without_answers_is_left_out():
    """There is nothing to learn."""
    assert list(read(Item("here", {**LINE, "generated": []}), Path("train.jsonl"), {})) == []
