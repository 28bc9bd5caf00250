"""`roleagent train collect | update`: learn from real conversations, and tune an adapter again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roleagent.cli import training_options as shared
from roleagent.cli.memory.whose import find_home
from roleagent.cli.options import HomeFolder, PersonaName
from roleagent.cli.training_runs import run_recipe, running_command
from roleagent.concurrency.openmp import load_torch
from roleagent.errors import InputError

if TYPE_CHECKING:
    from roleagent.protocols import FactRanker
    from roleagent.tuning.dialogues import Dialogue


def collect(
    persona: PersonaName,
    out: Annotated[Path, typer.Option("--out", help="The file of dialogues to write.", dir_okay=False)],
    home: HomeFolder = None,
    critic_log: Annotated[
        list[Path] | None,
        typer.Option(
            help="A critic log of these conversations; repeatable. Gives rejected drafts.", exists=True
        ),
    ] = None,
    user: Annotated[
        list[str] | None,
        typer.Option("--user", "-u", help="Only this user; repeatable. Default: all who agreed."),
    ] = None,
    ranker: Annotated[
        str, typer.Option(help="What finds the facts of a prompt that is made again: a name, or none.")
    ] = "gnn",
) -> None:
    """Gather rated, edited and mended turns, without personal data, for you to look through.

    Only users who agreed are read (`roleagent memory consent`).
    """
    from roleagent.formats.load import load_persona
    from roleagent.home.home import Home
    from roleagent.protocols import MemoryWithRecord
    from roleagent.tuning.collecting import collect as gather
    from roleagent.tuning.data_files import write_dialogues

    if out.exists():
        raise InputError(f"{str(out)!r} is there already, and may have been edited: name another file.")
    found = load_persona(persona)
    with Home(find_home(home)) as opened:
        memory = opened.memory
        assert isinstance(memory, MemoryWithRecord)  # the home opened it itself
        chosen = None if ranker == "none" else _ranker(ranker)
        gathered = gather(memory, found, critic_logs=critic_log or (), users=user or (), ranker=chosen)
    typer.echo(f"{_num(gathered.num_users, 'user')} agreed; {gathered.num_refused} did not and were not read")
    for reason, count in gathered.left_out.most_common():
        typer.echo(f"left out {_num(count, 'turn')}: {reason}")
    if not gathered.dialogues:
        raise InputError(
            f"No turn with {found.name} is worth learning from yet. Ask users for consent (`roleagent memory "
            "consent`), rate or edit turns (`Conversation.rate`), or name a --critic-log."
        )
    write_dialogues(out, gathered.dialogues, private=True)
    typer.echo(f"wrote {_num(len(gathered.dialogues), 'dialogue')} to {out}")
    typer.echo("Read them before they are used: not all personal data can be found by its form.")


def update(
    adapter: Annotated[
        Path, typer.Argument(metavar="ADAPTER", help="The folder of an adapter.", file_okay=False)
    ],
    data: shared.DataFiles,
    replay: Annotated[
        list[Path] | None,
        typer.Option(
            "--replay",
            exists=True,
            dir_okay=False,
            help="A file of dialogues that the adapter was trained on; repeatable.",
        ),
    ] = None,
    share: Annotated[
        float, typer.Option(min=0, max=0.95, help="Share of old dialogues among those that are shown.")
    ] = 0.5,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", file_okay=False, help="Folder of the updated adapter. Default: ADAPTER-updated."
        ),
    ] = None,
    model: Annotated[
        str,
        typer.Option(
            "--model", "-m", help="Model that the adapter belongs to. Default: the one that its files name."
        ),
    ] = "",
    epochs: shared.Epochs = 3,
    steps: shared.Steps = 0,
    learning_rate: shared.LearningRate = 1e-4,  # half of that of a new adapter: less is forgotten
    warm_up: shared.WarmUp = 0.05,
    most_tokens: shared.MostTokens = 1024,
    sequences: shared.Sequences = 1,
    check_every: shared.CheckEvery = 0,
    patience: shared.LooksWithoutGain = 4,
    half: shared.Half = True,
    seed: shared.Seed = 0,
    device: shared.Device = "auto",
    threads: shared.Threads = 1,
    resume: shared.Resume = False,
) -> None:
    """Tune an adapter again on new dialogues, with old ones among them so that nothing old is lost.

    The new adapter lies in a folder of its own, with its model card (README.md) and the curves of the
    training. The old one stays as it is.
    """
    load_torch()
    from roleagent.models.adapters import MANIFEST, read_manifest
    from roleagent.tuning.checkpoints import is_first_process
    from roleagent.tuning.leaks import check_leaks, probes_of
    from roleagent.tuning.options import Options
    from roleagent.tuning.recipe_data import Data, check_whose
    from roleagent.tuning.recipes import Recipe
    from roleagent.tuning.updating import base_of, mix, name_of, objective_of

    base = model or base_of(adapter)
    if not base:
        raise InputError(f"The adapter in {str(adapter)!r} does not name its base: say which with --model.")
    to = out or _beside(adapter)
    _check_folder(to, resume=resume)
    new, old = _read(data), _read(replay or ())
    if (adapter / MANIFEST).is_file() and (played := read_manifest(adapter).persona):
        check_whose((*new, *old), played.id)
    check_leaks((*new, *old), probes_of())
    mixture = mix(new, old, share=share, seed=seed)
    options = Options(
        adapter=str(adapter),
        objective=objective_of(mixture.learned),
        epochs=epochs,
        most_steps=steps,
        most_tokens=most_tokens,
        sequences_per_step=sequences,
        learning_rate=learning_rate,
        warm_up=warm_up,
        check_every=check_every,
        patience=patience,
        half=half,
        seed=seed,
        device=device,
        threads=threads,
    )
    recipe = Recipe(
        name=name_of(adapter) or to.name,
        model=base,
        persona=None,
        options=options,
        data=Data(
            learned=mixture.learned,
            held_out=mixture.held_out,
            origin=_origin(mixture.num_old, data, replay or ()),
        ),
        command=running_command(),
    )
    if is_first_process():
        typer.echo(recipe.data.origin)
    run_recipe(recipe, to, resume=resume)


def _beside(adapter: Path) -> Path:
    """The folder of the updated adapter where none is named."""
    named = adapter.resolve() if adapter.name in ("", "..") else adapter
    return named.with_name(f"{named.name}-updated")


def _check_folder(to: Path, *, resume: bool) -> None:
    """Refuse to write over an adapter, and to go on with an update that has ended."""
    from roleagent.models.adapters import CONFIG, MANIFEST
    from roleagent.tuning.checkpoints import Checkpoints

    if (to / CONFIG).exists() and not resume:
        raise InputError(f"{str(to)!r} is there already: name a new folder with --out.")
    # Checkpoints lie where `carry_out` puts them, and are removed after all else is written.
    if resume and (to / MANIFEST).is_file() and Checkpoints(to / "training").last is None:
        raise InputError(
            f"The update in {str(to)!r} has ended: there is nothing to resume. To update again, leave "
            "--resume out and name a new folder with --out."
        )


def _read(files: Sequence[Path]) -> list[Dialogue]:
    from roleagent.tuning.data_files import read_dialogues

    return [dialogue for path in files for dialogue in read_dialogues(path)]


def _origin(num_old: int, new: Sequence[Path], old: Sequence[Path]) -> str:
    """What the dialogues of an update are, in a sentence."""
    from roleagent.tuning.shown_paths import file_names

    shown_again = f"; {num_old:,} of those to learn are old ones from {file_names(old)}" if num_old else ""
    return f"New dialogues from {file_names(new)}{shown_again}."


def _ranker(name: str) -> FactRanker:
    from roleagent import registry
    from roleagent.settings import get_settings

    made: FactRanker = registry.find("ranker", name)(registry.get("embedder", get_settings().embedder), None)
    return made


def _num(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
