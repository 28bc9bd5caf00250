"""`roleagent train distil`: a small model learns from a large one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roleagent.cli import training_options as shared
from roleagent.cli.options import Force, check_new_files
from roleagent.cli.training_runs import run_recipe, running_command
from roleagent.concurrency.openmp import load_torch
from roleagent.errors import InputError

if TYPE_CHECKING:
    from roleagent.tuning.distilling import Lesson, SequenceTeacher
    from roleagent.tuning.kept_lessons import KeptLessons
    from roleagent.tuning.recipe_data import Data

_TOLD_EVERY = 10  # prompts


class Level(StrEnum):
    """What is learned from the teacher."""

    SEQUENCE = "sequence"
    LOGITS = "logits"


_Teacher = Annotated[
    str,
    typer.Option(
        "--teacher",
        help="Model to learn from: any chat model for --level sequence; for --level logits a name of `models "
        "list`, a GGUF file, or transformers:CHECKPOINT.",
    ),
]
_Student = Annotated[
    str,
    typer.Option(
        "--student",
        help="Model that learns: a name of `models list`, a GGUF file, or transformers:CHECKPOINT. Default: "
        "none, and the teacher's replies are written to --replies.",
    ),
]
_Level = Annotated[
    Level,
    typer.Option(
        "--level",
        help="sequence: learn the teacher's replies. logits: learn how likely the teacher finds the tokens "
        "of the data's own replies.",
    ),
]
_Out = Annotated[
    Path | None,
    typer.Option("--out", file_okay=False, help="Folder of the trained adapter or model."),
]
_Replies = Annotated[
    Path | None,
    typer.Option(
        "--replies",
        dir_okay=False,
        help="File for the dialogues with the teacher's replies, for --level sequence; those held out go to "
        "NAME.held_out.jsonl beside it. Default: OUT.replies.jsonl.",
    ),
]
_Weight = Annotated[
    float,
    typer.Option(
        "--weight",
        min=0.01,
        max=1,
        help="Weight of the teacher's logits, for --level logits; the data's own replies get the rest.",
    ),
]
_Temperature = Annotated[
    float,
    typer.Option(
        "--temperature",
        min=0.1,
        help="Temperature that softens the probabilities of teacher and student, for --level logits.",
    ),
]
_AtOnce = Annotated[
    int,
    typer.Option(
        "--at-once",
        min=1,
        help="Number of dialogues that the teacher answers at the same time, for --level sequence.",
    ),
]


def train_distil(
    data: shared.DataFiles,
    teacher: _Teacher,
    student: _Student = "",
    level: _Level = Level.SEQUENCE,
    held_out: shared.HeldOutFiles = None,
    out: _Out = None,
    replies: _Replies = None,
    force: Force = False,
    what: shared.TrainedPart = "adapters",
    weight: _Weight = 0.5,
    temperature: _Temperature = 2.0,
    at_once: _AtOnce = 1,
    rank: shared.Rank = 16,
    target: shared.Targets = None,
    dropout: shared.Dropout = 0.05,
    epochs: shared.Epochs = 3,
    steps: shared.Steps = 0,
    learning_rate: shared.LearningRate = 2e-4,
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
    """Distil a large model into a small one.

    At the level of sequences, the teacher answers the prompts of the data, and what the critics pass is
    learned: it may be any chat model, also one behind an address. At the level of logits, student and teacher
    must have the same vocabulary, and the student learns what the teacher takes for likely. Beside what was
    trained there are its model card (README.md) and the curves of the training.
    """
    _check(level, student, out, replies)
    load_torch()
    from roleagent import registry
    from roleagent.tuning.objective import Objective
    from roleagent.tuning.options import LoraOptions, Options
    from roleagent.tuning.recipe_data import read_data
    from roleagent.tuning.recipes import Recipe, check_recipe

    logits = level is Level.LOGITS
    options = Options(
        policy=what,
        lora=LoraOptions(rank=rank, alpha=2 * rank, dropout=dropout, targets=tuple(target or ())),
        objective=Objective(
            lm=1 - weight if logits else 1.0, kd=weight if logits else 0.0, kd_temperature=temperature
        ),
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
        name=out.name if out else "",
        model=student,
        persona=None,
        options=options,
        data=read_data(data, held_out or ()),
        command=running_command(),
        teacher=teacher if logits else "",
    )
    if student:
        check_recipe(recipe, out, resume=resume)
    if not logits:
        registry.check("model", teacher)
        path = replies or Path(f"{out}.replies.jsonl")
        _have_replies(path, teacher, recipe.data, at_once=at_once, resume=resume, force=force)
        if student:
            recipe = replace(recipe, data=_replies_as_data(path, teacher, data))
    if student:
        run_recipe(recipe, out, resume=resume)


def _check(level: Level, student: str, out: Path | None, replies: Path | None) -> None:
    """Refuse what cannot be done before anything slow is loaded."""
    if student and out is None:
        raise typer.BadParameter("--student is to be trained: say with --out where the result goes.")
    if not student and (level is Level.LOGITS or replies is None):
        raise typer.BadParameter("Say with --student who learns, or with --replies where replies go.")
    for path in (out, replies):
        if path and not path.absolute().parent.is_dir():
            raise typer.BadParameter(f"There is no folder {str(path.parent)!r}.")


def _files_of(path: Path) -> tuple[Path, Path]:
    """The files of the teacher's replies: those to learn, and those held out."""
    from roleagent.tuning.recipe_data import held_out_beside

    return path, held_out_beside(path)


def _have_replies(path: Path, name: str, data: Data, *, at_once: int, resume: bool, force: bool) -> None:
    """Ask the teacher for its replies and write them, or those that an earlier run did not get to.

    Raises:
        InputError: there are replies already that may be neither gone on with nor written over, or several
            processes would ask.
    """
    from roleagent.tuning.checkpoints import is_alone
    from roleagent.tuning.kept_lessons import KeptLessons, check_replies
    from roleagent.tuning.shown_paths import as_shown

    dialogues = (*data.learned, *data.held_out)
    part = path.with_name(f"{path.name}.part")
    kept = KeptLessons(path=part, teacher=as_shown(name), asked=dialogues)
    if (resume or not is_alone()) and path.exists() and not part.exists():
        for file, asked in zip(_files_of(path), (data.learned, data.held_out), strict=True):
            if file.exists():
                check_replies(file, teacher=kept.teacher, asked=asked)
        return
    if not is_alone():
        raise InputError(
            "Each of the processes that accelerate started would ask the teacher for every reply. Ask it in "
            f"one: this command without accelerate and --student, with --replies {as_shown(str(path))}. Then "
            "train with this command and the same --replies."
        )
    if not (resume and part.exists()):  # else that was looked at when the run began
        check_new_files(_files_of(path), force=force)
        if part.exists() and not force:
            raise InputError(
                f"{str(part)!r} holds the replies of a run that did not end. Go on with it by --resume, or "
                "--force to ask the teacher again."
            )
        part.unlink(missing_ok=True)
    lessons = kept.read()
    if len(lessons) < len(dialogues):
        with _told_how_to_go_on(part):
            lessons += asyncio.run(_lessons(_teacher(name, at_once), kept, len(lessons)))
    _write_replies(path, (lessons[: len(data.learned)], lessons[len(data.learned) :]))
    part.unlink(missing_ok=True)


@contextmanager
def _told_how_to_go_on(part: Path) -> Iterator[None]:
    try:
        yield
    except (Exception, KeyboardInterrupt):  # whatever a chat model may raise
        if part.exists():
            typer.echo(f"The replies so far are in {part}. To go on: the same command with --resume.")
        raise


def _teacher(name: str, at_once: int) -> SequenceTeacher:
    from roleagent import registry
    from roleagent.tuning.distilling import SequenceTeacher, bundled_persona, default_critics
    from roleagent.tuning.shown_paths import as_shown

    return SequenceTeacher(
        name=as_shown(name),
        model=registry.get("model", name),
        critics=default_critics(),
        persona_of=bundled_persona,
        at_once=at_once,
    )


async def _lessons(teacher: SequenceTeacher, kept: KeptLessons, num_kept: int) -> list[Lesson]:
    """The lessons on the dialogues that the teacher has not answered yet; each is kept as it comes."""
    lessons: list[Lesson] = []
    async with aclosing(teacher.lessons(kept.asked[num_kept:])) as coming:
        async for lesson in coming:
            num = num_kept + len(lessons)
            kept.add(lesson, to=kept.asked[num])
            lessons.append(lesson)
            if (num + 1) % _TOLD_EVERY == 0:
                typer.echo(f"{num + 1} of {len(kept.asked)} prompts answered")
    return lessons


def _write_replies(path: Path, answered: tuple[list[Lesson], list[Lesson]]) -> None:
    """Write the dialogues whose replies pass, and say how many do not."""
    from roleagent.tuning.data_files import write_dialogues

    lessons = [lesson for some in answered for lesson in some]
    # The file to learn from comes last: if it is there, both are complete.
    for file, some in reversed(list(zip(_files_of(path), answered, strict=True))):
        write_dialogues(file, [each.dialogue for each in some if each.dialogue is not None])
    failed = [each.reason for each in lessons if each.dialogue is None]
    typer.echo(f"{len(lessons) - len(failed)} of {len(lessons)} replies pass. Written: {path}")
    for reason, count in Counter(failed).most_common():
        typer.echo(f"  left out: {count} × {reason}")


def _replies_as_data(path: Path, teacher: str, prompts: Sequence[Path]) -> Data:
    """The replies that `_write_replies` wrote, also in an earlier run."""
    from roleagent.tuning.recipe_data import read_data
    from roleagent.tuning.shown_paths import as_shown, file_names

    origin = f"Replies of {as_shown(teacher)} that critics pass, to the prompts of {file_names(prompts)}."
    return replace(read_data([path]), origin=origin)
