"""`roleagent train persona` and `train role-play`: fine-tune a chat model, as an adapter or as a whole."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roleagent.cli.options import PersonaName
from roleagent.cli.training_bar import training_bar
from roleagent.concurrency.openmp import load_torch

if TYPE_CHECKING:
    from roleagent.tuning.recipes import Recipe

_Base = Annotated[
    str,
    typer.Option(
        "--model",
        "-m",
        help="To start from: a name of `models list`, a GGUF file, or a checkpoint.",
    ),
]
_Data = Annotated[
    list[Path] | None,
    typer.Option("--data", help="Files of dialogues, see `train data`.", dir_okay=False),
]
_HeldOut = Annotated[
    list[Path] | None,
    typer.Option("--held-out", help="Files of dialogues to stop on. Default: one in eight.", dir_okay=False),
]
_Out = Annotated[
    Path | None,
    typer.Option("--out", help="The adapter's folder. Default: where `adapter=` finds it.", file_okay=False),
]
_Train = Annotated[
    str, typer.Option("--train", help="What is trained: adapters, top:N (last blocks), projector, all.")
]
_Quantise = Annotated[bool, typer.Option("--4-bit", help="QLoRA: the model in 4 bit. Needs CUDA.")]
_Con = Annotated[float, typer.Option("--consistency", min=0, help="Weight of the consistency loss.")]
_Rel = Annotated[float, typer.Option("--relevance", min=0, help="Weight of the relevance loss.")]
_Safe = Annotated[float, typer.Option("--safety", min=0, help="Weight of the safety loss.")]
_Preference = Annotated[str, typer.Option("--preference", help="Form of the safety loss: orpo or dpo.")]
_Rank = Annotated[int, typer.Option("--rank", min=1, help="Of the adapter.")]
_Targets = Annotated[
    list[str] | None,
    typer.Option("--target", help="Layers with an adapter, such as q_proj. Default: all."),
]
_Epochs = Annotated[int, typer.Option("--epochs", min=1, help="How often each dialogue is shown, at most.")]
_Steps = Annotated[int, typer.Option("--steps", min=0, help="Steps at most; 0 for no limit.")]
_Rate = Annotated[float, typer.Option("--learning-rate", min=0, help="The highest.")]
_Tokens = Annotated[int, typer.Option("--most-tokens", min=64, help="Of a sequence of several dialogues.")]
_Per = Annotated[int, typer.Option("--sequences", min=1, help="Sequences whose gradients make a step.")]
_Every = Annotated[
    int, typer.Option("--check-every", min=0, help="Steps between checkpoints; 0: 4 an epoch.")
]
_Half = Annotated[bool, typer.Option("--half/--no-half", help="Compute in bfloat16.")]
_Seed = Annotated[int, typer.Option("--seed", help="Of the data, the first weights and the order.")]
_Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:1, …")]
_Threads = Annotated[int, typer.Option("--threads", min=0, help="CPU threads; 0 leaves it to torch.")]
_Resume = Annotated[bool, typer.Option("--resume", help="Go on with a training that did not end.")]
_Probes = Annotated[
    float,
    typer.Option("--probes", min=0, help="Ask probes without and with the adapter: 1 for about 54 each."),
]


def train_persona(
    persona: PersonaName,
    model: _Base = "smollm2-135m",
    data: _Data = None,
    held_out: _HeldOut = None,
    out: _Out = None,
    what: _Train = "adapters",
    quantise: _Quantise = False,
    consistency: _Con = 0.0,
    relevance: _Rel = 0.0,
    safety: _Safe = 0.0,
    preference: _Preference = "orpo",
    rank: _Rank = 16,
    target: _Targets = None,
    epochs: _Epochs = 3,
    steps: _Steps = 0,
    learning_rate: _Rate = 2e-4,
    most_tokens: _Tokens = 1024,
    sequences: _Per = 1,
    check_every: _Every = 0,
    half: _Half = True,
    seed: _Seed = 0,
    device: _Device = "auto",
    threads: _Threads = 1,
    resume: _Resume = False,
    probes: _Probes = 0.0,
) -> None:
    """Fine-tune a model to play one persona: minutes on a GPU, and on a CPU for the smallest model.

    Without --data, dialogues are made from the persona's file. Beside the adapter there are its model card
    (README.md) and the curves of the training. To use it: Agent(PERSONA, model=MODEL, adapter=PERSONA).
    """
    load_torch()
    from roleagent.agent.assembly import persona_of
    from roleagent.tuning.objective import Objective
    from roleagent.tuning.options import LoraOptions, Options
    from roleagent.tuning.recipes import Recipe, persona_data

    if preference not in ("orpo", "dpo"):
        raise typer.BadParameter(f"--preference is orpo or dpo, not {preference!r}.")
    options = Options(
        policy=what,
        lora=LoraOptions(rank=rank, alpha=2 * rank, targets=tuple(target or ())),
        quantise=quantise,
        objective=Objective(
            con=consistency,
            rel=relevance,
            safe=safety,
            preference=preference,  # type: ignore[arg-type]  # one of the two
        ),
        epochs=epochs,
        most_steps=steps,
        most_tokens=most_tokens,
        sequences_per_step=sequences,
        learning_rate=learning_rate,
        check_every=check_every,
        half=half,
        seed=seed,
        device=device,
        threads=threads,
    )
    character = persona_of(persona, "")
    recipe = Recipe(
        name=character.id,
        model=model,
        persona=character,
        options=options,
        data=persona_data(character, seed=seed, files=data or (), held_out_files=held_out or ()),
        command=_command(),
    )
    _train(recipe, out, resume=resume, probes=probes)


def train_role_play(
    model: _Base = "smollm2-135m",
    out: _Out = None,
    language: Annotated[
        list[str] | None, typer.Option(help="en or zh, several times for both. Default: those of the model.")
    ] = None,
    rank: _Rank = 16,
    target: _Targets = None,
    epochs: _Epochs = 1,
    steps: _Steps = 0,
    learning_rate: _Rate = 2e-4,
    seed: _Seed = 0,
    device: _Device = "auto",
    threads: _Threads = 1,
    resume: _Resume = False,
) -> None:
    """Fine-tune a model to play any character: to use its notes, to keep a voice, never to be an assistant.

    It learns from characters that come with roleagent. To use it: Agent(…, model=MODEL, adapter="role-play").
    """
    load_torch()
    from roleagent.tuning.options import LoraOptions, Options
    from roleagent.tuning.recipes import ROLE_PLAY, Recipe, languages_of, role_play_data, role_play_objective

    options = Options(
        lora=LoraOptions(rank=rank, alpha=2 * rank, targets=tuple(target or ())),
        objective=role_play_objective(),
        epochs=epochs,
        most_steps=steps,
        most_tokens=1536,
        sequences_per_step=1,
        learning_rate=learning_rate,
        seed=seed,
        device=device,
        threads=threads,
    )
    recipe = Recipe(
        name=ROLE_PLAY,
        model=model,
        persona=None,
        options=options,
        data=role_play_data(tuple(language or languages_of(model)), seed=seed),
        command=_command(),
    )
    _train(recipe, out, resume=resume, probes=0.0)


def _train(recipe: Recipe, out: Path | None, *, resume: bool, probes: float) -> None:
    """Carry a recipe out, and say what came of it."""
    from roleagent.tuning.recipes import carry_out

    with training_bar() as bar:
        bar.say(f"{recipe.data.told} Loading {recipe.model} …")
        try:
            made = carry_out(recipe, out, resume=resume, watch=bar.watch)
        except KeyboardInterrupt:
            bar.say("Interrupted. To go on: the same command with --resume.")
            raise
        bar.say(made.told)
        if probes:
            bar.say(made.probed(recipe, share=probes, on_result=bar.probe))


def _command() -> str:
    """The command that is running, as one line."""
    import shlex

    return shlex.join(["roleagent", *sys.argv[1:]])
