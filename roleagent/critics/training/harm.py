"""What a harm head is trained on: twins, everyday talk, jailbreaks and orders inside documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import NamedTuple

import numpy as np

from roleagent.critics.harm_head import HARM, OUTPUTS
from roleagent.critics.training.kernel import KernelOptions, LabelledTexts
from roleagent.critics.training.pairs import shipped_groups
from roleagent.critics.training.twins import shipped_carriers, shipped_frames, shipped_talk, shipped_twins

OVER_BLOCKED = {"twin": 0.02, "talk": 0.01}
"""Share of the harmless texts of a kind, held out, that may reach the threshold."""

_STATEMENTS = 300  # of a language, from the pairs that other critics learn from

_COMPARED = ("twin", "framed", "carried")


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmOptions(KernelOptions):
    """How a harm head is trained.

    Attributes:
        talk: whether everyday talk is trained on, beside the twins.
        framed: groups of a language of which a harmful and a harmless text come in the frame of a jailbreak,
            too.
        carried: whether the orders of `injection` and their twins come inside documents, too.
    """

    talk: bool = True
    framed: int = 300
    carried: bool = True


class _Row(NamedTuple):
    text: str
    category: str  # empty for a harmless text
    group: int
    language: str
    kind: str


def harm_texts(options: HarmOptions) -> LabelledTexts:
    """All texts that are shipped in some languages."""
    rows: list[_Row] = []
    for language in options.languages:
        rows += _rows_of(language, options, 1 + (rows[-1].group if rows else 0))
    return LabelledTexts(
        outputs=OUTPUTS,
        texts=tuple(row.text for row in rows),
        wanted=np.array(
            [[bool(row.category) and name in (HARM, row.category) for name in OUTPUTS] for row in rows],
            np.float32,
        ),
        groups=np.array([row.group for row in rows]),
        languages=tuple(row.language for row in rows),
        kinds=tuple(row.kind for row in rows),
        may_exceed=OVER_BLOCKED,
        compared=_COMPARED,
    )


def _rows_of(language: str, options: HarmOptions, first: int) -> Iterator[_Row]:
    drawn, twins = np.random.default_rng(options.seed), shipped_twins(language)
    for group, each in enumerate(twins, first):
        yield from (_Row(text, each.category, group, language, "twin") for text in each.harmful)
        yield from (_Row(text, "", group, language, "twin") for text in each.harmless)
    frames = shipped_frames(language)
    for number, place in enumerate(drawn.permutation(len(twins))[: options.framed]):
        each, frame = twins[place], frames[number % len(frames)]
        harmful, harmless = (kind[drawn.integers(len(kind))] for kind in (each.harmful, each.harmless))
        yield _Row(frame.replace("{}", harmful), each.category, first + int(place), language, "framed")
        yield _Row(frame.replace("{}", harmless), "", first + int(place), language, "framed")
    if options.carried:
        carriers = cycle(shipped_carriers(language))
        for group, each in enumerate(twins, first):
            for text in (*each.harmful, *each.harmless) if each.category == "injection" else ():
                category = each.category if text in each.harmful else ""
                yield _Row(next(carriers).replace("{}", text), category, group, language, "carried")
    if options.talk:
        said = [group.first for group in shipped_groups(language)]
        said = said[:: max(len(said) // _STATEMENTS, 1)][:_STATEMENTS]
        for group, text in enumerate((*shipped_talk(language), *said), first + len(twins)):
            yield _Row(text, "", group, language, "talk")
