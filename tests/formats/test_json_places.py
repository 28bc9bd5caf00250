"""The JSON reader gives what the standard library's gives, and knows where everything stands."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from roleagent.formats.text import read_json
from roleagent.persona.problems import Row, Table

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["a, b", "}", 'q"q', "\\"]
)
_SCALAR = _TEXT | st.integers(-99, 99) | st.booleans() | st.none()
_TREE = st.recursive(
    _SCALAR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)


def check_places(tree: object, text: str) -> None:
    """Every key and value stands where the reader says."""
    lines = text.split("\n")
    if isinstance(tree, Table):
        for key, value in tree.items():
            line, column = tree.key_places[key]
            assert json.JSONDecoder().raw_decode(lines[line - 1], column - 1)[0] == key
            check_value(value, tree.value_places[key], lines)
            check_places(value, text)
    if isinstance(tree, Row):
        for value, place in zip(tree, tree.value_places, strict=True):
            check_value(value, place, lines)
            check_places(value, text)


def check_value(value: object, place: tuple[int, int], lines: list[str]) -> None:
    rest = lines[place[0] - 1][place[1] - 1 :]
    if isinstance(value, Table | Row):
        assert rest[0] == "{["[isinstance(value, Row)]
    else:
        assert json.JSONDecoder().raw_decode(rest)[0] == value


@given(_TREE, st.sampled_from([None, 0, 2]), st.booleans(), st.sampled_from([": ", ":", " : "]))
def test_every_layout_reads_the_same(tree, indent, is_ascii, colon):
    """Plain pairs are read in one step, and all others in several."""
    text = json.dumps(tree, indent=indent, ensure_ascii=is_ascii, separators=(", ", colon))
    read = read_json(text)
    assert read == tree
    check_places(read, text)
