"""TinyTroupe's persons and fragments become graphs, and come back as they were."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.formats.format import Archive, Report
from roleagent.formats.load import bundled_personas, load_persona, recognised
from roleagent.formats.others.tinytroupe import FRAGMENT, PERSON
from tests.formats import roundtrips

ADA = {
    "type": "TinyPerson",
    "persona": {
        "name": "Ada",
        "age": 28,
        "gender": "Female",
        "nationality": "British",
        "country_of_residence": "England",
        "education": "Taught at home.",
        "long_term_goals": ["To publish the notes."],
        "occupation": {"title": "Mathematician", "organization": "Nobody", "description": "You count."},
        "style": "Precise. \nWitty.",
        "personality": {
            "traits": ["You are proud.", "playful"],
            "big_five": {"openness": "High.", "neuroticism": "Low."},
        },
        "preferences": {"interests": ["Engines"], "likes": ["Tea."], "dislikes": ["Fools."]},
        "skills": ["Algebra."],
        "beliefs": ["Engines weave patterns."],
        "behaviors": {"general": ["Takes notes."], "routines": {"morning": ["Rides out."]}},
        "health": {"lungs": "weak"},
        "relationships": [{"name": "Babbage", "description": "Your friend, the inventor."}],
        "other_facts": ["You grew up without your father."],
        "mental_faculties": {"unknown": [1, 2.5, None]},
    },
}
PARENT = {
    "type": "Fragment",
    "persona": {"preferences": {"likes": ["Sleep"]}, "behaviors": {"children": ["Feeds."]}},
}
KEYS = [
    "name", "age", "occupation", "title", "organization", "description", "personality", "traits", "big_five",
    "openness", "preferences", "likes", "interests", "skills", "behaviors", "routines", "morning", "health",
    "relationships", "other_facts", "style", "residence",
]  # fmt: skip


def _bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_they_are_recognised() -> None:
    """By the type they name, whatever else they hold."""
    assert recognised(_bytes(ADA)) is PERSON
    assert recognised(_bytes(PARENT)) is FRAGMENT
    assert recognised(_bytes({"type": "TinyWorld", "persona": {}})) not in (PERSON, FRAGMENT)


def test_a_person_comes_back() -> None:
    """Every field, mapped or not, to the letter."""
    roundtrips.check_comes_back(_bytes(ADA), PERSON)


def test_a_fragment_comes_back() -> None:
    """It has no name, and none is put in."""
    persona = roundtrips.check_comes_back(_bytes(PARENT), FRAGMENT)
    assert persona.name.startswith("fragment ")
    assert persona.id.startswith("fragment-")
    assert persona.summary == "You take on what this fragment brings: likes (1), has_routine (1)."


def test_the_lists_are_a_graph() -> None:
    """Each item is a fact of its own that can be found, judged and updated."""
    persona = roundtrips.read(_bytes(ADA), PERSON)
    graph = persona.graph
    facts = {(fact.relation, graph.nodes[fact.object].label) for fact in graph.facts.values()}
    assert facts == {
        ("aged", "28"),
        ("has_gender", "Female"),
        ("nationality", "British"),
        ("lives_in", "England"),
        ("studied", "Taught at home."),
        ("has_goal", "To publish the notes"),
        ("works_as", "Mathematician"),
        ("works_at", "Nobody"),
        ("has_trait", "You are proud"),
        ("has_trait", "playful"),
        ("has_openness", "High."),
        ("has_neuroticism", "Low."),
        ("likes", "Engines"),
        ("likes", "Tea"),
        ("dislikes", "Fools"),
        ("skilled_in", "Algebra"),
        ("believes", "Engines weave patterns"),
        ("has_routine", "Takes notes"),
        ("has_routine", "Rides out"),
        ("knows", "lungs: weak"),
        ("knows", "Babbage"),
        ("knows", "You grew up without your father."),
    }
    texts = {fact.text for fact in graph.facts.values()}
    assert {"Ada likes Tea.", "You are proud", "Babbage: Your friend, the inventor."} <= texts
    assert persona.summary == "You are Ada, Mathematician at Nobody. You count."
    assert persona.speech == ("Precise.", "Witty.")


def test_a_fact_that_is_added_is_added_to_its_list() -> None:
    """And nothing else in the file changes."""

    def change(document: dict[str, Any]) -> None:
        document["nodes"].append({"id": "whist", "type": "topic", "label": "Whist"})
        document["edges"].append({"source": "ada", "relation": "likes", "target": "whist"})

    persona = {**ADA["persona"], "preferences": {**ADA["persona"]["preferences"], "likes": ["Tea.", "Whist"]}}
    changed = roundtrips.edited(_bytes(ADA), PERSON, change)
    assert changed["persona"] == persona


def test_a_fact_that_is_taken_out_leaves_its_list() -> None:
    """The other items stay as the file wrote them."""

    def change(document: dict[str, Any]) -> None:
        document["edges"] = [edge for edge in document["edges"] if edge.get("target") != "trait:playful"]
        document["nodes"] = [node for node in document["nodes"] if node["id"] != "trait:playful"]

    assert roundtrips.edited(_bytes(ADA), PERSON, change)["persona"]["personality"]["traits"] == [
        "You are proud."
    ]


@pytest.mark.parametrize("name", bundled_personas())
@pytest.mark.parametrize("form", [PERSON, FRAGMENT])
def test_personas_of_ours_travel_whole(name: str, form: Any) -> None:
    """What the lists cannot hold travels beside them."""
    roundtrips.check_travels_whole(load_persona(name), form)


def test_a_persona_of_ours_fills_the_lists() -> None:
    """The other program reads the lists, not what travels beside them."""
    document = {
        "roleagent": 1, "id": "ada", "name": "Ada", "summary": "You count.",
        "nodes": [
            {"id": "ada", "type": "person", "label": "Ada"},
            {"id": "byron", "type": "person", "label": "Byron"},
            {"id": "london", "type": "place", "label": "London"},
        ],
        "edges": [
            {"source": "ada", "relation": "aged", "value": "28"},
            {"source": "ada", "relation": "lives_in", "target": "london"},
            {"source": "ada", "relation": "has_father", "target": "byron"},
            {"source": "ada", "relation": "fears", "value": "ruin", "visibility": "secret"},
            {"source": "ada", "relation": "likes", "value": "tea"},
        ],
    }  # fmt: skip
    assert PERSON.layout.from_document(document, Report()).raw == {
        "type": "TinyPerson",
        "persona": {
            "name": "Ada",
            "age": 28,
            "residence": "London",
            "preferences": {"likes": ["tea"]},
            "other_facts": ["You count."],
            "relationships": [{"name": "Byron", "description": "has father"}],
        },
    }


@pytest.mark.parametrize(
    "persona",
    [
        None, "text", [], {}, {"name": None}, {"name": "", "age": ""}, {"name": ["x"], "age": 1e308},
        {"name": "A", "skills": "one", "beliefs": [None, {}, 3], "personality": [], "preferences": "none"},
        {"name": "A", "occupation": "clerk", "relationships": "none", "behaviors": {"routines": []}},
        {"name": "A", "occupation": {"description": "x"}, "relationships": [None, {"name": ""}, "Bob"]},
        {"name": "x" * 5_000, "skills": ["y" * 5_000], "occupation": {"title": "a"}},
        {"name": "A", "occupation": {"title": "a", "description": "z" * 300_000}},
        {"name": "A", "relationships": [{"name": "B", "description": "z" * 300_000}]},
    ],
)  # fmt: skip
def test_what_is_odd_is_read_and_said(persona: Any) -> None:
    """A wrong field costs that field, never the character."""
    report = Report()
    data = _bytes({"type": "TinyPerson", "persona": persona})
    assert roundtrips.read(data, PERSON, report).name
    roundtrips.check_survives(data, PERSON)
    assert report.notes or persona == {"name": "A", "occupation": "clerk"}
    assert (
        roundtrips.content(roundtrips.write(roundtrips.read(data, PERSON), PERSON), PERSON)[0]["persona"]
        == persona
    )


def test_a_deeply_nested_file_is_refused() -> None:
    """In a bounded way."""
    roundtrips.check_survives(b'{"type":"TinyPerson","persona":' + b'{"a":' * 60 + b"1" + b"}" * 61, PERSON)


@given(st.dictionaries(st.sampled_from(KEYS), roundtrips.junk(KEYS), max_size=8))
def test_any_json_gives_a_persona_and_comes_back(persona: dict[str, Any]) -> None:
    """Whatever stands where."""
    for form, kind in ((PERSON, "TinyPerson"), (FRAGMENT, "Fragment")):
        data = _bytes({"type": kind, "persona": persona})
        roundtrips.check_survives(data, form)
        back = roundtrips.write(roundtrips.read(data, form), form)
        assert json.dumps(json.loads(back)["persona"]) == json.dumps(json.loads(data)["persona"])


def test_reading_needs_no_files() -> None:
    """The document alone gives the lists again, without the JSON that is kept."""
    document = PERSON.layout.to_document(Archive(raw=ADA), Report())
    again = PERSON.layout.from_document(document, Report()).raw["persona"]
    assert again["preferences"] == {"interests": ["Engines"], "likes": ["Tea"], "dislikes": ["Fools"]}
    assert again["behaviors"] == {"general": ["Takes notes"], "routines": {"morning": ["Rides out"]}}
    assert again["relationships"] == ADA["persona"]["relationships"]
    assert again["occupation"] == ADA["persona"]["occupation"]
    assert again["age"] == 28


def test_a_list_without_end_is_cut() -> None:
    """The file keeps it all; the graph takes what it can hold."""
    report = Report()
    data = _bytes(
        {"type": "TinyPerson", "persona": {"name": "A", "skills": [f"s{i}" for i in range(10_005)]}}
    )
    document = PERSON.layout.to_document(PERSON.layout.unpack(data, report), report)
    assert len(document["edges"]) == 10_000
    assert [note.field for note in report.notes] == ["persona.skills"]


def test_the_longest_text_of_a_table_is_cut_with_its_key() -> None:
    """Key and text are one fact, which may be no longer than any other."""
    person = {"type": "TinyPerson", "persona": {"name": "Ada", "health": {"lungs": "x" * 200_000}}}
    persona = roundtrips.check_comes_back(json.dumps(person).encode(), PERSON)
    (fact,) = persona.graph.facts.values()
    assert len(fact.text) == 200_000
