"""Relationships rest on what is remembered alone: live, replayed, forgotten, restored."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest

from roleagent.gnn.affect import AffectHead
from roleagent.gnn.relationship import STRANGER, updated
from roleagent.gnn.relationship_keeper import RelationshipKeeper, keeper_for
from roleagent.memory.in_process import InProcessMemory
from roleagent.memory.on_disk import OnDiskMemory
from roleagent.types import (
    Episode,
    GraphUpdate,
    Owner,
    Relationship,
    RelationshipSetting,
    Selection,
    Sight,
    Thread,
)
from tests.gnn.hearing import WordEmbedder, hearing
from tests.workflow.briefings import ADA as PERSONA

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ANN = Owner(persona_id="ada", user_id="ann")
BOB = Owner(persona_id="ada", user_id="bob")
TALK = ("hm", "thank you", "you idiot", "hm", "I am sorry", "thank you", "hm")


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def said(minute: float, text: str, *, speaker: str = "user", owner: Owner = ANN, **more: object) -> Episode:
    return Episode(
        id=f"e{minute}",
        thread=Thread(owner=owner, thread_id=str(more.pop("thread", "one"))),
        turn_id=f"t{minute}",
        speaker=speaker,  # type: ignore[arg-type]
        text=text,
        at=at(minute),
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def memory() -> Iterator[InProcessMemory]:
    memory = InProcessMemory(WordEmbedder())
    yield memory
    memory.close()


def keeper(memory: InProcessMemory | OnDiskMemory, head: AffectHead | None = None) -> RelationshipKeeper:
    return RelationshipKeeper(memory, head or hearing(), resting=STRANGER)


def remember(memory: InProcessMemory | OnDiskMemory, *episodes: Episode) -> None:
    for episode in episodes:
        memory.remember([episode], GraphUpdate(), episode.owner)


def live(memory: InProcessMemory, *, heard: bool = True) -> Relationship:
    """What an agent does in each turn of a talk."""
    feels, state = keeper(memory), STRANGER
    for minute, text in enumerate(TALK):
        [feeling] = feels.feelings(ANN, hearing=text)
        state = updated(state, feels.tone_of(text, ANN))
        assert feeling.relationship == state
        tone = feels.tone_of(text, ANN) if heard else None
        remember(memory, said(minute, text, tone=tone), said(minute + 0.5, "you idiot", speaker="persona"))
        assert feels.relationship(ANN) == state
    return state


@pytest.mark.parametrize("heard", [True, False])
def test_replay_equals_having_run_live(memory: InProcessMemory, heard: bool):
    """In a process that knows nothing yet, with tones that were kept or with none."""
    state = live(memory, heard=heard)
    assert state != STRANGER
    assert keeper(memory).relationship(ANN) == state


def test_other_weights_hear_everything_again(memory: InProcessMemory):
    """And what they heard is kept, so that it is done once."""
    live(memory)
    other = keeper(memory, hearing("two", kindness=0.0))
    found = other.relationship(ANN)
    tones = [each.tone for each in memory.store.relationship_events(ANN).heard]
    assert {tone.by for tone in tones if tone} == {"two"}
    assert found != keeper(memory, hearing("one")).relationship(ANN)
    assert keeper(memory, hearing("two", kindness=0.0)).relationship(ANN) == found


def test_a_forgotten_insult_leaves_no_trace(memory: InProcessMemory):
    """The relationship is that of a talk without it, for a keeper that knew of it and for a new one."""
    feels = keeper(memory)
    remember(memory, said(1, "thank you"), said(2, "you idiot"), said(3, "hm"))
    assert feels.relationship(ANN).trust < 0.4
    memory.forget(ANN, Selection(matching="idiot"))
    without = InProcessMemory(WordEmbedder())
    remember(without, said(1, "thank you"), said(3, "hm"))
    assert feels.relationship(ANN) == keeper(memory).relationship(ANN) == keeper(without).relationship(ANN)
    memory.forget(ANN)
    assert feels.relationship(ANN) == STRANGER
    remember(memory, said(4, "thank you"))
    assert feels.relationship(ANN) == updated(STRANGER, feels.tone_of("thank you", ANN))


def test_the_order_of_writing_does_not_matter(memory: InProcessMemory):
    """A log of another program may come in later than the talk that followed it."""
    episodes = [said(1, "thank you"), said(2, "you idiot"), said(3, "I am sorry")]
    found = set()
    for number, order in enumerate(permutations(episodes)):
        other = InProcessMemory(WordEmbedder())
        feels = keeper(other)
        for episode in order:
            remember(other, episode)
            feels.relationship(ANN)
        found.add(feels.relationship(ANN))
        assert keeper(other).relationship(ANN) == feels.relationship(ANN), number
    assert len(found) == 1


def test_what_an_application_sets_stays_where_it_is_in_time(memory: InProcessMemory):
    """Through replay, other weights, and later talk; what comes before it no longer shows."""
    feels = keeper(memory)
    remember(memory, said(1, "you idiot"))
    feels.put(ANN, RelationshipSetting(at=at(2), trust=0.9, valence=0.0))
    assert feels.relationship(ANN).trust == 0.9
    remember(memory, said(3, "you idiot"))
    after = feels.relationship(ANN)
    assert 0.6 < after.trust < 0.65
    assert keeper(memory).relationship(ANN) == after
    remember(memory, said(1.5, "you idiot"))
    assert feels.relationship(ANN).trust == after.trust
    feels.put(ANN, RelationshipSetting(at=at(2), trust=0.4))
    assert keeper(memory).relationship(ANN).trust < 0.3


def test_forgetting_what_was_before_forgets_what_was_set_before(memory: InProcessMemory):
    """A moment means everything; words mean only what holds them."""
    feels = keeper(memory)
    feels.put(ANN, RelationshipSetting(at=at(1), trust=0.9))
    remember(memory, said(2, "hm, idiot"))
    memory.forget(ANN, Selection(matching="hm"))
    assert feels.relationship(ANN).trust == 0.9
    memory.forget(ANN, Selection(before=at(5)))
    assert feels.relationship(ANN) == keeper(memory).relationship(ANN) == STRANGER


def test_only_the_user_of_the_persona_counts(memory: InProcessMemory):
    """Neither what the persona said, nor another user, nor what is written in a picture."""
    remember(memory, said(1, "you idiot", speaker="persona"), said(2, "you idiot", owner=BOB))
    assert keeper(memory).relationship(ANN) == STRANGER
    assert keeper(memory).relationship(BOB).trust < 0.4


def test_every_thread_and_listener_counts(memory: InProcessMemory):
    """The relationship is with the user, whoever they stand for."""
    remember(memory, said(1, "you idiot", thread="two", sight=Sight(listener="watson", as_of="1887")))
    assert keeper(memory).relationship(ANN).trust < 0.4


def test_words_that_recall_has_embedded_are_not_embedded_again():
    """The head adds microseconds only because the vector is there."""
    embedder = WordEmbedder()
    memory = InProcessMemory(embedder)
    feels = keeper(memory)
    remember(memory, said(1, "hm"))
    memory.recall("thank you", ANN, Sight(), limit=1)
    before = embedder.num_texts
    feels.feelings(ANN, hearing="thank you")
    assert embedder.num_texts == before + 1  # "hm" was remembered without a tone
    feels.feelings(ANN, hearing="thank you")
    assert embedder.num_texts == before + 1


def test_a_home_keeps_relationships(tmp_path: Path):
    """In another process too."""
    memory = OnDiskMemory(tmp_path, WordEmbedder())
    feels = keeper(memory)
    remember(memory, said(1, "you idiot", tone=feels.tone_of("you idiot", ANN)))
    feels.put(ANN, RelationshipSetting(at=at(2), arousal=0.8))
    state = feels.relationship(ANN)
    memory.close()
    embedder = WordEmbedder()
    memory = OnDiskMemory(tmp_path, embedder)
    assert keeper(memory).relationship(ANN) == state
    assert embedder.num_texts == 0
    memory.close()


def test_a_copy_of_the_record_feels_the_same(memory: InProcessMemory):
    """A snapshot or an export that is read into another store."""
    live(memory)
    keeper(memory).put(ANN, RelationshipSetting(at=at(3.2), trust=0.8))
    other = InProcessMemory(WordEmbedder())
    for _ in range(2):
        other.store.restore("ada", memory.store.dump(ANN))
    assert keeper(other).relationship(ANN) == keeper(memory).relationship(ANN)


def test_without_weights_only_applications_move_it(caplog: pytest.LogCaptureFixture):
    """The embedder has no head: a warning says so, and nothing is felt."""
    memory = InProcessMemory(WordEmbedder())
    with caplog.at_level(logging.WARNING):
        feels = keeper_for(memory, PERSONA)
    assert feels is not None
    assert "no weights for the embedder 'words'" in caplog.text
    remember(memory, said(1, "you idiot"))
    assert feels.relationship(ANN) == STRANGER
    assert feels.feelings(ANN, hearing="you idiot") == ()
    feels.put(ANN, RelationshipSetting(at=at(2), trust=0.1))
    [feeling] = feels.feelings(ANN, hearing="hm")
    assert feeling.mood == "wary"


def test_a_memory_without_a_record_keeps_none(caplog: pytest.LogCaptureFixture):
    """An application's own may store nothing that could be read again."""
    with caplog.at_level(logging.WARNING):
        assert keeper_for(object(), PERSONA) is None  # type: ignore[arg-type]
    assert "no relationships are kept" in caplog.text
