"""Many dialogues in one sequence.

Dialogues with one persona begin with the same long prompt. In one sequence that prompt stands once and the
dialogues branch off from it: a token attends to its own branch back to the root and to nothing else, and its
position counts along that branch. The log-probabilities are those of the dialogues one by one, at a fraction
of the cost; rejected replies and the replies of other dialogues, too, are only branches.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from roleagent.tuning.encoding import Encoded, Standing

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from roleagent.tuning.dialogues import Dialogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One reply within a sequence.

    Attributes:
        dialogue: which dialogue of the sequence it answers.
        standing: what it is.
        before: places of the tokens from which each of its tokens is foretold.
        tokens: its token ids.
        is_last: whether it is the reply that ends its dialogue.
        differs_at: of a rejected reply: the first token that is not the good reply's.
    """

    dialogue: int
    standing: Standing
    before: tuple[int, ...]
    tokens: tuple[int, ...]
    is_last: bool = False
    differs_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Several dialogues as one sequence of tokens.

    Attributes:
        ids: token ids, length ``num_tokens``.
        positions: how many tokens stand before each on its own branch.
        branch_of: the branch of each token.
        parents: the branch from which each branch goes off, -1 for the root.
        answers: what was and could have been replied.
        dialogues: those in it.
    """

    ids: tuple[int, ...]
    positions: tuple[int, ...]
    branch_of: tuple[int, ...]
    parents: tuple[int, ...]
    answers: tuple[Answer, ...]
    dialogues: tuple[Dialogue, ...]

    @property
    def branches(self) -> bool:
        """Whether it branches anywhere, so that a causal mask is not enough."""
        return len(self.parents) > len(set(self.parents))

    def mask(self, device: torch.device | str = "cpu") -> Tensor:
        """Which token attends to which: ``[1, 1, num_tokens, num_tokens]``, true where it does."""
        import torch

        num = len(self.parents)
        above = torch.eye(num, dtype=torch.bool)
        for branch, parent in enumerate(self.parents):  # a parent always stands before its children
            if parent >= 0:
                above[branch] |= above[parent]
        of = torch.tensor(self.branch_of, device=device)
        order = torch.arange(len(self.ids), device=device)
        return (above.to(device)[of][:, of] & (order[None, :] <= order[:, None]))[None, None]


@dataclass(slots=True)
class _Growing:
    """A sequence while it is put together."""

    ids: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    branch_of: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    ends: list[tuple[int, int]] = field(default_factory=list)  # of each branch: last place, next position

    def branch(self, parent: int, ids: Sequence[int]) -> int:
        number = len(self.parents)
        last, position = self.ends[parent] if parent >= 0 else (-1, 0)
        self.parents.append(parent)
        for offset, token in enumerate(ids):
            last = len(self.ids)
            self.ids.append(token)
            self.positions.append(position + offset)
            self.branch_of.append(number)
        self.ends.append((last, position + len(ids)))
        return number

    def answer(self, parent: int, ids: Sequence[int], **known: Any) -> tuple[int, Answer]:  # Any: fields
        first = self.ends[parent][0]
        start = len(self.ids)
        branch = self.branch(parent, ids)
        before = (first, *range(start, start + len(ids) - 1))
        return branch, Answer(before=before, tokens=tuple(ids), **known)


def pack(encoded: Sequence[Encoded], *, num_others: int = 0) -> Packed:
    """One sequence of several dialogues, in which they share what all of them begin with.

    Args:
        encoded: at least one.
        num_others: how many replies of other dialogues each one gets as replies that miss the point.
    """
    growing, answers = _Growing(), list[Answer]()
    shared = common_length([each.pieces[0] for each in encoded]) if len(encoded) > 1 else 0
    root = growing.branch(-1, encoded[0].pieces[0][:shared]) if shared else -1
    for number, each in enumerate(encoded):
        first, *pieces = each.pieces
        at = growing.branch(root, first[shared:])
        for reply, read in zip(pieces[:-1:2], pieces[1::2], strict=True):
            at, answer = growing.answer(at, reply, dialogue=number, standing="good")
            answers.append(answer)
            at = growing.branch(at, read)
        answers += _last_answers(growing, at, number, each)
        for ids in _others(encoded, number, num_others):
            answers.append(growing.answer(at, ids, dialogue=number, standing="other")[1])
    return Packed(
        ids=tuple(growing.ids),
        positions=tuple(growing.positions),
        branch_of=tuple(growing.branch_of),
        parents=tuple(growing.parents),
        answers=tuple(answers),
        dialogues=tuple(each.dialogue for each in encoded),
    )


def _last_answers(growing: _Growing, at: int, number: int, encoded: Encoded) -> Iterator[Answer]:
    """The reply, and what it must not be."""
    differs = [common_length([encoded.reply, ids]) for ids, _ in encoded.rejected]
    yield growing.answer(at, encoded.reply, dialogue=number, standing="good", is_last=True)[1]
    for (ids, standing), first in zip(encoded.rejected, differs, strict=True):
        yield growing.answer(at, ids, dialogue=number, standing=standing, differs_at=first)[1]


def _others(encoded: Sequence[Encoded], number: int, count: int) -> Iterator[tuple[int, ...]]:
    """Replies of the dialogues that follow, round the end, as far as they are different ones."""
    own = encoded[number].reply
    around = [encoded[(number + step) % len(encoded)].reply for step in range(1, len(encoded))]
    yield from [reply for reply in dict.fromkeys(around) if reply != own][:count]


def with_others(encoded: Sequence[Encoded], count: int) -> list[Encoded]:
    """Dialogues that get a sequence each, with replies of the others as replies that miss the point."""
    return [
        replace(each, rejected=(*each.rejected, *((ids, "other") for ids in _others(encoded, at, count))))
        for at, each in enumerate(encoded)
    ]


def common_length(sequences: Sequence[Sequence[int]]) -> int:
    """How many tokens all sequences begin with."""
    shortest = min(map(len, sequences))
    return next(
        (at for at in range(shortest) if any(each[at] != sequences[0][at] for each in sequences)), shortest
    )


def bundles(
    encoded: Sequence[Encoded], *, most_tokens: int, rng: random.Random, num_others: int = 0
) -> list[list[Encoded]]:
    """Groups of dialogues for one sequence each, at random: those with the same system message together.

    Args:
        encoded: each dialogue has at most `most_tokens`.
        most_tokens: of a sequence.
        rng: draws which come together, and the order.
        num_others: as in `pack`; their tokens count too.
    """
    by_start: dict[str, list[Encoded]] = {}
    for each in encoded:
        by_start.setdefault(each.dialogue.system, []).append(each)
    made: list[list[Encoded]] = []
    for group in by_start.values():
        rng.shuffle(group)
        made += _filled(group, most_tokens, num_others)
    rng.shuffle(made)
    return made


def _filled(group: Sequence[Encoded], most_tokens: int, num_others: int) -> Iterator[list[Encoded]]:
    shared = common_length([each.pieces[0] for each in group]) if len(group) > 1 else 0
    longest = max(len(each.reply) for each in group) * num_others
    bundle, size = list[Encoded](), shared
    for each in group:
        more = each.num_tokens - shared + longest
        if bundle and size + more > most_tokens:
            yield bundle
            bundle, size = [], shared
        bundle.append(each)
        size += more
    yield bundle
