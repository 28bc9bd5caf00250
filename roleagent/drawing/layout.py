"""Where the nodes of a persona graph go in a picture.

A spring layout of boxes: related nodes attract, all repel, and overlapping boxes are pushed apart.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from roleagent.persona.persona import Persona
from roleagent.types import Fact, Node, Relation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Points = NDArray[np.float64]  # [num_nodes, 2]


MAX_NODES = 400
_LONGEST_LABEL = 34  # characters, a wide one counting twice
_WIDE = re.compile(r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]")
_ITERATIONS = 250
_LAST_PUSHES = 150  # steps that only part what overlaps …
_LAST_SPREAD = 1.001  # … and make a little more room for it
_STRETCH = 1.6  # width by height of the whole
_GAP = 16.0  # between boxes, in pixels
_GAP_AROUND_OWN = 50.0
_SPRING_LENGTH = 110.0  # pixels
_STIFFNESS = 0.08
_REPULSION = 20_000.0
_GRAVITY = 0.02
_LONGEST_STEP = 40.0  # pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A node with its place: the middle, and the size, in pixels."""

    node: Node
    label: str
    x: float
    y: float
    width: float
    height: float
    font_size: float
    degree: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A fact between two boxes of a picture.

    Attributes:
        words: what the relation is called in the persona's language.
        bend: how far the curve leaves the straight line, as a share of its length; parallel links differ.
        is_symmetric: whether the relation holds both ways, so that the link has no arrowhead.
    """

    fact: Fact
    words: str
    bend: float
    is_symmetric: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A layout; the persona's own box is at (0, 0).

    Attributes:
        num_hidden: number of nodes left out because a picture of all of them would be unreadable.
    """

    boxes: tuple[Box, ...]
    links: tuple[Link, ...]
    num_hidden: int


def lay_out(persona: Persona, *, max_nodes: int = MAX_NODES) -> Picture:
    """Place a persona's nodes, the nearest to the character first if there are more than `max_nodes`.

    The same graph is always laid out in the same way.
    """
    nodes = _nearest_nodes(persona, max_nodes)
    index = {node.id: number for number, node in enumerate(nodes)}
    facts = [
        fact
        for fact in persona.graph.facts.values()
        if fact.subject in index and fact.object in index and fact.subject != fact.object
    ]
    degrees = Counter(end for fact in facts for end in (fact.subject, fact.object))
    boxes = [_sized(node, degrees[node.id], is_own=node.id == persona.node_id) for node in nodes]
    placed = _placed(boxes, [(index[fact.subject], index[fact.object]) for fact in facts])
    return Picture(
        boxes=tuple(placed),
        links=tuple(_links(facts, persona)),
        num_hidden=len(persona.graph.nodes) - len(nodes),
    )


def _nearest_nodes(persona: Persona, max_nodes: int) -> list[Node]:
    """The character, its neighbours, their neighbours …, then nodes that are not connected to it."""
    graph = persona.graph
    seen = {persona.node_id: None}
    waiting = [persona.node_id]
    for node_id in waiting:
        for fact in graph.facts_of(node_id):
            for end in (fact.subject, fact.object):
                if end not in seen:
                    seen[end] = None
                    waiting.append(end)
    ids = [*seen, *(node_id for node_id in graph.nodes if node_id not in seen)]
    return [graph.nodes[node_id] for node_id in ids[:max_nodes]]


# ── sizes ────────────────────────────────────────────────────────────────────────────────────


def _sized(node: Node, degree: int, *, is_own: bool) -> Box:
    font_size = 20.0 if is_own else 11.5 if node.type == "literal" else 13.0 + min(degree - 1, 4) * 0.6
    label = shortened(node.label, _LONGEST_LABEL)
    padding = font_size * 1.5
    return Box(
        node=node,
        label=label,
        x=0.0,
        y=0.0,
        width=text_width(label, font_size) + padding,
        height=font_size * 2.0,
        font_size=font_size,
        degree=degree,
    )


def text_width(text: str, font_size: float) -> float:
    """About how wide a text is in a sans-serif face, in pixels."""
    num_wide = len(_WIDE.findall(text))
    return font_size * (num_wide * 1.0 + (len(text) - num_wide) * 0.58)


def shortened(text: str, longest: int) -> str:
    """A text of up to `longest` columns, with an ellipsis if it was cut."""
    columns = 0
    for position, char in enumerate(text):
        columns += 2 if _WIDE.match(char) else 1
        if columns > longest:
            return text[:position].rstrip() + "…"
    return text


# ── places ───────────────────────────────────────────────────────────────────────────────────


def _placed(boxes: list[Box], ends: list[tuple[int, int]]) -> list[Box]:
    import numpy as np

    stretch = np.array([_STRETCH, 1.0])  # all forces act in a space where the picture is round
    sizes = np.array([(box.width, box.height) for box in boxes]) + _GAP
    sizes[0] += _GAP_AROUND_OWN
    points = _settle(_first_places(boxes), sizes / stretch, np.array(ends, dtype=np.int64).reshape(-1, 2))
    return [
        dataclasses.replace(box, x=round(float(x), 1), y=round(float(y), 1))
        for box, (x, y) in zip(boxes, points * stretch, strict=True)
    ]


def _first_places(boxes: list[Box]) -> Points:
    """The character in the middle, the others around it by type, so that types end up together."""
    import numpy as np

    others = sorted(range(1, len(boxes)), key=lambda index: (boxes[index].node.type, index))
    points = np.zeros((len(boxes), 2))
    for number, index in enumerate(others):
        angle = 2 * math.pi * number / len(others)
        reach = 30.0 * math.sqrt(len(boxes)) * (1 + 0.5 * (number % 3))
        points[index] = reach * math.cos(angle), reach * math.sin(angle)
    return points


def _settle(points: Points, sizes: Points, ends: NDArray[np.int64]) -> Points:
    import numpy as np

    needed = (sizes[:, None] + sizes[None]) / 2
    for step in range(_ITERATIONS):
        apart = points[:, None] - points[None]  # [num_nodes, num_nodes, 2]
        squared = np.maximum(np.einsum("ijk,ijk->ij", apart, apart), 1.0)
        repulsion = np.einsum("ijk,ij->ik", apart, _REPULSION / squared**1.5)
        move = repulsion + _springs(points, ends) - points * _GRAVITY
        norm = np.linalg.norm(move, axis=1, keepdims=True)
        points = points + move * np.minimum(1, _LONGEST_STEP * (1 - step / _ITERATIONS) / (norm + 1e-9))
        points = _parted(points, needed, share=0.4)
        points -= points[0]
    for _ in range(_LAST_PUSHES):
        points = _parted(points * _LAST_SPREAD, needed, share=0.8)
    return np.asarray(points - points[0])


def _springs(points: Points, ends: NDArray[np.int64]) -> Points:
    """Pull the ends of each fact together; a node of many facts is pulled less by each."""
    import numpy as np

    along = points[ends[:, 1]] - points[ends[:, 0]]
    distance = np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1.0)
    pull = along / distance * (distance - _SPRING_LENGTH) * _STIFFNESS
    move = np.zeros_like(points)
    np.add.at(move, ends[:, 0], pull)
    np.add.at(move, ends[:, 1], -pull)
    degrees = np.maximum(np.bincount(ends.ravel(), minlength=len(points)), 1)
    return np.asarray(move / np.sqrt(degrees)[:, None])


def _parted(points: Points, needed: NDArray[np.float64], *, share: float) -> Points:
    """Push overlapping boxes apart by a share of the overlap, along the side where it is smaller."""
    import numpy as np

    apart = points[:, None] - points[None]
    overlap = needed - np.abs(apart)  # [num_nodes, num_nodes, 2]
    first, second = np.nonzero((overlap > 0).all(axis=2))
    first, second = first[first < second], second[first < second]
    axis = np.argmin(overlap[first, second], axis=1)
    sign = np.where(apart[first, second, axis] < 0, -1.0, 1.0)
    push = overlap[first, second, axis] * sign * share / 2
    moved = np.array(points)
    np.add.at(moved, (first, axis), push)
    np.add.at(moved, (second, axis), -push)
    return moved


# ── links ────────────────────────────────────────────────────────────────────────────────────


def _links(facts: list[Fact], persona: Persona) -> list[Link]:
    between: Counter[frozenset[str]] = Counter()
    links = []
    for fact in facts:
        pair = frozenset((fact.subject, fact.object))
        relation = persona.graph.relations.get(fact.relation)
        # Parallel links bend by 0.08, -0.08, 0.24, -0.24 …, whichever way they point.
        size = 0.08 + 0.16 * (between[pair] // 2)
        is_to_one_side = (between[pair] % 2 == 0) != (fact.subject > fact.object)
        links.append(
            Link(
                fact=fact,
                words=relation_words(relation, persona.language) if relation else fact.relation,
                bend=size if is_to_one_side else -size,
                is_symmetric=relation is not None and relation.symmetric,
            )
        )
        between[pair] += 1
    return links


def relation_words(relation: Relation, language: str) -> str:
    """The words of a relation without its ends, such as ``lives in``."""
    codes = (language, language.split("-")[0], "en", *relation.text)
    template = next(relation.text[code] for code in codes if code in relation.text)
    return template.replace("{subject}", "").replace("{object}", "…").strip(" …").strip()


COLOUR_OF = {
    "person": "#d1495b",
    "animal": "#e07a3f",
    "machine": "#5b6c7d",
    "organisation": "#8e5ea2",
    "place": "#2a7fb8",
    "artifact": "#9a6b3f",
    "work": "#b98a00",
    "event": "#5f8a2c",
    "occupation": "#3a7f88",
    "skill": "#159a86",
    "topic": "#4f6fae",
    "trait": "#b64f91",
    "value": "#7a5cc9",
    "belief": "#5a62d8",
    "goal": "#2f9e4f",
    "emotion": "#e0567a",
    "speech_style": "#6f7f92",
    "utterance": "#4d8f8b",
    "routine": "#a0722a",
    "role": "#9c4668",
    "literal": "#8a8f98",
}
_OWN = ("#7d6b91", "#5f7f3a", "#a65d4e", "#3f7598", "#8f7d2e")


def colour_of(node_type: str) -> str:
    """The colour of a node type; a persona's own types share a few."""
    return COLOUR_OF.get(node_type) or _OWN[sum(node_type.encode()) % len(_OWN)]
