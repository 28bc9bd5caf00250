"""`roleagent test`: play a suite with a character and report which replies are right."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roleagent.cli.bias import list_scenes, print_bias, refuse_with_bias
from roleagent.cli.options import (
    AdapterName,
    Candidates,
    Consistency,
    ModelName,
    Patience,
    PersonaName,
    limits_of,
)
from roleagent.cli.traits import list_statements, print_traits, refuse_with_traits
from roleagent.errors import InputError, RoleAgentError, StoreError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from rich.progress import Progress

    from roleagent.evaluation.journal import Journal
    from roleagent.evaluation.respondents import Respondent
    from roleagent.evaluation.results import Result, Voice
    from roleagent.evaluation.suite import Suite
    from roleagent.persona.persona import Persona
    from roleagent.workflow.state import Limits

_OURS = "ours"


def test(
    persona: PersonaName,
    suite_file: Annotated[
        Path | None,
        typer.Argument(metavar="SUITE", help="A suite file. Without one, a suite is made from the graph."),
    ] = None,
    model: ModelName = None,
    adapter: AdapterName = None,
    language: Annotated[
        str, typer.Option("--language", help="Play the persona's rendering in this language.")
    ] = "",
    twin: Annotated[
        bool, typer.Option("--twin", help="Play the persona's twin, in which all names are invented.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Also ask the same model with everything in one prompt.")
    ] = False,
    compare: Annotated[
        Path | None,
        typer.Option("--compare", help="An earlier --json file: fail if a kind got clearly worse."),
    ] = None,
    at_least: Annotated[
        float | None,
        typer.Option(
            "--at-least",
            min=0,
            max=100,
            help="Fail below this percentage of right replies.",
            show_default="100 for a suite file, 0 for a made suite",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", help="Seed of the questions of a made suite, and of the replies.")
    ] = 0,
    repeat: Annotated[
        int, typer.Option("--repeat", min=1, max=1000, help="How often to play the suite.")
    ] = 1,
    kinds: Annotated[
        str, typer.Option("--kinds", help="Only these kinds of questions of a made suite: fact,premise.")
    ] = "",
    turns: Annotated[
        int,
        typer.Option("--turns", min=0, max=5000, help="Turns of small talk before a made suite's questions."),
    ] = 0,
    judge: Annotated[str, typer.Option("--judge", help="A language model that judges rubrics.")] = "",
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with every reply.")] = None,
    as_json: Annotated[
        Path | None, typer.Option("--json", help="Write all figures and replies as JSON.")
    ] = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML.")] = None,
    resume: Annotated[
        Path | None,
        typer.Option("--resume", help="Keep each reply in this file, and go on with what is missing in it."),
    ] = None,
    patience: Patience = None,
    consistency: Consistency = None,
    candidates: Candidates = None,
    show: Annotated[bool, typer.Option("--show", help="List the questions and ask nothing.")] = False,
    traits: Annotated[
        bool, typer.Option("--traits", help="Ask statements about itself instead, and score its Big Five.")
    ] = False,
    bias: Annotated[
        bool,
        typer.Option("--bias", help="Swap who asks or is asked about instead: is anybody treated unlike?"),
    ] = False,
) -> None:
    """Test whether a character answers right, with a suite of your own or one made from its graph."""
    from roleagent.agent.assembly import persona_of
    from roleagent.evaluation import page, reports
    from roleagent.evaluation import results as figures
    from roleagent.evaluation.journal import Journal
    from roleagent.evaluation.markup import shown
    from roleagent.evaluation.twins import twin_of

    played = persona_of(persona, language)
    if twin:
        played = twin_of(played, seed=seed)
    if traits:
        refuse_with_traits(
            suite_file=suite_file, kinds=kinds, turns=turns, judge=judge, compare=compare, resume=resume,
            at_least=at_least is not None, junit=junit, repeat=repeat > 1, patience=patience,
            consistency=consistency, candidates=candidates, bias=bias, adapter=adapter,
        )  # fmt: skip
        if show:
            list_statements(played.language)
            return
        for option, path in (("--html", html), ("--json", as_json)):
            _make_room(option, path)
        print_traits(played, model, seed=seed, html=html, as_json=as_json, bars=_bars())
        return
    if bias:
        refuse_with_bias(
            suite_file=suite_file, turns=turns, judge=judge, compare=compare, resume=resume, plain=plain,
            at_least=at_least is not None, junit=junit, html=html, repeat=repeat > 1,
            consistency=consistency, candidates=candidates, adapter=adapter,
        )  # fmt: skip
        if show:
            list_scenes(played.language, kinds)
            return
        _make_room("--json", as_json)
        print_bias(
            played, model, kinds=kinds, seed=seed, patience=patience, as_json=as_json, bars=_bars()
        )  # fmt: skip
        return
    suite = _suite(played, suite_file, seed=seed, kinds=kinds, turns=turns, judge=judge)
    if show:
        _list_questions(suite)
        return
    baseline = reports.read_figures(compare) if compare else None
    if baseline and baseline.get("persona", suite.persona_id) != suite.persona_id:
        other = f"{str(compare)!r} holds figures of {baseline['persona']!r}, not of {suite.persona_id!r}."
        raise InputError(f"--compare: {other}")
    written = {"--html": html, "--json": as_json, "--junit": junit, "--resume": resume}
    for option, path in written.items():
        _make_room(option, path)
    _refuse_twice({"the persona": Path(persona), "the suite": suite_file}, written)
    limits = limits_of(patience, consistency=consistency, candidates=candidates)
    name, chat_model = _chat_model(
        played if twin else persona_of(persona, ""), model, adapter, language=language, seed=seed
    )
    respondents = _respondents(played, chat_model, with_plain=plain, limits=limits)
    judged = f", judged by {judge}" if judge else ""
    held = "" if consistency is None else f", consistency {consistency:g}"
    chosen = "" if candidates is None else f", {candidates} candidates"
    played_by = f"{name}, seed {seed}{held}{chosen}{judged}"
    kept = Journal(resume, played_by=played_by) if resume else None
    results = _play(played, suite, respondents, repeats=repeat, journal=kept)
    voices = _voices(played, results)
    _print_wrong_replies(results[_OURS])
    _print_figures(suite, results, voices)
    about: dict[str, Any] = {"model": name, "voices": voices}
    _write(
        ("--json", as_json, lambda path: reports.write_json(path, suite, results, **about)),
        ("--junit", junit, lambda path: reports.write_junit(path, suite, results)),
        (
            "--html",
            html,
            lambda path: page.write_page(path, suite, results, language=played.language, **about),
        ),
    )
    if at_least is None:
        at_least = 0 if suite_file is None else 100
    worse = [change for change in figures.compare(results[_OURS], baseline or {}) if change.is_worse]
    for change in worse:
        typer.echo(shown(f"{change.kind} got worse: {change.before} before, {change.now} now."), err=True)
    if worse or 100 * figures.tally(results[_OURS]).share < at_least:
        raise typer.Exit(1)


def _suite(persona: Persona, file: Path | None, *, seed: int, kinds: str, turns: int, judge: str) -> Suite:
    from roleagent import registry
    from roleagent.evaluation.probes import NUM_OF_KIND, make_suite
    from roleagent.evaluation.reading import read_suite
    from roleagent.persona.problems import did_you_mean

    if judge:
        registry.check("model", judge)
    if file is not None:
        if kinds or turns:
            raise InputError("--kinds and --turns are for made suites: leave them out, or the suite file.")
        return read_suite(file, persona, judge=judge)
    numbers = dict(NUM_OF_KIND)
    if kinds:
        wanted = [kind.strip() for kind in kinds.split(",")]
        for kind in wanted:
            if kind not in NUM_OF_KIND:
                hint = did_you_mean(kind, NUM_OF_KIND) or f" Known: {', '.join(NUM_OF_KIND)}."
                raise InputError(f"--kinds: {kind!r} is no kind of question.{hint}")
        numbers = {kind: NUM_OF_KIND[kind] for kind in wanted}
    return make_suite(persona, seed=seed, numbers=numbers, num_turns_before=turns)


def _make_room(option: str, path: Path | None) -> None:
    """Make a file's folder, and refuse a place where it cannot be written after hours of measuring."""
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{option}: {str(path)!r} cannot be written: {error.strerror}.") from error
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InputError(f"{option}: {str(path)!r} cannot be written: name a file in a folder of yours.")


def _refuse_twice(read: Mapping[str, Path | None], written: Mapping[str, Path | None]) -> None:
    """Refuse to write a file that is also read, or written for something else."""
    seen = {path.resolve(): what for what, path in read.items() if path}
    for option, path in written.items():
        if path is None:
            continue
        if path.resolve() in seen:
            raise InputError(f"{option}: {str(path)!r} is {seen[path.resolve()]}: name another file.")
        seen[path.resolve()] = f"the file of {option} too"


def _write(*reports: tuple[str, Path | None, Callable[[Path], None]]) -> None:
    """Write the reports that are wanted; one that fails does not keep the others from it."""
    failure = None
    for option, path, write in reports:
        try:
            if path:
                write(path)
        except OSError as error:
            failure = failure or f"{option}: {str(path)!r} cannot be written: {error.strerror or error}."
    if failure:
        raise StoreError(failure)


def _list_questions(suite: Suite) -> None:
    from roleagent.evaluation.markup import shown

    for scene in suite.scenes:
        for session in scene.sessions:
            for step in session.steps:
                if step.checks:
                    typer.echo(shown(f"{step.kind:12} {step.say}"))
    for note in suite.notes:
        typer.echo(note, err=True)


def _chat_model(
    persona: Persona, model: str | None, adapter: str | None, *, language: str, seed: int
) -> tuple[str, BaseChatModel]:
    """The model that answers, under the adapter if one is wanted, and what reports call it."""
    from roleagent import registry
    from roleagent.agent.adapters import adapted, choose_adapter
    from roleagent.settings import get_settings

    name = model or get_settings().model
    chat_model = registry.get("model", name)
    if getattr(chat_model, "seed", 0) is None:
        chat_model = chat_model.model_copy(update={"seed": seed})
    wanted = get_settings().adapter if adapter is None else adapter
    chosen = choose_adapter(wanted, persona, language=language, model=chat_model)
    return f"{name} with {wanted}" if wanted else name, adapted(chat_model, chosen)


def _respondents(
    persona: Persona, chat_model: BaseChatModel, *, with_plain: bool, limits: Limits | None
) -> list[Respondent]:
    from roleagent.evaluation.plain import PlainRespondent
    from roleagent.evaluation.respondents import AgentRespondent

    found: list[Respondent] = [AgentRespondent(persona, model=chat_model, limits=limits, name=_OURS)]
    if with_plain:
        found.append(PlainRespondent(persona, model=chat_model))
    return found


def _play(
    persona: Persona,
    suite: Suite,
    respondents: Sequence[Respondent],
    *,
    repeats: int,
    journal: Journal | None,
) -> dict[str, list[Result]]:
    from roleagent.evaluation.playing import run_suite_sync

    found = {}
    with _bars() as bars:
        for respondent in respondents:
            task = bars.add_task(respondent.name, total=suite.num_probes * repeats)
            try:
                found[respondent.name] = run_suite_sync(
                    suite,
                    respondent,
                    persona,
                    repeats=repeats,
                    journal=journal,
                    on_result=lambda _, task=task: bars.advance(task),  # type: ignore[misc]
                )
            except InputError:  # the journal is of another run
                raise
            except RoleAgentError:
                kept = "What was measured is kept: run the same command to go on."
                typer.echo(kept if journal else "With --resume FILE the next run can go on.", err=True)
                raise
    return found


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _print_wrong_replies(results: Sequence[Result]) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    from roleagent.evaluation.markup import shown

    console = Console()
    for result in results:
        if not result.is_right:
            faults = Text(shown("\n".join(f"✗ {fault}" for fault in result.faults)), style="red")
            console.print(Text(shown(result.kind), style="bold red"), Text(shown(result.asked)))
            console.print(Padding(Text(shown(result.text)), (0, 0, 0, 2)))
            console.print(Padding(faults, (0, 0, 1, 2)))


def _voices(persona: Persona, results: Mapping[str, Sequence[Result]]) -> dict[str, Voice]:
    from roleagent import registry
    from roleagent.evaluation.voice import other_voices, voice_of
    from roleagent.settings import get_settings

    embedder = registry.get("embedder", get_settings().embedder)  # the same that every character uses
    others = other_voices(persona)
    found = {name: voice_of(each, persona, others, embedder) for name, each in results.items()}
    return {name: voice for name, voice in found.items() if voice is not None}


def _print_figures(
    suite: Suite, results: Mapping[str, Sequence[Result]], voices: Mapping[str, Voice]
) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from roleagent.evaluation.markup import shown
    from roleagent.evaluation.results import (
        by_kind,
        consistency,
        repetition,
        retest,
        stability,
        summary,
        tally,
    )

    table = Table("kind", *results)
    kinds = {name: by_kind(each) for name, each in results.items()}
    for kind in dict.fromkeys(kind for each in kinds.values() for kind in each):
        table.add_row(
            Text(shown(kind)), *(f"{each[kind].right} of {each[kind].n}" for each in kinds.values())
        )
    table.add_section()
    table.add_row("all", *(str(tally(each)) for each in results.values()))
    if any(result.repeat for each in results.values() for result in each):
        table.add_row("same in each run", *(str(stability(each)) for each in results.values()))
    for label, count in (
        ("does not contradict itself", consistency),
        ("says the same in the next talk", retest),
    ):
        same = [count(each) for each in results.values()]
        if any(each.n for each in same):
            table.add_row(label, *map(str, same))
    table.add_row("repeats itself", *(str(repetition(each)) for each in results.values()))
    if voices:
        table.add_row(
            "sounds like itself", *(str(voices[name].is_own) if name in voices else "" for name in results)
        )
    for label, key in (
        ("seconds a turn", "seconds_per_turn"),
        ("seconds to first word", "first_token_s"),
        ("tokens read a turn", "prompt_tokens"),
        ("tokens written a turn", "output_tokens"),
        ("prompts cut", "cut"),
    ):
        table.add_row(label, *(str(summary(each)[key]) for each in results.values()))
    console = Console()
    console.print(table)
    for note in suite.notes:
        console.print(Text(note))
