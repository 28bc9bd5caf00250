"""DOT: a picture that shows texts letter by letter, and is never too large."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from roleagent.formats.own.pictures import write_dot

ADA = {"id": "ada", "type": "person", "label": "Ada"}


def document(*edges, nodes=()):
    return {"id": "ada", "nodes": [ADA, *nodes], "edges": list(edges)}


def test_nodes_and_facts_become_a_drawing():
    """Dotted where secret, bold where fixed, grey where over."""
    edges = [
        {"source": "ada", "relation": "likes", "target": "tea", "valid_to": "1840"},
        {"source": "ada", "relation": "owns", "target": "tea", "fixed": True},
        {"source": "ada", "relation": "fears", "target": "tea", "visibility": ["bo"], "fixed": True},
    ]
    text = write_dot(document(*edges, nodes=[{"id": "tea", "type": "topic", "label": "tea"}]))
    assert text.startswith('digraph "ada" {\n')
    assert '  n0 [label="Ada", fillcolor="#d1495b"];\n' in text
    assert '  n0 -> n1 [label="likes", color="gray"];\n' in text
    assert '  n0 -> n1 [label="owns", style="bold"];\n' in text
    assert '  n0 -> n1 [label="fears", style="dotted"];\n' in text


@given(label=st.text(min_size=1, max_size=30))
def test_no_label_gets_out_of_its_quotes(label):
    """Quotes and backslashes are text."""
    lines = write_dot(document(nodes=[{"id": "x", "type": "topic", "label": label}])).split("\n")
    assert len(lines) == 6
    assert re.fullmatch(r'  n1 \[label="(?:[^"\\]|\\["\\])*", fillcolor="#\w+"\];', lines[3])


def test_of_a_large_graph_what_is_nearest_is_drawn():
    """And how much is not."""
    nodes = [{"id": f"x{number}", "type": "topic", "label": f"X {number}"} for number in range(9)]
    text = write_dot(document({"source": "x7", "relation": "about", "target": "ada"}, nodes=nodes), limit=2)
    assert '"X 7"' in text
    assert '"X 0"' not in text
    assert 'label="… and 8 more nodes"' in text
