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

from roleagent.embedding.text_vectors import Matrix, Vector
from roleagent.gnn.fact_graph import FactGraph, Indices
from roleagent.gnn.salience import EPSILON, Salience, SalienceNetwork
from roleagent.types import Lift

LEAST = 0.2
"""Log-odds below which a path is not told."""

_NUM_PATHS = 2  # of a fact
_GOES_ON = 0.5  # share of a neighbour's lift that must come from further away for the path to go on


class _Heard(NamedTuple):
    """What one fact heard in one layer at one of its ends, on one side.

    Attributes:
        facts: who is heard, [num_heard].
        lift: the share of each in the log-odds of the target, [num_heard].
        gradient: of the log-odds with respect to the state of each before the layer, [num_heard, hidden].
    """

    facts: Indices
    lift: Vector
    gradient: Matrix


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
    heard = list(back.heard_by(target))
    total = np.zeros(len(facts.facts), np.float32)
    for _, each in heard:
        np.add.at(total, each.facts, each.lift)
    paths = []
    for fact in np.argsort(-total, kind="stable")[:_NUM_PATHS]:
        if total[fact] >= LEAST:
            places = (*back.beyond(int(fact), heard, target), int(fact))
            ids = tuple(facts.facts[place].id for place in places)
            paths.append(Lift(facts=ids, weight=round(float(total[fact]), 3)))
    return tuple(paths)


@dataclass(frozen=True, slots=True)
class _Backwards:
    """The way back through the network, for one question."""

    network: SalienceNetwork
    facts: FactGraph
    found: Salience
    question: int

    def heard_by(self, target: int) -> Iterator[tuple[int, _Heard]]:
        """All that a fact heard, with the layer."""
        weights = self.network.weights
        leave = self.found.state[self.question, target] @ weights["leave.weight"].T + weights["leave.bias"]
        gradient = (weights["salience.weight"][0] * (leave > 0)) @ weights["leave.weight"]
        gradient = gradient / np.float32(self.network.temperature)
        for layer in reversed(range(self.network.layers)):
            for heard in self.heard_in(target, layer, gradient):
                yield layer, heard
            past, mixed = self.into_layer(target, layer, gradient)
            gradient = past + mixed[0]

    def beyond(self, fact: int, heard: Iterable[tuple[int, _Heard]], target: int) -> tuple[int, ...]:
        """The fact from which another has most of what it told the target, if one stands out."""
        further = np.zeros(len(self.facts.facts), np.float32)
        total = 0.0
        for layer, each in heard:
            told = each.facts == fact
            total += float(each.lift[told].sum())
            if layer and told.any():
                for more in self.heard_in(fact, layer - 1, each.gradient[told].sum(axis=0)):
                    np.add.at(further, more.facts, more.lift)
        further[target] = 0.0
        best = int(further.argmax())
        return (best,) if further[best] >= max(LEAST, _GOES_ON * total) else ()

    def heard_in(self, target: int, layer: int, gradient: Vector) -> Iterator[_Heard]:
        """What a fact heard in one layer.

        Args:
            target: index of the fact.
            layer: which.
            gradient: of the log-odds with respect to the state of `target` after the layer, [hidden].
        """
        _, mixed = self.into_layer(target, layer, gradient)
        step, facts, question = self.found.steps[layer], self.facts, self.question
        sides = (("as_subject", step.said_of, facts.subject), ("as_object", step.said_to, facts.object))
        for place, end in enumerate((facts.subject[target], facts.object[target])):
            for side, (name, heard, ends) in enumerate(sides):
                told = np.flatnonzero(ends == end)
                told = told[told != target]
                into = _scaled(heard.weight[question, told], mixed[1 + 2 * place + side])
                lift = (heard.value[question, told] * into).sum(axis=-1)
                yield _Heard(told, lift, into @ self.network.weights[f"layers.{layer}.{name}.value.weight"])

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


def _scaled(attention: Matrix, gradient: Vector) -> Matrix:
    """The gradient with respect to what each fact says, [num_heard, hidden]: each head by its attention.

    Args:
        attention: [num_heard, heads].
        gradient: with respect to what is heard, [hidden].
    """
    scaled: Matrix = attention[:, :, None] * gradient.reshape(attention.shape[1], -1)
    return scaled.reshape(len(attention), len(gradient))
