"""GEXF 1.3, Gephi's XML: facts carry spells, so that its timeline shows what held when.

The header travels as JSON in an attribute of the character's own node. Dates keep their precision in the
attributes ``valid_from`` and ``valid_to``; the spell says the same in whole days, and counts where a tool has
changed it. A DOCTYPE, and so every entity, is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from roleagent.persona.formats.gexf_reader import EDGE_ATTRIBUTES, HEADER, NAMESPACE, NODE_ATTRIBUTES, Reader
from roleagent.persona.formats.report import Report
from roleagent.persona.formats.spells import first_day, last_day
from roleagent.persona.formats.tagged import tagged_name, tagged_text, value_type
from roleagent.persona.places import Table


def read(text: str, report: Report | None = None) -> Table:
    """Read a GEXF text into the layout of a persona document.

    Args:
        text: the file.
        report: takes what of other programs' additions is passed over.

    Raises:
        ReadError: it is not well-formed, or uses parts of GEXF that a persona has no use for.
    """
    return Reader(report or Report()).read(text)


def write(document: Mapping[str, Any]) -> str:
    """The GEXF text of a document, in which every edge must have a target and an id."""
    header = {key: value for key, value in document.items() if key not in ("nodes", "edges")}
    own = document.get("node", document["id"])
    nodes = [{**node, HEADER: header} if node["id"] == own else node for node in document["nodes"]]
    edges = document.get("edges", [])
    return "\n".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<gexf xmlns={quoteattr(NAMESPACE)} version="1.3">',
            '  <graph defaultedgetype="directed" mode="dynamic" timeformat="date">',
            *_declarations("node", nodes, NODE_ATTRIBUTES),
            *_declarations("edge", edges, EDGE_ATTRIBUTES),
            f'    <nodes count="{len(nodes)}">',
            *(_element("node", node, NODE_ATTRIBUTES) for node in nodes),
            "    </nodes>",
            f'    <edges count="{len(edges)}">',
            *(_element("edge", {**edge, "label": edge["relation"]}, EDGE_ATTRIBUTES) for edge in edges),
            "    </edges>",
            "  </graph>",
            "</gexf>\n",
        )
    )


def _declarations(
    element: str, tables: Iterable[Mapping[str, Any]], built_in: tuple[str, ...]
) -> Iterator[str]:
    """Declare each attribute of some elements once."""
    types = {tagged_name(key, value): _type(value) for table in tables for key, value in table.items()}
    yield f'    <attributes class="{element}" mode="static">'
    for name, type_ in types.items():
        if name not in built_in:
            yield f'      <attribute id={quoteattr(name)} title={quoteattr(name)} type="{type_}"/>'
    yield "    </attributes>"


def _type(value: object) -> str:
    name = value_type(value)
    return "integer" if name == "int" else name


def _element(element: str, table: Mapping[str, Any], built_in: tuple[str, ...]) -> str:
    attributes = "".join(f" {key}={quoteattr(table[key])}" for key in built_in if key in table)
    values = "".join(
        f"<attvalue for={quoteattr(tagged_name(key, value))} value={quoteattr(tagged_text(value))}/>"
        for key, value in table.items()
        if key not in built_in
    )
    inside = (f"<attvalues>{values}</attvalues>" if values else "") + _spell(table)
    return f"      <{element}{attributes}>{inside}</{element}>"


def _spell(table: Mapping[str, Any]) -> str:
    start = f' start="{first_day(table["valid_from"])}"' if "valid_from" in table else ""
    end = f' end="{last_day(table["valid_to"])}"' if "valid_to" in table else ""
    return f"<spells><spell{start}{end}/></spells>" if start or end else ""
