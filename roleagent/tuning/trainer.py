"""transformers' Trainer with our objective, and checkpoints that a kill cannot spoil.

`accelerate launch` runs it on several GPUs as it runs any Trainer.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch.utils.data import SequentialSampler
from transformers import (
    EarlyStoppingCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from transformers.utils import SAFE_WEIGHTS_NAME

from roleagent.errors import InputError, ModelError
from roleagent.tuning.course import Course, Look, Step, Watch
from roleagent.tuning.scoring import Inputs, log_probs_in, log_probs_of, logits_of, sums
from roleagent.tuning.training import COMPLETE, Job

T = TypeVar("T")

_LOOKS_AN_EPOCH = 4


def run(job: Job, watch: Watch) -> Course:
    """Train, and leave the best weights in the job's model.

    Raises:
        InputError: the disk is full.
        ModelError: the loss is not a number.
    """
    start, last = time.perf_counter(), job.last
    trainer = _ObjectiveTrainer(job, watch)
    if last is not None:
        trainer.remember(json.loads((last / COMPLETE).read_text(encoding="utf-8")))
    else:
        trainer.look()
    with _told_of_full_disks(job.folder):
        trainer.train(resume_from_checkpoint=str(last) if last else None)
    best = Path(trainer.state.best_model_checkpoint or "checkpoint-0").name
    return Course(
        steps=tuple(trainer.steps),
        looks=tuple(trainer.looks),
        best=int(best.rpartition("-")[2]),
        seconds=time.perf_counter() - start,
        num_trained=job.num_trained,
        num_tokens=sum(inputs.num_tokens for inputs in job.sequences),
    )


class _ObjectiveTrainer(Trainer):  # type: ignore[misc]  # untyped
    """Trainer over sequences of dialogues; each batch is one sequence."""

    def __init__(self, job: Job, watch: Watch) -> None:
        self.steps: list[Step] = []
        self.looks: list[Look] = []
        self._job, self._watch = job, watch
        self._objective = job.options.objective
        self._unlogged: list[dict[str, float]] = []
        super().__init__(
            model=job.model,
            args=_arguments(job),
            data_collator=lambda batch: {"inputs": batch[0]},
            train_dataset=job.sequences,
            eval_dataset=job.held_out,
            callbacks=[EarlyStoppingCallback(job.options.patience), _Recorder(self)],
        )
        self.model_accepts_loss_kwargs = False  # the loss is ours, so the Trainer has to average it
        self._before: dict[str, list[float]] = {}
        if job.teacher is not None:
            job.teacher.model.to(self.args.device)
        if self._objective.safe and self._objective.preference == "dpo":
            for inputs in (*job.sequences, *job.held_out):
                self._before[inputs.key] = sums(self._look_at(inputs, log_probs_of))

    def remember(self, told: Mapping[str, Any]) -> None:  # Any: JSON
        """Take over the course of a training that did not end."""
        self.steps = [Step(**each) for each in told["steps"]]
        self.looks = [Look(**each) for each in told["looks"]]

    # ── what Trainer calls ───────────────────────────────────────────────────────────────

    def compute_loss(
        self, model: Any, inputs: dict[str, Inputs], return_outputs: bool = False, **_: Any
    ) -> torch.Tensor:
        """The objective of a sequence; a loss that is no number ends the training."""
        given = inputs["inputs"]
        log_probs, terms = self._read(model, given)
        loss = self._objective.total(terms) if terms else 0.0 * log_probs[0].sum()
        if not math.isfinite(loss.item()):
            self._give_up(loss.item())
        self._unlogged.append({"loss": loss.item(), **{name: term.item() for name, term in terms.items()}})
        return loss

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Look at the held-out dialogues."""
        look = self.look()
        metrics = {"eval_loss": look.loss, "eval_preferred": look.preferred}
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def floating_point_ops(self, inputs: Any) -> int:
        """Not estimated."""
        return 0

    def _get_train_sampler(self, *_: Any) -> SequentialSampler:
        return SequentialSampler(self._job.sequences)  # they are in order already

    def _save(self, output_dir: str | None = None, state_dict: dict[str, torch.Tensor] | None = None) -> None:
        """Write what is trained, under the names of the network.

        Trainer writes some networks, such as LLaVA, under other names, and does not find their weights again.
        """
        if self._job.options.policy == "adapters" or self.is_fsdp_enabled or self.is_deepspeed_enabled:
            super()._save(output_dir, state_dict)
        elif self.args.should_save:
            folder = Path(output_dir or self.args.output_dir)
            folder.mkdir(parents=True, exist_ok=True)
            weights = {name: each.detach().contiguous() for name, each in self._trained()}
            save_file(weights, folder / SAFE_WEIGHTS_NAME, metadata={"format": "pt"})

    def _issue_warnings_after_load(self, load_result: Any) -> None:
        """Refuse a checkpoint that does not hold all trained weights; the others never changed."""
        lost = {name for name, _ in self._trained()}.intersection(load_result.missing_keys)
        if strange := sorted(lost.union(load_result.unexpected_keys)):
            raise ModelError(
                f"{self._job.folder}: a checkpoint does not fit the model: {strange[0]!r} is missing or "
                "unknown. Remove the folder and train again."
            )

    # ── ours ─────────────────────────────────────────────────────────────────────────────

    def look(self) -> Look:
        """What the held-out dialogues say now."""
        losses, terms, preferred = list[float](), dict[str, list[float]](), list[bool]()
        for inputs in self._job.held_out:
            log_probs, found = self._look_at(inputs, self._read)
            if found:
                losses.append(float(self._objective.total(found)))
            for name, term in found.items():
                terms.setdefault(name, []).append(float(term))
            preferred += _preferred(inputs, log_probs)
        look = Look(
            step=self.state.global_step,
            loss=_mean(losses),
            terms={name: _mean(each) for name, each in terms.items()},
            preferred=_mean(preferred),
        )
        self.looks.append(look)
        self._watch.on_look(look)
        return look

    def finish_step(self, state: TrainerState) -> None:
        """Record what the sequences of a step came to."""
        names = dict.fromkeys(name for each in self._unlogged for name in each)
        means = {name: _mean([each[name] for each in self._unlogged if name in each]) for name in names}
        self._unlogged.clear()
        loss = means.pop("loss")
        step = Step(number=state.global_step, total=state.max_steps, loss=loss, terms=means)
        self.steps.append(step)
        self._watch.on_step(step)

    def seal(self, state: TrainerState) -> None:
        """Mark the checkpoint of this step as written to its end."""
        folder = self._job.folder / f"checkpoint-{state.global_step}"
        told = {
            "fingerprint": self._job.fingerprint,
            "steps": [asdict(each) for each in self.steps],
            "looks": [asdict(each) for each in self.looks],
        }
        beside = folder / f".{COMPLETE}"
        beside.write_text(json.dumps(told), encoding="utf-8")
        beside.replace(folder / COMPLETE)

    def _read(
        self, model: Any, inputs: Inputs
    ) -> tuple[list[torch.Tensor], dict[str, torch.Tensor]]:  # Any: a transformers model
        """The log-probabilities of a sequence's answers, and the terms that they make."""
        logits = logits_of(model, inputs)
        log_probs = log_probs_in(inputs, logits)
        terms = self._objective.terms(inputs.packed, log_probs, self._before.get(inputs.key))
        if self._job.teacher is not None:
            loss = self._job.teacher.loss(inputs, logits, temperature=self._objective.kd_temperature)
            terms |= {} if loss is None else {"kd": loss}
        return log_probs, terms

    def _trained(self) -> Iterator[tuple[str, torch.nn.Parameter]]:
        return ((name, each) for name, each in self.model.named_parameters() if each.requires_grad)

    def _look_at(self, inputs: Inputs, read: Callable[[Any, Inputs], T]) -> T:
        """What is read off a sequence without dropout and gradients."""
        was_training = self.model.training
        self.model.eval()
        with torch.no_grad(), self.compute_loss_context_manager():
            found = read(self.model, inputs.to(self.args.device))
        self.model.train(was_training)
        return found

    def _give_up(self, loss: float) -> None:
        last = self._job.last
        kept = f"The last good weights are in {last}" if last else "There is no checkpoint yet"
        raise ModelError(
            f"The loss of step {self.state.global_step + 1} is {loss}, so the training ends. {kept}. "
            "A lower --learning-rate, or float32 (--no-half), usually helps."
        )


class _Recorder(TrainerCallback):  # type: ignore[misc]  # untyped
    def __init__(self, trainer: _ObjectiveTrainer) -> None:
        self._trainer = trainer

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._trainer.finish_step(state)

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._trainer.seal(state)


def _arguments(job: Job) -> TrainingArguments:
    options = job.options
    most = math.ceil(len(job.sequences) / options.sequences_per_step)
    steps = min(most, options.most_steps or most)
    every = options.check_every or max(1, job.steps_per_epoch // _LOOKS_AN_EPOCH)
    every = min(every, steps)
    return TrainingArguments(
        output_dir=str(job.folder),
        per_device_train_batch_size=1,
        gradient_accumulation_steps=options.sequences_per_step,
        max_steps=steps,
        learning_rate=options.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=math.ceil(options.warm_up * steps),
        weight_decay=options.weight_decay,
        max_grad_norm=options.clip,
        optim="adamw_torch",
        bf16=options.half,
        use_cpu=torch.device(_place(job)).type == "cpu",
        gradient_checkpointing=options.gradient_checkpointing,
        seed=options.seed,
        eval_strategy="steps",
        eval_steps=every,
        save_strategy="steps",
        save_steps=every,
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        logging_strategy="no",
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
    )


def _place(job: Job) -> torch.device:
    device: torch.device = next(job.model.parameters()).device
    return device


def _preferred(inputs: Inputs, log_probs: Sequence[torch.Tensor]) -> list[bool]:
    """For each rejected reply, whether the good one is likelier from where they differ."""
    answers = inputs.packed.answers
    good = {answer.dialogue: each for answer, each in zip(answers, log_probs, strict=True) if answer.is_last}
    found = []
    for answer, each in zip(answers, log_probs, strict=True):
        if answer.standing not in ("good", "other"):
            first = answer.differs_at
            if first < min(len(each), len(good[answer.dialogue])):
                found.append(bool(good[answer.dialogue][first:].mean() > each[first:].mean()))
    return found


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan


@contextmanager
def _told_of_full_disks(folder: Path) -> Iterator[None]:
    """Say in plain words that a checkpoint could not be written."""
    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:
        if isinstance(error, ModelError) or not _of_writing(error):
            raise
        raise InputError(
            f"{folder}: a checkpoint cannot be written: {error}. Free some space there and go on with --resume; "
            "checkpoints that were complete are still good."
        ) from error


def _of_writing(error: Exception) -> bool:
    told = str(error)
    return isinstance(error, OSError) or any(
        sign in told for sign in ("PytorchStreamWriter", "No space left", "I/O error", "inline_container")
    )
