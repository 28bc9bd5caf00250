"""Idle consolidation: bounded, on the user's words only, and never against the canon."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from roleagent.errors import ModelError
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS
from roleagent.learning import PatternUpdater
from roleagent.learning.consolidate import consolidate
from roleagent.learning.rules import applied
from roleagent.types import Episode, Fact, GraphUpdate, Node, Owner, Speaker, Thread

OWNER = Owner(persona_id="p", user_id="u")
TALK = Thread(owner=OWNER, thread_id="t")
USER = Node(id="user", type="person", label="the user")
ROME = Node(id="rome", type="place", label="Rome")
EMPTY = PersonaGraph(nodes=(), facts=(), relations=CORE_RELATIONS)


def day(number: int) -> datetime:
    return datetime(2026, 3, number, 12, tzinfo=UTC)


def said(text: str, on: int, speaker: Speaker = "user") -> Episode:
    return Episode(id=f"e{on}", thread=TALK, turn_id=f"t{on}", speaker=speaker, text=text, at=day(on))


def run(graph: PersonaGraph, *episodes: Episode, **more: float) -> GraphUpdate:
    return consolidate(graph, episodes, updater=PatternUpdater(), at=day(9), **more)


class CountingUpdater:
    """Counts its calls, and fails at one of them."""

    def __init__(self, fails_at: int = 0) -> None:
        self.calls = 0
        self.fails_at = fails_at

    def propose(self, graph: PersonaGraph, said: str, at: datetime, evidence: tuple[str, ...]) -> GraphUpdate:
        self.calls += 1
        if self.calls == self.fails_at:
            raise ModelError("no answer")
        return PatternUpdater().propose(graph, said, at, evidence)


def test_episodes_are_read_in_order_and_become_one_update():
    """A move in the second episode retires what the first taught, before anything is committed."""
    update = run(EMPTY, said("I moved to Lyon.", 2), said("I live in Rome.", 1))
    graph = applied(EMPTY, update, at=day(9))
    assert [graph.nodes[fact.object].label for fact in graph.values("user", "lives_in")] == ["Lyon"]
    assert graph.facts["user.lives_in.place:Rome"].valid_to == "2026-03-02"


def test_evidence_is_the_stored_episode():
    """Forgetting and explaining go by the episodes' ids."""
    (fact,) = run(EMPTY, said("I live in Rome.", 1)).added
    assert fact.evidence == ("e1",)


def test_reading_an_episode_again_changes_nothing():
    """Consolidation may run twice over the same episodes."""
    episodes = (said("I live in Rome.", 1), said("I like tea and I am 30.", 2))
    graph = applied(EMPTY, run(EMPTY, *episodes), at=day(9))
    assert run(graph, *episodes) == GraphUpdate()


def test_the_personas_own_words_are_not_read():
    """What the character says is no evidence about anybody."""
    assert run(EMPTY, said("I live in Rome.", 1, "persona")) == GraphUpdate()


def test_the_number_of_episodes_is_capped():
    """Idle time is not endless."""
    updater = CountingUpdater()
    episodes = [said("I like tea.", number) for number in range(1, 8)]
    consolidate(EMPTY, episodes, updater=updater, at=day(9), max_episodes=3)
    assert updater.calls == 3


def test_no_episode_is_begun_after_the_time_is_up():
    """A slow model gives way when the user comes back."""
    updater = CountingUpdater()
    consolidate(EMPTY, [said("I like tea.", 1)], updater=updater, at=day(9), timeout_s=0.0)
    assert updater.calls == 0


def test_what_was_read_before_a_failure_is_kept():
    """One bad answer must not cost the others; a reader that never works must be heard of."""
    episodes = [said("I like tea.", 1), said("I like fog.", 2), said("I like rain.", 3)]
    update = consolidate(EMPTY, episodes, updater=CountingUpdater(fails_at=2), at=day(9))
    assert [fact.object for fact in update.added] == ["literal:tea"]
    with pytest.raises(ModelError):
        consolidate(EMPTY, episodes, updater=CountingUpdater(fails_at=1), at=day(9))


def test_duplicates_among_learned_facts_are_merged_and_canon_stays():
    """Two notes of one taste become one with both sources; the file's own words are nobody's to merge."""
    tea, teas = Node(id="t1", type="literal", label="tea"), Node(id="t2", type="literal", label="Teas")
    first = Fact(
        id="1", subject="user", relation="likes", object="t1", text="…", layer="learned", evidence=("a",),
        recorded_at=day(1),
    )  # fmt: skip
    second = Fact(
        id="2", subject="user", relation="likes", object="t2", text="…", layer="learned", evidence=("b",),
        recorded_at=day(2),
    )  # fmt: skip
    canon = Fact(id="3", subject="user", relation="likes", object="t2", text="…")
    graph = PersonaGraph(nodes=(USER, tea, teas), facts=(first, second, canon), relations=CORE_RELATIONS)
    update = run(graph)
    assert [(fact.id, fact.evidence) for fact in update.merged] == [("1", ("a", "b"))]
    assert [fact.id for fact in update.superseded] == ["2"]
