"""Finding and reading persona files."""

from __future__ import annotations

import json

import pytest

from roleagent import registry
from roleagent.errors import PersonaFileError, PersonaNotFoundError
from roleagent.formats.load import bundled_personas, known_personas, load_persona
from roleagent.formats.text import MAX_TEXT_BYTES
from roleagent.settings import get_settings


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of the test's own."""
    monkeypatch.setenv("ROLEAGENT_HOME", str(tmp_path / "home"))
    get_settings.cache_clear()
    yield tmp_path / "home"
    get_settings.cache_clear()


def test_a_file_becomes_a_persona(small):
    """What is written is what the agent gets."""
    persona = load_persona(small)
    assert (persona.id, persona.name, persona.node_id) == ("ada", "Ada Lovelace", "ada")
    assert persona.graph.nodes["babbage"].aliases == ("Babbage",)
    assert persona.graph.facts["ada.friend_of.babbage"].fixed
    assert persona.source == str(small)


def test_a_fact_is_worded_by_its_relation_or_by_the_file(small):
    """The prompt quotes these sentences."""
    facts = load_persona(small).graph.facts
    assert facts["ada.friend_of.babbage"].text == "Ada Lovelace is a friend of Charles Babbage."
    assert facts["ada.born_on.literal:1815-12-10"].text == "Ada was born in the winter of 1815."


def test_a_value_becomes_a_literal_node(small):
    """Facts always link two nodes."""
    node = load_persona(small).graph.nodes["literal:1815-12-10"]
    assert (node.type, node.label) == ("literal", "1815-12-10")


def test_edges_between_the_same_ends_are_told_apart_by_their_dates(write, small_text):
    """One may live twice in the same place."""
    text = small_text + '  - {source: ada, relation: lives_in, target: london, valid_from: "1851"}\n'
    text = text.replace('valid_from: "1835-07"}', 'valid_from: "1835-07", valid_to: "1851"}')
    ids = set(load_persona(write(text)).graph.facts)
    assert {"ada.lives_in.london", "ada.lives_in.london@1851"} <= ids


def test_a_core_relation_can_learn_a_language(write, small_text):
    """A persona in a language that we have no templates for needs its own."""
    text = small_text.replace(
        "relations:\n", 'relations:\n  friend_of: {text: {fr: "{subject} aime {object}"}}\n'
    )
    persona = load_persona(write(text.replace("id: ada\n", "id: ada\nlanguage: fr\n", 1)))
    assert persona.graph.facts["ada.friend_of.babbage"].text == "Ada Lovelace aime Charles Babbage."
    assert persona.graph.relations["friend_of"].symmetric


def test_the_content_tells_the_format_where_the_suffix_does_not(write, small_text):
    """A file may have been renamed."""
    assert load_persona(write(small_text, "ada.txt")).name == "Ada Lovelace"


def test_every_bundled_persona_has_a_name_and_loads():
    """`roleagent chat NAME` for every NAME that is offered."""
    assert "holmes" in bundled_personas()
    assert load_persona("holmes").name == "Sherlock Holmes"


def test_the_users_own_persona_comes_before_a_bundled_one_of_the_same_name(home, small_text):
    """Users may mend or replace what comes with the package."""
    (home / "personas").mkdir(parents=True)
    (home / "personas" / "holmes.yaml").write_text(small_text)
    assert load_persona("holmes").name == "Ada Lovelace"
    assert known_personas()["holmes"].parent == home / "personas"


def test_an_unknown_name_gets_a_near_match_and_the_list(home):
    """A typing mistake should cost one look."""
    with pytest.raises(PersonaNotFoundError, match=r"'holms'. Did you mean 'holmes'\? Known: .*holmes"):
        load_persona("holms")


def test_a_missing_file_is_named(tmp_path):
    """A path is not looked up among the names."""
    with pytest.raises(PersonaNotFoundError, match=r"There is no file '.*nobody\.yaml'"):
        load_persona(tmp_path / "nobody.yaml")


@pytest.mark.parametrize("name", ["x" * 5_000, "x" * 5_000 + ".yaml", "a\0b", "a\0b.yaml"])
def test_a_name_that_no_file_can_have_is_not_found(name):
    """Names may come from a request."""
    with pytest.raises(PersonaNotFoundError):
        load_persona(name)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id: a\nname: \xff\0\n", r":2:1: the file is not UTF-8 at byte 12, 0xff, and no text"),
        (b"", "holds no table"),
        (b"- 1\n", "holds no table"),
        (b"#" * (MAX_TEXT_BYTES + 1), "is larger than 16 MB"),
    ],
)
def test_a_file_that_cannot_be_a_persona_is_refused(write, content, message):
    """Each with one line that says why."""
    with pytest.raises(PersonaFileError, match=message):
        load_persona(write(content))


def test_a_directory_is_refused(tmp_path):
    """Opening one raises an error of the system's, which is no answer to a user."""
    with pytest.raises(PersonaFileError, match="cannot be read: Is a directory"):
        load_persona(tmp_path)


def test_a_byte_order_mark_is_skipped(write, small_text):
    """Windows editors write one."""
    assert load_persona(write(b"\xef\xbb\xbf" + small_text.encode())).id == "ada"


@pytest.mark.slow
def test_ten_thousand_nodes_load(write):
    """Size must not change what is read."""
    nodes = [{"id": f"n{number}", "type": "person", "label": f"N {number}"} for number in range(10_000)]
    edges = [{"source": "n0", "relation": "knows", "target": f"n{number}"} for number in range(1, 10_000)]
    header = {"roleagent": 1, "id": "n0", "name": "N", "summary": "You are N."}
    persona = load_persona(write(json.dumps(header | {"nodes": nodes, "edges": edges}), "n0.json"))
    assert (len(persona.graph.nodes), len(persona.graph)) == (10_000, 9_999)


def test_half_a_character_in_a_file_is_mended(tmp_path):
    """JSON can spell one, and nothing that holds it could be stored."""
    file = {
        "directed": True,
        "multigraph": True,
        "graph": {
            "roleagent": 1,
            "id": "zo",
            "name": "Zo\ud83d",
            "summary": "You are Zo.",
            "fall_backs": ["No."],
        },
        "nodes": [{"id": "zo", "type": "person", "label": "Zo"}],
        "edges": [],
    }
    path = tmp_path / "half.json"
    path.write_text(json.dumps(file))
    assert load_persona(path).name == "Zo\ufffd"


def test_a_yaml_persona_is_read_without_loading_the_other_formats(monkeypatch):
    """Each format costs milliseconds to import, and most people have one."""
    asked, find = set(), registry.find
    monkeypatch.setattr(registry, "find", lambda kind, name: asked.add(name) or find(kind, name))
    assert load_persona("holmes").name == "Sherlock Holmes"
    assert asked == {"yaml"}
