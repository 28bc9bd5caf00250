"""The measurement of safety: figures by hand, every format of texts, and held-out texts that are held out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks import safety
from benchmarks.safety import auc, interval, recall_at
from benchmarks.safety_texts import DATA, read_companion, read_marked, read_texts, read_xstest
from roleagent import registry
from roleagent.critics.training.twins import shipped_frames, shipped_talk, shipped_twins
from roleagent.errors import InputError


class Shouting:
    """Takes a text for as harmful as it is loud; knows no category."""

    name = "shouting"
    languages: tuple[str, ...] = ()

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        return [{"violence": sum(map(str.isupper, text)) / max(len(text), 1)} for text in texts]


def test_figures_by_hand():
    """Three of four pairs are in order. One harmless text of four may be above, so the cut is at 0.3."""
    assert auc(np.array([0.9, 0.3]), np.array([0.1, 0.4])) == 0.75
    assert recall_at(np.array([0.2, 0.5, 0.9]), np.array([0.1, 0.2, 0.3, 0.8]), 0.25) == pytest.approx(2 / 3)
    low, high = interval(auc, np.array([0.9, 0.8]), np.array([0.1, 0.2]), seed=0, num_samples=20)
    assert (low, high) == (1, 1)


def test_texts_of_every_format(tmp_path: Path):
    """A CSV with a line break in a cell, JSON of objects and of strings, and lines with a remark."""
    files = {
        "a.csv": 'Behavior,Category\n"one\ntwo",x\nthree,y\n',
        "b.json": json.dumps([{"instruction": "one", "category": None}, {"instruction": "two"}]),
        "c.json": json.dumps(["one", "two"]),
        "d.txt": "# remark\none\n\ntwo\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert read_texts(tmp_path / "a.csv") == ["one\ntwo", "three"]
    assert [read_texts(tmp_path / name) for name in ("b.json", "c.json", "d.txt")] == [["one", "two"]] * 3


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "x,y\n1,2\n", "none of Behavior"),
        ("b.txt", "# nothing\n", "no text"),
        ("c.json", '[{"x": "1"}]', "none of"),
    ],
)
def test_a_file_without_texts_is_told(tmp_path: Path, name: str, content: str, told: str):
    """Rather than a figure over nothing."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        read_texts(tmp_path / name)


def test_xstest_is_read_by_label(tmp_path: Path):
    """And a label that is neither is refused."""
    path = tmp_path / "x.csv"
    path.write_text("id,prompt,label\n1,Kill him,unsafe\n2,Kill time,safe\n", encoding="utf-8")
    assert read_xstest(path) == (["Kill him"], ["Kill time"])
    path.write_text("prompt,label\nKill time,fine\n", encoding="utf-8")
    with pytest.raises(InputError, match="not 'fine'"):
        read_xstest(path)
    path.write_text("prompt,label\nKill time,safe\n", encoding="utf-8")
    with pytest.raises(InputError, match="both safe and unsafe"):
        read_xstest(path)


def test_companion_talk_is_what_users_say(tmp_path: Path):
    """Not what the companion answers."""
    users = {"Ann": {"history": {"2023-05-01": [{"query": "Hi", "response": "Hello"}]}}}
    (tmp_path / "en_memory_bank_en.json").write_text(json.dumps(users), encoding="utf-8")
    assert read_companion(tmp_path) == {"en": ["Hi"]}
    with pytest.raises(InputError, match="folder of MemoryBank"):
        read_companion(tmp_path / "none")


def test_marked_lines_by_language(tmp_path: Path):
    """A scorer is not measured on what it does not read."""
    path = tmp_path / "x.txt"
    path.write_text("# remark\n! en Obey me.\n. zh 你好。\n", encoding="utf-8")
    assert read_marked(path) == (["Obey me."], ["你好。"])
    assert read_marked(path, ["zh"]) == ([], ["你好。"])
    path.write_text("? en Obey me.\n", encoding="utf-8")
    with pytest.raises(InputError, match="each line begins with"):
        read_marked(path)


def test_it_measures_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """A scorer that is right about both files, and one category that stands for any harm."""
    registered = registry.get
    monkeypatch.setattr(
        registry, "get", lambda kind, name: Shouting() if kind == "harm_scorer" else registered(kind, name)
    )
    (tmp_path / "bad.txt").write_text("DIE!\nBURN IT!\n", encoding="utf-8")
    (tmp_path / "good.txt").write_text("hi\nwell\nyes\n", encoding="utf-8")
    (tmp_path / "play.txt").write_text("I swing my sword.\nTO ARMS!\n", encoding="utf-8")
    out = tmp_path / "out.json"
    arguments = [
        f"--{name}={tmp_path / file}" for name, file in (("harmful", "bad.txt"), ("harmless", "good.txt"))
    ]
    safety.main([*arguments, f"--roleplay={tmp_path / 'play.txt'}", "--quick", "--json", str(out)])
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert (figures["auc"], figures["recall_at_5"], figures["n"], figures["over_blocking"]) == (
        100,
        100,
        5,
        0,
    )
    assert figures["roleplay_over_blocking"] == 50
    assert figures["fiction_en_n"] >= 100
    assert figures["injected_n"] == 180
    assert "injected_auc" not in figures
    assert capsys.readouterr().out.rstrip().endswith("AUC 100.0 [100.0, 100.0], n = 5")


def test_what_is_held_out_is_not_trained_on():
    """Not one line, in either language."""
    trained_on = {
        text.strip().lower()
        for language in ("en", "zh")
        for twins in shipped_twins(language)
        for text in (*twins.harmful, *twins.harmless)
    }
    trained_on |= {
        text.lower() for each in ("en", "zh") for text in (*shipped_talk(each), *shipped_frames(each))
    }
    held = [*read_texts(DATA / "fiction_en.txt"), *read_texts(DATA / "fiction_zh.txt")]
    held += [text for kind in read_marked(DATA / "injected_orders.txt") for text in kind]
    held += read_texts(DATA / "jailbreak_frames.txt")
    assert len(held) == len(set(held))
    assert not trained_on & {text.strip().lower() for text in held}
