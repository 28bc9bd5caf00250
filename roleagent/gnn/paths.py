"""Why a fact was ranked high: the paths of facts whose messages lifted it.

What a fact hears from another is a sum, so the share of each in the log-odds can be told apart: the gradient
of the log-odds with respect to the message, times the message (gradient x input; Shrikumar et al.,
arXiv:1605.01713), with the attention held fixed. `python -m benchmarks.gnn_paths` measures how faithful that
is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from roleagent.gnn.fact_graph import FactGraph
from roleagent.gnn.features import Matrix, Vector
from roleagent.gnn.salience import EPSILON, Salience, SalienceNetwork
from roleagent.types import Lift

LEAST = 0.2
"""Log-odds below which a path is not told."""

_NUM_PATHS = 2  # of a fact
_GOES_ON = 0.5  # share of a neighbour's lift that must come from further away for the path to go on


class _Message(NamedTuple):
    """What one fact told another in one layer.

    Attributes:
        fact: who is heard.
        lift: its share in the log-odds of the target.
        gradient: of the log-odds with respect to the state of `fact` before the layer, [hidden].
    """

    fact: int
    lift: float
    gradient: Vector


def lifts(
    network: SalienceNetwork, facts: FactGraph, found: Salience, question: int, target: int
) -> tuple[Lift, ...]:
    """The paths that lifted a fact most, best first; none if nothing that it heard did.

    Args:
        network: what ranked.
        facts: what was ranked.
        found: what came of it.
        question: which of its questions.
        target: index of the fact.
    """
    back = _Backwards(network, facts, found, question)
    messages = list(back.heard_by(target))
    total: dict[int, float] = {}
    for _, each in messages:
        total[each.fact] = total.get(each.fact, 0.0) + each.lift
    first = sorted(total, key=lambda fact: -total[fact])[:_NUM_PATHS]
    paths = []
    for fact in first:
        if total[fact] >= LEAST:
            told = [(layer, each) for layer, each in messages if each.fact == fact]
            places = (*back.beyond(fact, told, target), fact)
            ids = tuple(facts.facts[place].id for place in places)
            paths.append(Lift(facts=ids, weight=round(total[fact], 3)))
    return tuple(paths)


@dataclass(frozen=True, slots=True)
class _Backwards:
    """The way back through the network, for one question."""

    network: SalienceNetwork
    facts: FactGraph
    found: Salience
    question: int

    def heard_by(self, target: int) -> Iterator[tuple[int, _Message]]:
        """All that a fact heard, with the layer."""
        weights = self.network.weights
        leave = self.found.state[self.question, target] @ weights["leave.weight"].T + weights["leave.bias"]
        gradient = (weights["salience.weight"][0] * (leave > 0)) @ weights["leave.weight"]
        gradient = gradient / np.float32(self.network.temperature)
        for layer in reversed(range(self.network.layers)):
            for message in self.messages(target, layer, gradient):
                yield layer, message
            past, mixed = self.into_layer(target, layer, gradient)
            gradient = past + mixed[0]

    def beyond(self, fact: int, told: Iterable[tuple[int, _Message]], target: int) -> tuple[int, ...]:
        """The fact from which another has most of what it told the target, if one stands out."""
        further: dict[int, float] = {}
        total = 0.0
        for layer, message in told:
            total += message.lift
            if layer:
                for each in self.messages(fact, layer - 1, message.gradient):
                    if each.fact != target:
                        further[each.fact] = further.get(each.fact, 0.0) + each.lift
        if not further:
            return ()
        best = max(further, key=lambda each: further[each])
        return (best,) if further[best] >= max(LEAST, _GOES_ON * total) else ()

    def messages(self, target: int, layer: int, gradient: Vector) -> Iterator[_Message]:
        """What a fact heard in one layer.

        Args:
            target: index of the fact.
            layer: which.
            gradient: of the log-odds with respect to the state of `target` after the layer, [hidden].
        """
        _, mixed = self.into_layer(target, layer, gradient)
        step, facts = self.found.steps[layer], self.facts
        sides = (("as_subject", step.said_of, facts.subject), ("as_object", step.said_to, facts.object))
        for place, end in enumerate((facts.subject[target], facts.object[target])):
            for side, (name, heard, ends) in enumerate(sides):
                value = self.network.weights[f"layers.{layer}.{name}.value.weight"]
                for fact in np.flatnonzero(ends == end):
                    if fact != target:
                        into = _scaled(heard.weight[self.question, fact], mixed[1 + 2 * place + side])
                        lift = float(heard.value[self.question, fact] @ into)
                        yield _Message(int(fact), lift, into @ value)

    def into_layer(self, target: int, layer: int, gradient: Vector) -> tuple[Vector, Matrix]:
        """Backwards through the norm and the mixing of a layer.

        Returns:
            The gradient that goes past the mixing, [hidden], and that with respect to its five inputs,
            [5, hidden]: the fact itself, said of and said to its subject, said of and said to its object.
        """
        weights, step = self.network.weights, self.found.steps[layer]
        summed = step.summed[self.question, target]
        centred = summed - summed.mean()
        spread = np.sqrt((centred**2).mean() + EPSILON)
        normed = centred / spread
        scaled = gradient * weights[f"layers.{layer}.norm.weight"]
        past = (scaled - scaled.mean() - normed * (scaled * normed).mean()) / spread
        active = step.mixed[self.question, target] > 0
        mixed = (past * active) @ weights[f"layers.{layer}.mix.weight"]
        return past, mixed.reshape(5, -1)


def _scaled(attention: Vector, gradient: Vector) -> Vector:
    """The gradient with respect to what one fact says, [hidden]: each head by its attention."""
    scaled: Vector = (gradient.reshape(len(attention), -1) * attention[:, None]).reshape(-1)
    return scaled
