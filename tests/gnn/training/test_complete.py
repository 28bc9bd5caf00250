"""Completion learns a rule, and hides from attention what it asks for."""

from __future__ import annotations

import numpy as np
import pytest

from roleagent.gnn.completion import CompletionShape
from roleagent.gnn.training.complete import (
    CompletionOptions,
    Ranked,
    plausibility_of,
    ranked,
    train_completion,
)
from roleagent.gnn.training.triples import Triples

pytestmark = pytest.mark.xdist_group("torch")

COUPLES = 24


def couples() -> Triples:
    """Husband and wife live in one of four towns; the towns of some wives are asked for in the test."""
    people, towns = 2 * COUPLES, 4
    rows = []
    for each in range(COUPLES):
        husband, wife, town = 2 * each, 2 * each + 1, people + each % towns
        rows += [(husband, 0, wife), (husband, 1, town), (wife, 1, town)]
    held = [row for row in rows if row[1] == 1 and row[0] % 2 and row[0] < 20]
    return Triples(
        entities=tuple(f"e{number}" for number in range(people + towns)),
        relations=("married_to", "lives_in"),
        parts={
            "train": np.array([row for row in rows if row not in held]),
            "valid": np.array(held[:4]),
            "test": np.array(held[4:]),
        },
    )


def trained(*, attention: bool, epochs: int = 40, seed: int = 0):
    triples = couples()
    shape = CompletionShape(
        num_entities=len(triples.entities), num_relations=4, dim=16, low=16, heads=2, attention=attention
    )
    options = CompletionOptions(
        epochs=epochs, batch=16, rate=0.02, rate_attention=0.02, penalty=0.001, most=6, seed=seed
    )
    return train_completion(triples, shape, options), triples


@pytest.mark.parametrize(("attention", "part"), [(False, "train"), (True, "test")])
def test_it_learns(attention, part):
    """The scorer alone learns what it is shown; with attention, that a wife's town is her husband's."""
    network, triples = trained(attention=attention)
    untrained, _ = trained(attention=attention, epochs=1)
    assert ranked(network, triples, part).mrr > ranked(untrained, triples, part).mrr + 0.1
    true = triples.parts[part][triples.parts[part][:, 1] == 1]
    false = true.copy()
    false[:, 2] = 48 + (false[:, 2] - 48 + 1) % 4  # the next town
    assert plausibility_of(network, triples, true).mean() > plausibility_of(network, triples, false).mean()


def test_a_seed_gives_the_same_network():
    """Figures can be made again."""
    one, other, another = (trained(attention=True, epochs=1, seed=seed)[0] for seed in (1, 1, 2))
    assert one.entity.equal(other.entity)
    assert not one.entity.equal(another.entity)


def test_ranks_and_hits_by_hand():
    """1/1, 1/2 and 1/4 make 7/12."""
    found = Ranked(ranks=np.array([1.0, 2.0, 4.0]))
    assert found.mrr == pytest.approx(7 / 12)
    assert found.hits(2) == pytest.approx(2 / 3)
    assert str(found) == "MRR 0.5833  Hits@1 0.333  Hits@3 0.667  Hits@10 1.000"
