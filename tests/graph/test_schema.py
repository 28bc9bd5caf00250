"""The core vocabulary is consistent with itself."""

from __future__ import annotations

import pytest

from roleagent.graph.schema import CORE_RELATIONS, DATE_RELATIONS, NODE_TYPES


@pytest.mark.parametrize("relation", CORE_RELATIONS.values(), ids=lambda relation: relation.name)
def test_a_relation_can_be_said_in_english_and_chinese(relation):
    """A missing slot would give sentences without a subject."""
    for language in ("en", "zh"):
        assert "{subject}" in relation.text[language]
        assert "{object}" in relation.text[language]


def test_relations_name_known_types_and_inverses_name_each_other():
    """A slip of the pen here would refuse sound files."""
    for relation in CORE_RELATIONS.values():
        assert {*relation.domain, *relation.range} <= set(NODE_TYPES)
        if relation.inverse is not None:
            assert CORE_RELATIONS[relation.inverse].inverse == relation.name
    assert set(CORE_RELATIONS) >= DATE_RELATIONS
