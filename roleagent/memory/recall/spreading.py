"""Spreading over the persona's graph: from what a cue and its best hits name to other episodes that name it.

Personalised PageRank (Haveliwala 2002) over episodes, nodes, and the facts between nodes, as HippoRAG does
for passages and phrases (Gutiérrez et al., arXiv:2405.14831). Only what lies near the seeds is walked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from roleagent.memory.recall.ranking import Scores

if TYPE_CHECKING:
    from roleagent.graph.graph import PersonaGraph

RESTART = 0.5  # chance that the walk jumps back to a seed
NUM_STEPS = 10  # after which less than a thousandth of the walk is elsewhere
RADIUS = 2  # facts between a seed and the farthest node that is walked
_HUB_SHARE = 0.1  # a node that more of all episodes name says as little as a stop word
_SMALLEST_HUB = 20

Edges = NDArray[np.intp]  # [2, num_edges], each edge in both directions


def spread(
    seed_nodes: Mapping[str, float],
    mentioned_at: Mapping[str, NDArray[np.intp]],
    graph: PersonaGraph | None,
    num_episodes: int,
) -> Scores:
    """How much of the walk each episode gets, the most visited as 1: [num_episodes].

    Args:
        seed_nodes: ids of nodes, with how much the walk begins at each.
        mentioned_at: node id -> places of the episodes that name it.
        graph: facts to walk over; None where there are only episodes and what they name.
        num_episodes: of all in sight.
    """
    none = np.zeros(num_episodes, np.float32)
    nodes, links = _near(seed_nodes, graph)
    number = {node: num_episodes + offset for offset, node in enumerate(nodes)}
    edges = _edges(number, links, mentioned_at, num_episodes)
    total = sum(weight for node, weight in seed_nodes.items() if node in number)
    if not edges.size or not total:
        return none
    start = np.zeros(num_episodes + len(nodes))
    for node, weight in seed_nodes.items():
        start[number[node]] = weight / total
    visited = personalised_pagerank(start, edges)[:num_episodes]
    most = visited.max(initial=0.0)
    return (visited / most).astype(np.float32) if most > 0 else none


def personalised_pagerank(start: NDArray[np.float64], edges: Edges) -> NDArray[np.float64]:
    """Shares of a walk that restarts at `start`: [num_vertices], p = r·start + (1 - r)·Wᵀp."""
    vertices, begins = np.unique(edges, return_inverse=True)  # the few that are walked, of all episodes
    sources, targets = begins.reshape(edges.shape)
    degree = np.bincount(sources, minlength=len(vertices))
    restart = start[vertices]
    share = restart.copy()
    for _ in range(NUM_STEPS):
        flow = np.bincount(targets, weights=(share / degree)[sources], minlength=len(vertices))
        share = RESTART * restart + (1 - RESTART) * flow
    visited = start * RESTART
    visited[vertices] = share
    return visited


def _near(seeds: Iterable[str], graph: PersonaGraph | None) -> tuple[list[str], list[tuple[str, str]]]:
    """Nodes near the seeds, and the links between them."""
    if graph is None:
        return list(dict.fromkeys(seeds)), []
    known = [node for node in seeds if node in graph.nodes]
    links = [(fact.subject, fact.object) for fact in graph.neighbourhood(known, radius=RADIUS)]
    links = [(source, target) for source, target in links if target in graph.nodes]
    return list(dict.fromkeys([*seeds, *(node for link in links for node in link)])), links


def _edges(
    number: Mapping[str, int],
    links: Iterable[tuple[str, str]],
    mentioned_at: Mapping[str, NDArray[np.intp]],
    num_episodes: int,
) -> Edges:
    hub = max(_HUB_SHARE * num_episodes, _SMALLEST_HUB)
    pieces = [np.array([[number[source]], [number[target]]], np.intp) for source, target in links]
    for node, place in number.items():
        episodes = mentioned_at.get(node)
        if episodes is not None and len(episodes) <= hub:
            pieces.append(np.stack([np.full(len(episodes), place), episodes]))
    if not pieces:
        return np.zeros((2, 0), np.intp)
    one_way = np.concatenate(pieces, axis=1)
    return np.concatenate([one_way, one_way[::-1]], axis=1)
