"""The questions name nobody, and the ranker that finds the fact finds the episode."""

from __future__ import annotations

import json
import random

import pytest

from benchmarks.gnn_salience import DATA, unseen
from benchmarks.recall_by_facts import asked_of, main, told_in
from roleagent.gnn.training.words import read_words
from roleagent.gnn.training.worlds import make_world


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_asked_for_is_not_named(language):
    """Or words alone would find it."""
    words = unseen(read_words(DATA / f"{language}.toml", language))
    asked = 0
    for seed in range(4):
        world = make_world(words, seed=seed, num_facts=60)
        draw = random.Random(seed)
        told = list(told_in(world, language, draw))
        by_episode = {episode.id: node for episode, node in told}
        for question in asked_of(world, words, {node: episode.id for episode, node in told}, draw):
            asked += 1
            assert world.graph.nodes[by_episode[question.episode]].label not in question.text
            assert "{" not in question.text
    assert asked > 10


def test_it_prints_a_table(capsys, tmp_path):
    """With the facts of the network, more is recalled than without any."""
    out = tmp_path / "figures.json"
    assert main(["--num-worlds", "12", "--quick", "--json", str(out)]) == 0
    figures = json.loads(out.read_text())
    assert figures["en_gnn"] > figures["en_no_facts_in_mind"]
    assert "gnn minus pagerank" in capsys.readouterr().out
