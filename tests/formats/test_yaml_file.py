"""YAML is read strictly, and never guesses."""

from __future__ import annotations

import pytest

from roleagent.formats.own.yaml_file import read, write
from roleagent.persona.problems import MAX_DEPTH, Place, ReadError, locate


@pytest.mark.parametrize("text", ["NO", "12:30", "1881-03-04", "007", "1e3", "yes", "0x1F", ".5"])
def test_a_plain_scalar_stays_the_text_it_is(text):
    """YAML's usual readers make False, 750 and a date object of these."""
    assert read(f"key: {text}") == {"key": text}


@pytest.mark.parametrize("text", ["", "~", "null"])
def test_nothing_is_nothing_unless_quoted(text):
    """An empty value is a mistake to report, not the word null."""
    assert read(f"key: {text}") == {"key": None}
    assert read(f"key: '{text}'") == {"key": text}


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", (3, 1), "key 'a' stands here a second time; the first is on line 1"),
        ("a: {b: 1, b: 2}", (1, 11), "key 'b'"),
        ("a: &x 1\nb: *x\n", (1, 4), "anchor &x is not supported"),
        ("a: *x\n", (1, 4), "alias *x is not supported"),
        ("a: !!python/object:os.system 1", (1, 4), "is not supported"),
        ("? [a]\n: 1\n", (1, 3), "a key must be plain text"),
        ("a: 1\n---\nb: 1\n", (3, 1), "a second YAML document"),
        ("a: [1, 2\nb: 1\n", (2, 2), "not well-formed YAML"),
        ("a:\n\t- 1\n", (2, 1), "not well-formed YAML"),
        ("a: \x00", (1, 4), "not well-formed YAML"),
        ("[" * 100_000, (1, MAX_DEPTH + 1), "nested more than"),
    ],
)
def test_what_is_not_supported_is_refused_where_it_stands(text, place, message):
    """Each of these loses data, runs code or blows up in a lenient reader."""
    with pytest.raises(ReadError) as caught:
        read(text)
    assert message in caught.value.message
    assert caught.value.place == place


def test_every_key_and_value_knows_its_place():
    """Errors found much later still point at the file."""
    tree = read("name: Ada\nnodes:\n  - {id: ada,\n     label: 'A'}\n")
    assert locate(tree, ("name",), on_key=True) == Place(1, 1)
    assert locate(tree, ("name",)) == Place(1, 7)
    assert locate(tree, ("nodes", 0, "label")) == Place(4, 13)
    assert locate(tree, ("nodes", 0, "missing")) == Place(3, 5)
    assert locate(tree, ("nodes", 7)) == Place(3, 3)


def test_each_node_is_written_on_a_line_of_its_own():
    """People read, diff and edit these files."""
    text = write({"id": "ada", "nodes": [{"id": "ada", "label": "NO"}], "edges": [{"source": "ada"}]})
    assert text == "id: ada\nnodes:\n- {id: ada, label: 'NO'}\nedges:\n- {source: ada}\n"
