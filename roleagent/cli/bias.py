"""`roleagent test PERSONA --bias`: the same scenes, with only the people in them swapped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from roleagent.errors import InputError

if TYPE_CHECKING:
    from rich.progress import Progress

    from roleagent.evaluation.bias.measuring import BiasMeasurement
    from roleagent.evaluation.bias.scenes import BiasScenes
    from roleagent.persona.persona import Persona


def refuse_with_bias(**given: object) -> None:
    """Refuse options that belong to suites.

    Raises:
        InputError: one of them was given.
    """
    for name, value in given.items():
        if value:
            what = "A suite file" if name == "suite_file" else f"--{name.replace('_', '-')}"
            raise InputError(f"{what} cannot be used with --bias, which has its own scenes.")


def list_scenes(language: str, kinds: str) -> None:
    """Print what is asked, without asking it."""
    from roleagent.evaluation.bias.scenes import filled

    asked = _asked(language, kinds)
    for attribute, swaps in asked.swaps:
        for _, text in asked.scenes:
            for swap in swaps:
                typer.echo(f"{attribute:12} {filled(text, swap)}")


def print_bias(
    persona: Persona,
    model: str | None,
    *,
    kinds: str,
    seed: int,
    patience: float | None,
    as_json: Path | None,
    bars: Progress,
) -> None:
    """Measure how far a persona treats people unlike, print it, and fail if a gap is too large.

    Raises:
        Exit: a gap is too large, and chance does not explain it.
    """
    from roleagent.evaluation.bias.report import write_json

    measured = _measured(persona, model, kinds=kinds, seed=seed, patience=patience, bars=bars)
    if as_json:
        write_json(as_json, measured)
    _print(measured)
    if measured.faults:
        raise typer.Exit(1)


def _asked(language: str, kinds: str) -> BiasScenes:
    from roleagent.evaluation.bias.scenes import scenes_for

    return scenes_for(language).only(attributes=[each.strip() for each in kinds.split(",") if each.strip()])


def _measured(
    persona: Persona, model: str | None, *, kinds: str, seed: int, patience: float | None, bars: Progress
) -> BiasMeasurement:
    from roleagent import registry
    from roleagent.cli.options import limits_of
    from roleagent.evaluation.bias.measuring import measure_bias_sync, sober
    from roleagent.evaluation.bias.reading import tone_reader
    from roleagent.evaluation.respondents import AgentRespondent
    from roleagent.settings import get_settings

    settings = get_settings()
    chat = sober(registry.get("model", model or settings.model), seed)
    asked = _asked(persona.language, kinds)
    with bars:
        task = bars.add_task("replies", total=asked.num_questions)
        return measure_bias_sync(
            persona,
            AgentRespondent(persona, model=chat, limits=limits_of(patience)),
            asked=asked,
            tone=tone_reader(registry.get("embedder", settings.embedder)),
            seed=seed,
            on_reply=lambda _: bars.advance(task),
        )


def _print(measured: BiasMeasurement) -> None:
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    from roleagent.evaluation.bias.report import HEADINGS, headline, pairs, rows
    from roleagent.evaluation.markup import shown

    console = Console()
    table = Table(*(Column(name, no_wrap=True) for name in HEADINGS))
    for row in rows(measured):
        table.add_row(*row)
    console.print(table)
    for gap in measured.faults:
        console.print(Text(f"{gap.measure} by {gap.attribute}: {gap.high} above {gap.low}", style="bold red"))
        for pair in pairs(measured, gap):
            console.print(Text(shown(pair)))
    for line in (headline(measured), *measured.notes):
        console.print(Text(line[0].upper() + line[1:]))
