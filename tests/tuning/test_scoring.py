"""The log-probabilities in a sequence are those of each dialogue alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from roleagent.tuning.bases import Base
from roleagent.tuning.encoding import Encoded, Encoder
from roleagent.tuning.packing import pack
from roleagent.tuning.scoring import as_inputs, log_probs_of, mixes_branches, sums
from tests.tuning.tiny_models import dialogue

pytestmark = pytest.mark.xdist_group("torch")

TOLD = dialogue("Hi.", "Good day.")


def alone(model: Any, before: tuple[int, ...], answer: tuple[int, ...]) -> torch.Tensor:
    """The log-probabilities of an answer's tokens, by the model's plain call on one plain text."""
    logits = model(input_ids=torch.tensor([[*before, *answer]])).logits[0].float()
    log_probs = torch.log_softmax(logits, dim=-1)
    return torch.stack([log_probs[len(before) + at - 1, token] for at, token in enumerate(answer)])


def all_alone(model: Any, encoded: list[Encoded], num_others: int) -> list[torch.Tensor]:
    """The answers of a sequence in its order, each from a plain text of its own."""
    found = []
    for number, each in enumerate(encoded):
        for at in range(1, len(each.pieces), 2):
            before = tuple(token for piece in each.pieces[:at] for token in piece)
            found.append(alone(model, before, each.pieces[at]))
        found += [alone(model, before, ids) for ids, _ in each.rejected]
        after = [*encoded[number + 1 :], *encoded[:number]]
        others = dict.fromkeys(other.reply for other in after if other.reply != each.reply)
        found += [alone(model, before, ids) for ids in list(others)[:num_others]]
    return found


def assert_same(model: Any, encoded: list[Encoded], num_others: int) -> None:
    with torch.no_grad():
        together = log_probs_of(model, as_inputs(pack(encoded, num_others=num_others)))
        apart = all_alone(model, encoded, num_others)
    assert len(together) == len(apart)
    for one, other in zip(together, apart, strict=True):
        torch.testing.assert_close(one, other, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("name", ["llama", "qwen2"])
def test_dialogues_of_several_turns_are_as_likely_together_as_apart(
    name: str, request: pytest.FixtureRequest
):
    """Shared prompts, learned marks, rejected replies and replies of others: all of it at once."""
    base: Base = request.getfixturevalue(name)
    told = [
        dialogue("Hi.", "Good day.", "Who are you?", "Ada, my dear.", learn=(1,)),
        dialogue("Who is he?", "A friend.", rejected=(("A foe.", "contradiction"), ("As an AI…", "voice"))),
        dialogue("你好。", "你好！", rejected=(("滚。", "safety"),)),
        dialogue("Hi.", "Good day.", system="You are Bob."),
        dialogue("Hi.", "Good day.", system=""),
    ]
    encoder = Encoder(base.tokenizer, base.control_tokens)
    assert_same(base.model.eval(), [encoder.encode(each) for each in told], num_others=2)


IDS = st.lists(st.integers(0, 5), min_size=1, max_size=5).map(tuple)


@st.composite
def trees(draw: st.DrawFn) -> list[Encoded]:
    """Dialogues of few different tokens, so that many of them begin alike."""
    made = []
    for _ in range(draw(st.integers(1, 4))):
        pieces = draw(st.lists(IDS, min_size=2, max_size=6).filter(lambda pieces: len(pieces) % 2 == 0))
        rejected = [(ids, "voice") for ids in draw(st.lists(IDS, max_size=2))]
        made.append(Encoded(dialogue=TOLD, pieces=tuple(pieces), rejected=tuple(rejected)))
    return made


@given(encoded=trees(), num_others=st.integers(0, 2))
def test_any_tree_is_as_likely_together_as_apart(llama: Base, encoded: list[Encoded], num_others: int):
    """Empty branches, equal prompts, replies of one token: whatever the shape."""
    assert_same(llama.model.eval(), encoded, num_others)


def test_the_gradients_are_the_same_too(llama: Base):
    """Training goes by these."""
    encoder = Encoder(llama.tokenizer, llama.control_tokens)
    encoded = [
        encoder.encode(dialogue("Hi.", "Good day.", rejected=(("Go.", "voice"),))),
        encoder.encode(dialogue("Who?", "Ada.")),
    ]
    weights = [each for each in llama.model.parameters() if each.requires_grad]
    together = torch.cat(log_probs_of(llama.model, as_inputs(pack(encoded)))).sum()
    apart = torch.cat(all_alone(llama.model, encoded, 0)).sum()
    for one, other in zip(
        torch.autograd.grad(together, weights), torch.autograd.grad(apart, weights), strict=True
    ):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-3)


def branching(base: Base) -> Any:
    encoder = Encoder(base.tokenizer, base.control_tokens)
    return as_inputs(
        pack([encoder.encode(dialogue(f"Is it {n}?", f"It is {n}.", "Sure?", "Yes.")) for n in "47"])
    )


class Listening(torch.nn.Module):
    """A model that does not do as it is told with one of its arguments."""

    def __init__(self, model: Any, without: str) -> None:
        super().__init__()
        self.model, self.without = model, without

    def forward(self, **given: Any) -> Any:
        given.pop(self.without, None)
        return SimpleNamespace(logits=self.model(**given).logits)


def decided(base: Base, **how: Any) -> Any:
    """The model with larger weights: what it attends to and where makes a difference, as in a trained one."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base.name, **how).eval()
    with torch.no_grad():
        for weights in model.model.layers.parameters():
            if weights.ndim == 2:
                weights *= 10
    return model


@pytest.mark.parametrize("name", ["llama", "qwen2"])
@pytest.mark.parametrize("ignored", ["attention_mask", "position_ids"])
def test_a_model_that_ignores_branches_is_found_out(name: str, ignored: str, request: pytest.FixtureRequest):
    """Its log-probabilities would be of nonsense, and the loss would fall all the same."""
    base: Base = request.getfixturevalue(name)
    model = decided(base)
    with torch.no_grad():
        assert not mixes_branches(model, branching(base))
        assert mixes_branches(Listening(model, ignored), branching(base))


def test_a_model_that_adds_the_mask_is_found_out(llama: Base):
    """Attention of the kind "eager" takes true for 1 and false for 0, and adds them."""
    with torch.no_grad():
        assert mixes_branches(decided(llama, attn_implementation="eager"), branching(llama))


def test_a_model_that_keeps_all_logits_serves_too(llama: Base):
    """Not every one knows `logits_to_keep`."""
    with torch.no_grad():
        few = torch.cat(log_probs_of(llama.model.eval(), branching(llama)))
        many = torch.cat(log_probs_of(Listening(llama.model, "logits_to_keep"), branching(llama)))
    torch.testing.assert_close(few, many)


def test_a_mask_is_made_only_when_it_is_needed(llama: Base):
    """It has as many places as the square of the tokens: a megabyte for a thousand, times each sequence."""
    inputs = branching(llama)
    assert inputs.packed.branches
    assert set(inputs.tensors) == {"input_ids", "position_ids"}
    assert inputs.num_tokens == len(inputs.packed.ids)
    assert inputs.to("cpu").key == inputs.key


def test_sums():
    """Of each answer."""
    assert sums([torch.tensor([-1.0, -2.5]), torch.tensor([-0.25])]) == [-3.5, -0.25]
