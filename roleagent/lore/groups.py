"""Inclusion groups: of the entries of a group that are triggered together, one enters."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from roleagent.lore.activation import Reason
from roleagent.lore.index import Rule
from roleagent.lore.match import Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A rule that is triggered and wants to enter.

    Attributes:
        place: number of its book, and its position there.
        reason: what brings it in.
        uses_score: whether its group goes by the number of keys, for this one.
        roll: percent that was drawn, if any.
        group: the group that `draw` was about.
        draw: what was drawn of the group's weights, and their sum.
    """

    place: tuple[int, int]
    rule: Rule
    reason: Reason
    match: Match
    level: int = 0
    uses_score: bool = False
    roll: float | None = None
    group: str = ""
    draw: tuple[float, float] | None = None

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of its groups."""
        return tuple(name.strip() for name in self.rule.entry.group.split(",") if name.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the groups leave of the triggers.

    Attributes:
        lost: place of each that must stay out -> the group that it lost, and the draw there, if any.
        draws: the same for those that won by a draw.
    """

    lost: dict[tuple[int, int], tuple[str, tuple[float, float] | None]]
    draws: dict[tuple[int, int], tuple[str, tuple[float, float]]]


def settle(triggers: Sequence[Trigger], taken: Collection[str], generator: random.Random) -> Outcome:
    """Choose the winner of every group among the triggers.

    Args:
        triggers: in the books' order.
        taken: groups of which an entry has entered already.
        generator: draws where weights decide.
    """
    outcome = Outcome(lost={}, draws={})
    winners: set[tuple[int, int]] = set()
    members: defaultdict[str, list[Trigger]] = defaultdict(list)
    for trigger in triggers:
        for name in dict.fromkeys(trigger.groups):
            members[name].append(trigger)
    for name, group in members.items():
        rivals = [trigger for trigger in group if trigger.place not in outcome.lost]
        if name in taken:
            outcome.lost.update({rival.place: (name, None) for rival in rivals})
        elif rivals:
            winner, draw = _winner(rivals, winners, generator)
            winners.add(winner.place)
            outcome.lost.update({rival.place: (name, draw) for rival in rivals if rival is not winner})
            if draw:
                outcome.draws[winner.place] = (name, draw)
    return outcome


def _winner(
    rivals: Sequence[Trigger], winners: Collection[tuple[int, int]], generator: random.Random
) -> tuple[Trigger, tuple[float, float] | None]:
    """One that has won another group or stays from before; else by score, by order, by weight."""
    for settled in (
        [rival for rival in rivals if rival.place in winners],
        [rival for rival in rivals if rival.reason == "sticky"],
    ):
        if settled:
            return settled[0], None
    best = max(rival.match.score for rival in rivals)
    rivals = [rival for rival in rivals if not rival.uses_score or rival.match.score == best]
    preferred = [rival for rival in rivals if rival.rule.entry.group_override]
    if preferred:
        return max(preferred, key=lambda rival: rival.rule.entry.order), None
    return (rivals[0], None) if len(rivals) == 1 else _drawn(rivals, generator)


def _drawn(rivals: Sequence[Trigger], generator: random.Random) -> tuple[Trigger, tuple[float, float]]:
    weights = [max(0.0, rival.rule.entry.group_weight) for rival in rivals]
    if not sum(weights):
        weights = [1.0] * len(rivals)
    draw = generator.random() * sum(weights)
    reached = 0.0
    for rival, weight in zip(rivals, weights, strict=True):
        reached += weight
        if draw < reached:
            return rival, (draw, sum(weights))
    return rivals[-1], (draw, sum(weights))
