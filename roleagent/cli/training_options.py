"""Options that the commands which train chat models share: one name and one help text for one meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataFiles = Annotated[
    list[Path],
    typer.Option(
        "--data",
        exists=True,
        dir_okay=False,
        help="A file of dialogues to learn from, as `train data` writes it; repeatable.",
    ),
]
DataFilesOrMade = Annotated[
    list[Path] | None,
    typer.Option(
        "--data",
        exists=True,
        dir_okay=False,
        help="A file of dialogues to learn from, as `train data` writes it; repeatable. Default: dialogues "
        "are made from the persona's file.",
    ),
]
HeldOutFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--held-out",
        exists=True,
        dir_okay=False,
        help="A file of dialogues that decide when the training ends; repeatable. Default: "
        "NAME.held_out.jsonl beside each NAME.jsonl, or else one dialogue in eight.",
    ),
]
DataLanguage = Annotated[
    str, typer.Option("--language", help="Language of the dialogues, for a persona that has several.")
]
BaseModel = Annotated[
    str,
    typer.Option(
        "--model",
        "-m",
        help="Model to start from: a name of `models list`, a GGUF file, or transformers:CHECKPOINT.",
    ),
]
AdapterOut = Annotated[
    Path | None,
    typer.Option(
        "--out", file_okay=False, help="Folder of the adapter. Default: the one where `adapter=` finds it."
    ),
]
TrainedPart = Annotated[
    str,
    typer.Option(
        "--train", help="Part that is trained: adapters, top:N (the last N blocks), projector, or all."
    ),
]
FourBit = Annotated[bool, typer.Option("--4-bit", help="QLoRA: the model in 4 bit. Needs CUDA.")]
Rank = Annotated[int, typer.Option("--rank", min=1, help="Rank of the adapter.")]
Targets = Annotated[
    list[str] | None,
    typer.Option(
        "--target", help="A kind of layer that gets an adapter, such as q_proj; repeatable. Default: all."
    ),
]
Dropout = Annotated[
    float,
    typer.Option("--dropout", min=0, max=1, help="Share of the adapter's inputs that a step leaves out."),
]
Strength = Annotated[
    float,
    typer.Option(
        "--strength",
        min=0.01,
        max=1,
        help="How much of what was learned the saved adapter adds: 1 is all of it.",
    ),
]
Epochs = Annotated[
    int, typer.Option("--epochs", min=1, help="Number of times that each dialogue is shown, at most.")
]
Steps = Annotated[int, typer.Option("--steps", min=0, help="Number of steps at most; 0 for no limit.")]
LearningRate = Annotated[float, typer.Option("--learning-rate", min=0, help="Highest learning rate.")]
WarmUp = Annotated[
    float,
    typer.Option("--warm-up", min=0, max=1, help="Share of the steps in which the learning rate rises."),
]
MostTokens = Annotated[
    int,
    typer.Option(
        "--most-tokens",
        min=64,
        help="Length of a sequence, in which several dialogues stand. Longer dialogues are left out.",
    ),
]
Sequences = Annotated[
    int, typer.Option("--sequences", min=1, help="Number of sequences whose gradients make a step.")
]
CheckEvery = Annotated[
    int,
    typer.Option(
        "--check-every", min=0, help="Number of steps between checkpoints; 0 for four checkpoints an epoch."
    ),
]
LooksWithoutGain = Annotated[
    int,
    typer.Option("--patience", min=1, help="Number of checkpoints without a gain that end the training."),
]
Half = Annotated[bool, typer.Option("--half/--no-half", help="Compute in bfloat16 where the processor can.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of everything random.")]
Device = Annotated[
    str, typer.Option("--device", help="auto, cpu, cuda, cuda:1, …; auto is cuda where there is one.")
]
Threads = Annotated[
    int, typer.Option("--threads", min=0, help="Number of CPU threads; 0 leaves it to torch.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a training that did not end.")]
