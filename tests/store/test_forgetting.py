"""Tests of forgetting a part: what is meant goes with all that rests on it alone, and nothing else does."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roleagent.errors import InputError
from roleagent.memory.recorded import RecordedMemory
from roleagent.store import Store
from roleagent.store.items import ItemChange
from roleagent.types import (
    Attachment,
    Episode,
    Fact,
    GraphUpdate,
    Node,
    Observation,
    Owner,
    Selection,
    Summary,
    Thread,
)

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")


def at(minute: int) -> datetime:
    return NOW + timedelta(minutes=minute)


def said(number: int, text: str = "", **changes: object) -> Episode:
    plain = Episode(
        id=f"e{number}",
        thread=TALK,
        turn_id=f"t{number}",
        speaker="user",
        text=text or f"utterance {number}",
        at=at(number),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def lives_in(place: str, *evidence: str, **changes: object) -> Fact:
    plain = Fact(
        id=f"user.lives_in.{place}",
        subject="user",
        relation="lives_in",
        object=place,
        text=f"The user lives in {place}.",
        layer="learned",
        recorded_at=NOW,
        evidence=evidence,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def say(store: Store, *episodes: Episode, **update: tuple[object, ...]) -> None:
    store.commit(ADA, [(each, None) for each in episodes], GraphUpdate(**update))  # type: ignore[arg-type]


def ids(store: Store) -> list[str]:
    return [each.id for each in store.episodes(ADA)]


def believed(store: Store) -> dict[str, tuple[str | None, tuple[str, ...]]]:
    """Fact -> until when it holds, and what speaks for it."""
    return {fact.object: (fact.valid_to, fact.evidence) for fact in store.learned(ADA).added}


@pytest.mark.parametrize(
    ("what", "left"),
    [
        (Selection(episodes=("e1", "no such")), ["e0", "e2", "e3"]),
        (Selection(thread_id="two"), ["e0", "e1", "e2"]),
        (Selection(before=at(2)), ["e2", "e3"]),
        (Selection(matching="ZANZIBAR spice"), ["e0", "e2", "e3"]),
        (Selection(matching="桑给巴尔"), ["e0", "e1", "e2"]),
        (Selection(matching="Zanzibar", before=at(1)), ["e0", "e1", "e2", "e3"]),
        (Selection(matching="anzibar"), ["e0", "e1", "e2", "e3"]),
        (Selection(matching="bridge"), ["e0", "e1", "e3"]),
        (Selection(matching="holiday.png"), ["e0", "e1", "e3"]),
    ],
)
def test_a_selection_means_what_it_says(store: Store, what: Selection, left: list[str]) -> None:
    """Forgetting too little breaks a promise, forgetting too much breaks the memory."""
    picture = Attachment(id="a", media_type="image/png", path="a.png", name="holiday.png", num_bytes=1)
    seen = Observation(kind="caption", text="a red bridge", source="x", attachment_id="a")
    say(
        store,
        said(0),
        said(1, "The spices of Zanzibar"),
        said(2, attachments=(picture,), observations=(seen,)),
        said(3, "我去过桑给巴尔岛", thread=replace(TALK, thread_id="two")),
    )
    assert {each.id for each in store.select(ADA, what)} == {"e0", "e1", "e2", "e3"} - set(left)
    assert store.forget(ADA, what)["episodes"] == 4 - len(left)
    assert ids(store) == left


def test_blank_words_and_moments_without_a_zone_erase_nothing(store: Store) -> None:
    """Every text holds all words of a blank query: that must not mean everything."""
    say(store, said(0))
    for what in (Selection(matching=" "), Selection(before=datetime(2027, 1, 1))):
        with pytest.raises(InputError):
            store.forget(ADA, what)
    assert ids(store) == ["e0"]


def test_a_fact_goes_with_its_only_source_and_stays_with_another(store: Store) -> None:
    """Knowledge of an erased utterance is the utterance again; what was also said elsewhere is not."""
    nodes = tuple(Node(id=id_, type="place", label=id_) for id_ in ("lyon", "oslo", "rome"))
    say(store, said(1), said(2), nodes=nodes, added=(lives_in("lyon", "e1"), lives_in("oslo", "e1", "e2")))
    counts = store.forget(ADA, Selection(episodes=("e1",)))
    assert (counts["episodes"], counts["facts"], counts["nodes"]) == (1, 1, 1)
    assert believed(store) == {"oslo": (None, ("e2",))}
    assert [node.id for node in store.learned(ADA).nodes] == ["oslo", "rome"]  # rome never had a use


def test_a_node_that_another_episode_names_stays(store: Store) -> None:
    """Recall goes over the nodes that episodes name."""
    nodes = tuple(Node(id=id_, type="place", label=id_) for id_ in ("lyon", "oslo"))
    say(store, said(1, mentions=("lyon", "oslo")), said(2, mentions=("oslo",)), nodes=nodes)
    store.forget(ADA, Selection(episodes=("e1",)))
    assert [node.id for node in store.learned(ADA).nodes] == ["oslo"]


def move(store: Store) -> None:
    """Lyon at minute 1; at minute 2 Oslo, which ends Lyon."""
    say(store, said(1), added=(lives_in("lyon", "e1", recorded_at=at(1)),))
    ended = lives_in("lyon", "e1", valid_to="2026-05", recorded_at=at(1))
    say(store, said(2), added=(lives_in("oslo", "e2", recorded_at=at(2)),), superseded=(ended,))


def test_what_an_erased_episode_had_ended_holds_again(store: Store) -> None:
    """That it ended was known from there alone."""
    move(store)
    store.forget(ADA, Selection(episodes=("e2",)))
    assert believed(store) == {"lyon": (None, ("e1",))}
    assert store.versions(ADA) == ()


def test_all_versions_of_a_fact_go_with_its_source(store: Store) -> None:
    """A superseded version tells as much as one that stands."""
    move(store)
    assert store.forget(ADA, Selection(episodes=("e1",)))["facts"] == 2
    assert believed(store) == {"oslo": (None, ("e2",))}
    assert store.versions(ADA) == ()


def test_nothing_holds_again_beside_what_came_later(store: Store) -> None:
    """Of one who moved twice, forgetting the first move must not give two homes."""
    move(store)
    over = lives_in("oslo", "e2", valid_to="2026-06", recorded_at=at(2))
    say(store, said(3), added=(lives_in("rome", "e3", recorded_at=at(3)),), superseded=(over,))
    store.forget(ADA, Selection(episodes=("e2",)))
    assert believed(store) == {"rome": (None, ("e3",))}
    assert [fact.object for fact in store.versions(ADA)] == ["lyon"]


def test_what_was_taken_back_in_an_erased_episode_is_believed_again(store: Store) -> None:
    """A retraction leaves no version of its own, only a moment."""
    say(store, said(1), added=(lives_in("lyon", "e1", recorded_at=at(1)),))
    say(store, said(2), superseded=(lives_in("lyon", "e1", valid_to="2026", superseded_at=at(2)),))
    assert believed(store) == {}
    store.forget(ADA, Selection(episodes=("e2",)))
    assert believed(store) == {"lyon": (None, ("e1",))}


def test_the_files_own_fact_stands_again(store: Store) -> None:
    """Only what the persona's file says stays: the record says no more that it ended."""
    canon = lives_in("london", layer="canon", recorded_at=None, valid_to="2026")
    say(store, said(1), superseded=(canon,))
    assert believed(store) == {"london": ("2026", ())}
    store.forget(ADA, Selection(before=at(2)))
    assert believed(store) == {}


def test_words_mean_facts_nodes_and_items_too(store: Store) -> None:
    """Whoever forgets everything about Zanzibar means what was learned from a "yes", too."""
    nodes = (Node(id="place:zz", type="place", label="Zanzibar", aliases=("Unguja",)),)
    facts = (lives_in("place:zz", "e1", text="He lives there."), lives_in("oslo", "e1"))
    say(store, said(1, "Yes.", mentions=("place:zz", "user")), nodes=nodes, added=facts)
    change = ItemChange(namespace=("notes",), key="k", value={"trip": "Zanzibar"}, texts=(("a trip", None),))
    other = ItemChange(namespace=("notes",), key="l", value={"trip": "Rome"})
    store.items.write(ADA, [change, other], now=NOW)
    counts = store.forget(ADA, Selection(matching="zanzibar"))
    assert counts == {
        "episodes": 0, "facts": 1, "nodes": 1, "summaries": 0, "item_texts": 1, "items": 1,
        "relationship_settings": 0,
    }  # fmt: skip
    assert list(believed(store)) == ["oslo"]
    assert next(store.episodes(ADA)).mentions == ("user",)
    assert [item.key for item in store.items.below(ADA, (), now=NOW)] == ["l"]


def test_a_moment_means_facts_without_a_source_and_items_too(store: Store) -> None:
    """What an application committed itself has nothing else to go by."""
    facts = (lives_in("lyon", recorded_at=at(1)), lives_in("oslo", recorded_at=at(5)))
    say(store, said(1), said(5), added=facts)
    store.items.write(ADA, [ItemChange(namespace=("n",), key="old", value={})], now=at(1))
    store.items.write(ADA, [ItemChange(namespace=("n",), key="new", value={})], now=at(5))
    store.forget(ADA, Selection(before=at(3)))
    assert (ids(store), list(believed(store))) == (["e5"], ["oslo"])
    assert [item.key for item in store.items.below(ADA, (), now=NOW)] == ["new"]


def summary(id_: str, *sources: str, text: str = "They talked.") -> Summary:
    return Summary(
        id=id_, thread=TALK, level="session", text=text, sources=sources, first_at=NOW, last_at=NOW,
        made_at=NOW, made_by="extract",
    )  # fmt: skip


def test_summaries_go_with_any_of_their_sources(store: Store) -> None:
    """A summary quotes."""
    say(store, said(1), said(2))
    store.write_summaries(ADA, [summary("s1", "e1"), summary("s2", "e2")])
    assert store.forget(ADA, Selection(episodes=("e1",)))["summaries"] == 1
    assert [each.id for each in store.summaries(ADA)] == ["s2"]


def test_a_reflection_goes_with_what_ended_the_fact_that_it_tells_of(store: Store) -> None:
    """It names what was believed before as its source, and says that it holds no more."""
    move(store)
    store.write_summaries(ADA, [replace(summary("r1", "e1"), level="reflection"), summary("s1", "e1")])
    store.forget(ADA, Selection(episodes=("e2",)))
    assert [each.id for each in store.summaries(ADA)] == ["s1"]


def test_what_would_go_is_told_and_stays(store: Store) -> None:
    """It is asked before it is done."""
    move(store)
    before = ids(store), believed(store)
    would_go = store.would_forget(ADA, Selection(episodes=("e2",)))
    assert (ids(store), believed(store)) == before
    assert store.forget(ADA, Selection(episodes=("e2",))) == would_go
    assert store.would_forget(ADA)["episodes"] == len(ids(store)) == 1


def test_forgetting_the_last_thing_forgets_the_name(tmp_path: Path) -> None:
    """A name is the last thing that is kept of anybody."""
    store = Store(tmp_path / "m.sqlite3")
    owner = replace(ADA, user_id="Zanzibarina")
    store.commit(owner, [(said(1, thread=replace(TALK, owner=owner)), None)])
    store.forget(owner, Selection(before=at(2)))
    assert store.users("holmes") == []
    assert b"Zanzibarina" not in (tmp_path / "m.sqlite3").read_bytes()
    store.close()


def test_another_process_sees_that_it_holds_too_much(place: Any) -> None:
    """Its index would keep, and on a server even bring back, what was forgotten."""
    first, second = Store(place), Store(place)
    say(first, said(1), said(2))
    before = second.state(ADA), second.items.texts_state(ADA)[0]
    first.forget(ADA, Selection(matching="no such words"))
    assert (second.state(ADA), second.items.texts_state(ADA)[0]) == before
    first.forget(ADA, Selection(episodes=("e1",)))
    assert second.state(ADA) not in (None, before[0])
    assert second.items.texts_state(ADA)[0] not in (None, before[1])
    memory = RecordedMemory(second, None)
    assert memory.index_state(ADA).num_episodes == 1
    first.forget(ADA, Selection(episodes=("e2",)))
    assert memory.index_state(ADA).num_episodes == 0
    first.close()
    memory.close()


def everywhere(folder: Path, traces: Sequence[bytes]) -> list[str]:
    """Names of the files that hold one of the traces."""
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file() and any(trace in path.read_bytes() for trace in traces)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_no_byte_of_a_part_is_left_among_what_stays(tmp_path: Path, seed: int) -> None:
    """Rows move between pages as others come and change; copies of them must go too."""
    chance, store = random.Random(seed), Store(tmp_path / "m.sqlite3")
    vector = np.full(512, 0.123, np.float32)
    for start in range(0, 600, 20):
        pairs = []
        for number in range(start, start + 20):
            word = "CANARY" if chance.random() < 0.2 else "sparrow"
            text = f"{word} {number} " * chance.choice([1, 30, 400])
            observed = Observation(kind="caption", text=word, source="x", attachment_id="a")
            episode = said(number, text, observations=(observed,), lore_state=json.dumps(word))
            pairs.append((episode, vector if word == "CANARY" else -vector))
        node = Node(id=f"n{start}", type="place", label="CANARY" * chance.choice([1, 50]))
        store.commit(ADA, pairs, GraphUpdate(nodes=(node,), added=(lives_in(f"CANARY{start}", "e1"),)))
    store.forget(ADA, Selection(matching="canary"))
    assert everywhere(tmp_path, [b"CANARY", vector.tobytes()[:64]]) == []
    assert everywhere(tmp_path, [b"sparrow"])
    store.close()
