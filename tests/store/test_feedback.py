"""Consent and ratings: off by default, replaced by later ones, and forgotten with what they are about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from roleagent.errors import InputError
from roleagent.store import Store
from roleagent.store.feedback import Rating
from roleagent.types import Episode, Owner, Selection, Thread

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
ANN, BOB = (Owner(persona_id="mira", user_id=user) for user in ("ann", "bob"))


@pytest.fixture
def store() -> Iterator[Store]:
    opened = Store(":memory:")
    yield opened
    opened.close()


def say(store: Store, number: int, text: str = "words") -> None:
    episode = Episode(
        id=f"e{number}", thread=Thread(owner=ANN, thread_id="main"), turn_id=f"t{number}", speaker="persona",
        text=text, at=NOW + timedelta(minutes=number),
    )  # fmt: skip
    store.commit(ANN, [(episode, None)])


def test_nobody_agreed_until_they_did(store: Store):
    """Consent is given, for one user and persona, and can be taken back."""
    feedback = store.feedback
    assert not feedback.allows_training(ANN, now=NOW)
    feedback.allow_training(ANN, True, now=NOW)
    assert feedback.allows_training(ANN, now=NOW)
    assert not feedback.allows_training(BOB, now=NOW)
    feedback.allow_training(ANN, False, now=NOW)
    assert not feedback.allows_training(ANN, now=NOW)


def test_a_later_rating_replaces_an_earlier_one(store: Store):
    """People change their minds."""
    store.feedback.rate(ANN, Rating(turn_id="t1", good=True), now=NOW)
    better = Rating(turn_id="t1", edit="Better so.")
    store.feedback.rate(ANN, better, now=NOW)
    assert store.feedback.ratings(ANN, now=NOW) == {"t1": better}
    assert store.feedback.ratings(BOB, now=NOW) == {}


def test_forgetting_everything_forgets_both(store: Store):
    """No trace of consent or ratings stays."""
    say(store, 1)
    store.feedback.allow_training(ANN, True, now=NOW)
    store.feedback.rate(ANN, Rating(turn_id="t1", good=True), now=NOW)
    store.forget(ANN)
    assert not store.feedback.allows_training(ANN, now=NOW)
    assert store.feedback.ratings(ANN, now=NOW) == {}
    assert store.owners() == []


def test_a_rating_goes_with_its_turn_and_consent_stays(store: Store):
    """An edit would otherwise hold what was to be forgotten."""
    for number in (1, 2):
        say(store, number)
        store.feedback.rate(ANN, Rating(turn_id=f"t{number}", edit=f"edit {number}"), now=NOW)
    store.feedback.allow_training(ANN, True, now=NOW)
    counts = store.forget(ANN, Selection(episodes=("e1",)))
    assert counts["items"] == 1
    assert set(store.feedback.ratings(ANN, now=NOW)) == {"t2"}
    assert store.feedback.allows_training(ANN, now=NOW)


def test_an_edit_is_forgotten_by_its_words(store: Store):
    """To "forget Zanzibar" includes what an author wrote of it."""
    say(store, 1)
    store.feedback.rate(ANN, Rating(turn_id="t1", edit="You sailed to Zanzibar."), now=NOW)
    store.forget(ANN, Selection(matching="zanzibar"))
    assert store.feedback.ratings(ANN, now=NOW) == {}


@pytest.mark.parametrize("told", [{}, {"edit": "  "}, {"good": True, "edit": "Better so."}])
def test_a_rating_must_say_one_thing(told: dict[str, object]):
    """Neither nothing nor both."""
    with pytest.raises(InputError):
        Rating(turn_id="t", **told)  # type: ignore[arg-type]
