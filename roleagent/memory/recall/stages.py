"""The stages of recall beyond words and vectors: the last utterances, the persona's graph, and a reranker.

*The last utterances* say what the talk is about. Attention pooling h = softmax(Q Kᵀ / √d) V, where Q is
the cue's vector, K and V those of the utterances (Vaswani et al., arXiv:1706.03762). Nothing is trained:
the vectors are the embedder's own, scaled from unit length to √d, so that each of their d numbers has
variance one. A cue that says enough by itself stays as it is; "And when was that?" says next to nothing.

*The facts in mind*: who asks about "your brother's club" names neither, but the ranker of facts knows which
club it is (`roleagent.gnn`). Episodes that name it count more.

*The graph*: personalised PageRank (Haveliwala 2002) over episodes, nodes and the facts between nodes, as
HippoRAG does for passages and phrases (Gutiérrez et al., arXiv:2405.14831). The walk stays near the seeds.

*The reranker*, a cross-encoder (Nogueira and Cho, arXiv:1901.04085), sees cue and episode at once, at a
thousand times the cost. Its verdict is added to the other scores and does not replace them: they know of
neighbours, speakers and sessions, and it does not.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from roleagent.embedding.rerankers import score
from roleagent.language.scripts import can_read, has_unspaced, num_unspaced
from roleagent.language.tokens import STOP_WORDS, terms
from roleagent.memory.recall.pool import NOBODY, Pool, Scores, Vector, best, index_text
from roleagent.protocols import Reranker
from roleagent.types import Fact

if TYPE_CHECKING:
    from roleagent.graph.graph import PersonaGraph


MAX_TURNS = 6  # of the history, the last
_SAYS_ENOUGH = 4.0  # with this many informative words, a cue does not depend on what was said before it
_SAYS_NOTHING = 2.0  # with this many, it depends on it entirely
_CHARS_A_WORD = 2  # in Chinese, about


def need_of(text: str) -> float:
    """How much a cue depends on what was said before it, 0–1: high if it has few informative words.

    >>> need_of("And when was that?"), need_of("Who is Ann?"), need_of("When did Ann paint the old boat?")
    (1.0, 1.0, 0.0)
    >>> need_of("后来呢？"), need_of("安去年夏天给旧船刷了什么颜色？")
    (1.0, 0.0)
    """
    words = {term for term in terms(text) if term not in STOP_WORDS and not has_unspaced(term)}
    num_words = len(words) + num_unspaced(text) / _CHARS_A_WORD
    need = (_SAYS_ENOUGH - num_words) / (_SAYS_ENOUGH - _SAYS_NOTHING)
    return min(max(need, 0.0), 1.0)


def attended(query: Vector, turns: Vector) -> Vector:
    """The pooled vector of the turns, of unit length: [dim].

    Args:
        query: [dim], of unit length.
        turns: [num_turns, dim], of unit length; at least one.
    """
    logits = np.sqrt(len(query)) * (turns @ query)  # (√d q)·(√d k) / √d
    weights = np.exp(logits - logits.max())
    pooled = weights @ turns
    unit: Vector = (pooled / max(float(np.linalg.norm(pooled)), 1e-12)).astype(np.float32)
    return unit


def with_history(query: Vector, turns: Vector, weight: float) -> Vector:
    """The cue's vector, moved towards what the conversation is about: [dim], of unit length."""
    if not len(turns):
        return query
    moved = query + weight * attended(query, turns)
    unit: Vector = (moved / np.linalg.norm(moved)).astype(np.float32)
    return unit


_OF_SUBJECT = 0.5  # the object of the last fact is what was asked for


def named_by(
    facts: Iterable[Fact], mentioned_at: Mapping[str, NDArray[np.intp]], num_episodes: int
) -> Scores:
    """How sure it is that an episode names what some facts are about, 0-1: [num_episodes].

    Args:
        facts: with scores, 0-1.
        mentioned_at: node id -> places of the episodes that name it.
        num_episodes: of all in sight.
    """
    reached = np.zeros(num_episodes, np.float32)
    hub = _most_episodes(num_episodes)
    for fact in facts:
        for node, share in ((fact.subject, _OF_SUBJECT), (fact.object, 1.0)):
            places = mentioned_at.get(node)
            if places is not None and len(places) <= hub:
                reached[places] = np.maximum(reached[places], share * (fact.score or 0.0))
    return reached


def _most_episodes(num_episodes: int) -> float:
    """How many episodes may name a node that still says something."""
    return max(_HUB_SHARE * num_episodes, _SMALLEST_HUB)


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
    """The share of the walk that each episode gets, with 1 for the most visited: [num_episodes].

    Args:
        seed_nodes: ids of nodes, with how much the walk begins at each.
        mentioned_at: node id -> places of the episodes that name it.
        graph: facts to walk over; None to use only episodes and the nodes that they name.
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
    hub = _most_episodes(num_episodes)
    pieces = [np.array([[number[source]], [number[target]]], np.intp) for source, target in links]
    for node, place in number.items():
        episodes = mentioned_at.get(node)
        if episodes is not None and len(episodes) <= hub:
            pieces.append(np.stack([np.full(len(episodes), place), episodes]))
    if not pieces:
        return np.zeros((2, 0), np.intp)
    one_way = np.concatenate(pieces, axis=1)
    return np.concatenate([one_way, one_way[::-1]], axis=1)


_BATCH = 10  # texts between two looks at the clock
_LOGIT_LIMIT = 12.0  # beyond it a reranker is sure; how sure says nothing more


def rerank(
    query: str,
    scores: Scores,
    pool: Pool,
    previous: NDArray[np.intp],
    reranker: Reranker,
    *,
    top: int,
    budget_s: float,
) -> Scores:
    """What the reranker adds: [num_episodes], logits above the lowest that counts, 0 if unread.

    Args:
        query: what is asked.
        scores: [num_episodes]; the best are read first.
        pool: returns the texts.
        previous: [num_episodes], the place of the utterance before each, which is read with it.
        reranker: reads them.
        top: up to how many it reads.
        budget_s: it starts no batch that would probably end after this many seconds.
    """
    added = np.zeros_like(scores)
    if not can_read(reranker.languages, query):
        return added
    deadline = time.monotonic() + budget_s
    places = best(scores, top)
    texts = _texts(places, pool, previous, reranker.languages)
    readable = [*texts]
    for first in range(0, len(readable), _BATCH):
        batch = readable[first : first + _BATCH]
        begun = time.monotonic()
        logits = score(reranker, query, [texts[place] for place in batch])
        added[batch] = np.clip(logits, -_LOGIT_LIMIT, _LOGIT_LIMIT) + _LOGIT_LIMIT
        if 2 * time.monotonic() - begun > deadline:  # the next would take as long
            break
    return added


def _texts(
    places: Sequence[int], pool: Pool, previous: NDArray[np.intp], languages: Sequence[str]
) -> dict[int, str]:
    """Each readable episode, with the one before it if that is readable too; best first."""
    before = {place: int(previous[place]) for place in places}
    episodes = pool.episodes([*{*places, *before.values()} - {NOBODY}])
    lines = {place: index_text(each.text_and_seen, each.speaker_name) for place, each in episodes.items()}
    readable = {place: line for place, line in lines.items() if can_read(languages, line)}
    return {
        place: " ".join(readable[each] for each in (before[place], place) if each in readable)
        for place in places
        if place in readable
    }
