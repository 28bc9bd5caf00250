"""The measurement of contradictions: figures by hand, and files that cannot be measured on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import contradiction
from benchmarks.contradiction import balanced, drawn, macro_f1, main
from roleagent import registry
from roleagent.critics.contradiction import CONTRADICTS, NEUTRAL
from roleagent.critics.training.kernel import area_under_curve
from roleagent.critics.training.pair_files import Row
from roleagent.testing.embedders import HashEmbedder


def test_figures_by_hand():
    """Five of six pairs are in order; F1 of 2/3 and 4/5."""
    assert area_under_curve(np.array([0.9, 0.3, 0.5, 0.1, 0.2]), np.array([1, 1, 0, 0, 0])) == pytest.approx(
        5 / 6
    )
    assert area_under_curve(np.array([0.5, 0.5]), np.array([1, 0])) == 0.5
    assert macro_f1(np.array([1, 0, 0, 0]), np.array([1, 1, 0, 0])) == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_contradictions_alone_get_as_many_others(monkeypatch: pytest.MonkeyPatch):
    """Lines of different rows, never of the same."""
    monkeypatch.setattr(registry, "get", lambda *_: HashEmbedder())
    rows = [Row(earlier=(f"I like {n}.",), later=f"I hate {n}.", label=CONTRADICTS) for n in range(30)]
    found = balanced(rows, 0)
    others = [row for row in found if row.label == NEUTRAL]
    assert len(found) - len(others) == 30
    assert len(others) > 15
    assert all(row.earlier[0][7:] != row.later[7:] for row in others)
    assert len(drawn(found, 10, 0)) == 10
    assert balanced(found, 0) is found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\tb\t1\n", "needs rows that contradict"),
        ("", "needs rows"),
        ("a\tb\n", "line 1: this is no row of decode"),
    ],
)
def test_a_file_that_cannot_be_measured_on(tmp_path: Path, text: str, told: str):
    path = tmp_path / "pairs.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit, match=told):
        main(["--format", "decode", "--data", str(path)])


@pytest.mark.slow
def test_a_run_prints_both_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The shipped head, and one that is trained on the file."""
    path, out = tmp_path / "cdconv.tsv", tmp_path / "out.json"
    lines = [f"你多大\t{n}岁\t几岁\t{n + twist}岁\t{twist}" for n in range(20, 60) for twist in (0, 1)]
    path.write_text("\n".join(lines), encoding="utf-8")
    main(["--format", "cdconv", "--data", str(path), "--train", str(path), "--json", str(out)])
    printed = capsys.readouterr().out
    assert "ships" in printed
    assert "measured only" in printed
    assert {"auc", "macro_f1", "n", "measured_only_auc"} <= set(json.loads(out.read_text()))


def test_an_unknown_scorer_is_told(tmp_path: Path):
    with pytest.raises(SystemExit, match="is none of head"):
        contradiction._named("magic")
