"""Training a model on dialogues, from the model and the dialogues to the best weights."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roleagent.errors import ConfigurationError, InputError
from roleagent.registry import import_extra
from roleagent.tuning.bases import Base
from roleagent.tuning.checkpoints import Checkpoints
from roleagent.tuning.course import Course, Watch
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.encoding import Encoded, Encoder
from roleagent.tuning.freezing import NOT_TEXT, check_policy, freeze
from roleagent.tuning.jobs import Job, fingerprint_of
from roleagent.tuning.logit_teacher import LogitTeacher
from roleagent.tuning.opened_adapter import opened_adapter
from roleagent.tuning.options import Options
from roleagent.tuning.packing import bundles, pack, with_others
from roleagent.tuning.pictures import PictureInputs
from roleagent.tuning.quiet import without_notices
from roleagent.tuning.scoring import Inputs, as_inputs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trained:
    """A trained model: for ``adapters``, peft's model around the base.

    Attributes:
        leads: whether this process, of those that trained together, is the one to write files.
    """

    model: Any  # Any: the library types its classes loosely
    course: Course
    leads: bool = True


def train(
    base: Base,
    dialogues: Sequence[Dialogue],
    held_out: Sequence[Dialogue],
    options: Options,
    *,
    folder: Path,
    teacher: LogitTeacher | None = None,
    resume: bool = False,
    watch: Watch | None = None,
) -> Trained:
    """Train a model on dialogues.

    On a CPU the same data, options, versions and number of threads train the same weights, also if the
    training is killed and resumed.

    Args:
        base: the model; it is changed.
        dialogues: to learn from.
        held_out: by which the training ends and the best weights are kept.
        options: how.
        folder: for checkpoints. The last one and the best one stay there until the caller removes it.
        teacher: whose logits are learned, if the objective has L_KD.
        resume: go on from the last checkpoint in the folder, if there is one.
        watch: is told of steps and looks.

    Raises:
        ConfigurationError: the policy is unknown, the model has no weights for it, or there is a teacher
            without L_KD or the other way round.
        InputError: there is nothing to learn, no dialogue is short enough, the disk is full, or the folder
            holds another training, one that is not to be resumed, or one that is running.
        ModelError: the model's chat template or attention does not serve, or the loss is not a number. The
            last good checkpoint stays.
    """
    check_policy(options.policy)
    if bool(options.objective.kd) != (teacher is not None):
        raise ConfigurationError(
            "The weight of L_KD is 0, so a teacher would be of no use. Raise it, or leave the teacher out."
            if teacher
            else f"The weight of L_KD is {options.objective.kd}, and there is no teacher. Name one."
        )
    checkpoints = Checkpoints(folder.absolute())
    with checkpoints.held():
        checkpoints.check_new(resume=resume)
        job = _prepare(base, dialogues, held_out, options, checkpoints, teacher)
        checkpoints.check_same(job.fingerprint)
        import_extra("accelerate", extra="train", what="Training")
        with without_notices():
            from roleagent.tuning.trainer import run

            course = run(job, watch or Watch())
    from accelerate import PartialState

    return Trained(model=job.model, course=course, leads=PartialState().is_main_process)


def _prepare(
    base: Base,
    dialogues: Sequence[Dialogue],
    held_out: Sequence[Dialogue],
    options: Options,
    checkpoints: Checkpoints,
    teacher: LogitTeacher | None,
) -> Job:
    import torch

    if options.threads:
        torch.set_num_threads(options.threads)
    if options.policy == "projector":  # nothing else has a gradient
        dialogues = [each for each in dialogues if each.pictures]
        held_out = [each for each in held_out if each.pictures]
    if not dialogues or not held_out:
        raise InputError(
            "There is nothing to learn from: the training needs dialogues, and others to stop on"
            + (", all with pictures." if options.policy == "projector" else ".")
        )
    torch.manual_seed(options.seed)
    model, num_trained = _trainable(base, options)
    learned, checked = _encoded(base, dialogues, options), _encoded(base, held_out, options)
    rng, sequences, per_epoch = random.Random(options.seed), list[Inputs](), 0  # noqa: S311 - not for secrets
    shown, shown_then = _shown(base, learned, options), _shown(base, checked, options)
    for _ in range(options.epochs):
        made = _sequences(learned, shown, options, rng)
        sequences += made
        per_epoch = per_epoch or max(1, len(made) // options.sequences_per_step)
    return Job(
        base=base,
        model=model,
        options=options,
        checkpoints=checkpoints,
        fingerprint=fingerprint_of(
            base.name, dialogues, held_out, options, teacher_name=teacher.name if teacher else ""
        ),
        sequences=sequences,
        held_out=_sequences(checked, shown_then, options, random.Random(0)),  # noqa: S311 - not for secrets
        num_trained=num_trained,
        num_left_out=len(dialogues) + len(held_out) - len(learned) - len(checked),
        steps_per_epoch=per_epoch,
        teacher=teacher,
    )


def _encoded(base: Base, dialogues: Sequence[Dialogue], options: Options) -> list[Encoded]:
    encoder = Encoder(base.tokenizer, base.control_tokens, base.processor)
    needed = options.objective.standings
    encoded = [encoder.encode(each).only(needed) for each in dialogues]
    short = [each for each in encoded if each.num_tokens <= options.most_tokens]
    if not short:
        shortest = min(each.num_tokens for each in encoded)
        raise InputError(
            f"All {len(encoded)} dialogues are longer than {options.most_tokens} tokens; the shortest has "
            f"{shortest}. Raise --most-tokens."
        )
    return short


def _shown(base: Base, encoded: Sequence[Encoded], options: Options) -> list[Inputs]:
    """The dialogues with pictures, one sequence each; the same ones serve all epochs."""
    shown = [each for each in encoded if each.dialogue.pictures]
    others = options.objective.num_others if options.objective.rel else 0
    make = PictureInputs(base) if shown else None
    return [make(each) for each in with_others(shown, others)] if make else []


def _sequences(
    encoded: Sequence[Encoded], shown: Sequence[Inputs], options: Options, rng: random.Random
) -> list[Inputs]:
    """The dialogues as sequences: those with pictures one by one, the others together."""
    others = options.objective.num_others if options.objective.rel else 0
    told = [each for each in encoded if not each.dialogue.pictures]
    made = bundles(told, most_tokens=options.most_tokens, rng=rng, num_others=others)
    sequences = [*(as_inputs(pack(each, num_others=others)) for each in made), *shown]
    rng.shuffle(sequences)
    return sequences


def _trainable(base: Base, options: Options) -> tuple[Any, int]:
    """The model with the weights of the policy to be trained, in float32, and how many they are."""
    if not (options.half or options.quantise):
        base.model.float()
    if options.policy != "adapters":
        num = freeze(base.model, options.policy)
        for weights in base.model.parameters():
            if weights.requires_grad:
                weights.data = weights.data.float()
        return base.model, num
    if options.quantise:
        peft = import_extra("peft", extra="train", what="Training an adapter")
        peft.prepare_model_for_kbit_training(
            base.model, use_gradient_checkpointing=options.gradient_checkpointing
        )
    model = opened_adapter(base, Path(options.adapter)) if options.adapter else _new_adapter(base, options)
    for weights in model.parameters():
        if weights.requires_grad:
            weights.data = weights.data.float()
    return model, sum(each.numel() for each in model.parameters() if each.requires_grad)


def _new_adapter(base: Base, options: Options) -> Any:  # Any: peft's model
    """The base with adapters that change nothing yet."""
    peft = import_extra("peft", extra="train", what="Training an adapter")
    lora = options.lora
    config = peft.LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(lora.targets) or "all-linear",
        task_type="CAUSAL_LM",
        exclude_modules=NOT_TEXT if base.sees else None,
    )
    try:
        with without_notices():
            return peft.get_peft_model(base.model, config)
    except ValueError as error:
        raise ConfigurationError(f"There is no adapter for {base.name!r}: {error}") from error
