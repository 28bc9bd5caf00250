"""Counting what `doubts_about` finds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from benchmarks.false_premises import in_folder, measure

PERSONAS = Path(__file__).parents[2] / "personas"


def test_found_and_doubted_are_counted_by_language(tmp_path) -> None:
    """A folder of one's own questions is counted as made suites are."""
    shutil.copy(PERSONAS / "holmes.yaml", tmp_path)
    asked = [("How is your daughter?", "false"), ("What o'clock is it?", "true"), ("Good day.", "true")]
    entries = [{"persona": "holmes.yaml", "say": say, "label": label} for say, label in asked]
    (tmp_path / "mine.premises.json").write_text(json.dumps(entries), encoding="utf-8")
    figures = measure(in_folder(tmp_path))
    assert (figures["en_false_doubted"], figures["en_false"]) == (1, 1)
    assert (figures["en_ordinary_doubted"], figures["en_ordinary"]) == (0, 2)
