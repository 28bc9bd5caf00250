"""`roleagent test`: play a suite with a character and report which replies are right."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roleagent.cli.options import ModelName, Patience, PersonaName, limits_of
from roleagent.errors import InputError, RoleAgentError

if TYPE_CHECKING:
    from roleagent.evaluation.results import Result
    from roleagent.evaluation.suite import Suite
    from roleagent.persona.persona import Persona

_MAX_BASELINE_BYTES = 100_000_000


def test(
    persona: PersonaName,
    suite_file: Annotated[
        Path | None,
        typer.Argument(metavar="[SUITE]", help="A suite file; without one, a suite is made from the graph."),
    ] = None,
    model: ModelName = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="Also ask the same model with one plain prompt.")
    ] = False,
    compare: Annotated[
        Path | None,
        typer.Option("--compare", help="An earlier --json file; fail if a kind got clearly worse."),
    ] = None,
    at_least: Annotated[
        float | None,
        typer.Option("--at-least", min=0, max=100, help="Fail below this percentage of right replies."),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", help="Draws the probes of a made suite, and the replies.")
    ] = 0,
    repeat: Annotated[int, typer.Option("--repeat", min=1, max=1000, help="How often the suite is run.")] = 1,
    kinds: Annotated[
        str, typer.Option("--kinds", help="Only these kinds of a made suite, with commas.")
    ] = "",
    turns: Annotated[
        int,
        typer.Option("--turns", min=0, max=5000, help="Everyday turns before the probes of a made suite."),
    ] = 0,
    judge: Annotated[str, typer.Option("--judge", help="A language model that judges rubrics.")] = "",
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with every reply.")] = None,
    as_json: Annotated[Path | None, typer.Option("--json", help="Write figures and replies as JSON.")] = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML.")] = None,
    resume: Annotated[
        Path | None,
        typer.Option("--resume", help="Keep each reply in this file, and go on from what it holds."),
    ] = None,
    patience: Patience = None,
    show: Annotated[bool, typer.Option("--show", help="List the probes and ask nothing.")] = False,
) -> None:
    """Test whether a character answers right, with a suite of your own or one made from its graph."""
    from roleagent.agent.assembly import persona_of

    played = persona_of(persona, "")
    suite = _suite(played, suite_file, seed=seed, kinds=kinds, turns=turns, judge=judge)
    if show:
        _list_probes(suite)
        return
    baseline = _baseline(compare)
    results = _run(
        played, suite, model, seed=seed, repeat=repeat, with_plain=plain, journal=resume, patience=patience
    )
    ours = results["all"]
    _write(suite, results, model or "default model", html=html, as_json=as_json, junit=junit)
    _print_figures(suite, results)
    if _is_worse(ours, baseline) or (at_least is not None and _share(ours) < at_least):
        raise typer.Exit(1)


def _suite(persona: Persona, file: Path | None, *, seed: int, kinds: str, turns: int, judge: str) -> Suite:
    from roleagent.evaluation.probes import NUM_OF_KIND, make_suite
    from roleagent.evaluation.reading import read_suite
    from roleagent.persona.problems import did_you_mean

    if file is not None:
        return read_suite(file, persona, judge=judge)
    numbers: Mapping[str, int] = NUM_OF_KIND
    if kinds:
        wanted = [kind.strip() for kind in kinds.split(",")]
        for kind in wanted:
            if kind not in NUM_OF_KIND:
                hint = did_you_mean(kind, NUM_OF_KIND) or f" Known: {', '.join(NUM_OF_KIND)}."
                raise InputError(f"--kinds: {kind!r} is no kind of probe.{hint}")
        numbers = {kind: NUM_OF_KIND[kind] for kind in wanted}
    return make_suite(persona, seed=seed, numbers=numbers, num_turns_before=turns)


def _list_probes(suite: Suite) -> None:
    for scene in suite.scenes:
        for session in scene.sessions:
            for step in session.steps:
                if step.checks:
                    typer.echo(f"{step.kind:12} {step.say}")
    for note in suite.notes:
        typer.echo(note, err=True)


def _run(
    persona: Persona,
    suite: Suite,
    model: str | None,
    *,
    seed: int,
    repeat: int,
    with_plain: bool,
    journal: Path | None,
    patience: float | None,
) -> dict[str, list[Result]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from roleagent import registry
    from roleagent.evaluation.playing import Journal, run_suite_sync
    from roleagent.evaluation.respondents import AgentRespondent, PlainRespondent, Respondent
    from roleagent.settings import get_settings

    chat_model = registry.get("model", model or get_settings().model)
    if getattr(chat_model, "seed", 0) is None:
        chat_model.seed = seed
    respondents: list[Respondent] = [AgentRespondent(persona, model=chat_model, limits=limits_of(patience))]
    if with_plain:
        respondents.append(PlainRespondent(persona, model=chat_model))
    kept = Journal(journal) if journal else None
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    )
    found: dict[str, list[Result]] = {}
    with bar if console.is_terminal else nullcontext():
        for respondent in respondents:
            task = bar.add_task(respondent.name, total=suite.num_probes * repeat)

            def advance(result: Result, task: Any = task) -> None:  # Any: rich's id of a task
                bar.advance(task)

            try:
                found[respondent.name] = run_suite_sync(
                    suite, respondent, persona, repeats=repeat, journal=kept, on_result=advance
                )
            except RoleAgentError as error:
                way_out = (
                    f"Run the same command to go on from {str(journal)!r}."
                    if journal
                    else (
                        "With --resume FILE, what was measured is kept and the next run goes on from there."
                    )
                )
                error.add_note(way_out)
                raise
    return found


def _write(
    suite: Suite,
    results: Mapping[str, Sequence[Result]],
    model: str,
    *,
    html: Path | None,
    as_json: Path | None,
    junit: Path | None,
) -> None:
    from roleagent.evaluation import reports

    if as_json:
        reports.write_json(as_json, suite, results["all"], model=model)
    if junit:
        reports.write_junit(junit, suite, results["all"])
    if html:
        reports.write_page(html, suite, results, model=model)


def _print_figures(suite: Suite, results: Mapping[str, Sequence[Result]]) -> None:
    from rich.console import Console
    from rich.table import Table

    from roleagent.evaluation.results import by_kind, summary, tally

    table = Table("kind", *(("ours" if name == "all" else name) for name in results))
    tallies = {name: by_kind(each) for name, each in results.items()}
    for kind in dict.fromkeys(kind for each in tallies.values() for kind in each):
        table.add_row(kind, *(f"{each[kind].right} of {each[kind].n}" for each in tallies.values()))
    table.add_section()
    table.add_row("all", *(str(tally(each)) for each in results.values()))
    for label, key in (("seconds a turn", "seconds_per_turn"), ("prompt tokens", "prompt_tokens")):
        table.add_row(label, *(str(summary(each)[key]) for each in results.values()))
    console = Console()
    for result in results["all"]:
        if not result.is_right:
            console.print(f"[bold]{result.kind}[/bold] ", end="")
            console.print(
                f"{result.asked}\n  {result.text}\n  {result.faults[0]}", markup=False, highlight=False
            )
    console.print(table)
    for note in suite.notes:
        console.print(note, markup=False)


def _baseline(path: Path | None) -> dict[str, Any] | None:  # Any: JSON
    if path is None:
        return None
    try:
        if path.stat().st_size > _MAX_BASELINE_BYTES:
            raise InputError(f"--compare: {str(path)!r} is too large to be the --json file of a test.")
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"--compare: {str(path)!r} cannot be read: {error}") from error
    if not isinstance(told, dict) or "right" not in told or "by_kind" not in told:
        raise InputError(f"--compare: {str(path)!r} is no --json file of `roleagent test`.")
    return told


def _is_worse(results: Sequence[Result], baseline: dict[str, Any] | None) -> bool:
    from roleagent.evaluation.results import compare

    worse = [change for change in compare(results, baseline) if change.is_worse] if baseline else []
    for change in worse:
        typer.echo(f"{change.kind} got worse: {change.before} before, {change.now} now.", err=True)
    return bool(worse)


def _share(results: Sequence[Result]) -> float:
    from roleagent.evaluation.results import tally

    return 100 * tally(results).share
