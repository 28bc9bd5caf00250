"""A policy names the weights that are trained, and no others are."""

from __future__ import annotations

from typing import Any

import pytest

from roleagent.errors import ConfigurationError
from roleagent.testing.models import build_tiny_llava
from roleagent.tuning.bases import Base, open_base
from roleagent.tuning.freezing import NOT_TEXT, check_policy, freeze

pytestmark = pytest.mark.xdist_group("torch")


@pytest.fixture(scope="module")
def llava(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return open_base(f"transformers:{build_tiny_llava(tmp_path_factory.mktemp('llava'))}")


@pytest.fixture
def model(request: pytest.FixtureRequest) -> Any:
    """The tiny model of that name, with all weights as before afterwards."""
    model = request.getfixturevalue(request.param).model
    before = {name: each.requires_grad for name, each in model.named_parameters()}
    yield model
    for name, each in model.named_parameters():
        each.requires_grad_(before[name])


def trained(model: Any) -> set[str]:
    return {name for name, each in model.named_parameters() if each.requires_grad}


@pytest.mark.parametrize("model", ["llama", "qwen2"], indirect=True)
def test_the_last_blocks_of_a_text_model(model: Any):
    """Neither embeddings nor head, nor the last norm."""
    num = freeze(model, "top:1")
    assert trained(model) == {name for name, _ in model.named_parameters() if ".layers.1." in name}
    assert num == sum(each.numel() for each in model.parameters() if each.requires_grad) > 0
    freeze(model, "top:2")
    assert trained(model) == {name for name, _ in model.named_parameters() if ".layers." in name}


@pytest.mark.parametrize("model", ["llama", "qwen2", "llava"], indirect=True)
def test_all_or_nothing(model: Any):
    """The base of adapters is frozen as a whole; under `all` nothing is."""
    assert freeze(model, "adapters") == 0
    assert trained(model) == set()
    assert freeze(model, "all") == sum(each.numel() for each in model.parameters())
    assert trained(model) == {name for name, _ in model.named_parameters()}


@pytest.mark.parametrize("model", ["llava"], indirect=True)
def test_pictures_are_left_alone(model: Any):
    """The blocks that read pictures have numbers too, and are not the last ones of the text."""
    freeze(model, "top:1")
    assert trained(model) == {
        name for name, _ in model.named_parameters() if "language_model.layers.1." in name
    }
    assert len(trained(model)) == 9
    freeze(model, "projector")
    assert {name.rpartition("multi_modal_projector.")[2] for name in trained(model)} == {
        *("linear_1.weight", "linear_1.bias", "linear_2.weight", "linear_2.bias")
    }


@pytest.mark.parametrize("model", ["llama"], indirect=True)
def test_what_a_model_does_not_have_cannot_be_trained(model: Any):
    """A text model has no projector, and two blocks have no last three."""
    with pytest.raises(ConfigurationError, match="LlamaForCausalLM has no weights for 'projector'"):
        freeze(model, "projector")
    with pytest.raises(ConfigurationError, match="'top:3': the model has only 2 blocks"):
        freeze(model, "top:3")


@pytest.mark.parametrize("policy", ["top", "top:0", "top:-1", "top:x", "head", "", "All"])
def test_what_is_no_policy_is_refused_with_those_that_are(policy: str):
    """Before anything is loaded."""
    with pytest.raises(ConfigurationError, match=r"does not say what to train\. Write adapters"):
        check_policy(policy)


def test_names_of_what_reads_pictures():
    """Adapters stay off these, in models of other makes too."""
    import re

    for name in (
        "model.vision_tower.vision_model.encoder.layers.0.self_attn.k_proj",
        "model.multi_modal_projector.linear_1",
        "model.connector.modality_projection.proj",
        "visual.blocks.3.attn.qkv",
        "model.visual.merger.mlp.0",
    ):
        assert re.fullmatch(NOT_TEXT, name)
    for name in ("model.language_model.layers.0.mlp.up_proj", "model.layers.11.self_attn.q_proj"):
        assert not re.fullmatch(NOT_TEXT, name)
