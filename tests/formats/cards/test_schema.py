"""Fields of a card reach the persona, and junk reaches only the report."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.formats.cards.json_file import CARD_V1, CARD_V2, CARD_V3
from roleagent.formats.cards.schema import version_of
from roleagent.formats.convert import normal
from roleagent.formats.format import Archive, Report
from roleagent.persona.problems import ReadError
from tests.formats.cards import making as m


def read(card, report=None):
    return m.read(json.dumps(card).encode(), report)


def notes(card):
    report = Report()
    read(card, report)
    return {note.field: note.message for note in report.notes}


def test_every_field_has_its_place():
    """The mapping is what the documentation promises."""
    persona = read(m.v3())
    assert (persona.name, persona.nickname, persona.summary) == ("Ada", "Countess", "{{char}} counts.")
    assert (persona.personality, persona.scenario) == ("exact", "A library.")
    assert (persona.greeting, persona.greetings) == ("Good day, {{user}}.", ("Hello.",))
    assert persona.group_greetings == ("Hello, all.",)
    assert persona.post_history_instructions == "{{original}} Count."
    credits = persona.credits
    assert (credits.creator, credits.notes, credits.version, credits.tags) == (
        "me",
        "Be kind.",
        "1",
        ("maths",),
    )
    assert (credits.notes_in, credits.sources) == ((("fr", "Soyez gentil."),), ("https://example.org/ada",))
    assert (credits.created_at, credits.modified_at) == (1700000000, 1700000001)
    assert persona.graph.nodes["ada"].aliases == ("Countess",)


def test_an_empty_description_still_says_who_it_is():
    """A persona has a summary; a card need not."""
    assert read(m.v2(description=" ")).summary == "You are Ada."


def test_a_key_of_a_newer_version_stays_where_it_is():
    """A card of version 2 with a nickname comes back with it, and is not called by it."""
    persona = read(m.v2(nickname="Countess"))
    assert persona.nickname == ""
    assert m.unpacked(m.write(persona, "card-v2")).raw["data"]["nickname"] == "Countess"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tags": "maths"}, "data.tags"),
        ({"alternate_greetings": {"a": 1}}, "data.alternate_greetings"),
        ({"description": ["a"]}, "data.description"),
        ({"creator_notes": True}, "data.creator_notes"),
        ({"character_book": "Book"}, "data.character_book"),
        ({"name": None}, "data.name"),
        ({"creation_date": "soon"}, "data.creation_date"),
        ({"creation_date": 1700000000000}, "data.creation_date"),
        ({"creator_notes_multilingual": ["fr"]}, "data.creator_notes_multilingual"),
        ({"assets": "icon"}, "data.assets"),
        ({"assets": [None]}, "data.assets[0]"),
        ({"description": "a" * 200_001}, "data.description"),
        ({"tags": ["a" * 2_001]}, "data.tags[0]"),
    ],
)
def test_what_is_wrong_is_named(changes, field):
    """A wrong value costs that value, is named, and comes back as it was."""
    card = m.v3(**changes)
    assert field in notes(card)
    assert m.unpacked(m.write(read(card), "card-v3")).raw == card


def test_nothing_where_something_could_be_is_no_mistake():
    """Programs write null and "" for what is not there."""
    empty = {"character_book": None, "creation_date": "", "assets": None, "nickname": None, "tags": ""}
    assert notes(m.v3(**empty)) == {}


@pytest.mark.parametrize("version", ["3.1", "abc", None, [], True, 1e400])
def test_a_strange_version_is_read_all_the_same(version):
    """A newer card is for the most part an older one."""
    card = {**m.v3(), "spec_version": version}
    assert "spec_version" in notes(card)


def test_a_card_without_data_is_read_from_what_stands_beside():
    """`data` is there or it is not; the card opens."""
    card = {"spec": "chara_card_v2", "data": None}
    assert "data" in notes(card)
    assert read(card).name == "Unnamed"
    assert m.unpacked(m.write(read(card), "card-v2")).raw == card
    assert read({"spec": "chara_card_v2", **m.V1}).greeting == "Good day, {{user}}."


def test_versions_are_told_apart():
    """What is no card must be left to other readers."""
    assert [version_of(card) for card in (m.V1, m.v2(), m.v3())] == [1, 2, 3]
    assert version_of({"spec": "chara_card_v4", "data": {}}) == 3
    assert version_of({"data": {"name": "Ada", "first_mes": ""}}) == 2
    none = [None, [], "a", {}, {"name": "Ada", "bio": []}, {"spec": "lorebook_v3", "data": {}}]
    assert [version_of(each) for each in none] == [None] * len(none)


def test_no_json_but_a_table_is_a_card():
    """A list is no card, and says so."""
    with pytest.raises(ReadError, match="no table"):
        CARD_V1.layout.unpack(b"[1]", Report())
    with pytest.raises(ReadError, match="12000000 bytes"):
        CARD_V1.layout.unpack(b" " * 12_000_001, Report())


def test_long_lists_are_bounded():
    """Twelve megabytes of commas may not take minutes."""
    persona = read(m.v2(alternate_greetings=[1] * 30_000))
    assert len(persona.greetings) == 20_000


# ── anything at all ──

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
KEYS = [
    "name",
    "description",
    "personality",
    "scenario",
    "first_mes",
    "mes_example",
    "creator_notes",
    "system_prompt",
    "tags",
    "creator",
    "alternate_greetings",
    "character_book",
    "character_version",
    "extensions",
    "post_history_instructions",
    "assets",
    "nickname",
    "creator_notes_multilingual",
    "source",
    "group_only_greetings",
    "creation_date",
    "modification_date",
]
ASSET = st.fixed_dictionaries({}, optional=dict.fromkeys(("type", "uri", "name", "ext"), JSON | st.text()))
BOOK = st.fixed_dictionaries({}, optional={"entries": st.lists(JSON, max_size=3), "name": JSON})
EXTENSIONS = st.fixed_dictionaries(
    {},
    optional={
        "depth_prompt": st.fixed_dictionaries({}, optional=dict.fromkeys(("prompt", "depth", "role"), JSON)),
        "additional_lorebooks": st.lists(BOOK | JSON, max_size=3) | JSON,
        "chub": JSON | st.fixed_dictionaries({"linked_lorebooks": st.lists(BOOK | JSON, max_size=2)}),
        "roleagent": JSON,
    },
)
DATA = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(KEYS, JSON)
    | {
        "assets": st.lists(ASSET | JSON, max_size=3) | JSON,
        "character_book": BOOK | JSON,
        "extensions": EXTENSIONS | JSON,
    },
)


@given(data=DATA, foreign=st.sampled_from([CARD_V1, CARD_V2, CARD_V3]))
def test_any_json_makes_a_sound_persona(data, foreign):
    """Mapping a card never fails, whatever stands in it."""
    raw = data if foreign is CARD_V1 else {"spec": foreign.layout.SCHEMA, "data": data}
    document = foreign.layout.to_document(Archive(raw=raw), Report())
    assert normal(document)["name"]


# ── cards as people write them ──

WORDS = st.text(st.characters(codec="utf-8"), max_size=30)
TEXTS = st.fixed_dictionaries(dict.fromkeys(KEYS[:6], WORDS))
NEWER = st.fixed_dictionaries(
    {
        **dict.fromkeys(("creator_notes", "system_prompt", "creator", "character_version"), WORDS),
        "alternate_greetings": st.lists(WORDS, max_size=3),
        "tags": st.lists(WORDS, max_size=3),
        "extensions": st.dictionaries(WORDS, st.integers() | WORDS, max_size=3),
    },
    optional={"character_book": st.just(m.book())},
)
NEWEST = st.fixed_dictionaries(
    {"group_only_greetings": st.lists(WORDS, max_size=2)},
    optional={
        "nickname": WORDS,
        "source": st.lists(WORDS, max_size=2),
        "creation_date": st.integers(0, 2**33),
        "assets": st.lists(
            st.fixed_dictionaries(dict.fromkeys(("type", "uri", "name", "ext"), WORDS)), max_size=2
        ),
        "creator_notes_multilingual": st.dictionaries(WORDS, WORDS, max_size=2),
    },
)


@given(texts=TEXTS, newer=NEWER, newest=NEWEST, version=st.integers(1, 3))
def test_cards_come_back_by_way_of_yaml(texts, newer, newest, version):
    """JSON-equal, for whatever people write into the fields."""
    data = texts | (newer if version > 1 else {}) | (newest if version > 2 else {})
    spec = {"spec": f"chara_card_v{version}", "spec_version": f"{version}.0"}
    card = data if version == 1 else {**spec, "data": data}
    for name in (f"card-v{version}", f"card-v{version}-png"):
        foreign_data = (
            json.dumps(card).encode() if "png" not in name else m.png(*[None] * (version == 3), card)
        )
        persona = m.through_yaml(m.read(foreign_data))
        assert m.unpacked(m.write(persona, name)).raw == card
