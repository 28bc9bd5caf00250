"""Tests of ids made from names: memories hang on them."""

import json
import unicodedata
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.formats.load import load_persona
from roleagent.persona.fields import Name
from roleagent.persona.identity import former_id, name_key, persona_id, plain_id

DIFFERENT = (
    "雷电将军 v2", "测试角色 v2", "v2", "Алиса 2", "Борис 2", "2", "李雷 (AI)", "AI", "Zoë", "Zoe", "Zo",
    "Noël", "No L", "İnci", "Inci", "ınci", "Łukasz", "Ukasz", "🐉", "🐉🐉", "عمر", "عمار", "C", "C++", "C#",
    "Q?", "Q!", "Tilda Marrow", "Tilda-Marrow", "Tilda_Marrow", "Tilda/Marrow", "con", "../con", "a" * 300,
    "a" * 301, "Henry IV", "Henry Ⅳ",
)  # fmt: skip


def card(name: str, **changes: object) -> dict:
    data = {"name": name, "description": "Keeps bees.", "first_mes": "Mind the hives.", "mes_example": ""}
    return {"spec": "chara_card_v2", "spec_version": "2.0", "data": {**data, **changes}}


@pytest.fixture
def id_of(tmp_path):
    def read(raw: object) -> str:
        path = tmp_path / "card.json"
        path.write_text(json.dumps(raw), encoding="utf-8")
        return load_persona(path).id

    return read


def test_characters_of_different_names_have_different_ids():
    """One's whole talk stood in the other's prompt."""
    for one, other in combinations(DIFFERENT, 2):
        assert persona_id(one) != persona_id(other), (one, other)


@given(st.text(min_size=1), st.text(min_size=1))
def test_only_ways_of_writing_one_name_share_an_id(one, other):
    """Whatever script, and whether or not anything of the name is in ASCII."""
    if persona_id(one) == persona_id(other):
        assert name_key(one) == name_key(other)


@given(st.text(min_size=1, max_size=200), st.text(max_size=20))
def test_an_id_is_fit_for_a_file_and_for_file_names(name, mark):
    """`convert` names files so, on any system."""
    from pydantic import TypeAdapter

    made = persona_id(name, mark=mark)
    assert TypeAdapter(Name).validate_python(made) == made
    assert len(made) <= 71
    assert made.strip("-_") == made


@pytest.mark.parametrize("name", ["Zoë", "Ñandú", "Йод 2", "각 v2"])
def test_accents_may_be_encoded_either_way(name):
    """MacOS and Windows write them differently."""
    one, other = (unicodedata.normalize(form, name) for form in ("NFC", "NFD"))
    assert one != other
    assert persona_id(one) == persona_id(other)


def test_case_and_outer_blanks_do_not_make_another_character():
    """Somebody tidied the card."""
    assert persona_id(" ZOË  ") == persona_id("Zoë")
    assert persona_id("Tilda Marrow", mark="QA") == persona_id("tilda  marrow", mark="qa ")


@pytest.mark.parametrize("name", ["Tilda Marrow", "林黛玉", "Алиса", "🐉", "Mira"])
def test_an_id_that_lost_nothing_stays_as_it_was(name):
    """Most homes need no change."""
    assert persona_id(name) == plain_id(name)
    assert former_id(persona_id(name), name) is None


def test_a_name_cannot_be_chosen_to_hit_anothers_id():
    """A card could be made to read what another character knows."""
    made = persona_id("Zoë")
    assert persona_id(made.replace("-", " ")) != made
    assert persona_id(plain_id("林黛玉").replace("-", " ")) != plain_id("林黛玉")


@pytest.mark.parametrize("name", ["CON", "nul", "com1", "LPT9"])
def test_no_id_is_a_name_that_windows_keeps_for_itself(name):
    """Its file could be neither written nor opened there."""
    assert persona_id(name) != name.casefold()


def test_cards_of_one_name_by_two_makers_are_two_characters(id_of):
    """Every hub has a dozen Alices."""
    ids = {id_of(card("Alice", creator=maker)) for maker in ("", "ann", "bob", "安")}
    assert len(ids) == 4


def test_two_cards_of_one_name_are_two_characters(id_of):
    """Though the same program wrote them, under one maker's name or under none."""
    for maker in ("", "qa"):
        one = card("Zoë", creator=maker, description="Zoë guards a shrine.")
        other = card("Zoë", creator=maker, description="Zoë repairs bicycles.")
        assert id_of(one) != id_of(other)
    silent = {"description": "", "first_mes": ""}
    assert id_of(card("Zoë", **silent, personality="dry")) != id_of(card("Zoë", **silent, personality="kind"))


def test_a_card_keeps_its_id_whatever_does_not_say_who_it_is(id_of):
    """A new version, tags or a format that holds more make no other character."""
    before = id_of(card("Zoë", creator="ann", character_version="1"))
    assert (
        id_of(card("Zoë", creator="Ann", character_version="2", tags=["bees"], creator_notes="!")) == before
    )
    assert id_of({**card("Zoë", creator="ann"), "spec": "chara_card_v3", "spec_version": "3.0"}) == before
    assert id_of(card("Zoë", creator="ann", description="  keeps\r\nBees. ")) == before


def test_cards_without_a_name_are_told_by_what_they_describe(id_of):
    """They were all called Unnamed."""
    assert id_of(card("", description="A cat.")) != id_of(card("", description="A dog."))
    assert id_of(card("", description="A cat.")) == id_of(card("", description="A cat."))


def test_lorebooks_without_a_name_are_told_by_their_first_entry(id_of):
    """SillyTavern writes none into the file: all of them were one narrator."""

    def world(*contents: str) -> dict:
        entries = {str(n): {"uid": n, "key": ["x"], "content": each} for n, each in enumerate(contents)}
        return {"entries": entries}

    assert id_of(world("The sea.")) != id_of(world("The wood."))
    assert id_of(world("The sea.")) == id_of(world("The sea.", "Added later."))


def test_the_own_node_of_a_card_is_called_as_ever(tmp_path):
    """What was learned of the character names it."""
    path = tmp_path / "card.json"
    path.write_text(json.dumps(card("Zoë", creator="ann")), encoding="utf-8")
    persona = load_persona(path)
    assert persona.node_id == "zo"
    assert former_id(persona.id, persona.name) == "zo"


def test_an_id_that_a_file_gives_has_no_former_one():
    """What is kept under it is nobody else's business."""
    assert former_id("zoe", "Zoë") is None
    assert former_id("zo", "Zoë") is None
