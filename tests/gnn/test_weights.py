"""Each file of weights that is shipped has its card beside it, and the card is of these weights."""

from __future__ import annotations

import pytest

from roleagent.gnn.ranker import WEIGHTS
from roleagent.gnn.salience import SalienceNetwork

SHIPPED = sorted(WEIGHTS.glob("*.safetensors"))
NETWORKS = [WEIGHTS / f"{embedder}.safetensors" for embedder in ("bge-small-en", "use-m3")]


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_shipped_weights_have_a_card_of_their_own(path):
    """A card that was left behind by a new training would mislead."""
    card = path.with_suffix(".md").read_text(encoding="utf-8")
    network = SalienceNetwork.load(path)
    num_weights = sum(values.size for values in network.weights.values())
    assert card.startswith(f"# {path.stem}\n")
    assert f"| embedder | `{network.embedder}`, rows of {network.dim} numbers |" in card
    assert f"| weights | {num_weights:,}, stored in half precision |" in card
    assert f"| temperature | {network.temperature:.3f} |" in card
    assert "roleagent train gnn" in card


def test_weights_are_small_enough_to_ship():
    """Under 5 MB for each embedder."""
    assert SHIPPED
    assert all(path.stat().st_size < 5_000_000 for path in SHIPPED)
