"""A home in which Mira remembers Ann and Bob, made without a model."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from roleagent.cli.options import RECORD_NAME
from roleagent.store import Store
from roleagent.types import Episode, Fact, GraphUpdate, Node, Owner, Speaker, Summary, Thread

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
USER = Node(id="user", type="person", label="the user")
LEWES = Node(id="lewes", type="place", label="Lewes")
OXFORD = Node(id="oxford", type="place", label="Oxford")
TALK = (
    ("ann", "main", "I live in Oxford.", "A fine town."),
    ("ann", "main", "I moved to Lewes last week.", "Then you will want lights."),
    ("ann", "trip", "My red Brompton squeaks.", "Bring it in."),
    ("bob", "main", "I ride a zebra.", "I doubt it."),
)


def fill(home: Path) -> None:
    """Write two conversations with Ann, a day apart a turn, and one with Bob."""
    store = Store(home / RECORD_NAME)
    for number, (user, thread, said, answer) in enumerate(TALK):
        place = Thread(owner=Owner(persona_id="mira", user_id=user), thread_id=thread)
        at = START + timedelta(days=number)
        turn = [
            _episode(place, f"{number}", "user", said, at),
            _episode(place, f"{number}", "persona", answer, at),
        ]
        store.commit(place.owner, [(episode, None) for episode in turn], _learned(number, at))
    _summarise(store)
    store.close()


def _episode(thread: Thread, number: str, speaker: Speaker, text: str, at: datetime) -> Episode:
    return Episode(
        id=f"{speaker[0]}{number}".ljust(24, "0"),
        thread=thread,
        turn_id=number,
        speaker=speaker,
        text=text,
        at=at,
    )


def _learned(number: int, at: datetime) -> GraphUpdate:
    """Ann lives in Oxford, then in Lewes."""
    if number == 0:
        return GraphUpdate(nodes=(USER, OXFORD), added=(_home(OXFORD, 0, at),))
    if number == 1:
        ended = replace(_home(OXFORD, 0, START), valid_to="2026-02")
        lewes = replace(_home(LEWES, 1, at), valid_from="2026-02")
        return GraphUpdate(nodes=(LEWES,), added=(lewes,), superseded=(ended,))
    return GraphUpdate()


def _home(place: Node, number: int, at: datetime) -> Fact:
    return Fact(
        id=f"user.lives_in.{place.id}",
        subject="user",
        relation="lives_in",
        object=place.id,
        text=f"The user lives in {place.label}.",
        layer="learned",
        recorded_at=at,
        evidence=(f"u{number}".ljust(24, "0"),),
    )


def _summarise(store: Store) -> None:
    ann = Owner(persona_id="mira", user_id="ann")
    summary = Summary(
        id="s0",
        thread=Thread(owner=ann, thread_id="main"),
        level="session",
        text="Ann moved to Lewes.",
        sources=("u0".ljust(24, "0"), "u1".ljust(24, "0")),
        first_at=START,
        last_at=START + timedelta(days=1),
        made_at=START + timedelta(days=2),
        made_by="extract",
    )
    store.write_summaries(ann, [summary])
