"""A reply has to take up what was said."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from roleagent import registry
from roleagent.critics.off_topic import THRESHOLD, RelevanceCritic
from roleagent.errors import ModelUnavailableError
from roleagent.testing.critics import check_critic

ASKED = "Who lives in the house across the street?"


class LengthScorer:
    """Takes a reply that speaks of herrings for one to something else."""

    name, languages = "herrings 1", ("en",)

    def score(self, said: str, replies: Sequence[str]) -> Sequence[float]:
        return [0.001 if "herring" in reply else 0.9 for reply in replies]


def judged(make_scene, persona, draft: str, *, complete: bool = True, **more: object):
    scene = make_scene(persona, ASKED, **more)
    return RelevanceCritic(LengthScorer()).check(draft, scene, complete=complete)


def test_another_matter_is_rejected_mildly(make_scene, holmes):
    verdict = judged(make_scene, holmes, "The herring is a fish of the northern seas.")
    assert not verdict.ok
    assert verdict.is_mild
    assert (verdict.score, verdict.threshold) == (0.001, THRESHOLD)


@pytest.mark.parametrize("draft", ["A retired sergeant of marines lives there.", "Herrings!", "", "🙂"])
def test_what_takes_it_up_or_is_short_passes(make_scene, holmes, draft):
    assert judged(make_scene, holmes, draft).ok


def test_it_waits_for_the_end_and_lets_the_last_draft_pass(make_scene, holmes):
    draft = "The herring is a fish of the northern seas."
    assert judged(make_scene, holmes, draft, complete=False).ok
    assert judged(make_scene, holmes, draft, drafts_left=0).ok


def test_without_weights_everything_passes(make_scene, holmes, monkeypatch, caplog):
    def missing(kind: str, name: str) -> object:
        raise ModelUnavailableError(f"{name} is not on this machine.")

    monkeypatch.setattr(registry, "get", missing)
    critic = RelevanceCritic()
    for _ in range(2):
        assert critic.check("The herring is a fish of the sea.", make_scene(holmes, ASKED), complete=True).ok
    assert len(caplog.records) == 1


def test_it_keeps_the_promises_of_a_critic():
    check_critic(RelevanceCritic(LengthScorer()))
