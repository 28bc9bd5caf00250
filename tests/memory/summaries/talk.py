"""Conversations for the tests of summaries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from roleagent.graph.graph import PersonaGraph
from roleagent.memory.summaries.extract import ExtractiveSummariser
from roleagent.memory.summaries.keeper import Workshop
from roleagent.memory.summaries.plan import SummaryPolicy
from roleagent.protocols import Passage
from roleagent.store import Store
from roleagent.types import STRANGER, Episode, Owner, Sight, Thread

START = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")
NOTHING_KNOWN = PersonaGraph(nodes=[], facts=[], relations={})


def utterance(
    number: int, text: str, *, at: datetime, sight: Sight = STRANGER, mentions: Sequence[str] = ()
) -> Episode:
    """What was said by the user (even numbers) or the persona (odd ones)."""
    return Episode(
        id=f"e{number}",
        thread=TALK,
        sight=sight,
        turn_id=f"t{number // 2}",
        speaker="persona" if number % 2 else "user",
        text=text,
        at=at,
        mentions=tuple(mentions),
    )


def session(day: int, first: int, *, sight: Sight = STRANGER, topic: str = "boats") -> list[Episode]:
    """Four utterances on a day after `START`, a minute apart, numbered from `first`."""
    at = START + timedelta(days=day)
    return [
        utterance(
            first + place,
            f"Talk number {first + place} was about {topic} of day {day}.",
            at=at + timedelta(minutes=place),
            sight=sight,
        )
        for place in range(4)
    ]


def keep(store: Store, episodes: Sequence[Episode]) -> None:
    """Put episodes on record."""
    store.commit(episodes[0].owner, [(each, None) for each in episodes])


def workshop(
    store: Store,
    *,
    day: int,
    summariser: object = None,
    graph: PersonaGraph = NOTHING_KNOWN,
    stop: object = None,
    **policy: object,
) -> Workshop:
    """What makes the summaries of Ada, on a day after `START`."""
    extract = ExtractiveSummariser()
    return Workshop(
        store=store,
        owner=ADA,
        summariser=summariser or extract,  # type: ignore[arg-type]
        extract=extract,
        graph_of=lambda sight: graph,
        policy=SummaryPolicy(**policy),  # type: ignore[arg-type]
        language="en",
        now=START + timedelta(days=day),
        stop=stop or (lambda: False),  # type: ignore[arg-type]
    )


class CountingSummariser:
    """Says how often it was asked, and keeps what it was shown."""

    name = "counting"

    def __init__(self) -> None:
        self.passages: list[Passage] = []

    def summarise(self, passage: Passage) -> str:
        """A text of its own."""
        self.passages.append(passage)
        return f"Summary number {len(self.passages)}."
