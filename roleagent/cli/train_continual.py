"""`roleagent train collect | update`: learn from real conversations, and tune an adapter again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roleagent.cli.memory.whose import find_home
from roleagent.cli.options import HomeFolder, PersonaName
from roleagent.concurrency.openmp import load_torch
from roleagent.errors import InputError

if TYPE_CHECKING:
    from roleagent.protocols import FactRanker
    from roleagent.tuning.course import Course, Look
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
    data: Annotated[Path, typer.Option("--data", help="New dialogues: JSON Lines.", dir_okay=False)],
    replay: Annotated[
        list[Path] | None,
        typer.Option(
            "--replay", help="Dialogues that the adapter was trained on; repeatable.", dir_okay=False
        ),
    ] = None,
    share: Annotated[float, typer.Option(min=0, max=0.95, help="Of old dialogues among those shown.")] = 0.5,
    out: Annotated[
        Path | None, typer.Option("--out", help="A new folder. Default: ADAPTER-updated.", file_okay=False)
    ] = None,
    model: Annotated[
        str, typer.Option("--model", "-m", help="The base. Default: what the adapter's file names.")
    ] = "",
    epochs: Annotated[int, typer.Option(min=1, help="How often each dialogue is shown, at most.")] = 3,
    learning_rate: Annotated[float, typer.Option(min=0)] = 1e-4,
    most_tokens: Annotated[int, typer.Option(min=16, help="Of a sequence of dialogues.")] = 1024,
    seed: Annotated[int, typer.Option(help="Of what is shown again, and the order.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, …")] = "auto",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an update that did not end.")] = False,
) -> None:
    """Tune an adapter again on new dialogues, with old ones among them so that nothing old is lost."""
    load_torch()
    from roleagent.tuning.data_files import read_dialogues
    from roleagent.tuning.leaks import check_leaks, probes_of
    from roleagent.tuning.updating import base_of, mix

    name = model or base_of(adapter)
    if not name:
        raise InputError(f"The adapter in {str(adapter)!r} does not name its base: say which with --model.")
    to = out or adapter.with_name(f"{adapter.name}-updated")
    if to.exists():
        raise InputError(f"{str(to)!r} is there already: name a new folder with --out.")
    old = [dialogue for path in replay or () for dialogue in read_dialogues(path)]
    new = list(read_dialogues(data))
    check_leaks((*new, *old), probes_of())
    mixture = mix(new, old, share=share, seed=seed)

    from roleagent.tuning.bases import open_base
    from roleagent.tuning.checkpoints import Checkpoints
    from roleagent.tuning.course import Watch
    from roleagent.tuning.objective import Objective
    from roleagent.tuning.options import Options
    from roleagent.tuning.updating import save_updated
    from roleagent.tuning.updating import update as train_further

    options = Options(
        objective=Objective(
            con=_weight(mixture.learned, ("contradiction",)),
            safe=_weight(mixture.learned, ("voice", "safety")),
        ),
        epochs=epochs,
        learning_rate=learning_rate,
        most_tokens=most_tokens,
        seed=seed,
        device=device,
    )
    typer.echo(
        f"{_num(len(mixture.learned), 'dialogue')} to learn from, {mixture.num_old} of them old; "
        f"{len(mixture.held_out)} to stop by"
    )
    checkpoints = to.with_name(f".{to.name}.checkpoints")
    trained = train_further(
        open_base(name, device=device), adapter, mixture, options, folder=checkpoints, resume=resume,
        watch=Watch(on_look=_tell),
    )  # fmt: skip
    save_updated(trained, adapter, to, made_by=f"roleagent train update {adapter} --data {data}")
    Checkpoints(checkpoints).remove()
    for line in trained.course.left_out:
        typer.echo(line)
    typer.echo(_outcome(trained.course, to))


def _ranker(name: str) -> FactRanker:
    from roleagent import registry
    from roleagent.settings import get_settings

    made: FactRanker = registry.find("ranker", name)(registry.get("embedder", get_settings().embedder), None)
    return made


def _num(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _weight(dialogues: Sequence[Dialogue], faults: Sequence[str]) -> float:
    """Of a term of the objective: it is on if any dialogue has a reply for it."""
    return float(any(each.fault in faults for dialogue in dialogues for each in dialogue.rejected))


def _tell(look: Look) -> None:
    typer.echo(
        f"step {look.step}: loss {look.loss:.3f}, {look.preferred:.0%} of rejected replies less likely"
    )


def _outcome(course: Course, to: Path) -> str:
    first, best = course.looks[0], next(each for each in course.looks if each.step == course.best)
    return f"loss {first.loss:.3f} before, {best.loss:.3f} after; the updated adapter is in {to}"
