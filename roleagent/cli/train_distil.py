"""`roleagent train distil`: a small model learns from a large one."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roleagent.cli.training_bar import training_bar
from roleagent.concurrency.openmp import load_torch

if TYPE_CHECKING:
    from roleagent.tuning.dialogues import Dialogue
    from roleagent.tuning.distilling import Lesson, SequenceTeacher
    from roleagent.tuning.options import Options

_HELD_OUT = 10  # one dialogue in so many is held out
_TOLD_EVERY = 10  # prompts


class Level(StrEnum):
    """What is learned from the teacher."""

    SEQUENCE = "sequence"
    LOGITS = "logits"


def train_distil(
    data: Annotated[Path, typer.Option(help="Dialogues, JSON Lines.", exists=True, dir_okay=False)],
    teacher: Annotated[
        str,
        typer.Option(help="For sequence, any chat model; for logits, a checkpoint, as for --student."),
    ],
    student: Annotated[
        str,
        typer.Option(help="Who learns: a GGUF file, a name of the catalogue, or transformers:DIRECTORY."),
    ] = "",
    level: Annotated[
        Level,
        typer.Option(help="Learn the teacher's replies, or what it foretells for every token of the data's."),
    ] = Level.SEQUENCE,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the trained adapter or model.", file_okay=False)
    ] = None,
    replies: Annotated[
        Path | None,
        typer.Option(help="For sequence: where the dialogues with the teacher's replies go.", dir_okay=False),
    ] = None,
    policy: Annotated[str, typer.Option(help="What is trained: adapters, top:N, projector or all.")] = (
        "adapters"
    ),
    weight: Annotated[
        float,
        typer.Option(min=0.01, max=1, help="For logits: the teacher's share; the data's own is the rest."),
    ] = 0.5,
    temperature: Annotated[
        float, typer.Option(min=0.1, help="For logits: softens both distributions.")
    ] = 2.0,
    at_once: Annotated[
        int, typer.Option(min=1, help="For sequence: dialogues that the teacher answers at the same time.")
    ] = 1,
    epochs: Annotated[int, typer.Option(min=1, help="How often each dialogue is shown.")] = 3,
    most_steps: Annotated[int, typer.Option(min=0, help="Steps at most; 0 for no limit.")] = 0,
    most_tokens: Annotated[int, typer.Option(min=16, help="Tokens of a sequence.")] = 1024,
    sequences_per_step: Annotated[int, typer.Option(min=1, help="Sequences of a step.")] = 4,
    learning_rate: Annotated[float, typer.Option(min=0, help="The highest.")] = 2e-4,
    seed: Annotated[int, typer.Option(help="Of weights, order and dropout.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, …")] = "auto",
    threads: Annotated[int, typer.Option(min=0, help="CPU threads; 0 leaves their number as it is.")] = 0,
    half: Annotated[bool, typer.Option(help="Compute in bfloat16; the trained weights stay float32.")] = True,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a training that did not end.")] = False,
) -> None:
    """Distil a large model into a small one.

    At the level of sequences, the teacher answers the prompts of the data, and what the critics pass is
    learned: it may be any chat model, also one behind an address. At the level of logits, student and teacher
    must have the same vocabulary, and the student learns what the teacher takes for likely.
    """
    _check(level, student, out, replies)
    load_torch()
    if student and out is not None and policy == "adapters":
        from roleagent.models.adapters import check_name

        check_name(out.name)
    from roleagent.tuning.data_files import read_dialogues
    from roleagent.tuning.freezing import check_policy
    from roleagent.tuning.leaks import check_leaks, probes_of
    from roleagent.tuning.objective import Objective
    from roleagent.tuning.options import Options

    check_policy(policy)
    dialogues = list(read_dialogues(data))
    check_leaks(dialogues, probes_of())
    if level is Level.SEQUENCE:
        dialogues = _learned_from(teacher, dialogues, at_once, replies or Path(f"{out}.replies.jsonl"))
    if not student or out is None:
        return
    logits = level is Level.LOGITS
    objective = Objective(
        lm=1 - weight if logits else 1.0, kd=weight if logits else 0.0, kd_temperature=temperature
    )
    options = Options(
        policy=policy,
        objective=objective,
        epochs=epochs,
        most_steps=most_steps,
        most_tokens=most_tokens,
        sequences_per_step=sequences_per_step,
        learning_rate=learning_rate,
        seed=seed,
        device=device,
        threads=threads,
        half=half,
    )
    _train(student, teacher if logits else "", dialogues, options, out, resume=resume)


def _check(level: Level, student: str, out: Path | None, replies: Path | None) -> None:
    """Refuse what cannot be done before anything slow is loaded."""
    if student and out is None:
        raise typer.BadParameter("--student is to be trained: say with --out where the result goes.")
    if not student and (level is Level.LOGITS or replies is None):
        raise typer.BadParameter("Say with --student who learns, or with --replies where replies go.")
    for path in (out, replies):
        if path and not path.absolute().parent.is_dir():
            raise typer.BadParameter(f"There is no folder {str(path.parent)!r}.")


def _learned_from(name: str, dialogues: Sequence[Dialogue], at_once: int, path: Path) -> list[Dialogue]:
    """The dialogues with the teacher's replies, as far as they pass; they are written to a file, too."""
    from roleagent import registry
    from roleagent.tuning.data_files import write_dialogues
    from roleagent.tuning.distilling import SequenceTeacher, bundled_persona, default_critics

    teacher = SequenceTeacher(
        name=name,
        model=registry.get("model", name),
        critics=default_critics(),
        persona_of=bundled_persona,
        at_once=at_once,
    )
    lessons = asyncio.run(_lessons(teacher, dialogues))
    learned = [each.dialogue for each in lessons if each.dialogue is not None]
    write_dialogues(path, learned)
    typer.echo(f"{len(learned)} of {len(dialogues)} replies pass. Written: {path}")
    for reason, count in Counter(each.reason for each in lessons if each.dialogue is None).most_common():
        typer.echo(f"  left out: {count} × {reason}")
    return learned


async def _lessons(teacher: SequenceTeacher, dialogues: Sequence[Dialogue]) -> list[Lesson]:
    lessons = []
    async for lesson in teacher.lessons(dialogues):
        lessons.append(lesson)
        if len(lessons) % _TOLD_EVERY == 0:
            typer.echo(f"{len(lessons)} of {len(dialogues)} prompts answered")
    return lessons


def _train(
    student: str, teacher: str, dialogues: Sequence[Dialogue], options: Options, out: Path, *, resume: bool
) -> None:
    """Train the student, from the teacher's logits if one is named, and write what was trained."""
    from roleagent.tuning.bases import open_base
    from roleagent.tuning.checkpoints import Checkpoints
    from roleagent.tuning.logit_teacher import logit_teacher
    from roleagent.tuning.saving import save_adapter, save_checkpoint
    from roleagent.tuning.training import train

    folder = Path(f"{out}.checkpoints")
    with training_bar() as bar:
        base = open_base(student, device=options.device)
        told = logit_teacher(open_base(teacher, device=options.device), base) if teacher else None
        trained = train(
            base,
            [each for at, each in enumerate(dialogues) if at % _HELD_OUT],
            dialogues[::_HELD_OUT],
            options,
            folder=folder,
            teacher=told,
            resume=resume,
            watch=bar.watch,
        )
        if options.policy == "adapters":
            made_by = shlex.join(["roleagent", *sys.argv[1:]])
            save_adapter(trained, base, out, name=out.name, made_by=made_by)
        else:
            save_checkpoint(trained, base, out)
        Checkpoints(folder).remove()
        course = trained.course
        for line in course.left_out:
            bar.say(line)
        bar.say(
            f"{len(course.steps)} steps in {course.seconds:.0f} s, {course.num_trained:,} weights trained"
        )
        bar.say(f"Written: {out}, from step {course.best}")
