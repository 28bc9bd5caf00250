"""`roleagent train persona` and `train role-play`: fine-tune a chat model, as an adapter or as a whole."""

from __future__ import annotations

from typing import Annotated

import typer

from roleagent.cli import training_options as shared
from roleagent.cli.options import PersonaName
from roleagent.cli.training_runs import run_recipe, running_command
from roleagent.concurrency.openmp import load_torch

_Con = Annotated[float, typer.Option("--consistency", min=0, help="Weight of the consistency loss.")]
_Rel = Annotated[float, typer.Option("--relevance", min=0, help="Weight of the relevance loss.")]
_Safe = Annotated[float, typer.Option("--safety", min=0, help="Weight of the safety loss.")]
_Preference = Annotated[str, typer.Option("--preference", help="Form of the safety loss: orpo or dpo.")]
_Probes = Annotated[
    float,
    typer.Option(
        "--probes",
        min=0,
        help="Ask probes without and with the adapter: 1 for about 54 of them, 0.5 for half as many.",
    ),
]
_RolePlayLanguages = Annotated[
    list[str] | None,
    typer.Option(
        "--language", help="Language of the dialogues, en or zh; repeatable. Default: those of the model."
    ),
]


def train_persona(
    persona: PersonaName,
    model: shared.BaseModel = "smollm2-135m",
    data: shared.DataFilesOrMade = None,
    held_out: shared.HeldOutFiles = None,
    language: shared.DataLanguage = "",
    out: shared.AdapterOut = None,
    what: shared.TrainedPart = "adapters",
    quantise: shared.FourBit = False,
    consistency: _Con = 0.0,
    relevance: _Rel = 0.0,
    safety: _Safe = 0.0,
    preference: _Preference = "orpo",
    rank: shared.Rank = 16,
    target: shared.Targets = None,
    dropout: shared.Dropout = 0.05,
    strength: shared.Strength = 1.0,
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
    probes: _Probes = 0.0,
) -> None:
    """Fine-tune a model to play one persona: minutes on a GPU, and on a CPU for the smallest model.

    Without --data, dialogues are made from the persona's file. Beside the adapter there are its model card
    (README.md) and the curves of the training. To use it: Agent(PERSONA, model=MODEL, adapter=PERSONA).
    """
    if preference not in ("orpo", "dpo"):
        raise typer.BadParameter(f"--preference is orpo or dpo, not {preference!r}.")
    if language and data:
        raise typer.BadParameter("--language is for dialogues that are made; those of --data have their own.")
    load_torch()
    from roleagent.agent.assembly import persona_of
    from roleagent.tuning.objective import Objective
    from roleagent.tuning.options import LoraOptions, Options
    from roleagent.tuning.recipe_data import persona_data
    from roleagent.tuning.recipes import Recipe

    options = Options(
        policy=what,
        lora=LoraOptions(
            rank=rank, alpha=2 * rank, dropout=dropout, targets=tuple(target or ()), strength=strength
        ),
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
        warm_up=warm_up,
        check_every=check_every,
        patience=patience,
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
        data=persona_data(
            character, seed=seed, files=data or (), held_out_files=held_out or (), language=language
        ),
        command=running_command(),
    )
    run_recipe(recipe, out, resume=resume, probes=probes)


def train_role_play(
    model: shared.BaseModel = "smollm2-135m",
    out: shared.AdapterOut = None,
    language: _RolePlayLanguages = None,
    rank: shared.Rank = 16,
    target: shared.Targets = None,
    dropout: shared.Dropout = 0.05,
    strength: shared.Strength = 1.0,
    epochs: shared.Epochs = 1,  # there are thousands of dialogues; measured so
    steps: shared.Steps = 0,
    learning_rate: shared.LearningRate = 2e-4,
    warm_up: shared.WarmUp = 0.05,
    check_every: shared.CheckEvery = 0,
    patience: shared.LooksWithoutGain = 4,
    half: shared.Half = True,
    seed: shared.Seed = 0,
    device: shared.Device = "auto",
    threads: shared.Threads = 1,
    resume: shared.Resume = False,
) -> None:
    """Fine-tune a model to play any character: to use its notes, to keep a voice, never to be an assistant.

    It learns from characters that come with roleagent. To use it: Agent(…, model=MODEL, adapter="role-play").
    """
    load_torch()
    from roleagent.tuning.options import LoraOptions, Options
    from roleagent.tuning.recipes import Recipe
    from roleagent.tuning.role_play import ROLE_PLAY, languages_of, role_play_data, role_play_objective

    options = Options(
        lora=LoraOptions(
            rank=rank, alpha=2 * rank, dropout=dropout, targets=tuple(target or ()), strength=strength
        ),
        objective=role_play_objective(),
        epochs=epochs,
        most_steps=steps,
        most_tokens=1536,
        sequences_per_step=1,
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
        name=ROLE_PLAY,
        model=model,
        persona=None,
        options=options,
        data=role_play_data(tuple(language or languages_of(model)), seed=seed),
        command=running_command(),
    )
    run_recipe(recipe, out, resume=resume)
