"""Tests of facts in two times: what held when, and what was believed when, are both never lost."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.errors import InputError
from roleagent.store import Store
from roleagent.types import Episode, Fact, GraphUpdate, Owner, Thread

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")


def at(day: int) -> datetime:
    return NOW + timedelta(days=day)


def fact(id_: str = "f1", object_: str = "tea", **changes: object) -> Fact:
    plain = Fact(
        id=id_,
        subject="ada",
        relation="drinks",
        object=object_,
        text=f"Ada drinks {object_}.",
        layer="learned",
        recorded_at=NOW,
        evidence=("e1",),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def learn(store: Store, day: int = 0, **update: tuple[Fact, ...]) -> None:
    store.commit(ADA, [], GraphUpdate(**update), now=at(day))


def test_a_fact_that_ends_is_believed_with_its_end_and_was_believed_without(store: Store) -> None:
    """When it held, until when, and since when we know: each must stay known."""
    learn(store, added=(fact(),))
    learn(store, 31, superseded=(fact(valid_to="2026-06"),))
    assert store.learned(ADA).added == (fact(valid_to="2026-06", recorded_at=at(31)),)
    assert store.versions(ADA) == (fact(superseded_at=at(31)),)


def test_what_replaces_a_fact_and_its_end_are_recorded_at_one_moment(store: Store) -> None:
    """Asked about any moment, the record says tea or coffee, never both and never neither."""
    said = Episode(id="e2", thread=TALK, turn_id="t2", speaker="user", text="Coffee now.", at=at(31))
    coffee = fact("f2", "coffee", recorded_at=said.at)
    learn(store, added=(fact(),))
    store.commit(ADA, [(said, None)], GraphUpdate(added=(coffee,), superseded=(fact(valid_to="2026-06"),)))
    ended, new = store.learned(ADA).added
    assert (ended.recorded_at, new.recorded_at) == (at(31), at(31))
    assert store.versions(ADA)[0].superseded_at == at(31)


def test_a_fact_can_be_learned_anew_after_it_ended(store: Store) -> None:
    """People go back to tea; the id may be the same, the evidence is not."""
    again = fact(recorded_at=at(9), evidence=("e9",))
    learn(store, added=(fact(),))
    learn(store, 2, superseded=(fact(valid_to="2026"),))
    learn(store, 9, added=(again,))
    assert store.learned(ADA).added == (again,)
    learn(store, 10, added=(fact(),), superseded=(fact(valid_to="2026"),))  # a replay
    assert store.learned(ADA).added == (again,)
    assert store.versions(ADA) == (
        fact(superseded_at=at(2)),
        fact(valid_to="2026", recorded_at=at(2), superseded_at=at(9)),
    )


def test_an_end_can_be_corrected(store: Store) -> None:
    """It ended a year before we thought: what we thought stays known."""
    learn(store, added=(fact(),))
    learn(store, 2, superseded=(fact(valid_to="2026"),))
    (ended,) = store.learned(ADA).added
    learn(store, 3, superseded=(replace(ended, valid_to="2025"),))
    assert store.learned(ADA).added == (fact(valid_to="2025", recorded_at=at(3)),)
    assert [each.valid_to for each in store.versions(ADA)] == [None, "2026"]


@pytest.mark.parametrize("layer", ["canon", "current"])
def test_a_fact_of_the_file_that_ends_for_one_user_is_believed_with_its_end(store: Store, layer: str) -> None:
    """The persona's file cannot be rewritten, so the record says what stands in its place."""
    ended = fact("holmes.lives_at", layer=layer, recorded_at=None, valid_to="2026")
    for day in (1, 2):
        learn(store, day, superseded=(ended,))
    assert store.learned(ADA) == GraphUpdate(added=(replace(ended, recorded_at=at(1)),))
    assert store.versions(ADA) == ()


def test_what_is_current_moves_and_its_way_is_known(store: Store) -> None:
    """Where the character is: one id, one place at a time."""
    places = ("baker_street", "dartmoor", "baker_street")
    stations = [
        fact("holmes.is_at", place, layer="current", recorded_at=at(day), evidence=(f"e{day}",))
        for day, place in enumerate(places)
    ]
    for day, station in enumerate(stations):
        learn(store, day, added=(station,))
    assert store.learned(ADA).added == (stations[2],)
    assert store.versions(ADA) == (
        replace(stations[0], superseded_at=at(1)),
        replace(stations[1], superseded_at=at(2)),
    )


def test_evidence_is_joined_in_place(store: Store) -> None:
    """Said again is no new fact and no new version; it only speaks the louder for it."""
    learn(store, added=(fact(confidence=0.6),))
    learn(store, 1, merged=(fact(evidence=("e2", "e1"), confidence=0.5),))
    assert store.learned(ADA).added == (fact(evidence=("e1", "e2"), confidence=0.6),)
    learn(store, 2, merged=(fact(evidence=("e2",), confidence=0.9), fact("unknown")))
    assert store.learned(ADA).added == (fact(evidence=("e1", "e2"), confidence=0.9),)
    learn(store, 3, superseded=(fact(valid_to="2026"),))  # proposed before the evidence came
    assert store.learned(ADA).added[0].evidence == ("e1", "e2")


def test_the_same_learned_twice_at_once_is_joined(store: Store) -> None:
    """Two conversations of one user may teach the same thing before either is written."""
    learn(store, added=(fact(),))
    learn(store, 1, added=(fact(evidence=("e7",), recorded_at=at(1)),))
    assert store.learned(ADA).added == (fact(evidence=("e1", "e7")),)
    assert store.versions(ADA) == ()


def test_an_end_without_a_date_is_refused_whole(store: Store) -> None:
    """It would be believed for ever, against what the caller meant."""
    with pytest.raises(InputError, match=r"'f1' ends now, and its valid_to is None"):
        learn(store, added=(fact("f2"),), superseded=(fact(),))
    assert store.learned(ADA) == GraphUpdate()


# ── invariants ───────────────────────────────────────────────────────────────────────────────────

facts = st.builds(
    fact,
    st.sampled_from(["f1", "f2"]),
    st.sampled_from(["tea", "coffee"]),
    recorded_at=st.sampled_from([None, at(0), at(3), at(6)]),
    evidence=st.sampled_from([(), ("e1",), ("e2",)]),
)
ends = st.builds(replace, facts, valid_to=st.sampled_from(["2021", "2027"]))


def each_once(added: list[Fact], ended: list[Fact], merged: list[Fact]) -> GraphUpdate:
    """An update that names each fact in one place, as an updater does."""
    seen: set[str] = set()
    kept = [
        [each for each in group if not (each.id in seen or seen.add(each.id))]
        for group in (added, ended, merged)
    ]
    return GraphUpdate(added=tuple(kept[0]), superseded=tuple(kept[1]), merged=tuple(kept[2]))


updates = st.builds(
    each_once, st.lists(facts, max_size=2), st.lists(ends, max_size=2), st.lists(facts, max_size=1)
)


@given(st.lists(st.tuples(updates, st.integers(0, 9)), max_size=6))
def test_of_one_fact_one_version_is_believed_at_a_time(commits: list[tuple[GraphUpdate, int]]) -> None:
    """Whatever is written in whatever order: the recorded intervals of an id follow each other."""
    store = Store(":memory:")
    for update, day in commits:
        store.commit(ADA, [], update, now=at(day))
    live, past = store.learned(ADA).added, store.versions(ADA)
    store.close()
    assert max(Counter(each.id for each in live).values(), default=1) == 1
    for id_ in {each.id for each in past}:
        told = [each for each in (*past, *live) if each.id == id_]
        for earlier, later in pairwise(told):
            assert earlier.superseded_at is not None
            assert earlier.superseded_at == later.recorded_at
            assert earlier.recorded_at is None or earlier.recorded_at <= earlier.superseded_at
    assert {each.id for each in past} <= {each.id for each in live}


@given(st.lists(st.tuples(updates, st.integers(0, 9)), min_size=1, max_size=5))
def test_the_last_commit_written_again_changes_nothing(commits: list[tuple[GraphUpdate, int]]) -> None:
    """A node of the workflow may run twice, the second time later."""
    store = Store(":memory:")
    for update, day in commits:
        store.commit(ADA, [], update, now=at(day))
    before = store.learned(ADA), store.versions(ADA)
    store.commit(ADA, [], commits[-1][0], now=at(20))
    assert (store.learned(ADA), store.versions(ADA)) == before
    store.close()


def test_what_never_held_is_believed_no_more_and_was_believed_then(store: Store) -> None:
    """Nobody ever lived in Lille, had he only meant Lyon; but we did believe it."""
    learn(store, added=(fact(),))
    wrong = fact(valid_from="2026-05-01", valid_to="2026-05-01", superseded_at=at(3))
    learn(store, 3, superseded=(wrong,))
    assert store.learned(ADA).added == ()
    assert store.versions(ADA) == (fact(superseded_at=at(3)),)


def test_a_replayed_retraction_leaves_what_was_learned_since(store: Store) -> None:
    """A turn that runs twice must not take back what came after it."""
    learn(store, added=(fact(),))
    wrong = fact(valid_from="2026-05-01", valid_to="2026-05-01", superseded_at=at(3))
    again = fact(recorded_at=at(9), evidence=("e9",))
    learn(store, 3, superseded=(wrong,))
    learn(store, 9, added=(again,))
    learn(store, 10, superseded=(wrong,))
    assert store.learned(ADA).added == (again,)


def test_a_merged_fact_that_says_more_is_a_new_version(store: Store) -> None:
    """That it holds since 2019 is news, and so is since when we know it."""
    learn(store, added=(fact(),))
    dated = fact(valid_from="2019", evidence=("e2",))
    learn(store, 4, merged=(dated,))
    assert store.learned(ADA).added == (replace(dated, recorded_at=at(4), evidence=("e1", "e2")),)
    assert store.versions(ADA) == (fact(superseded_at=at(4)),)
    learn(store, 4, merged=(dated,))  # a replay
    assert len(store.versions(ADA)) == 1
