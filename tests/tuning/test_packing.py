"""Several dialogues in one sequence: what stands where, and who attends to whom."""

from __future__ import annotations

import random

import torch
from hypothesis import given
from hypothesis import strategies as st

from roleagent.tuning.encoding import Encoded
from roleagent.tuning.packing import bundles, common_length, pack
from tests.tuning.tiny_models import dialogue

TOLD = dialogue("Hi.", "Good day.")


def encoded(
    *pieces: tuple[int, ...], rejected: tuple[tuple[int, ...], ...] = (), system: str = ""
) -> Encoded:
    """A dialogue of which only the tokens matter."""
    told = dialogue("Hi.", "Good day.", system=system)
    return Encoded(dialogue=told, pieces=pieces, rejected=tuple((ids, "voice") for ids in rejected))


def test_a_small_tree_by_hand():
    """A prompt of two tokens, two dialogues that go on from it, and a rejected reply."""
    first = encoded((1, 2, 3), (4, 5), rejected=((4, 6),))
    second = encoded((1, 2, 7), (8,))
    packed = pack([first, second])
    assert packed.ids == (1, 2, 3, 4, 5, 4, 6, 7, 8)
    assert packed.positions == (0, 1, 2, 3, 4, 3, 4, 2, 3)
    assert packed.branch_of == (0, 0, 1, 2, 2, 3, 3, 4, 5)
    assert packed.parents == (-1, 0, 1, 1, 0, 4)
    assert packed.branches
    good, rejected, other = packed.answers
    assert (good.dialogue, good.standing, good.before, good.tokens) == (0, "good", (2, 3), (4, 5))
    assert (rejected.dialogue, rejected.standing, rejected.before, rejected.tokens) == (
        *(0, "voice"),
        *((2, 5), (4, 6)),
    )
    assert (other.dialogue, other.standing, other.before, other.tokens) == (1, "good", (7,), (8,))
    assert [each.is_last for each in packed.answers] == [True, False, True]
    assert [each.differs_at for each in packed.answers] == [0, 1, 0]
    seen = [  # 1  2  3  4  5  4' 6  7  8
        [1, 0, 0, 0, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0, 0, 0, 0],
        [1, 1, 1, 1, 0, 0, 0, 0, 0],
        [1, 1, 1, 1, 1, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 1, 0, 0, 0],
        [1, 1, 1, 0, 0, 1, 1, 0, 0],
        [1, 1, 0, 0, 0, 0, 0, 1, 0],
        [1, 1, 0, 0, 0, 0, 0, 1, 1],
    ]
    assert torch.equal(packed.mask(), torch.tensor(seen, dtype=torch.bool)[None, None])


def test_one_dialogue_alone_does_not_branch():
    """Then the causal mask that models make themselves is the right one."""
    packed = pack([encoded((1, 2), (3,), (4, 5), (6,))])
    assert not packed.branches
    assert packed.positions == tuple(range(6))
    assert torch.equal(packed.mask()[0, 0], torch.tril(torch.ones(6, 6, dtype=torch.bool)))
    assert [(each.before, each.tokens, each.is_last) for each in packed.answers] == [
        ((1,), (3,), False),
        ((4,), (6,), True),
    ]


def test_dialogues_with_nothing_in_common_stand_side_by_side():
    """Each starts at position 0 and sees nothing of the other."""
    packed = pack([encoded((1, 2), (3,)), encoded((4,), (5,))])
    assert packed.parents == (-1, 0, -1, 2)
    assert packed.positions == (0, 1, 2, 0, 1)
    assert packed.mask()[0, 0, 4].tolist() == [False, False, False, True, True]


def test_dialogues_with_the_same_prompt_share_all_of_it():
    """Two replies to one question; their own parts of the prompt are empty."""
    packed = pack([encoded((1, 2), (3,)), encoded((1, 2), (4,))])
    assert packed.ids == (1, 2, 3, 4)
    assert [each.before for each in packed.answers] == [(1,), (1,)]


def test_replies_of_others_are_those_that_follow_and_differ():
    """Round the end; an equal reply would be right here too."""
    made = [encoded((1, 9), (3,)), encoded((1, 8), (4,)), encoded((1, 7), (3,)), encoded((1, 6), (5,))]
    packed = pack(made, num_others=2)
    others = [(each.dialogue, each.tokens) for each in packed.answers if each.standing == "other"]
    assert others == [
        *((0, (4,)), (0, (5,))),
        *((1, (3,)), (1, (5,))),
        *((2, (5,)), (2, (4,))),
        *((3, (3,)), (3, (4,))),
    ]


def test_common_length():
    """Of one sequence, of a prefix, and of nothing."""
    assert common_length([(1, 2, 3)]) == 3
    assert common_length([(1, 2, 3), (1, 2)]) == 2
    assert common_length([(1, 2, 3), (1, 4, 3), (1, 2)]) == 1
    assert common_length([(1,), (2,)]) == 0


IDS = st.lists(st.integers(0, 3), min_size=1, max_size=6).map(tuple)


@given(
    st.lists(st.tuples(IDS, IDS, st.lists(IDS, max_size=2), st.sampled_from("ab")), min_size=1, max_size=12),
    st.integers(0, 3),
    st.integers(24, 60),
    st.integers(0, 9),
)
def test_every_dialogue_stands_in_one_bundle_that_fits(
    made: list[tuple[tuple[int, ...], tuple[int, ...], list[tuple[int, ...]], str]],
    num_others: int,
    most: int,
    seed: int,
):
    """None is lost or doubled, those of two personas never meet, and no sequence is too long."""
    all_of_them = [
        encoded(read, reply, rejected=tuple(rejected), system=system)
        for read, reply, rejected, system in made
    ]
    groups = bundles(all_of_them, most_tokens=most, rng=random.Random(seed), num_others=num_others)
    assert sorted(id(each) for group in groups for each in group) == sorted(map(id, all_of_them))
    for group in groups:
        assert len({each.dialogue.system for each in group}) == 1
        assert len(pack(group, num_others=num_others).ids) <= most


def test_bundles_fill_up_and_are_drawn_by_the_seed():
    """The point of it: many dialogues in a sequence, other ones together in each epoch."""
    made = [encoded((1, 2, 3, 4, 5, 6, number), (7,)) for number in range(10, 30)]

    def drawn(seed: int) -> list[list[int]]:
        groups = bundles(made, most_tokens=16, rng=random.Random(seed))
        return [[each.pieces[0][-1] for each in group] for group in groups]

    assert [len(group) for group in drawn(1)] == [5] * 4  # six tokens shared and two for each
    assert drawn(1) == drawn(1) != drawn(2)
