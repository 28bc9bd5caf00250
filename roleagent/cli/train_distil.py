"""`roleagent train distil`: a small model learns from a large one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roleagent.cli import training_options as shared
from roleagent.cli.options import Force, check_new_files
from roleagent.cli.training_runs import run_recipe, running_command
from roleagent.concurrency.openmp import load_torch

if TYPE_CHECKING:
    from roleagent.tuning.dialogues import Dialogue
    from roleagent.tuning.distilling import Lesson, SequenceTeacher
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
        if not (resume and path.exists()):
            check_new_files(_files_of(path), force=force)
            _write_replies(path, _answered(teacher, recipe.data, at_once))
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


def _answered(name: str, data: Data, at_once: int) -> tuple[list[Lesson], list[Lesson]]:
    """What becomes of the dialogues to learn and of those held out, when the teacher answers them."""
    from roleagent import registry
    from roleagent.tuning.distilling import SequenceTeacher, bundled_persona, default_critics
    from roleagent.tuning.shown_paths import as_shown

    teacher = SequenceTeacher(
        name=as_shown(name),
        model=registry.get("model", name),
        critics=default_critics(),
        persona_of=bundled_persona,
        at_once=at_once,
    )
    lessons = asyncio.run(_lessons(teacher, (*data.learned, *data.held_out)))
    return lessons[: len(data.learned)], lessons[len(data.learned) :]


async def _lessons(teacher: SequenceTeacher, dialogues: Sequence[Dialogue]) -> list[Lesson]:
    lessons = []
    async for lesson in teacher.lessons(dialogues):
        lessons.append(lesson)
        if len(lessons) % _TOLD_EVERY == 0:
            typer.echo(f"{len(lessons)} of {len(dialogues)} prompts answered")
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
