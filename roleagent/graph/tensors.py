"""The graph for other libraries: networkx, and tensors for torch_geometric."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from roleagent.graph.overlay import LayeredGraph
from roleagent.language.dates import parse_date
from roleagent.types import Fact, Node

if TYPE_CHECKING:
    import networkx as nx
    from torch_geometric.data import Data

_ENDS = frozenset({"id", "subject", "object", "score", "lifted_by"})
_NODE_ATTRIBUTES = tuple(field.name for field in fields(Node) if field.name != "id")
_FACT_ATTRIBUTES = tuple(field.name for field in fields(Fact) if field.name not in _ENDS)


def as_networkx(graph: LayeredGraph) -> nx.MultiDiGraph[str]:
    """A networkx copy.

    Nodes are ids, with type, label, aliases and description. Edges go from subject to object and are keyed by
    fact id, with every attribute of `Fact` but the ids and the score.
    """
    import networkx as nx

    copy: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for node in graph.nodes.values():
        copy.add_node(node.id, **_attributes(node, _NODE_ATTRIBUTES))
    for fact in graph.facts.values():
        copy.add_edge(fact.subject, fact.object, key=fact.id, **_attributes(fact, _FACT_ATTRIBUTES))
    return copy


def _attributes(item: Node | Fact, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(item, name) for name in names}


def as_pyg(graph: LayeredGraph) -> Data:
    """A torch_geometric copy: a directed graph whose nodes and edges have types.

    Types are numbers: positions in the lists of names below.

    ==================  ======================  ==========================================================
    edge_index          [2, num_facts] int64    subject and object of each fact
    edge_type           [num_facts] int64       index into ``relation_names``
    node_type           [num_nodes] int64       index into ``node_type_names``
    valid               [num_facts, 2] float64  from and to, in years; -inf and inf where open
    confidence          [num_facts] float32     0–1
    node_ids            num_nodes strings
    node_labels         num_nodes strings
    fact_ids            num_facts strings
    fact_texts          num_facts strings
    node_type_names     strings                 the types there are, sorted
    relation_names      strings                 the relations there are, sorted
    ==================  ======================  ==========================================================
    """
    import torch
    from torch_geometric.data import Data

    nodes, facts = list(graph.nodes.values()), list(graph.facts.values())
    number = {node.id: place for place, node in enumerate(nodes)}
    types = sorted({node.type for node in nodes})
    relations = sorted({fact.relation for fact in facts})
    pairs = [[number[fact.subject] for fact in facts], [number[fact.object] for fact in facts]]
    spans = [[_year(fact.valid_from, float("-inf")), _year(fact.valid_to, float("inf"))] for fact in facts]
    return Data(
        edge_index=torch.tensor(pairs, dtype=torch.int64).reshape(2, -1),
        edge_type=torch.tensor(_numbers(relations, (fact.relation for fact in facts)), dtype=torch.int64),
        node_type=torch.tensor(_numbers(types, (node.type for node in nodes)), dtype=torch.int64),
        valid=torch.tensor(spans, dtype=torch.float64).reshape(-1, 2),
        confidence=torch.tensor([fact.confidence for fact in facts], dtype=torch.float32),
        num_nodes=len(nodes),
        node_ids=[node.id for node in nodes],
        node_labels=[node.label for node in nodes],
        fact_ids=[fact.id for fact in facts],
        fact_texts=[fact.text for fact in facts],
        node_type_names=types,
        relation_names=relations,
    )


def _numbers(names: list[str], values: Iterable[str]) -> list[int]:
    number = {name: place for place, name in enumerate(names)}
    return [number[value] for value in values]


def _year(date: str | None, otherwise: float) -> float:
    """A date as a number of years: 1881-07 is 1881.5; months and days count as equally long.

    >>> _year("1881-07", 0.0), _year(None, 0.0)
    (1881.5, 0.0)
    """
    parts = parse_date(date) if date else None
    if parts is None:
        return otherwise
    year, month, day = (*parts, 1, 1)[:3]
    return year + (month - 1) / 12 + (day - 1) / 372
