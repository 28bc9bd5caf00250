"""Facts as sentences."""

from __future__ import annotations

import pytest

from roleagent.graph.schema import CORE_RELATIONS, fact_sentence
from roleagent.types import Relation


@pytest.mark.parametrize(
    ("relation", "more", "sentence"),
    [
        ("lives_in", {}, "Ada lives in London."),
        ("lives_in", {"valid_from": "1835"}, "Ada lives in London (since 1835)."),
        ("lives_in", {"valid_to": "1835"}, "Ada lives in London (until 1835)."),
        ("lives_in", {"valid_from": "1835", "valid_to": "1852"}, "Ada lives in London (1835 to 1852)."),
        ("visited", {"valid_from": "1835-07"}, "Ada visited London (1835-07)."),
        ("lives_in", {"language": "zh"}, "Ada住在London。"),
        ("lives_in", {"language": "zh-TW", "valid_from": "1835"}, "Ada住在London（自1835）。"),
        ("lives_in", {"language": "fr"}, "Ada lives in London."),
        ("lives_in", {"object_label": "London, Ont."}, "Ada lives in London, Ont."),
        ("lives_in", {"subject_label": "the {object}"}, "The {object} lives in London."),
    ],
)
def test_a_fact_becomes_a_sentence(relation, more, sentence):
    """The model reads these and nothing else of the graph; what has ended must not sound present."""
    labels = {"subject_label": "Ada", "object_label": "London"}
    assert fact_sentence(CORE_RELATIONS[relation], **(labels | more)) == sentence


def test_a_relation_in_one_language_only_is_better_than_none():
    """A persona may have its own relations in its own language alone."""
    relation = Relation(name="aime", text={"fr": "{subject} aime {object}"})
    assert fact_sentence(relation, subject_label="Ada", object_label="Bo", language="en") == "Ada aime Bo."
