"""The store of record: episodes with their embeddings, and facts in two times, in SQLite or Postgres.

Every other place that holds the same data (a vector index, a cache) is made from here and can be thrown away.
A commit is one transaction, on the disk before `commit` returns. Data belongs to a persona and a user;
no method reads or writes without being told whose.
"""

from roleagent.store.episodes import ThreadSummary
from roleagent.store.forgetting import EpisodeAge
from roleagent.store.record import Store
from roleagent.store.relationships import Heard, RelationshipEvents
from roleagent.store.rows import EpisodeMark, IndexRow, Vector
from roleagent.store.transfer import Adoption, Character, Restored, UserRecord, Version

__all__ = [
    "Adoption",
    "Character",
    "EpisodeAge",
    "EpisodeMark",
    "Heard",
    "IndexRow",
    "RelationshipEvents",
    "Restored",
    "Store",
    "ThreadSummary",
    "UserRecord",
    "Vector",
    "Version",
]
