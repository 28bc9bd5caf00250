"""Statements about summaries: what was made of many episodes. Derived, and made anew where it is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, bindparam, delete, func, select

from roleagent.store.episodes import known_ids
from roleagent.store.owners import hold_owner, insert_new, is_owned, owner_values
from roleagent.store.rows import EpisodeMark, row_to_mark, row_to_summary, summary_to_row
from roleagent.store.tables import EPISODES, SUMMARIES
from roleagent.types import Scope, Summary

_ALL = select(SUMMARIES).where(is_owned(SUMMARIES)).order_by(SUMMARIES.c.seq)
_STATE = select(func.count(), func.coalesce(func.max(SUMMARIES.c.seq), 0)).where(is_owned(SUMMARIES))
_ARE_THESE = SUMMARIES.c.id.in_(bindparam("ids", expanding=True))
_DELETE = delete(SUMMARIES).where(is_owned(SUMMARIES), _ARE_THESE)
_MARKS = (
    select(
        EPISODES.c.id,
        EPISODES.c.thread_id,
        EPISODES.c.listener,
        EPISODES.c.as_of,
        EPISODES.c.at,
        EPISODES.c.mentions,
    )
    .where(is_owned(EPISODES))
    .order_by(EPISODES.c.at, EPISODES.c.seq)
)


def select_summaries(connection: Connection, scope: Scope) -> tuple[Summary, ...]:
    """All of a persona and user, in the order in which they were written."""
    return tuple(row_to_summary(row, scope) for row in connection.execute(_ALL, owner_values(scope)))


def summaries_state(connection: Connection, scope: Scope) -> tuple[int, int]:
    """Two numbers that change whenever a summary comes or goes."""
    count, last = connection.execute(_STATE, owner_values(scope)).one()
    return count, last


def write_summaries(
    connection: Connection, scope: Scope, summaries: Sequence[Summary], drop: Sequence[str]
) -> int:
    """Write those that are not there and whose sources all are, and delete others; gives how many are new.

    An episode may be erased while a summary of it is being made: what was forgotten must not come back.
    """
    owner = hold_owner(connection, scope)
    if owner is None:
        return 0
    if drop:
        connection.execute(_DELETE, {**owner_values(scope), "ids": list(drop)})
    rows = [
        {**summary_to_row(summary), "scope": owner}
        for summary in summaries
        if len(set(known_ids(connection, scope, summary.sources))) == len(set(summary.sources))
    ]
    if not rows:
        return 0
    statement = insert_new(SUMMARIES, connection.dialect.name)
    return connection.execute(statement, rows, execution_options={"preserve_rowcount": True}).rowcount


def episode_marks(connection: Connection, scope: Scope) -> list[EpisodeMark]:
    """Of every episode, in the order of time, what sessions are cut along."""
    scopes: dict[tuple[str, str, str], Scope] = {}
    marks = []
    for row in connection.execute(_MARKS, owner_values(scope)):
        said_in = row.thread_id, row.listener, row.as_of
        if said_in not in scopes:
            thread_id, listener, as_of = said_in
            scopes[said_in] = replace(scope, thread_id=thread_id, listener=listener, as_of=as_of)
        marks.append(row_to_mark(row, scopes[said_in]))
    return marks
