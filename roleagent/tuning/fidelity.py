"""Whether a character is more itself with an adapter: the same probes without and with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from roleagent.evaluation.playing import run_suite_sync
from roleagent.evaluation.probes import NUM_OF_KIND, make_suite
from roleagent.evaluation.respondents import AgentRespondent
from roleagent.evaluation.results import Result, Tally, tally

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from roleagent.persona.persona import Persona

PROBE_SEED = 1_000
"""Of the probes; no training data are drawn with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """The results of the same probes without and with an adapter."""

    before: tuple[Result, ...]
    after: tuple[Result, ...]

    @property
    def kinds(self) -> list[str]:
        """The kinds of probes, in the order in which they were asked."""
        return list(dict.fromkeys(each.kind for each in self.before))

    def tallies(self, kind: str = "") -> tuple[Tally, Tally]:
        """Right answers before and after: of one kind, or of all."""
        before, after = (
            tally(each for each in results if not kind or each.kind == kind)
            for results in (self.before, self.after)
        )
        return before, after


def measure_fidelity(
    persona: Persona,
    before: BaseChatModel,
    after: BaseChatModel,
    *,
    share: float = 1.0,
    on_result: Callable[[Result], None] = lambda _: None,
) -> Fidelity:
    """Ask the probes made from the persona, first without and then with the adapter.

    Args:
        persona: whom they are about.
        before: the model without the adapter.
        after: the model with it.
        share: of the usual number of probes of each kind, at least one.
        on_result: is told of each answer.
    """
    numbers = {kind: max(1, round(number * share)) for kind, number in NUM_OF_KIND.items()}
    suite = make_suite(persona, seed=PROBE_SEED, numbers=numbers)
    found: list[Sequence[Result]] = [
        run_suite_sync(suite, AgentRespondent(persona, model=model, name=name), persona, on_result=on_result)
        for name, model in (("before", before), ("after", after))
    ]
    return Fidelity(before=tuple(found[0]), after=tuple(found[1]))
