"""`roleagent models`: list, download and verify the weights."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bars
from rich.table import Table

from roleagent import weights
from roleagent.errors import InputError
from roleagent.settings import get_settings

_INTERVAL_S = 30.0


class SparseLog:
    """Reports progress as lines in a log: at each quarter, or each half minute.

    Args:
        say: prints a line.
        clock: returns seconds, to measure time.
    """

    def __init__(self, say: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._say, self._clock = say, clock
        self._told: dict[str, tuple[int, float]] = {}

    def tell(self, what: str, done: int, total: int) -> None:
        """Report the progress, if it changed enough since the last report."""
        quarter, now = 4 * done // max(total, 1), self._clock()
        last_quarter, last_at = self._told.setdefault(what, (0, now))
        if quarter > last_quarter or now - last_at >= _INTERVAL_S:
            self._told[what] = quarter, now
            self._say(f"{what}: {done / max(total, 1):.0%}")


_WIDE = 120  # columns from which a description fits beside the rest

app = typer.Typer(help="The weights of models: list, pull, verify, path.", no_args_is_help=True)


@app.command("list")
def list_models() -> None:
    """Show every model of the catalogue and whether it is on this machine."""
    console = Console()
    described = console.width >= _WIDE
    table = Table("name", "role", "size", "licence", "sets", "here", box=None, pad_edge=False)
    table.columns[2].justify = "right"
    if described:
        table.add_column("what")
    listed = weights.entries().values()
    for entry in listed:
        if entry.name.startswith("hf:"):
            continue
        here = "yes" if weights.is_present(entry.name) else "no"
        cells = [entry.name, entry.role, _megabytes(entry.size), entry.licence, ", ".join(entry.sets), here]
        table.add_row(*map(escape, [*cells, entry.description] if described else cells))
    console.print(table)
    if pulled := [entry for entry in listed if entry.name.startswith("hf:")]:
        console.print("\nPulled from the Hugging Face hub:")
    for entry in pulled:
        here = "here" if weights.is_present(entry.name) else "not here"
        told = f"  {_megabytes(entry.size)}, {entry.licence}, {here}. {entry.description}"
        console.print(f"{entry.name}\n{told}", markup=False, highlight=False, soft_wrap=True)
    _print_adapters(console)
    console.print(f"\nKept in {get_settings().models_dir}", soft_wrap=True)
    console.print("To download: roleagent models pull NAME, or --set demo for all that the demo uses")
    console.print("Any GGUF file of the Hugging Face hub: roleagent models pull hf:OWNER/REPO:FILE")


def _print_adapters(console: Console) -> None:
    from roleagent.models.adapter_folders import installed_adapters

    installed = installed_adapters()
    if installed:
        console.print("\nAdapters:")
    for folder, manifest in installed:
        persona = f"plays {manifest.persona.id}" if manifest.persona else "plays anybody"
        size = _megabytes(sum(file.size for file in manifest.files.values()))
        told = f"  for {manifest.base.name}, {persona}, {size}. {folder}"
        console.print(f"{manifest.name}\n{told}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def pull(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Models, as `roleagent models list` names them, or hf:OWNER/REPO:FILE."),
    ] = None,
    set_name: Annotated[
        str | None, typer.Option("--set", help="Pull all models of a set: test or demo.")
    ] = None,
    from_path: Annotated[
        Path | None, typer.Option("--from", help="Take the files of one model from this file or folder.")
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Ask the hub again what a name hf:… stands for.")
    ] = False,
    missing: Annotated[
        bool, typer.Option("--missing", help="Skip files of the right size without reading them.")
    ] = False,
) -> None:
    """Download models and verify them. Continues where an earlier call stopped."""
    from roleagent.weights.fetch import Fetcher

    chosen = [name.removeprefix("llama-cpp:") for name in names or []]
    if set_name:
        chosen += [entry.name for entry in weights.in_set(set_name)]
    if not chosen:
        raise InputError("Nothing to pull. Name a model, or a set with --set test.")
    if from_path and len(chosen) != 1:
        raise InputError(f"--from serves one model, not {len(chosen)}.")
    if missing:
        chosen = [name for name in chosen if not weights.is_present(name)]
    with _bars() as bars, Fetcher(report=_Painter(bars)) as fetcher:
        for name in dict.fromkeys(chosen):
            fetcher.pull(name, from_path=from_path, update=update)
            bars.console.print(f"{name}: here and verified", markup=False, highlight=False)


@app.command()
def verify(
    names: Annotated[list[str] | None, typer.Argument(help="Models; default: all on this machine.")] = None,
) -> None:
    """Compare every byte on this machine with the catalogue. Exits with 1 if something is damaged."""
    chosen = names or [
        name for name in weights.entries() if name.startswith("hf:") or weights.is_present(name)
    ]
    with _bars() as bars:
        wrong = {name: weights.verify(name, progress=_Painter(bars)) for name in chosen}
    for name, reasons in wrong.items():
        typer.echo(
            "\n".join(f"{name}: {path}: {reason}" for path, reason in reasons.items()) or f"{name}: sound"
        )
    if not chosen:
        typer.echo("No model is on this machine. Run: roleagent models pull --set demo")
    if damaged := [name for name, reasons in wrong.items() if reasons]:
        typer.echo(f"{len(damaged)} of {len(chosen)} damaged. Run: roleagent models pull {' '.join(damaged)}")
        raise typer.Exit(1)


@app.command()
def path(name: Annotated[str, typer.Argument(help="A model.")]) -> None:
    """Print where a model's file or folder is on this machine."""
    typer.echo(weights.local_path(name))


def _bars() -> Bars:
    console = Console()
    return Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


class _Painter:
    """Shows the progress of a download: a bar for each activity, or lines in a log file."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[tuple[str, str], TaskID] = {}
        self._log = SparseLog(self._say)

    def __call__(self, event: weights.Progress | weights.Note) -> None:
        if isinstance(event, weights.Note):
            self._say(f"{event.model}: {event.text}")
        else:
            finished = event.done >= event.total
            if self._bars.disable and event.doing == "fetching":
                self._log.tell(f"{event.model}: {event.doing}", event.done, event.total)
            self._bars.update(
                self._task(event), completed=event.done, total=event.total, visible=not finished
            )

    def _task(self, event: weights.Progress) -> TaskID:
        key = (event.model, event.doing)
        if key not in self._tasks:
            self._tasks[key] = self._bars.add_task(f"{event.model}: {event.doing}", total=event.total)
            if self._bars.disable and event.doing == "fetching":
                self._say(f"{event.model}: fetching {_megabytes(event.total)}")
        return self._tasks[key]

    def _say(self, line: str) -> None:
        self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
