"""Log-probabilities of the replies in a sequence."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from roleagent.tuning.packing import Packed

_SAME, _SAME_IN_HALF = 1e-3, 0.1  # nats a token, by which rounding may tell two ways of computing apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """A sequence as tensors.

    Attributes:
        key: different for each sequence of a training.
        packed: what it holds.
        tensors: what the model is called with. If the sequence branches, its mask comes on top: that is made
            when it is needed, for it takes more memory than all the rest.
        rows: of the logits that are kept: each answer's in turn; all 0 if the tensors have one row.
        places: of the same, within their row.
        targets: the token that each of them foretells.
    """

    key: str
    packed: Packed
    tensors: dict[str, Tensor]
    rows: Tensor
    places: Tensor
    targets: Tensor

    @property
    def num_tokens(self) -> int:
        """Tokens of the sequence."""
        return self.tensors["input_ids"].numel()

    def to(self, device: Any, **more: Any) -> Inputs:  # Any: as in torch
        """The same on a device."""
        return Inputs(
            key=self.key,
            packed=self.packed,
            tensors={name: each.to(device, **more) for name, each in self.tensors.items()},
            rows=self.rows.to(device, **more),
            places=self.places.to(device, **more),
            targets=self.targets.to(device, **more),
        )


def as_inputs(packed: Packed) -> Inputs:
    """The tensors of a sequence, ``[1, num_tokens]``."""
    tensors = {
        "input_ids": torch.tensor([packed.ids]),
        "position_ids": torch.tensor([packed.positions]),
    }
    places = [place for answer in packed.answers for place in answer.before]
    targets = [token for answer in packed.answers for token in answer.tokens]
    return Inputs(
        key=uuid.uuid4().hex,
        packed=packed,
        tensors=tensors,
        rows=torch.zeros(len(places), dtype=torch.long),
        places=torch.tensor(places),
        targets=torch.tensor(targets),
    )


def logits_of(model: Any, inputs: Inputs) -> Tensor:  # Any: a transformers model
    """The logits of all answers' tokens in turn, ``[num_targets, vocabulary]``.

    Args:
        model: with a head over the vocabulary.
        inputs: on the model's device.
    """
    kept, inverse = torch.unique(inputs.places, return_inverse=True)
    given = inputs.tensors
    if inputs.packed.branches and "attention_mask" not in given:
        given = {**given, "attention_mask": inputs.packed.mask(kept.device)}
    logits: Tensor = model(**given, logits_to_keep=kept).logits  # [num_rows, num_kept, vocabulary]
    if logits.shape[1] != len(kept):  # a model that keeps all of them
        logits = logits[:, kept]
    return logits[inputs.rows, inverse].float()


def log_probs_of(model: Any, inputs: Inputs) -> list[Tensor]:  # Any: a transformers model
    """Of each answer, ``[num_tokens]``: the log-probability of each of its tokens.

    Args:
        model: with a head over the vocabulary.
        inputs: on the model's device.
    """
    return log_probs_in(inputs, logits_of(model, inputs))


def log_probs_in(inputs: Inputs, logits: Tensor) -> list[Tensor]:
    """Of each answer, the log-probabilities of its tokens, from what `logits_of` found."""
    log_probs = torch.log_softmax(logits, dim=-1).gather(1, inputs.targets[:, None])[:, 0]
    return list(torch.split(log_probs, [len(answer.tokens) for answer in inputs.packed.answers]))


def mixes_branches(model: Any, inputs: Inputs) -> bool:  # Any: a transformers model
    """Whether a model reads a sequence that branches otherwise than each branch alone.

    Models without plain attention do, and so do those whose attention takes no mask of truth values. Measured
    at the last answer.

    Args:
        model: in evaluation mode.
        inputs: a sequence that branches, on the model's device.
    """
    together = log_probs_of(model, inputs)[-1]
    alone = log_probs_of(model, as_inputs(_last_alone(inputs.packed)).to(together.device))[0]
    is_exact = next(model.parameters()).dtype == torch.float32
    return not float((together - alone).abs().mean()) <= (_SAME if is_exact else _SAME_IN_HALF)


def _last_alone(packed: Packed) -> Packed:
    """The last answer and what it follows, without the other branches."""
    path = [len(packed.parents) - 1]
    while (parent := packed.parents[path[-1]]) >= 0:
        path.append(parent)
    ids = [token for token, branch in zip(packed.ids, packed.branch_of, strict=True) if branch in path]
    answer = packed.answers[-1]
    first = len(ids) - len(answer.tokens)
    return replace(
        packed,
        ids=tuple(ids),
        positions=tuple(range(len(ids))),
        branch_of=(0,) * len(ids),
        parents=(-1,),
        answers=(replace(answer, before=tuple(range(first - 1, len(ids) - 1))),),
    )


def sums(log_probs: Sequence[Tensor]) -> list[float]:
    """Of each answer, the sum of its log-probabilities."""
    return [float(each.detach().sum()) for each in log_probs]
