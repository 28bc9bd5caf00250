"""The training itself: transformers' Trainer with our objective, checkpoints that survive a kill, and curves."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from roleagent.errors import ConfigurationError, InputError
from roleagent.registry import import_extra
from roleagent.tuning.bases import Base
from roleagent.tuning.course import Course, Look, Step, Watch
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.encoding import Encoded, Encoder
from roleagent.tuning.freezing import check_policy, freeze
from roleagent.tuning.logit_teacher import LogitTeacher
from roleagent.tuning.options import Options
from roleagent.tuning.packing import bundles, pack, with_others
from roleagent.tuning.pictures import PictureInputs
from roleagent.tuning.scoring import Inputs, as_inputs

COMPLETE = "complete.json"
"""In a checkpoint's folder: it was written to its end. Holds the course so far."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trained:
    """A trained model: for ``adapters``, peft's model around the base."""

    model: Any  # Any: the library types its classes loosely
    course: Course


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

    On a CPU the same data, options, versions and number of threads train the same weights, also if the training
    is killed and resumed.

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
        InputError: there is nothing to learn, no dialogue is short enough, the disk is full, or the checkpoint
            is of another training.
        ConfigurationError: the objective has L_KD without a teacher, or a teacher without L_KD.
        ModelError: the loss is not a number. The last good checkpoint stays.
    """
    from roleagent.tuning.trainer import run

    check_policy(options.policy)
    if bool(options.objective.kd) != (teacher is not None):
        raise ConfigurationError(
            "The weight of L_KD is 0, so a teacher would be of no use. Raise it, or leave the teacher out."
            if teacher
            else f"The weight of L_KD is {options.objective.kd}, and there is no teacher. Name one."
        )
    job = _prepare(base, dialogues, held_out, options, folder)
    job.teacher = teacher
    job.check_folder(resume=resume)
    return Trained(model=job.model, course=run(job, watch or Watch()))


@dataclass(slots=True)
class Job:
    """What the trainer works on."""

    base: Base
    model: Any  # Any: a transformers model
    options: Options
    folder: Path
    sequences: list[Inputs]
    held_out: list[Inputs]
    num_trained: int
    steps_per_epoch: int
    teacher: LogitTeacher | None = None

    @property
    def fingerprint(self) -> dict[str, Any]:  # Any: JSON
        """What must be the same for a training to go on."""
        whole = {**asdict(self.options)}
        for free in ("threads", "patience", "device"):
            whole.pop(free)
        ids = [dialogue.id for inputs in self.sequences for dialogue in inputs.packed.dialogues]
        known = {"options": whole, "base": self.base.name, "dialogues": _hash(ids)}
        return known if self.teacher is None else {**known, "teacher": self.teacher.name}

    @property
    def last(self) -> Path | None:
        """The last checkpoint that was written to its end."""
        whole = [each for each in self.folder.glob("checkpoint-*") if (each / COMPLETE).is_file()]
        return max(whole, key=lambda each: int(each.name.rpartition("-")[2]), default=None)

    def check_folder(self, *, resume: bool) -> None:
        """Refuse a folder that holds another training, and remove what a kill left half written."""
        last = self.last
        for each in self.folder.glob("checkpoint-*"):
            if not (each / COMPLETE).is_file():
                shutil.rmtree(each)
        if last is None:
            return
        if not resume:
            raise InputError(
                f"{self.folder} holds a training that did not end. Resume it with --resume, or remove the folder."
            )
        told = json.loads((last / COMPLETE).read_text(encoding="utf-8"))
        if told["fingerprint"] != json.loads(json.dumps(self.fingerprint)):
            raise InputError(
                f"{self.folder} holds a training with other data or options, so it cannot be resumed with these. "
                "Give the same ones, or remove the folder."
            )


def _hash(texts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def _prepare(
    base: Base, dialogues: Sequence[Dialogue], held_out: Sequence[Dialogue], options: Options, folder: Path
) -> Job:
    import torch

    if options.threads:
        torch.set_num_threads(options.threads)
    if not dialogues or not held_out:
        raise InputError(
            "There is nothing to learn from: the training needs dialogues, and others to stop on."
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
        folder=folder,
        sequences=sequences,
        held_out=_sequences(checked, shown_then, options, random.Random(0)),  # noqa: S311 - not for secrets
        num_trained=num_trained,
        steps_per_epoch=per_epoch,
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
    import torch

    if options.policy != "adapters":
        num = freeze(base.model, options.policy)
        for weights in base.model.parameters():
            if weights.requires_grad:
                weights.data = weights.data.float()
        return base.model, num
    peft = import_extra("peft", extra="train", what="Training an adapter")
    if options.quantise:
        peft.prepare_model_for_kbit_training(base.model)
    lora = options.lora
    config = peft.LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(lora.targets) or "all-linear",
        task_type="CAUSAL_LM",
        exclude_modules=r".*(vision_tower|vision_model|visual|multi_modal_projector|connector)\..*"
        if base.sees
        else None,
    )
    model = peft.get_peft_model(base.model, config)
    for weights in model.parameters():
        if weights.requires_grad:
            weights.data = weights.data.to(torch.float32)
    return model, sum(each.numel() for each in model.parameters() if each.requires_grad)
