"""What each stage of recall did for each episode that was found: the same recall, with one stage left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from roleagent.types import Episode

_SHOWN_FROM = 0.005  # less would be shown as 0.00

Without = Callable[[str], Sequence[Episode]]
Effects = dict[str, dict[str, float]]


def stage_effects(found: Sequence[Episode], stages: Sequence[str], recall_without: Without) -> Effects:
    """How much of its score each episode owes to each stage: id -> stage -> score lost without it.

    Stages build upon each other, so that the parts need not add up to the score. What is not found at all
    without a stage lost at least as much as would bring it to the last of what is.

    Args:
        found: what the whole recall gave, with scores.
        stages: their names.
        recall_without: the same recall without one stage, reaching further down.
    """
    effects: Effects = {episode.id: {} for episode in found}
    for stage in stages:
        scores = {episode.id: episode.score or 0.0 for episode in recall_without(stage)}
        last = min(scores.values(), default=0.0)
        for episode in found:
            effects[episode.id][stage] = (episode.score or 0.0) - scores.get(episode.id, last)
    return effects


def effect_lines(found: Sequence[Episode], effects: Effects) -> Iterator[str]:
    """A line for each episode, the stages that mattered most first.

    >>> from datetime import datetime
    >>> from roleagent.types import Scope
    >>> scope = Scope(persona_id="p", user_id="u", thread_id="t")
    >>> hit = Episode(id="a", scope=scope, turn_id="1", speaker="user", text="Hi.", at=datetime(2026, 1, 1))
    >>> list(effect_lines([hit], {"a": {"words": 1.5, "time": 0.0, "questions": -2.0}}))
    ['1. questions -2.00, words +1.50']
    """
    for number, episode in enumerate(found, start=1):
        counted = ", ".join(f"{stage} {effect:+.2f}" for stage, effect in _largest_first(effects[episode.id]))
        yield f"{number}. {counted or 'nothing counted'}"


def _largest_first(effects: Mapping[str, float]) -> list[tuple[str, float]]:
    seen = [(stage, effect) for stage, effect in effects.items() if abs(effect) >= _SHOWN_FROM]
    return sorted(seen, key=lambda each: -abs(each[1]))
