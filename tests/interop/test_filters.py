"""Tests of the conditions on values."""

from typing import Any

import pytest

from roleagent.errors import InputError
from roleagent.interop.filters import check_filter, matches

BOOK = {
    "kind": "book",
    "year": 1902,
    "on": "1902-03-25",
    "by": {"name": "Doyle", "born": 1859},
    "tags": ["a", "b"],
}


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({}, True),
        ({"kind": "book"}, True),
        ({"kind": "film"}, False),
        ({"colour": None}, True),
        ({"kind": {"$ne": "film"}, "year": {"$gte": 1902, "$lt": 1903}}, True),
        ({"year": {"$gt": 1902}}, False),
        ({"year": {"$lte": "1902.5"}}, True),
        ({"on": {"$gt": "1902-01-01"}}, True),
        ({"kind": {"$gt": 3}}, False),
        ({"colour": {"$gt": 3}}, False),
        ({"colour": {"$lt": 3}}, False),
        ({"by": {"born": 1859}}, True),
        ({"by": {"born": {"$lt": 1859}}}, False),
        ({"kind": {"name": "Doyle"}}, False),
        ({"tags": ["a", "b"]}, True),
        ({"tags": ["a"]}, False),
        ({"tags": {"$eq": ["a", "b"]}}, True),
        ({"kind": ["b", "o", "o", "k"]}, False),
    ],
)
def test_conditions(conditions: dict[str, Any], fits: bool) -> None:
    """All must hold; what does not compare is neither more nor less."""
    check_filter(conditions)
    assert matches(BOOK, conditions) is fits


@pytest.mark.parametrize("conditions", [{"a": {"$in": [1]}}, {"a": {"b": {"$gt": 1, "c": 2}}}])
def test_an_unknown_operator_is_refused(conditions: dict[str, Any]) -> None:
    """Ignored, it would let everything through."""
    with pytest.raises(InputError, match=r"There are: \$eq, \$ne"):
        check_filter(conditions)
