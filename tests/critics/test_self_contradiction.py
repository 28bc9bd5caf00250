"""What a scorer takes for a contradiction, and what the critic does with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from roleagent.critics.self_contradiction import LOOSE, STRICT, ContradictionCritic
from roleagent.testing.critics import check_critic
from roleagent.types import Episode, Grounds, Owner, Thread

THREAD = Thread(owner=Owner(persona_id="holmes", user_id="ada"), thread_id="first")


class PetScorer:
    """Takes a line about cats for a contradiction of one about dogs; keeps what it was asked."""

    name, languages = "pets 1", ("en",)

    def __init__(self, score: float = 0.99) -> None:
        self._score = score
        self.asked: list[tuple[str, str]] = []

    def score(self, earlier: Sequence[str], sentence: str) -> Sequence[float]:
        self.asked += [(each, sentence) for each in earlier]
        return [self._score if "dog" in each and "cat" in sentence else 0.01 for each in earlier]


def said(text: str, speaker: str = "persona") -> Episode:
    return Episode(
        id=f"said-{text[:8]}",
        thread=THREAD,
        turn_id="1",
        speaker=speaker,
        text=text,
        at=datetime(2026, 1, 1, tzinfo=UTC),
    )


DOG = said("I keep a dog at home, an old one. Do sit down.")
CAT = "My home is full of cats."


def test_it_cites_the_earlier_line(holmes, make_scene):
    scene = make_scene(holmes, history=(DOG,))
    verdict = ContradictionCritic(PetScorer()).check(CAT, scene, complete=True)
    assert not verdict.ok
    assert verdict.is_mild
    assert verdict.evidence == (DOG.id,)
    assert verdict.quote == CAT
    assert "an old one" in verdict.reason
    assert (verdict.score, verdict.threshold) == (0.99, pytest.approx((STRICT + LOOSE) / 2))


def test_it_cites_a_fact(holmes, make_scene):
    fact = replace(next(iter(holmes.graph.facts.values())), text="Sherlock Holmes keeps a dog at home.")
    scene = make_scene(holmes, grounds=Grounds(facts=(fact,)))
    verdict = ContradictionCritic(PetScorer()).check(CAT, scene, complete=True)
    assert verdict.evidence == (fact.id,)
    assert "I keep a dog" in verdict.reason


@pytest.mark.parametrize(
    "draft",
    [
        "Is my home full of cats?",
        "Cats!",
        "Rain again today, I see.",
        "",
        "🙂",
        "Watson told me: “My home is full of cats.”",
    ],
)
def test_what_says_nothing_of_it_passes(holmes, make_scene, draft):
    scene = make_scene(holmes, history=(DOG,))
    assert ContradictionCritic(PetScorer()).check(draft, scene, complete=True).ok


def test_what_the_user_said_is_no_evidence(holmes, make_scene):
    scene = make_scene(holmes, history=(said("I keep a dog at home.", "user"),))
    assert ContradictionCritic(PetScorer()).check(CAT, scene, complete=True).ok


def test_the_dial(holmes, make_scene):
    """At 1 a lower score rejects; at 0 what was only said may change."""
    unsure = ContradictionCritic(PetScorer((STRICT + LOOSE) / 2 - 0.02))
    scene = make_scene(holmes, history=(DOG,))
    assert unsure.check(CAT, scene, complete=True).ok
    assert not unsure.check(CAT, replace(scene, consistency=1.0), complete=True).ok
    assert ContradictionCritic(PetScorer()).check(CAT, replace(scene, consistency=0.0), complete=True).ok


def test_who_insists_may_say_it(holmes, make_scene):
    scene = make_scene(holmes, history=(DOG,), drafts_left=0)
    assert ContradictionCritic(PetScorer()).check(CAT, scene, complete=True).ok


def test_another_language_is_left_alone(wukong, make_scene):
    scorer = PetScorer()
    assert (
        ContradictionCritic(scorer)
        .check("俺老孙养猫。", make_scene(wukong, history=(DOG,)), complete=True)
        .ok
    )
    assert scorer.asked == []


def test_a_long_draft_asks_about_few_lines(holmes, make_scene):
    history = tuple(said(f"I keep a dog at home, number {number}.") for number in range(200))
    scorer = PetScorer(0.0)
    scene = make_scene(holmes, history=history)
    ContradictionCritic(scorer).check(f"{CAT} " * 50, scene, complete=True)
    assert len(scorer.asked) <= 50 * 14


def test_it_keeps_the_promises_of_a_critic():
    check_critic(ContradictionCritic(PetScorer()))
