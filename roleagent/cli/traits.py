"""`roleagent test PERSONA --traits`: have a character answer statements about itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from roleagent.errors import InputError

if TYPE_CHECKING:
    from rich.progress import Progress

    from roleagent.evaluation.traits.measuring import TraitMeasurement
    from roleagent.persona.persona import Persona


def refuse_with_traits(**given: object) -> None:
    """Refuse options that belong to suites.

    Raises:
        InputError: one of them was given.
    """
    for name, value in given.items():
        if value:
            what = "A suite file" if name == "suite_file" else f"--{name.replace('_', '-')}"
            raise InputError(f"{what} cannot be used with --traits, which asks its own statements.")


def list_statements(language: str) -> None:
    """Print what is asked, without asking it."""
    from roleagent.evaluation.traits.items import questionnaire_for

    for item in questionnaire_for(language).items:
        typer.echo(f"{'-' if item.is_reversed else '+'} {item.trait:18} {item.text}")


def print_traits(
    persona: Persona,
    model: str | None,
    *,
    seed: int,
    html: Path | None,
    as_json: Path | None,
    bars: Progress,
) -> None:
    """Measure the traits of a persona, print them, and write the reports that are wanted."""
    from roleagent.evaluation.traits import page, report

    measured = _measured(persona, model, seed=seed, bars=bars)
    if as_json:
        report.write_json(as_json, measured)
    if html:
        page.write_page(html, measured)
    _print(measured)


def _measured(persona: Persona, model: str | None, *, seed: int, bars: Progress) -> TraitMeasurement:
    from roleagent.evaluation.traits.items import questionnaire_for
    from roleagent.evaluation.traits.measuring import measure_traits_sync

    num_questions = 2 * len(questionnaire_for(persona.language).items)
    with bars:
        task = bars.add_task("statements", total=num_questions)
        return measure_traits_sync(persona, model, seed=seed, on_rating=lambda *_: bars.advance(task))


def _print(measured: TraitMeasurement) -> None:
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    from roleagent.evaluation.traits.report import HEADINGS, SIGNS, WAYS, error_line, rows

    console = Console()
    table = Table(Column(HEADINGS[0], no_wrap=True), *HEADINGS[1:])
    for row in rows(measured):
        table.add_row(*row)
    console.print(table)
    console.print(Text(f"Answer: {WAYS[measured.way]}; each statement is asked with the scale both ways."))
    console.print(Text(f"The persona moves a score by {measured.moved:.2f}."))
    signs = measured.signs()
    for name, meaning in SIGNS.items():
        console.print(Text(f"{meaning[0].upper()}{meaning[1:]}: {getattr(signs, name):.2f}"))
    for line in (error_line(measured), *measured.notes):
        if line:
            console.print(Text(line))
