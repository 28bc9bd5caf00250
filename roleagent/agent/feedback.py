"""What a user or an author says of a turn after it: a rating, an edit, and whether it may be learned from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from roleagent.errors import ConfigurationError, InputError
from roleagent.learning.edits import read_edit
from roleagent.persona.view import as_confided
from roleagent.protocols import MemoryWithRecord
from roleagent.store.feedback import Rating
from roleagent.types import Episode, GraphUpdate, Sight, content_id

if TYPE_CHECKING:
    from roleagent.protocols import EpisodicMemory, GraphUpdater
    from roleagent.store import Store
    from roleagent.types import Owner
    from roleagent.workflow.state import Meeting


def record_of(memory: EpisodicMemory) -> Store:
    """The record behind a memory.

    Raises:
        ConfigurationError: it is of another kind.
    """
    if not isinstance(memory, MemoryWithRecord):
        raise ConfigurationError(
            f"{type(memory).__name__} has no record, so it keeps neither ratings nor consent: leave out "
            "Parts(memory=…), or rate turns in your own store."
        )
    return memory.store


def reply_of_turn(store: Store, owner: Owner, sight: Sight, turn_id: str) -> Episode:
    """The episode that keeps what was replied in a turn.

    Raises:
        InputError: no turn of this user has the id, or this listener may not know of it.
    """
    found = store.episodes_of(owner, [content_id(turn_id, "persona")])
    if not found or not sight.may_see(found[0].sight):
        raise InputError(
            f"{turn_id!r} is no turn of {owner}: pass the `turn.id` of a reply, or the `turn_id` that "
            "`history` gives."
        )
    return found[0]


def taught_by(
    rating: Rating, reply: Episode, *, meeting: Meeting, updater: GraphUpdater, now: datetime | None = None
) -> GraphUpdate:
    """What an edit teaches; nothing without one."""
    if not rating.edit.strip():
        return GraphUpdate()
    update = read_edit(
        reply.text,
        rating.edit,
        graph=meeting.graph,
        character=meeting.persona.node_id,
        updater=updater,
        at=now or datetime.now(UTC),
        evidence=(reply.id,),
    )
    return as_confided(update)
