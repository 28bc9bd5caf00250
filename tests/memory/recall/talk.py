"""Small memories for the tests of recall."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from roleagent.embedding.cache import QueryVectors
from roleagent.memory.in_process import InProcessMemory
from roleagent.memory.index.owner_index import OwnerPool
from roleagent.memory.recall.pool import Pool
from roleagent.types import STRANGER, Episode, GraphUpdate, Owner, Thread

ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")
START = datetime(2023, 7, 1, 9, tzinfo=UTC)


def said(text: str, number: int, at: datetime | None = None, **fields) -> Episode:
    """An utterance, one minute after the one before unless a time is given."""
    given = {"thread": TALK, "speaker": "user", **fields}
    at = at or START + timedelta(minutes=number)
    return Episode(id=f"e{number}", turn_id=f"t{number}", text=text, at=at, **given)


def remembered(*texts: str, **options) -> InProcessMemory:
    """A memory of utterances without a speaker's name, that searches by words."""
    return holding([said(text, number) for number, text in enumerate(texts)], **options)


def holding(episodes: Sequence[Episode], *, embedder=None, **options) -> InProcessMemory:
    memory = InProcessMemory(embedder, **options)
    for episode in episodes:
        memory.remember([episode], GraphUpdate(), episode.owner)
    return memory


def pool_of(memory: InProcessMemory) -> Pool:
    """What recall looks at."""
    with memory._held(ADA) as slot:
        ready = memory._ready(slot, ADA)
    return OwnerPool(ready, memory.store, ADA, STRANGER, QueryVectors(memory._embed))
