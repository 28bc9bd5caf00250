"""Mermaid: a picture that shows texts letter by letter, and is never too large."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from roleagent.formats.own.pictures import write_mermaid

ADA = {"id": "ada", "type": "person", "label": "Ada"}


def document(*edges, nodes=()):
    return {"id": "ada", "nodes": [ADA, *nodes], "edges": list(edges)}


def test_nodes_and_facts_become_a_drawing():
    """Dotted where secret, thick where fixed."""
    edges = [
        {"source": "ada", "relation": "likes", "target": "tea"},
        {"source": "ada", "relation": "owns", "target": "tea", "fixed": True},
        {"source": "ada", "relation": "fears", "target": "tea", "visibility": "secret", "fixed": True},
    ]
    assert write_mermaid(document(*edges, nodes=[{"id": "tea", "type": "topic", "label": "tea"}])) == (
        "graph LR\n"
        '  n0["Ada"]\n'
        '  n1["tea"]\n'
        '  n0 -->|"likes"| n1\n'
        '  n0 ==>|"owns"| n1\n'
        '  n0 -.->|"fears"| n1\n'
    )


@given(label=st.text(min_size=1, max_size=30))
def test_no_label_gets_out_of_its_quotes(label):
    """A label may hold Mermaid, HTML, or a line break."""
    lines = write_mermaid(document(nodes=[{"id": "x", "type": "topic", "label": label}])).split("\n")
    assert len(lines) == 4
    assert re.fullmatch(r'  n1\["[^"<>`]*"\]', lines[2])


def test_of_a_large_graph_what_is_nearest_is_drawn():
    """And how much is not."""
    nodes = [{"id": f"x{number}", "type": "topic", "label": f"X {number}"} for number in range(9)]
    far = {"source": "x7", "relation": "about", "target": "x8"}
    near = {"source": "x7", "relation": "about", "target": "ada"}
    text = write_mermaid(document(far, near, nodes=nodes), limit=3)
    assert [label for label in ("Ada", "X 7", "X 8", "X 0") if f'"{label}"' in text] == ["Ada", "X 7", "X 8"]
    assert '  note["… and 7 more nodes"]' in text
