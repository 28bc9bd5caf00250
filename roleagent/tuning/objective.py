"""The objective: L = L_LM + λ₁ L_con + λ₂ L_rel + λ₃ L_safe, and with a teacher + λ₄ L_KD.

Each term is a mean over one sequence, and a step of the optimiser takes the mean over its sequences. All
terms are made from log-probabilities of replies r given what is read before them, x:

- L_LM, the mean over all learned tokens of a sequence of −log P(token | what stands before it).
- L_con, for replies that say what stands in x: the mean over their tokens of −log P, and a margin against
  each reply r⁻ that contradicts x, max(0, m − (s(r) − s(r⁻))). Here s is the mean log-probability of the
  tokens from the first one on in which the two differ.
- L_rel, contrastive: −log of the share of r among r and the replies of other dialogues, by exp(s / τ) with s
  the mean log-probability of all their tokens (InfoNCE, arXiv 1807.03748).
- L_safe, for replies of which a policy prefers r to r⁻: the odds ratio of ORPO (arXiv 2403.07691),
  −log σ(log odds(r) − log odds(r⁻)), or DPO (arXiv 2305.18290),
  −log σ(β ((log P(r) − log P₀(r)) − (log P(r⁻) − log P₀(r⁻)))), with P₀ the model before training.

L_KD, the one term that needs more than these, is made in `distillation_loss`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from roleagent.tuning.packing import Answer, Packed

Preference = Literal["orpo", "dpo"]
TERMS = ("lm", "con", "rel", "safe", "kd")
_LEAST = 1e-6  # of 1 - P, below which odds are cut off


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """Weights and forms of the four terms; a weight of 0 switches a term off.

    Attributes:
        lm: weight of L_LM.
        con: λ₁.
        rel: λ₂.
        safe: λ₃.
        margin: m, in nats a token.
        temperature: τ, in nats a token.
        num_others: how many replies of other dialogues L_rel compares with.
        preference: the form of L_safe.
        beta: β of DPO.
        kd: λ₄; needs a teacher.
        kd_temperature: T of L_KD.
    """

    lm: float = 1.0
    con: float = 0.0
    rel: float = 0.0
    safe: float = 0.0
    margin: float = 2.0
    temperature: float = 0.5
    num_others: int = 3
    preference: Preference = "orpo"
    beta: float = 0.1
    kd: float = 0.0
    kd_temperature: float = 2.0

    @property
    def weights(self) -> Mapping[str, float]:
        """The weight of each term."""
        return {"lm": self.lm, "con": self.con, "rel": self.rel, "safe": self.safe, "kd": self.kd}

    @property
    def standings(self) -> frozenset[str]:
        """Which replies the terms that are on need."""
        needed = {"good"}
        needed |= {"contradiction"} if self.con else set()
        needed |= {"other"} if self.rel else set()
        needed |= {"voice", "safety"} if self.safe else set()
        return frozenset(needed)

    def terms(
        self, packed: Packed, log_probs: Sequence[Tensor], before: Sequence[float] | None = None
    ) -> dict[str, Tensor]:
        """Each term but L_KD that is on and for which the sequence has replies, without its weight.

        Args:
            packed: the sequence.
            log_probs: of each answer, ``[num_tokens]``: the log-probability of each of its tokens.
            before: of each answer, the sum of its log-probabilities before training; for DPO.

        Raises:
            ValueError: DPO without `before`.
        """
        found: dict[str, Tensor | None] = {}
        if self.lm:
            found["lm"] = language_loss(packed.answers, log_probs)
        if self.con:
            found["con"] = consistency_loss(packed, log_probs, margin=self.margin)
        if self.rel:
            found["rel"] = relevance_loss(packed.answers, log_probs, temperature=self.temperature)
        if self.safe:
            pairs = list(_pairs(packed.answers, ("voice", "safety")))
            if self.preference == "orpo":
                found["safe"] = odds_ratio_loss(pairs, log_probs)
            elif before is not None:
                found["safe"] = preference_loss(pairs, log_probs, before, beta=self.beta)
            else:
                raise ValueError("DPO needs the log-probabilities before training")
        return {name: term for name, term in found.items() if term is not None}

    def total(self, terms: Mapping[str, Tensor]) -> Tensor:
        """The weighted sum.

        Args:
            terms: at least one.
        """
        return torch.stack([self.weights[name] * term for name, term in terms.items()]).sum()


def language_loss(answers: Sequence[Answer], log_probs: Sequence[Tensor]) -> Tensor | None:
    """L_LM of the good replies; None if there is none."""
    good = [each for answer, each in zip(answers, log_probs, strict=True) if answer.standing == "good"]
    return -torch.cat(good).mean() if good else None


def consistency_loss(packed: Packed, log_probs: Sequence[Tensor], *, margin: float) -> Tensor | None:
    """L_con; None if no reply is grounded."""
    answers = packed.answers
    grounded = [
        each
        for answer, each in zip(answers, log_probs, strict=True)
        if answer.is_last and packed.dialogues[answer.dialogue].grounded
    ]
    hinges = [
        torch.relu(margin - (log_probs[good][first:].mean() - log_probs[bad][first:].mean()))
        for good, bad in _pairs(answers, ("contradiction",))
        if (first := answers[bad].differs_at) < min(len(answers[good].tokens), len(answers[bad].tokens))
    ]
    parts = [-torch.cat(grounded).mean()] if grounded else []
    parts += [torch.stack(hinges).mean()] if hinges else []
    return torch.stack(parts).sum() if parts else None


def relevance_loss(
    answers: Sequence[Answer], log_probs: Sequence[Tensor], *, temperature: float
) -> Tensor | None:
    """L_rel; None if no dialogue has replies of others beside its own."""
    means = [each.mean() / temperature for each in log_probs]
    losses = []
    for good, others in _groups(answers, "other").items():
        scores = torch.stack([means[good], *(means[other] for other in others)])
        losses.append(-torch.log_softmax(scores, dim=0)[0])
    return torch.stack(losses).mean() if losses else None


def odds_ratio_loss(pairs: Sequence[tuple[int, int]], log_probs: Sequence[Tensor]) -> Tensor | None:
    """L_safe by ORPO over pairs of a preferred and a rejected reply; None if there is none."""
    losses = [-logsigmoid(_log_odds(log_probs[good]) - _log_odds(log_probs[bad])) for good, bad in pairs]
    return torch.stack(losses).mean() if losses else None


def preference_loss(
    pairs: Sequence[tuple[int, int]], log_probs: Sequence[Tensor], before: Sequence[float], *, beta: float
) -> Tensor | None:
    """L_safe by DPO over pairs of a preferred and a rejected reply; None if there is none."""
    losses = [
        -logsigmoid(beta * ((log_probs[good].sum() - before[good]) - (log_probs[bad].sum() - before[bad])))
        for good, bad in pairs
    ]
    return torch.stack(losses).mean() if losses else None


def _log_odds(log_probs: Tensor) -> Tensor:
    """Log (P / (1 - P)) with P the geometric mean over tokens, as in ORPO."""
    mean = log_probs.mean()
    return mean - torch.log((-torch.expm1(mean)).clamp(min=_LEAST))


def _pairs(answers: Sequence[Answer], standings: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The last reply of each dialogue with each of its replies of these standings."""
    for standing in standings:
        for good, others in _groups(answers, standing).items():
            yield from ((good, bad) for bad in others)


def _groups(answers: Sequence[Answer], standing: str) -> dict[int, list[int]]:
    """The last reply of each dialogue, with its replies of a standing; those without any are left out."""
    last = {answer.dialogue: at for at, answer in enumerate(answers) if answer.is_last}
    found: dict[int, list[int]] = {}
    for at, answer in enumerate(answers):
        if answer.standing == standing:
            found.setdefault(last[answer.dialogue], []).append(at)
    return found
