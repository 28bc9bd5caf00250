"""Statements that erase a selection and everything that rests only on it.

Facts without other evidence (see `facts`), nodes that are no longer needed, and summaries of the
episodes are erased with them. Words are also searched in facts, nodes, summaries and items, and a moment also
selects items and facts without a source, because "forget Zanzibar" or "forget last year" includes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, bindparam, delete, select, update

from roleagent.errors import InputError
from roleagent.language.unicode import folded
from roleagent.store.episodes import EPISODE_COLUMNS, known_ids, parts
from roleagent.store.facts import Erased, StoredVersion, Unlearned, unlearn
from roleagent.store.feedback import RATINGS
from roleagent.store.items import labels_to_path
from roleagent.store.relationships import delete_settings_before
from roleagent.store.rows import Row, fact_to_row, row_to_fact, time_to_text
from roleagent.store.tables import (
    EPISODES,
    FACTS,
    IS_OWNER,
    ITEM_TEXTS,
    ITEMS,
    NODES,
    OWNERS,
    RELATIONSHIP_SETTINGS,
    SUMMARIES,
    count_owned,
    erase,
    hold_owner,
    is_owned,
    owner_values,
)
from roleagent.types import Owner, Selection


def words_to_match(text: str) -> tuple[str, ...]:
    """The words of a query, folded; none for an empty one.

    Raises:
        InputError: it is only white space, so that every text would match.

    >>> words_to_match("ＺＡＮＺＩＢＡＲ Straße")
    ('zanzibar', 'strasse')
    """
    words = tuple(folded(text).split())
    if text and not words:
        raise InputError(f"matching is {text!r}: pass words, or leave it out.")
    return words


def holds_all(text: str, words: Sequence[str]) -> bool:
    """Whether a text contains all the words from `words_to_match`.

    In scripts with capitals a word is found at the beginning of a word, so that "ann" finds neither "planned"
    nor "Joanna", and "spice" finds "spices". In others it is found anywhere.

    >>> holds_all("The spices of Zanzibar", ["spice"]), holds_all("He planned it", ["ann"])
    (True, False)
    >>> holds_all("我去过桑给巴尔岛", ["桑给巴尔"])
    True
    """
    own = folded(text)
    return all(_holds(own, word) for word in words)


def _holds(text: str, word: str) -> bool:
    place = text.find(word)
    while place >= 0:
        if not (place and _is_cased(text[place - 1]) and _is_cased(word[0])):
            return True
        place = text.find(word, place + 1)
    return False


def _is_cased(letter: str) -> bool:
    return letter.upper() != letter


_ALL = {
    table: select(table).where(is_owned(table)).order_by(table.c.seq)
    for table in (FACTS, NODES, SUMMARIES, ITEMS, ITEM_TEXTS)
}
_MENTIONS = select(EPISODES.c.seq, EPISODES.c.mentions).where(is_owned(EPISODES), EPISODES.c.mentions != "[]")
_COUNT_ERASURE = update(OWNERS).where(IS_OWNER).values(num_erasures=OWNERS.c.num_erasures + 1)
_AGES = (
    select(EPISODES.c.id, EPISODES.c.at, EPISODES.c.importance)
    .where(is_owned(EPISODES))
    .order_by(EPISODES.c.seq)
)
_LIVE_EVIDENCE = select(FACTS.c.evidence).where(is_owned(FACTS), FACTS.c.superseded_at.is_(None))
_SET_MENTIONS = update(EPISODES).where(EPISODES.c.seq == bindparam("of_seq"))
_SET_FACT = update(FACTS).where(FACTS.c.seq == bindparam("of_seq"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeAge:
    """What retention needs to know about an episode.

    Attributes:
        at: UTC.
        importance: 0–1; None if it was not judged.
        is_source: whether a fact that is believed now rests on it.
    """

    id: str
    at: datetime
    importance: float | None
    is_source: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """A selection, prepared for queries.

    Attributes:
        words: folded; empty if none were given.
        is_words_alone: whether there is no other condition; then facts, nodes and items are selected too.
        before: the moment, if there is no other condition; then items, facts without a source and what an
            application set of the relationship are selected too.
    """

    words: tuple[str, ...]
    is_words_alone: bool
    before: datetime | None


def selected_rows(connection: Connection, owner: Owner, what: Selection) -> Iterator[Row]:
    """The episodes of a selection, in every thread and for every listener, in the order of the record.

    Raises:
        InputError: `matching` is blank, or `before` has no zone.
    """
    words = words_to_match(what.matching)
    query = select(*EPISODE_COLUMNS).where(is_owned(EPISODES)).order_by(EPISODES.c.seq)
    if what.thread_id:
        query = query.where(EPISODES.c.thread_id == what.thread_id)
    if what.before is not None:
        query = query.where(EPISODES.c.at < time_to_text(what.before))
    queries = [query.where(EPISODES.c.id.in_(part)) for part in parts(what.episodes)] or [query]
    for each in queries:
        for row in connection.execute(each, owner_values(owner)):
            if not words or holds_all(_text_of_episode(row), words):
                yield row


def erase_selected(connection: Connection, owner: Owner, what: Selection) -> dict[str, int]:
    """Delete a selection; return counts of rows by table.

    Raises:
        InputError: see `selected_rows`.
    """
    if what.is_everything:
        return erase(connection, owner)
    owner_id = hold_owner(connection, owner)
    request = _Request(
        words=words_to_match(what.matching),
        is_words_alone=what == Selection(matching=what.matching),
        before=what.before if what == Selection(before=what.before) else None,
    )
    episodes = list(selected_rows(connection, owner, what))
    num_episodes = _delete(connection, EPISODES, [row.seq for row in episodes])
    unlearned, num_nodes = _erase_knowledge(connection, owner, request, episodes)
    counts = {
        "episodes": num_episodes,
        "facts": len(unlearned.gone),
        "nodes": num_nodes,
        "summaries": _erase_summaries(connection, owner, request, {row.id for row in episodes}, unlearned),
        **_erase_items(connection, owner, request, turns={row.turn_id for row in episodes}),
        "relationship_settings": delete_settings_before(connection, owner, request.before)
        if request.before is not None
        else 0,
    }
    if any(counts.values()):
        connection.execute(_COUNT_ERASURE, owner_values(owner))
    if not any(count_owned(connection, owner).values()):
        connection.execute(delete(OWNERS).where(OWNERS.c.id == owner_id))
    return counts


def has_before(connection: Connection, owner: Owner, moment: datetime) -> bool:
    """Whether a selection of everything before a moment would find anything."""
    text = time_to_text(moment)
    said = select(EPISODES.c.seq).where(is_owned(EPISODES), EPISODES.c.at < text)
    kept = select(ITEMS.c.seq).where(is_owned(ITEMS), ITEMS.c.updated_at < text)
    told = select(FACTS.c.seq).where(is_owned(FACTS), FACTS.c.evidence == "[]", FACTS.c.recorded_at < text)
    settings = RELATIONSHIP_SETTINGS.c
    put = select(settings.seq).where(is_owned(RELATIONSHIP_SETTINGS), settings.at < text)
    queries = (query.limit(1) for query in (said, kept, told, put))
    return any(connection.execute(query, owner_values(owner)).first() for query in queries)


def episode_ages(connection: Connection, owner: Owner) -> list[EpisodeAge]:
    """What retention needs to know about every episode, in the order of the record."""
    facts = connection.execute(_LIVE_EVIDENCE, owner_values(owner)).scalars()
    sources = {source for evidence in facts for source in json.loads(evidence)}
    return [
        EpisodeAge(
            id=row.id,
            at=datetime.fromisoformat(row.at),
            importance=row.importance,
            is_source=row.id in sources,
        )
        for row in connection.execute(_AGES, owner_values(owner))
    ]


# ── facts and nodes ──────────────────────────────────────────────────────────────────────────────


def _erase_knowledge(
    connection: Connection, owner: Owner, request: _Request, episodes: Sequence[Row]
) -> tuple[Unlearned, int]:
    """Delete facts and nodes; return what happened to the facts, and the number of nodes."""
    nodes = _rows(connection, NODES, owner)
    versions = [StoredVersion(seq=row.seq, fact=row_to_fact(row)) for row in _rows(connection, FACTS, owner)]
    named = {
        row.id for row in nodes if request.is_words_alone and holds_all(_text_of_node(row), request.words)
    }
    unlearned = unlearn(versions, _erased(connection, owner, request, episodes, versions, named))
    _delete(connection, FACTS, [version.seq for version in unlearned.gone])
    for version in unlearned.changed:
        row = fact_to_row(version.fact)
        changed = {name: row[name] for name in ("evidence", "superseded_at")}
        connection.execute(_SET_FACT, {"of_seq": version.seq, **changed})
    freed = _freed_nodes(connection, owner, unlearned, episodes) | named
    _take_out_mentions(connection, owner, named)
    return unlearned, _delete(connection, NODES, [row.seq for row in nodes if row.id in freed])


def _erased(
    connection: Connection,
    owner: Owner,
    request: _Request,
    episodes: Sequence[Row],
    versions: Sequence[StoredVersion],
    named: set[str],
) -> Erased:
    """What is erased, as far as facts depend on it; `named` are the nodes to erase."""
    sources = dict.fromkeys(source for version in versions for source in version.fact.evidence)
    facts = set()
    if request.is_words_alone:
        facts = {
            fact.id
            for fact in (version.fact for version in versions)
            if named & {fact.subject, fact.object}
            or holds_all("\n".join((fact.id, fact.text, fact.object)), request.words)
        }
    return Erased(
        episodes={row.id for row in episodes},
        moments={datetime.fromisoformat(row.at) for row in episodes},
        facts=facts,
        before=request.before,
        standing=set(known_ids(connection, owner, list(sources))),  # the others are deleted by now
    )


def _freed_nodes(
    connection: Connection, owner: Owner, unlearned: Unlearned, episodes: Sequence[Row]
) -> set[str]:
    """Ids of nodes that only the erased data needed."""
    used = {id_ for version in unlearned.gone for id_ in (version.fact.subject, version.fact.object)}
    used |= {id_ for row in episodes for id_ in json.loads(row.mentions)}
    if not used:
        return used
    for row in _rows(connection, FACTS, owner):
        used -= {row.subject, row.object, *json.loads(row.visibility)}
    for row in connection.execute(_MENTIONS, owner_values(owner)):
        used -= set(json.loads(row.mentions))
    return used


def _take_out_mentions(connection: Connection, owner: Owner, nodes: set[str]) -> None:
    """Remove erased nodes from the mentions of remaining episodes, because an id may contain the name."""
    if not nodes:
        return
    for row in connection.execute(_MENTIONS, owner_values(owner)).all():
        mentions = json.loads(row.mentions)
        if nodes.intersection(mentions):
            left = json.dumps([id_ for id_ in mentions if id_ not in nodes], ensure_ascii=False)
            connection.execute(_SET_MENTIONS, {"of_seq": row.seq, "mentions": left})


# ── summaries and items ──────────────────────────────────────────────────────────────────────────


def _erase_summaries(
    connection: Connection, owner: Owner, request: _Request, episodes: set[str], unlearned: Unlearned
) -> int:
    """Delete the summaries that rest on erased episodes, on such summaries, or that hold the words.

    This includes reflections on facts that the erasure changes, since the episode that ended a fact is not
    among their sources.
    """
    rows, gone, last = _rows(connection, SUMMARIES, owner), set(episodes), -1
    retold = {each for version in (*unlearned.gone, *unlearned.changed) for each in version.fact.evidence}
    for row in rows:
        is_retold = row.level == "reflection" and not retold.isdisjoint(json.loads(row.sources))
        if is_retold or (request.words and holds_all(row.text, request.words)):
            gone.add(row.id)
    while len(gone) > last:
        last = len(gone)
        gone |= {row.id for row in rows if gone.intersection(json.loads(row.sources))}
    return _delete(connection, SUMMARIES, [row.seq for row in rows if row.id in gone])


def _erase_items(
    connection: Connection, owner: Owner, request: _Request, *, turns: set[str]
) -> dict[str, int]:
    """Delete ratings of erased turns, and items that contain the words or were written before the moment."""
    texts = _rows(connection, ITEM_TEXTS, owner)
    ratings = labels_to_path(RATINGS)
    items = {
        row.seq for row in _rows(connection, ITEMS, owner) if row.namespace == ratings and row.key in turns
    }
    if request.is_words_alone:
        for row in _rows(connection, ITEMS, owner):
            if holds_all("\n".join((row.namespace, row.key, row.value)), request.words):
                items.add(row.seq)
        items |= {row.item for row in texts if holds_all(row.text, request.words)}
    elif request.before is not None:
        limit = time_to_text(request.before)
        items |= {row.seq for row in _rows(connection, ITEMS, owner) if row.updated_at < limit}
    return {
        "item_texts": _delete(connection, ITEM_TEXTS, [row.seq for row in texts if row.item in items]),
        "items": _delete(connection, ITEMS, sorted(items)),
    }


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────


def _rows(connection: Connection, table: Table, owner: Owner) -> Sequence[Row]:
    return connection.execute(_ALL[table], owner_values(owner)).all()


def _delete(connection: Connection, table: Table, seqs: Sequence[int]) -> int:
    """Delete rows by number; return how many there were."""
    return sum(
        connection.execute(delete(table).where(table.c.seq.in_(part))).rowcount for part in parts(seqs)
    )


def _text_of_episode(row: Row) -> str:
    """Every text in an episode that is searched for words."""
    names = (each["name"] for each in json.loads(row.attachments))
    seen = (each["text"] for each in json.loads(row.observations))
    return "\n".join((row.text, *names, *seen))


def _text_of_node(row: Row) -> str:
    return "\n".join((row.id, row.label, row.description, *json.loads(row.aliases)))
