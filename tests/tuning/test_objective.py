"""The four terms and their gradients, against values worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from roleagent.tuning.bases import Base
from roleagent.tuning.encoding import Encoder
from roleagent.tuning.objective import (
    Objective,
    consistency_loss,
    language_loss,
    odds_ratio_loss,
    preference_loss,
    relevance_loss,
)
from roleagent.tuning.packing import Answer, Packed, pack
from roleagent.tuning.scoring import as_inputs, log_probs_of, sums
from tests.tuning.tiny_models import dialogue, numbers

pytestmark = pytest.mark.xdist_group("torch")


def answer(standing: Any, num: int, of: int = 0, *, last: bool = False, differs_at: int = 0) -> Answer:
    return Answer(
        dialogue=of,
        standing=standing,
        before=tuple(range(num)),
        tokens=tuple(range(num)),
        is_last=last,
        differs_at=differs_at,
    )


def packed_of(*answers: Answer, grounded: tuple[bool, ...] = (True,)) -> Packed:
    told = [dialogue("Hi.", "Good day.", grounded=each) for each in grounded]
    return Packed(ids=(), positions=(), branch_of=(), parents=(), answers=answers, dialogues=tuple(told))


def logs(*probabilities: float) -> Tensor:
    """Their logarithms, with gradients."""
    return torch.tensor(probabilities, dtype=torch.float64).log().requires_grad_()


def value(loss: Tensor | None) -> float:
    assert loss is not None
    return loss.item()


def gradient(loss: Tensor | None, of: Tensor) -> list[float]:
    assert loss is not None
    return torch.autograd.grad(loss, of, retain_graph=True)[0].tolist()


def test_language_loss_is_the_mean_over_tokens():
    """Of good replies, whether they end the dialogue or not; three tokens, so a third each."""
    first, bad, second = logs(0.5, 0.25), logs(0.1), logs(0.125)
    answers = (answer("good", 2), answer("voice", 1), answer("good", 1, last=True))
    loss = language_loss(answers, [first, bad, second])
    assert value(loss) == pytest.approx((1 + 2 + 3) * math.log(2) / 3)
    assert gradient(loss, first) == pytest.approx([-1 / 3, -1 / 3])
    assert gradient(loss, second) == pytest.approx([-1 / 3])
    assert language_loss((answer("voice", 1),), [bad]) is None


def test_consistency_loss_is_likelihood_and_a_margin():
    """Mean over the reply; the margin counts from the first token that differs."""
    good, bad = logs(0.5, 0.5, 0.25), logs(0.9, 0.25)
    packed = packed_of(
        answer("good", 3, last=True), answer("contradiction", 2, differs_at=1), grounded=(True,)
    )
    loss = consistency_loss(packed, [good, bad], margin=2.0)
    likelihood = (math.log(2) + math.log(2) + math.log(4)) / 3
    apart = (math.log(0.5) + math.log(0.25)) / 2 - math.log(0.25)
    assert value(loss) == pytest.approx(likelihood + 2.0 - apart)
    assert gradient(loss, good) == pytest.approx([-1 / 3, -1 / 3 - 1 / 2, -1 / 3 - 1 / 2])
    assert gradient(loss, bad) == pytest.approx([0, 1])
    far = consistency_loss(packed, [good, bad], margin=0.3)  # apart by 0.35 already
    assert value(far) == pytest.approx(likelihood)
    assert gradient(far, good) == pytest.approx([-1 / 3] * 3)


def test_consistency_loss_of_replies_that_say_nothing_of_it():
    """No grounded reply and no twin: no term. A twin of a reply that is not grounded counts by its margin."""
    good, bad = logs(0.5), logs(0.25)
    alone = packed_of(answer("good", 1, last=True), grounded=(False,))
    assert consistency_loss(alone, [good], margin=2.0) is None
    twin = packed_of(answer("good", 1, last=True), answer("contradiction", 1), grounded=(False,))
    assert value(consistency_loss(twin, [good, bad], margin=2.0)) == pytest.approx(2.0 - math.log(2))
    prefix = packed_of(
        answer("good", 1, last=True), answer("contradiction", 1, differs_at=1), grounded=(False,)
    )
    assert consistency_loss(prefix, [good, bad], margin=2.0) is None  # there is nothing in which they differ


def test_relevance_loss_is_cross_entropy_over_replies():
    """Means over tokens, divided by the temperature, as logits; two dialogues, so half each."""
    good, other, lone = logs(0.5, 0.125), logs(0.0625), logs(0.5)
    answers = (answer("good", 2, last=True), answer("other", 1), answer("good", 1, of=1, last=True))
    loss = relevance_loss(answers, [good, other, lone], temperature=0.5)
    scores = [-2 * math.log(2) / 0.5, -4 * math.log(2) / 0.5]  # so the share is 16 / 17
    share = math.exp(scores[0]) / sum(map(math.exp, scores))
    assert share == pytest.approx(16 / 17)
    assert value(loss) == pytest.approx(-math.log(16 / 17))
    assert gradient(loss, good) == pytest.approx([-(1 - share) / 0.5 / 2] * 2)
    assert gradient(loss, other) == pytest.approx([(1 - share) / 0.5])
    assert relevance_loss(answers[2:], [lone], temperature=0.5) is None


def test_odds_ratio_loss_is_that_of_orpo():
    """P by the geometric mean: 1/4 against 1/2, so odds of 1/3 against 1."""
    good, bad = logs(0.5, 0.125), logs(0.5)
    loss = odds_ratio_loss([(0, 1)], [good, bad])
    ratio = (1 / 3) / 1
    assert value(loss) == pytest.approx(-math.log(ratio / (1 + ratio)))  # -log sigmoid(log ratio)
    slope = -1 / (1 + ratio)  # of -log sigmoid at log ratio
    assert gradient(loss, good) == pytest.approx(
        [slope / (1 - 0.25) / 2] * 2
    )  # d log odds / d log P = 1/(1-P)
    assert gradient(loss, bad) == pytest.approx([-slope / (1 - 0.5)])
    assert odds_ratio_loss([], []) is None


def test_odds_of_what_is_certain_are_finite():
    """A reply that is learned by heart would otherwise end the training with an infinite loss."""
    good, bad = logs(1.0), logs(0.5)
    loss = odds_ratio_loss([(0, 1)], [good, bad])
    assert math.isfinite(value(loss))
    assert all(map(math.isfinite, gradient(loss, good)))


def test_preference_loss_is_that_of_dpo():
    """Sums over tokens against those before training; without any change, log 2."""
    good, bad = logs(0.5, 0.5), logs(0.25)
    before = [math.log(0.25), math.log(0.25)]
    assert value(preference_loss([(0, 1)], [good, bad], before, beta=0.1)) == pytest.approx(math.log(2))
    before = [math.log(0.125), math.log(0.5)]  # the good one twice as likely by now, the bad one half
    loss = preference_loss([(0, 1)], [good, bad], before, beta=0.5)
    assert value(loss) == pytest.approx(math.log(1 + 4**-0.5))
    slope = -0.5 / (1 + 4**0.5)
    assert gradient(loss, good) == pytest.approx([slope] * 2)
    assert gradient(loss, bad) == pytest.approx([-slope])
    assert preference_loss([], [], [], beta=0.1) is None


ALL = Objective(lm=1.0, con=0.5, rel=0.25, safe=2.0)


def test_total_weighs_the_terms():
    """Each by its own weight, and only those that the sequence has."""
    terms = {"lm": torch.tensor(1.0), "safe": torch.tensor(3.0)}
    assert ALL.total(terms).item() == pytest.approx(1.0 * 1 + 2.0 * 3)


@pytest.mark.parametrize(
    ("objective", "terms", "standings"),
    [
        (Objective(), {"lm"}, {"good"}),
        (Objective(con=1), {"lm", "con"}, {"good", "contradiction"}),
        (Objective(rel=1), {"lm", "rel"}, {"good", "other"}),
        (Objective(safe=1), {"lm", "safe"}, {"good", "voice", "safety"}),
        (Objective(lm=0, safe=1, preference="dpo"), {"safe"}, {"good", "voice", "safety"}),
        (ALL, {"lm", "con", "rel", "safe"}, {"good", "contradiction", "other", "voice", "safety"}),
    ],
)
def test_a_weight_of_nothing_switches_a_term_off(
    llama: Base, objective: Objective, terms: set[str], standings: set[str]
):
    """It is neither computed nor shown, and its replies are not needed."""
    encoder = Encoder(llama.tokenizer, llama.control_tokens)
    encoded = [encoder.encode(each).only(objective.standings) for each in numbers(1, 2, twins=True)]
    packed = pack(encoded, num_others=objective.num_others if objective.rel else 0)
    with torch.no_grad():
        log_probs = log_probs_of(llama.model.eval(), as_inputs(packed))
    assert {each.standing for each in packed.answers} == standings
    assert set(objective.terms(packed, log_probs, sums(log_probs))) == terms
    assert objective.standings == standings


def test_dpo_without_a_reference_is_refused():
    """It would prefer by likelihood alone, and nobody would see it."""
    packed = packed_of(answer("good", 1, last=True), answer("voice", 1))
    with pytest.raises(ValueError, match="DPO needs"):
        Objective(safe=1, preference="dpo").terms(packed, [logs(0.5), logs(0.5)])


def test_a_sequence_without_anything_to_measure_has_no_terms():
    """A dialogue without rejected replies, where only those count."""
    packed = packed_of(answer("good", 1, last=True))
    assert Objective(lm=0, safe=1).terms(packed, [logs(0.5)]) == {}


@pytest.mark.parametrize(
    "objective",
    [
        Objective(),
        Objective(lm=0, con=1.0),
        Objective(lm=0, rel=1.0),
        Objective(lm=0, safe=1.0),
        Objective(lm=0, safe=1.0, preference="dpo"),
        ALL,
    ],
    ids=["lm", "con", "rel", "orpo", "dpo", "all"],
)
def test_gradients_of_the_weights_are_those_of_finite_differences(llama: Base, objective: Objective):
    """Through the packing, the model and the term: what the optimiser gets is the slope of what is shown."""
    from transformers import AutoModelForCausalLM

    encoder = Encoder(llama.tokenizer, llama.control_tokens)
    encoded = [encoder.encode(each) for each in numbers(1, 2, twins=True)]
    inputs = as_inputs(pack(encoded, num_others=1))
    model: Any = AutoModelForCausalLM.from_pretrained(llama.name).eval()
    with torch.no_grad():
        before = [each - 0.1 * at for at, each in enumerate(sums(log_probs_of(model, inputs)))]
    weights = model.model.layers[1].mlp.down_proj.weight

    def loss() -> Tensor:
        return objective.total(objective.terms(inputs.packed, log_probs_of(model, inputs), before))

    [slope] = torch.autograd.grad(loss(), weights)
    step = 0.1 * slope / slope.norm()
    with torch.no_grad():
        weights += step
        above = loss()
        weights -= 2 * step
        below = loss()
    assert slope.norm().item() == pytest.approx((above - below).item() / 0.2, rel=1e-2)
    assert slope.norm().item() > 1e-4


def test_objectives_are_values():
    """They stand in a training's fingerprint."""
    assert replace(ALL, con=0.5) == ALL
    assert ALL.weights == {"lm": 1.0, "con": 0.5, "rel": 0.25, "safe": 2.0, "kd": 0.0}
