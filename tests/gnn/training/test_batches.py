"""Questions side by side get what each gets alone, also after others."""

from __future__ import annotations

import numpy as np
import pytest

from roleagent.embedding.text_vectors import TextVectors
from roleagent.gnn.training.data import worlds
from roleagent.gnn.training.words import words_of
from roleagent.testing.embedders import HashEmbedder

pytestmark = pytest.mark.xdist_group("torch")

DIM = 64


def test_a_batch_computes_what_one_question_after_the_other_does():
    """Talks are read from their start, each with what its own facts keep."""
    torch = pytest.importorskip("torch")
    from roleagent.gnn.network import SalienceNetwork, Shape
    from roleagent.gnn.training.batches import batch_of, log_odds_of

    vectors = TextVectors(HashEmbedder(DIM), max_kept=100_000)
    examples = list(worlds(words_of("en"), 3, "seed", vectors))
    network = SalienceNetwork(Shape(dim=DIM, low=8, hidden=16, heads=2, layers=1, warmth=4)).eval()
    batch = batch_of(examples)
    with torch.no_grad():
        together = log_odds_of(network, batch)
    assert batch.num_questions == sum(len(example.questions) for example in examples)
    assert max(int(example.depth.max()) for example in examples) == len(batch.waves) - 1 >= 2
    kept: dict[tuple[int, int], object] = {}
    for row, (number, place) in enumerate(batch.places):
        example = examples[number]
        facts = example.facts
        with torch.no_grad():
            alone, kept[number, place] = network(
                torch.as_tensor(facts.vectors),
                torch.as_tensor(example.asked[place]).expand(len(facts.facts), -1),
                *(torch.as_tensor(each) for each in (example.clues[place], facts.subject, facts.object)),
                len(facts.ends),
                kept.get((number, int(example.after[place]))),
            )
        assert torch.allclose(together[batch.question == row], alone, atol=1e-4)
        assert np.array_equal(batch.wanted[batch.question == row].numpy() > 0, example.wanted[place])
