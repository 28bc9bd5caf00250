"""Completion of a knowledge graph is measured as it says."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from benchmarks.graph_completion import main, threshold

pytestmark = pytest.mark.xdist_group("torch")


def test_a_threshold_tells_most_apart():
    """Below all, between, or above all."""
    values = np.array([1.0, 2.0, 3.0], np.float32)
    assert threshold(values, np.array([False, True, True])) == 2
    assert threshold(values, np.array([True, True, True])) == 1
    assert threshold(values, np.array([False, False, False])) == float("inf")


def test_it_prints_both_arms(tmp_path: Path, capsys):
    """On a small graph in the files' own form."""
    draw = random.Random(0)
    rows = sorted(
        {(f"e{draw.randrange(20)}", f"r{draw.randrange(3)}", f"e{draw.randrange(20)}") for _ in range(300)}
    )
    draw.shuffle(rows)
    parts = {
        "train": rows[:200], "valid": rows[200:215], "test": rows[215:230],
        "valid_negatives": rows[230:240], "test_negatives": rows[240:250],
    }  # fmt: skip
    for name, some in parts.items():
        (tmp_path / f"{name}.txt").write_text("\n".join("\t".join(row) for row in some), encoding="utf-8")
    out = tmp_path / "figures.json"
    assert main(["--data", str(tmp_path), "--quick", "--json", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "seed 0 scorer alone" in printed
    assert "attention: " in printed
    figures = json.loads(out.read_text())
    assert 0 < figures["with_attention_mean_mrr"] <= 1
    assert 0 <= figures["seed_0_with_attention_hard_negatives"] <= 1
