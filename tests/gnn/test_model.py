"""The attention layer against the same sum written as a loop."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleagent.gnn.features import Features

pytestmark = pytest.mark.xdist_group("torch")  # one process loads it, and only when a test of these runs


def unit(rows: list[list[float]]) -> np.ndarray:
    array = np.array(rows, np.float32)
    return array / np.linalg.norm(array, axis=-1, keepdims=True)


NODES = unit([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
EDGES = unit([[1, 1, 0], [0, 1, 1]])
FEATURES = Features(
    node=NODES, edge=np.concatenate([EDGES, EDGES]), edge_index=np.array([[0, 1, 1, 2], [1, 2, 0, 1]])
)
QUESTIONS = unit([[1, 2, 3], [3, -1, 1]])


def by_hand(features: Features, questions: np.ndarray, temperature: float) -> np.ndarray:
    out = np.zeros((len(questions), len(features.node)), np.float32)
    for row, question in enumerate(questions):
        for node in range(len(features.node)):
            said = [
                (features.node[source] + features.edge[edge])
                / np.linalg.norm(features.node[source] + features.edge[edge])
                for edge, (source, target) in enumerate(features.edge_index.T)
                if target == node
            ]
            weights = np.exp([message @ question / temperature for message in said])
            summed = sum(w * message for w, message in zip(weights / weights.sum(), said, strict=True))
            out[row, node] = summed @ question
    return out


@pytest.mark.parametrize("module", ["model", "attention"])
def test_the_untrained_layer_is_the_formula(module: str):
    """Three ways of computing one thing: message passing for all questions at once, numpy, and a loop."""
    attend = import_module(f"roleagent.gnn.{module}").attend
    expected = by_hand(FEATURES, QUESTIONS, temperature=0.05)
    assert np.allclose(attend(FEATURES, QUESTIONS), expected, atol=1e-5)


@given(seed=st.integers(0, 2**32 - 1), num_nodes=st.integers(2, 9), num_facts=st.integers(1, 20))
@settings(max_examples=30, deadline=None)
def test_numpy_and_the_layer_agree_on_any_graph(seed: int, num_nodes: int, num_facts: int):
    """A ranker changes from one to the other in the middle of a conversation."""
    from roleagent.gnn import attention, model

    random = np.random.default_rng(seed)
    sentences = unit(random.normal(size=(num_facts, 4)))
    ends = random.integers(0, num_nodes, (2, num_facts))  # some nodes have no fact, some facts are loops
    features = Features(
        node=unit(random.normal(size=(num_nodes, 4))),
        edge=np.concatenate([sentences, sentences]),
        edge_index=np.concatenate([ends, ends[::-1]], axis=1),
    )
    questions = unit(random.normal(size=(3, 4)))
    expected = model.attend(features, questions)
    assert np.allclose(attention.attend(features, questions), expected, atol=1e-4)


def test_an_untrained_projection_is_the_identity():
    """So that the layer means something before it is trained."""
    import torch

    from roleagent.gnn.model import Projection

    x = torch.randn(4, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(Projection(8, rank=2)(x), x)


def test_the_layer_can_be_trained():
    """Its parameters get gradients, though they begin as the identity."""
    import torch

    from roleagent.gnn.model import NeighbourhoodAttention

    layer = NeighbourhoodAttention(3, rank=2)
    arrays = (FEATURES.node, FEATURES.edge_index, FEATURES.edge, QUESTIONS)
    layer(*(torch.from_numpy(array) for array in arrays)).sum().backward()
    assert layer.value.up.grad is not None
    assert layer.value.up.grad.abs().sum() > 0


def test_torch_gets_its_threads_back():
    """The number of threads is the process's, and other models want them."""
    import torch

    from roleagent.gnn.model import attend

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    attend(FEATURES, QUESTIONS)
    during = torch.get_num_threads()
    torch.set_num_threads(before)
    assert during == 2
