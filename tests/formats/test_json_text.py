"""The JSON reader with places agrees with the standard library, and is stricter."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.formats.text import read_json
from roleagent.persona.problems import MAX_DEPTH, Place, ReadError, locate

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(value=JSON, indent=st.sampled_from([None, 2]), ascii_only=st.booleans())
def test_it_reads_what_the_standard_library_writes(value, indent, ascii_only):
    """Two ways to the same value."""
    assert read_json(json.dumps(value, indent=indent, ensure_ascii=ascii_only)) == value


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('{"a": 1,\n "a": 2}', (2, 2), "key 'a' stands here a second time; the first is on line 1"),
        ('{"a": NaN}', (1, 7), "a value is expected, found 'NaN'"),
        ('{"a": -Infinity}', (1, 7), "a value is expected"),
        ('{"a": 1,}', (1, 9), "a key in double quotes is expected, found '}'"),
        ("[1 2]", (1, 4), "a comma or ']' is expected, found '2'"),
        ('{"a" 1}', (1, 6), "a colon is expected after the key 'a', found '1'"),
        ("{'a': 1}", (1, 2), "a key in double quotes is expected"),
        ("[1]\n]", (2, 1), "nothing more is expected"),
        ("[1, 007]", (1, 5), "a value is expected"),
        ('"abc', (1, 1), "unterminated string"),
        ("", (1, 1), "a value is expected, the file ends here"),
        ("[" * 100_000, (1, MAX_DEPTH + 1), "nested more than"),
        ("9" * 5_000, (1, 1), "a value is expected"),
    ],
)
def test_a_mistake_is_reported_where_it_stands(text, place, message):
    """The standard library lets some of these pass, and breaks down on others."""
    with pytest.raises(ReadError) as caught:
        read_json(text)
    assert message in caught.value.message
    assert caught.value.place == place


def test_every_value_knows_its_place():
    """Errors found much later still point at the file."""
    tree = read_json('{"nodes": [\n  {"id": "a"},\n  {"id":  "b"}]}')
    assert locate(tree, ("nodes", 1, "id")) == Place(3, 11)
    assert locate(tree, ("nodes", 1, "id"), on_key=True) == Place(3, 4)
