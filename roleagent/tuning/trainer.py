"""transformers' Trainer with our objective, and checkpoints that a kill cannot spoil.

`accelerate launch` runs it on several GPUs as it runs any Trainer.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, TypeVar

import torch
from accelerate.utils import gather_object
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch.utils.data import SequentialSampler
from transformers import (
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from transformers.utils import SAFE_WEIGHTS_NAME

from roleagent.errors import InputError, ModelError
from roleagent.tuning.course import Course, Look, Step, Watch
from roleagent.tuning.jobs import Job
from roleagent.tuning.scoring import Inputs, log_probs_in, log_probs_of, logits_of, mixes_branches, sums

T = TypeVar("T")

_LOOKS_AN_EPOCH = 4


def run(job: Job, watch: Watch) -> Course:
    """Train, and leave the best weights in the job's model.

    Raises:
        InputError: the disk is full, or the objective finds nothing to measure in the dialogues.
        ModelError: the model mixes up dialogues in one sequence, or the loss is not a number.
    """
    start = time.perf_counter()
    trainer = _ObjectiveTrainer(job, watch)
    told = trainer.open_folder()
    if told is None:
        trainer.look()
    else:
        trainer.remember(told)
    if told is not None and told["ended"]:
        trainer.load_best(told["best"])
    else:
        trainer.go_on(None if told is None else job.checkpoints.last)
        trainer.seal(has_ended=True)
    trainer.accelerator.unwrap_model(trainer.model_wrapped, keep_fp32_wrapper=False)
    job.model.eval()
    return Course(
        steps=tuple(trainer.steps),
        looks=tuple(trainer.looks),
        best=trainer.best_step,
        seconds=time.perf_counter() - start,
        num_trained=job.num_trained,
        num_tokens=trainer.num_tokens_read,
        num_left_out=job.num_left_out,
    )


class _ObjectiveTrainer(Trainer):
    """Trainer over sequences of dialogues; each batch is one sequence."""

    def __init__(self, job: Job, watch: Watch) -> None:
        self.steps: list[Step] = []
        self.looks: list[Look] = []
        self.has_begun = False  # and read its checkpoint
        self._job, self._watch = job, watch
        self._objective = job.options.objective
        self._unlogged: list[tuple[torch.Tensor, dict[str, torch.Tensor]]] = []
        super().__init__(
            model=job.model,
            args=_arguments(job),
            data_collator=lambda batch: {"inputs": batch[0]},
            train_dataset=job.sequences,
            eval_dataset=job.held_out,
            callbacks=[_Recorder(self)],
        )
        self.remove_callback(PrinterCallback)
        self.model_accepts_loss_kwargs = False  # the loss is ours, so the Trainer has to average it
        if job.teacher is not None:
            job.teacher.model.to(self.args.device)
        self._check_branches()
        self._before: dict[str, list[float]] = {}
        if self._objective.safe and self._objective.preference == "dpo":
            for inputs in (*job.sequences, *job.held_out):
                if inputs.key not in self._before:
                    self._before[inputs.key] = sums(self._look_at(inputs, log_probs_of))

    @property
    def best_step(self) -> int:
        """The step of the best weights so far."""
        return self.state.best_global_step or 0

    @property
    def num_tokens_read(self) -> int:
        """Tokens of the sequences that were learned from, in all processes."""
        read = self.state.global_step * self.args.gradient_accumulation_steps * self.args.world_size
        return sum(inputs.num_tokens for inputs in self._job.sequences[:read])

    def open_folder(self) -> Mapping[str, Any] | None:  # Any: JSON
        """Remove what a kill left half written; what was sealed with the last checkpoint, if there is one.

        Raises:
            InputError: that cannot be read, or the best checkpoint is gone.
        """
        with self.args.main_process_first(local=False):
            if self.args.should_save:
                self._job.checkpoints.remove_broken()
            told = self._job.checkpoints.told()
        if told is not None:
            self._job.checkpoints.check_best(told)
        return told

    def remember(self, told: Mapping[str, Any]) -> None:  # Any: JSON
        """Take over the course of a training so far.

        Raises:
            InputError: it is broken.
        """
        try:
            self.steps = [Step(**each) for each in told["steps"]]
            self.looks = [Look(**each) for each in told["looks"]]
        except TypeError as error:
            last = self._job.checkpoints.last
            raise InputError(f"{last}: its course cannot be read: {error}. Remove it.") from error

    def go_on(self, last: Path | None) -> None:
        """Train, from a checkpoint if there is one.

        Raises:
            InputError: the checkpoint cannot be read.
        """
        try:
            self.train(resume_from_checkpoint=None if last is None else str(last))
        except (OSError, ValueError, RuntimeError, SafetensorError, UnpicklingError) as error:
            if last is None or self.has_begun:
                raise
            raise InputError(f"{last} cannot be read: {_first_line(error)}. Remove it.") from error

    def load_best(self, step: int) -> None:
        """Take the best weights of a training that has ended."""
        self.state.global_step, self.state.best_global_step = len(self.steps), step
        self.state.best_model_checkpoint = str(self._job.checkpoints.of_step(step))
        self._load_best_model()

    # ── what Trainer calls ───────────────────────────────────────────────────────────────

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> torch.Tensor:
        """The objective of a sequence; a loss that is no number ends the training."""
        given: Inputs = inputs["inputs"]
        log_probs, terms = self._read(model, given)
        loss = self._objective.total(terms) if terms else 0.0 * log_probs[0].sum()
        if not torch.isfinite(loss):
            self._give_up(loss.item())
        self._unlogged.append((loss.detach(), {name: term.detach() for name, term in terms.items()}))
        return loss

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Look at the held-out dialogues, and end the training if they have not got better for long."""
        self.control.should_evaluate = False  # or the Trainer looks again where an epoch ends
        look = self.look()
        if not math.isfinite(look.loss):
            self._give_up(look.loss)
        metrics = {"eval_loss": look.loss, "eval_preferred": look.preferred}
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        since = [each.loss for each in self.looks[1:]]
        if len(since) - 1 - since.index(min(since)) >= self._job.options.patience:
            self.control.should_training_stop = True
        return metrics

    def floating_point_ops(self, inputs: Any) -> int:
        """Not estimated."""
        return 0

    def _get_train_sampler(self, *_: Any) -> SequentialSampler:
        return SequentialSampler(self._job.sequences)  # they are in order already

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        """The weights alone, as safetensors: neither pickled options nor a look for the base on the hub.

        Without adapters, those that are trained, under the names of the network: some networks, such as
        LLaVA, are saved under other names, and Trainer would not find their weights again.
        """
        if not self.args.should_save:  # Trainer asks all processes
            return
        model, folder = self._job.model, Path(str(output_dir or self.args.output_dir))
        if hasattr(model, "peft_config"):
            model.save_pretrained(folder, state_dict=state_dict, save_embedding_layers=False)
        elif self.is_fsdp_enabled or self.is_deepspeed_enabled:
            model.save_pretrained(folder, state_dict=state_dict)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            weights = {name: each.detach().contiguous() for name, each in self._trained()}
            save_file(weights, folder / SAFE_WEIGHTS_NAME, metadata={"format": "pt"})

    def _issue_warnings_after_load(self, load_result: Any) -> None:
        """Refuse a checkpoint that does not hold all trained weights; the others never changed."""
        lost = {name for name, _ in self._trained()}.intersection(load_result.missing_keys)
        if strange := sorted(lost.union(load_result.unexpected_keys)):
            raise ModelError(
                f"{self._job.checkpoints.folder}: a checkpoint does not fit the model: {strange[0]!r} is "
                "missing or unknown. Remove the folder and train again."
            )

    def _save_checkpoint(self, *args: Any) -> None:
        with _told_of_full_disks(self._job.checkpoints.folder):
            super()._save_checkpoint(*args)
            self.seal()
            if self.args.should_save:
                self._job.checkpoints.remove_all_but({self.state.global_step, self.best_step})

    # ── ours ─────────────────────────────────────────────────────────────────────────────

    def look(self) -> Look:
        """What the held-out dialogues say now."""
        rank, world = self.args.process_index, self.args.world_size
        found = gather_object([self._measure(inputs) for inputs in self._job.held_out[rank::world]])
        terms = [each for each, _ in found if each]
        if not terms:
            raise InputError(
                "The objective finds nothing to measure in the held-out dialogues: they have no rejected "
                "replies of the kinds that it looks at. Give some that have, or L_LM a weight."
            )
        names = [name for name, weight in self._objective.weights.items() if weight]
        weighed = [sum(self._objective.weights[name] * each[name] for name in each) for each in terms]
        look = Look(
            step=self.state.global_step,
            loss=_mean(weighed),
            terms={
                name: _mean(values)
                for name in names
                if (values := [each[name] for each in terms if name in each])
            },
            preferred=_mean([is_better for _, preferred in found for is_better in preferred]),
        )
        self.looks.append(look)
        if self.args.should_save:
            self._watch.on_look(look)
        return look

    def _measure(self, inputs: Inputs) -> tuple[dict[str, float], list[bool]]:
        log_probs, terms = self._look_at(inputs, self._read)
        return {name: float(term) for name, term in terms.items()}, _preferred(inputs, log_probs)

    def finish_step(self, state: TrainerState) -> None:
        """Record what the sequences of a step came to, in all processes."""
        mine = [
            {"loss": loss.item(), **{name: term.item() for name, term in terms.items()}}
            for loss, terms in self._unlogged
        ]
        self._unlogged.clear()
        found = gather_object(mine)
        names = dict.fromkeys(name for each in found for name in each)
        means = {name: _mean([each[name] for each in found if name in each]) for name in names}
        loss = means.pop("loss")
        step = Step(number=state.global_step, total=state.max_steps, loss=loss, terms=means)
        self.steps.append(step)
        if self.args.should_save:
            self._watch.on_step(step)

    def seal(self, *, has_ended: bool = False) -> None:
        """Mark the last checkpoint as written to its end, with the course so far."""
        if self.args.should_save:
            told = {
                "fingerprint": dict(self._job.fingerprint),
                "steps": [asdict(each) for each in self.steps],
                "looks": [asdict(each) for each in self.looks],
                "best": self.best_step,
                "ended": has_ended,
            }
            self._job.checkpoints.seal(self.state.global_step, told)

    def _check_branches(self) -> None:
        """Refuse a student or teacher that cannot read branches; `PictureInputs` sees to pictures."""
        told = (each for each in self._job.sequences if not each.packed.dialogues[0].pictures)
        branching = next((each for each in told if each.packed.branches), None)
        if branching is None:
            return
        self._job.model.eval()
        readers = [(self._job.base.name, self._job.model)]
        if self._job.teacher is not None:
            readers.append((self._job.teacher.name, self._job.teacher.model))
        for name, model in readers:
            with torch.no_grad():
                mixes = mixes_branches(model, branching.to(self.args.device))
            if mixes:
                raise ModelError(
                    f"{name!r} mixes up dialogues that stand in one sequence, so it can neither learn nor "
                    "teach here. Take a model with plain attention, not a recurrent one."
                )

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
        return ((name, each) for name, each in self._job.model.named_parameters() if each.requires_grad)

    def _look_at(self, inputs: Inputs, read: Callable[[Any, Inputs], T]) -> T:
        """What is read off a sequence without dropout and gradients."""
        was_training = self._job.model.training
        self._job.model.eval()
        with torch.no_grad(), self.compute_loss_context_manager():
            found = read(self._job.model, inputs.to(self.args.device))
        self._job.model.train(was_training)
        return found

    def _give_up(self, loss: float) -> None:
        last = self._job.checkpoints.last
        kept = f"The last good weights are in {last}" if last else "There is no checkpoint yet"
        raise ModelError(
            f"The loss is {loss} after {self.state.global_step} steps, so the training ends. {kept}. A lower "
            "--learning-rate, or float32 (--no-half), usually helps."
        )


class _Recorder(TrainerCallback):
    def __init__(self, trainer: _ObjectiveTrainer) -> None:
        self._trainer = trainer

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._trainer.has_begun = True

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._trainer.finish_step(state)
        if state.global_step >= state.max_steps:
            control.should_evaluate = True  # not every version of the Trainer looks at its end


def _arguments(job: Job) -> TrainingArguments:
    options = job.options
    place = next(job.model.parameters()).device
    if place.index:
        torch.cuda.set_device(place)
    checkpointing = "activation_checkpointing"  # the name in transformers 6
    if checkpointing not in TrainingArguments.__dataclass_fields__:
        checkpointing = "gradient_checkpointing"
    more: dict[str, Any] = {checkpointing: True} if options.gradient_checkpointing else {}
    made = TrainingArguments(
        output_dir=str(job.checkpoints.folder),
        per_device_train_batch_size=1,
        learning_rate=options.learning_rate,
        lr_scheduler_type="cosine",
        weight_decay=options.weight_decay,
        max_grad_norm=options.clip,
        optim="adamw_torch",
        bf16=options.half and _is_faster_in_half(place),
        use_cpu=place.type == "cpu",
        seed=options.seed,
        eval_strategy="steps",
        save_strategy="steps",
        eval_steps=1,
        save_steps=1,
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        logging_strategy="no",
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        **more,
    )
    made._n_gpu = min(
        made.n_gpu, 1
    )  # several GPUs only by `accelerate launch`: one sequence cannot be cut up
    made.gradient_accumulation_steps = math.ceil(options.sequences_per_step / made.world_size)
    most = math.ceil(math.ceil(len(job.sequences) / made.world_size) / made.gradient_accumulation_steps)
    made.max_steps = min(most, options.most_steps or most)
    made.warmup_steps = math.ceil(options.warm_up * made.max_steps)
    every = options.check_every or max(1, job.steps_per_epoch // _LOOKS_AN_EPOCH)
    made.eval_steps = made.save_steps = min(every, made.max_steps)
    return made


def _is_faster_in_half(place: torch.device) -> bool:
    """Whether a device has instructions for bfloat16."""
    if place.type != "cpu":
        return place.type == "cuda"
    signs = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")  # torch has no public names for them
    return any(getattr(torch.cpu, sign, bool)() for sign in signs)


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


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan


@contextmanager
def _told_of_full_disks(folder: Path) -> Iterator[None]:
    """Say in plain words that a checkpoint could not be written."""
    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:  # torch and safetensors have their own
        raise InputError(
            f"{folder}: a checkpoint cannot be written: {error}. Free some space there and go on with "
            "--resume; checkpoints that were complete are still good."
        ) from error
