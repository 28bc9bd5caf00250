"""Lists become edges and edges lists again."""

from __future__ import annotations

from roleagent.formats.format import Report
from roleagent.formats.parts import GraphParts, ListOfFacts, facts_of, slug, without_stop

LIKES = ListOfFacts(path=("taste", "likes"), relation="likes", prefix="like", node_type="topic")
INTERESTS = ListOfFacts(
    path=("interests",), relation="likes", prefix="interest", node_type="topic", takes_all=False
)


def _document(parts: GraphParts) -> dict[str, object]:
    return {"id": parts.node_id, **parts.as_document()}


def test_lists_of_one_relation_stay_apart() -> None:
    """Likes and interests are both liked, and must come back in their own lists."""
    parts = GraphParts("ada", "Ada")
    table = {"taste": {"likes": ["Tea.", "Whist"]}, "interests": ["Tea"]}
    for each in (LIKES, INTERESTS):
        each.read(table, "", parts, Report())
    document = _document(parts)
    assert [edge["target"] for edge in document["edges"]] == ["like:tea", "like:whist", "interest:tea"]
    assert LIKES.write(document, but=("interest",)) == ["Tea", "Whist"]
    assert INTERESTS.write(document) == ["Tea"]


def test_facts_of_other_origin_go_to_the_list_that_takes_all() -> None:
    """A persona that was written by hand has ids of its own."""
    document = {
        "id": "ada",
        "nodes": [
            {"id": "ada", "type": "person", "label": "Ada"},
            {"id": "m", "type": "topic", "label": "Maths"},
        ],
        "edges": [{"source": "ada", "relation": "likes", "target": "m"}],
    }
    assert LIKES.write(document, but=("interest",)) == ["Maths"]
    assert INTERESTS.write(document) == []


def test_secrets_and_what_is_over_stay_here() -> None:
    """Other programs know neither secrets nor dates: they would tell it all, as if it were so today."""
    nodes = [{"id": "ada", "type": "person", "label": "Ada"}]
    edges = [
        {"source": "ada", "relation": "likes", "value": "gin", "visibility": "secret"},
        {"source": "ada", "relation": "likes", "value": "milk", "valid_to": "1820"},
        {"source": "ada", "relation": "likes", "value": "tea", "visibility": ["public"]},
        {"source": "ada", "relation": "likes", "value": "rum", "visibility": ["byron"]},
    ]
    document = {"id": "ada", "nodes": nodes, "edges": edges}
    assert [fact.label for fact in facts_of(document, "likes")] == ["tea"]


def test_two_things_of_one_slug_are_two_nodes() -> None:
    """An id is made of a text's letters alone, and two texts may share them."""
    parts = GraphParts("ada", "Ada")
    for label in ("C", "C++", "C", "c!"):
        parts.relate("skilled_in", "skill", label, node_type="skill")
    ids = [node["id"] for node in parts.as_document()["nodes"]]
    assert ids == ["ada", "skill:c", "skill:c-2", "skill:c-3"]


def test_very_many_texts_of_one_slug_take_no_time() -> None:
    """Counting on from the last number, not from one, keeps a hostile list from taking hours."""
    parts = GraphParts("ada", "Ada")
    for number in range(20_000):
        parts.relate(
            "likes", "like", "!" * (1 + number // 2_000) + chr(0x2200 + number % 2_000), node_type="topic"
        )
    assert len(parts.as_document()["nodes"]) > 10_000


def test_texts_that_address_the_character_are_facts_as_they_stand() -> None:
    """'Ada has the trait You are curious' would be no sentence."""
    parts = GraphParts("ada", "Ada")
    parts.relate("has_trait", "trait", "You are curious", node_type="trait")
    parts.relate("has_trait", "trait", "curious", node_type="trait")
    assert [edge.get("text") for edge in parts.as_document()["edges"]] == ["You are curious", None]


def test_labels_stand_inside_sentences() -> None:
    """One full stop goes, three dots stay."""
    assert [without_stop(text) for text in ("Tea.", "Tea...", "Tea", ".")] == ["Tea", "Tea...", "Tea", "."]
    assert slug("  ?!") == "it"
