"""One file of data for one persona."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from roleagent.errors import InputError
from roleagent.tuning.data_making import Wish, make_data
from tests.tuning.synthesis.tiny import a_persona


def talk(said: str) -> str:
    """A conversation in the shape of ShareGPT."""
    turns = [{"from": "human", "value": said}, {"from": "gpt", "value": "The sea is calm."}]
    return json.dumps({"conversations": turns})


def test_imports_and_variants_join_and_the_card_tells_of_them(tmp_path: Path):
    """What is held out has none of them."""
    path = tmp_path / "talks.jsonl"
    path.write_text(talk("How is the sea?") + "\n", encoding="utf-8")
    wish = Wish(num=30, augment=("typo",), imports=((path, "sharegpt"),))
    data = make_data(a_persona(), wish)
    sources = {each.source for each in data.dialogues}
    assert {"template", "import:sharegpt"} <= sources
    assert any("augmented" in each.note for each in data.dialogues)
    assert len(data.held_out) == 20
    assert not any("augmented" in each.note for each in data.held_out)
    assert sum(data.num_of_kind.values()) == len(data.dialogues)
    card = data.card(title="ada", command="roleagent train data ada", seed=0)
    assert "roleagent train data ada" in card
    assert f"Critics judged {data.judge.num_judged:,}" in card


def test_data_with_a_probe_of_a_test_are_refused(tmp_path: Path):
    """A model that has learned the question shows nothing by answering it."""
    from roleagent.tuning.leaks import probes_of

    probe = next(each.text for each in probes_of() if len(each.text.split()) > 9 and "{" not in each.text)
    path = tmp_path / "talks.jsonl"
    path.write_text(talk(probe) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="which is a test probe"):
        make_data(a_persona(), Wish(num=5, imports=((path, "sharegpt"),)))
