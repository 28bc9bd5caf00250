"""Each file of weights that is shipped has its card beside it, and the card is of these weights."""

from __future__ import annotations

import pytest

from roleagent.gnn.affect import FORMAT, AffectHead
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


def test_the_affect_head_has_a_card_of_its_own():
    """With the licence of what it was trained on."""
    path = WEIGHTS / "affect-use-m3.safetensors"
    card, head = path.with_suffix(".md").read_text(encoding="utf-8"), AffectHead.load(path)
    (hidden, dim), (words, width) = (head.weights[name].shape for name in ("enter.weight", "words.table"))
    num_weights = sum(values.size for values in head.weights.values()) - words
    assert card.startswith(f"# {path.stem}\n")
    assert f"| embedder | `{head.embedder}`, rows of {dim} numbers |" in card
    assert f"| hidden layer | {hidden} numbers |" in card
    assert f"| words and pairs of words | {words:,}, {width} numbers each |" in card
    assert f"| weights | {num_weights:,}, stored in half precision |" in card
    assert f"version of the file | `{FORMAT}`" in card
    assert "roleagent train affect" in card
    assert "GoEmotions (arXiv:2005.00547), Apache-2.0" in card
    assert path.stat().st_size < 1_000_000


def test_weights_are_small_enough_to_ship():
    """Under 5 MB for each embedder."""
    assert SHIPPED
    assert all(path.stat().st_size < 5_000_000 for path in SHIPPED)
