"""Silencing the facts on a path does what it should to the log-odds."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytestmark = pytest.mark.xdist_group("torch")


def test_paths_are_compared_with_chance(tmp_path, capsys):
    """On a few written questions, with the shipped weights."""
    from benchmarks.gnn_paths import main

    out = tmp_path / "figures.json"
    assert main(["--quick", "--json", str(out)]) == 0
    figures = json.loads(out.read_text())
    assert figures["n"] > 20
    assert figures["paths_plus"] > figures["at_random_plus"]
    assert figures["paths_drop"] > 0
    assert "fidelity+" in capsys.readouterr().out


def test_silencing_nothing_changes_nothing():
    """And silencing everything leaves what a fact knows by itself."""
    from benchmarks.gnn_paths import QUESTIONS, cases_in, row_of, torch_network, written
    from roleagent import registry
    from roleagent.embedding.text_vectors import TextVectors
    from roleagent.gnn.ranker import WEIGHTS
    from roleagent.gnn.salience import SalienceNetwork

    path = WEIGHTS / "use-m3.safetensors"
    vectors = TextVectors(registry.get("embedder", "use-m3"), max_kept=10_000)
    [example, *_] = written(QUESTIONS, vectors)["written en"]
    case = next(cases_in([example], SalienceNetwork.load(path)))
    network = torch_network(path)
    lost, _, drop = row_of(network, case, [])
    assert (lost, drop) == (0.0, pytest.approx(0.0, abs=1e-5))
    _, alone, all_silent = row_of(network, case, list(range(len(example.facts.facts))))
    assert alone == 0.0
    assert np.isfinite(all_silent)
    assert all_silent != 0.0
