"""Several seeds: a line of the journal for each training, and none is trained twice."""

from __future__ import annotations

import json
import math

import pytest

from benchmarks.gnn_seeds import Journal, Plan, Run, main
from benchmarks.retrieval_metrics import t_interval
from roleagent.errors import InputError

pytestmark = pytest.mark.xdist_group("torch")

PLAN = Plan(embedder="hash", languages=("en",), worlds=2, epochs=1, num_worlds=2, seed=0)
RUN = Run(seed=0, layers=2, seconds=1.0, best_epoch=1, recalls={"worlds en, all": 0.5})


def test_a_run_in_the_journal_is_read_again(tmp_path):
    """Also one that stands after a line that a kill cut off."""
    path = tmp_path / "j.jsonl"
    journal = Journal(path, PLAN)
    assert journal.read() == {}
    journal.add(RUN)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"seed": 1, "lay')
    assert Journal(path, PLAN).read() == {(0, 2): RUN}
    journal.add(RUN)
    assert len(Journal(path, PLAN).read()) == 1


def test_a_journal_of_another_plan_is_refused(tmp_path):
    """Its figures would be mixed with these."""
    path = tmp_path / "j.jsonl"
    Journal(path, PLAN).read()
    other = Plan(embedder="hash", languages=("en",), worlds=9, epochs=1, num_worlds=2, seed=0)
    with pytest.raises(InputError, match="another plan"):
        Journal(path, other).read()


def test_the_interval_by_hand():
    """Standard deviation .01, three values: 4.303 · .01 / √3 to each side; one value says nothing."""
    low, high = t_interval([0.90, 0.91, 0.92])
    assert (low, high) == (pytest.approx(0.91 - 0.024844, abs=1e-5), pytest.approx(0.91 + 0.024844, abs=1e-5))
    assert t_interval([0.9]) == (-math.inf, math.inf)


@pytest.mark.slow
def test_it_goes_on_where_it_was(tmp_path, capsys, monkeypatch):
    """Two seeds with and without messages are four lines; the second call trains nothing."""
    from roleagent import registry
    from roleagent.gnn.training import data

    characters_in = data.characters_in
    monkeypatch.setitem(registry.BUILT_IN["embedder"], "hash", "roleagent.testing.embedders:HashEmbedder")
    monkeypatch.setattr(data, "characters_in", lambda language: characters_in(language)[:6])
    path, out = tmp_path / "j.jsonl", tmp_path / "figures.json"
    options = ["--embedder", "hash", "--languages", "zh", "--seeds", "2", "--worlds", "120", "--quick"]
    options += ["--num-worlds", "20", "--journal", str(path), "--json", str(out)]
    assert main(options) == 0
    kept = path.read_text(encoding="utf-8")
    assert len(kept.splitlines()) == 1 + 4
    printed = capsys.readouterr().out
    assert main(options) == 0
    assert path.read_text(encoding="utf-8") == kept
    assert capsys.readouterr().out == printed
    assert "2 minus 0" in printed
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert figures["written_zh_all_2_low"] <= figures["written_zh_all_2"] <= figures["written_zh_all_2_high"]
