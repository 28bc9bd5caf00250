"""The tables of the store of record as queries name them; `migrations` makes them."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, LargeBinary, MetaData, Table, Text

METADATA = MetaData()


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


OWNERS = Table(
    "scopes",
    METADATA,
    Column("id", Integer, primary_key=True),
    _text("persona_id"),
    _text("user_id"),
    Column("num_erasures", Integer, nullable=False, server_default="0"),
    Column("settled", Integer, nullable=False, server_default="0"),  # see `adoption`
)

CHARACTERS = Table(  # whose ids were made from their files, to know them again when these are edited
    "characters",
    METADATA,
    Column("persona_id", Text, primary_key=True),
    _text("name"),
    _text("maker"),
    _text("marks"),  # JSON: see `persona.identity`
)

EPISODES = Table(
    "episodes",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("scope", Integer, nullable=False),
    _text("id"),
    _text("thread_id"),
    _text("turn_id"),
    _text("speaker"),
    _text("text"),
    _text("at"),  # UTC, in a form that sorts as time does
    _text("attachments"),  # JSON
    _text("embedder"),
    Column("embedding", LargeBinary),
    _text("listener"),
    _text("as_of"),
    Column("story_day", Integer),  # `as_of` as a number that can be compared: see `sight`
    _text("lore_state"),
    _text("speaker_name"),
    _text("observations"),  # JSON
    _text("mentions"),  # JSON
    Column("importance", Float),
)

SUMMARIES = Table(
    "summaries",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("scope", Integer, nullable=False),
    _text("id"),
    _text("thread_id"),
    _text("listener"),
    _text("as_of"),
    Column("story_day", Integer),
    _text("level"),
    _text("text"),
    _text("sources"),  # JSON
    _text("first_at"),
    _text("last_at"),
    _text("made_at"),
    _text("made_by"),
)

ITEMS = Table(
    "items",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("scope", Integer, nullable=False),
    _text("namespace"),  # labels joined by full stops
    _text("key"),
    _text("value"),  # JSON
    _text("created_at"),
    _text("updated_at"),
    Column("lifetime_s", Float),
    Column("expires_at", Text),
)

ITEM_TEXTS = Table(
    "item_texts",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("scope", Integer, nullable=False),
    Column("item", Integer, nullable=False),  # ITEMS.seq
    _text("text"),
    _text("embedder"),
    Column("embedding", LargeBinary),
)

NODES = Table(
    "nodes",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("scope", Integer, nullable=False),
    _text("id"),
    _text("type"),
    _text("label"),
    _text("aliases"),  # JSON
    _text("description"),
)

FACTS = Table(
    "facts",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("scope", Integer, nullable=False),
    _text("id"),
    _text("version"),
    _text("subject"),
    _text("relation"),
    _text("object"),
    _text("text"),
    _text("layer"),
    Column("fixed", Integer, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("valid_from", Text),
    Column("valid_to", Text),
    Column("recorded_at", Text),
    Column("superseded_at", Text),
    _text("evidence"),  # JSON
    _text("visibility"),  # JSON
)
