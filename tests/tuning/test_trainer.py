"""A training that is broken off goes on as if it had not been, and ends with its best weights."""

from __future__ import annotations

import json
import math
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from roleagent.errors import InputError, ModelError
from roleagent.tuning.bases import Base, open_base
from roleagent.tuning.course import Course, Look, Step, Watch
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.encoding import Encoder
from roleagent.tuning.objective import Objective
from roleagent.tuning.options import LoraOptions, Options
from roleagent.tuning.packing import pack
from roleagent.tuning.scoring import Inputs, as_inputs, log_probs_of
from roleagent.tuning.training import Trained, train
from tests.tuning.tiny_models import dialogue, numbers

pytestmark = pytest.mark.xdist_group("torch")

ALL_TERMS = Objective(con=0.5, rel=0.25, safe=0.5, preference="dpo")
OPTIONS = Options(
    lora=LoraOptions(rank=4, dropout=0.2),
    objective=ALL_TERMS,
    epochs=2,
    most_tokens=440,
    sequences_per_step=2,
    learning_rate=5e-3,
    check_every=2,
    patience=99,
    half=False,
)
LEARNED, HELD_OUT = numbers(0, 16, twins=True), numbers(20, 4, twins=True)
POLICIES = ("adapters", "top:1", "all")


def trained(
    base: Base, folder: Path, options: Options = OPTIONS, *, resume: bool = False, **watched: Any
) -> Trained:
    """A training of a fresh copy of a tiny model."""
    fresh = open_base(f"transformers:{base.name}")
    return train(fresh, LEARNED, HELD_OUT, options, folder=folder, resume=resume, watch=Watch(**watched))


def weights(model: Any) -> dict[str, torch.Tensor]:
    return {name: each.detach().clone() for name, each in model.state_dict().items()}


def assert_same(one: Trained, other: Trained) -> None:
    """To the last bit, from the first step to the last."""
    assert one.course.steps == other.course.steps
    assert one.course.looks == other.course.looks
    assert one.course.best == other.course.best
    assert one.course.num_tokens == other.course.num_tokens
    theirs = weights(other.model)
    for name, each in weights(one.model).items():
        assert torch.equal(each, theirs[name]), name


def breaking_off(at: int) -> Callable[[Step | Look], None]:
    """Ctrl-C at a step, or at a look after it."""

    def on(told: Step | Look) -> None:
        if (told.number if isinstance(told, Step) else told.step) == at:
            raise KeyboardInterrupt

    return on


@pytest.mark.parametrize("policy", POLICIES)
def test_it_goes_on_as_if_it_had_not_been_broken_off(llama: Base, tmp_path: Path, policy: str):
    """With dropout, all terms, the reference of DPO and twice: first before a checkpoint, then after one."""
    options = replace(OPTIONS, policy=policy)
    whole = trained(llama, tmp_path / "whole", options)
    assert len(whole.course.steps) >= 7
    assert [each.step for each in whole.course.looks[:4]] == [0, 2, 4, 6]
    broken = tmp_path / "broken"
    with pytest.raises(KeyboardInterrupt):
        trained(llama, broken, options, on_look=breaking_off(4))
    seen: list[int] = []

    def then(step: Step) -> None:
        seen.append(step.number)
        breaking_off(7)(step)

    with pytest.raises(KeyboardInterrupt):
        trained(llama, broken, options, resume=True, on_step=then)
    assert seen == [3, 4, 5, 6, 7]
    assert_same(trained(llama, broken, options, resume=True), whole)


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.tuning import test_trainer as tests
from roleagent.tuning.bases import open_base
from dataclasses import replace

def on_step(step):
    if step.number == 5:
        os.kill(os.getpid(), signal.SIGKILL)

model, folder, policy = sys.argv[1:]
options = replace(tests.OPTIONS, policy=policy)
tests.trained(open_base(f"transformers:{model}"), Path(folder), options, on_step=on_step)
"""


@pytest.mark.slow
@pytest.mark.parametrize("policy", POLICIES)
def test_it_survives_a_kill(llama: Base, tmp_path: Path, policy: str):
    """Another process, dead without a word; what is half written there is of no account."""
    options = replace(OPTIONS, policy=policy)
    root = Path(__file__).parents[2]
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, llama.name, str(tmp_path / "killed"), policy],
        env={**os.environ, "PYTHONPATH": str(root)},
        cwd=root,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    half = tmp_path / "killed" / "checkpoint-99"
    half.mkdir()
    (half / "model.safetensors").write_bytes(b"half")
    assert_same(
        trained(llama, tmp_path / "killed", options, resume=True), trained(llama, tmp_path / "whole", options)
    )
    assert not half.exists()


def test_a_training_that_has_ended_is_not_begun_again(llama: Base, tmp_path: Path):
    """What comes after it may fail, such as writing the adapter; then the same command goes on from there."""
    options = replace(OPTIONS, most_steps=3)
    whole = trained(llama, tmp_path / "whole", options)
    assert len(whole.course.steps) == 3

    def never(_: Step | Look) -> None:
        raise AssertionError

    again = trained(llama, tmp_path / "whole", options, resume=True, on_step=never, on_look=never)
    assert_same(again, whole)


def test_the_folder_may_move(llama: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Also when the best weights so far are in it, and the folder was a relative path."""
    options = replace(OPTIONS, policy="all", learning_rate=1.0, check_every=1, most_steps=6)
    whole = trained(llama, tmp_path / "whole", options)
    assert whole.course.best < 4  # it only gets worse
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        trained(llama, Path("broken"), options, on_step=breaking_off(6))
    Path("broken").rename("moved")
    assert_same(trained(llama, tmp_path / "moved", options, resume=True), whole)


def test_only_the_last_and_the_best_checkpoint_stay(llama: Base, tmp_path: Path):
    """A whole model with its optimiser is three times its weights."""
    course = trained(llama, tmp_path, replace(OPTIONS, policy="all", learning_rate=3.0)).course
    last = course.steps[-1].number
    assert {path.name for path in tmp_path.iterdir()} == {f"checkpoint-{course.best}", f"checkpoint-{last}"}
    kept = {path.name for path in (tmp_path / f"checkpoint-{last}").iterdir()}
    assert "model.safetensors" in kept
    assert "training_args.bin" not in kept  # pickled


def test_the_last_step_is_looked_at(llama: Base, tmp_path: Path):
    """Its weights may be the best, whatever the number of steps."""
    course = trained(llama, tmp_path, replace(OPTIONS, most_steps=5)).course
    assert [each.step for each in course.looks] == [0, 2, 4, 5]
    assert {*course.steps[0].terms} == {*course.looks[0].terms} == {"lm", "con", "rel", "safe"}


@pytest.mark.parametrize("policy", POLICIES)
def test_it_learns(llama: Base, tmp_path: Path, policy: str):
    """The held-out loss falls, and only weights of the policy move."""
    options = replace(OPTIONS, policy=policy, objective=Objective(), most_tokens=100, learning_rate=1e-2)
    before = weights(open_base(f"transformers:{llama.name}").model)
    made = trained(llama, tmp_path, options)
    looks = [each.loss for each in made.course.looks]
    assert min(looks) < 0.98 * looks[0]
    assert math.isnan(made.course.looks[0].preferred)  # no rejected reply was needed
    after = weights(made.model)
    plain = {name.replace(".base_layer", "").removeprefix("base_model.model."): name for name in after}
    moved = {name for name in before if not torch.equal(before[name], after[plain[name]])}
    if policy == "adapters":
        assert moved == set()
        assert not made.model.training
    elif policy == "all":
        assert moved == set(before)
    else:
        assert moved == {name for name in before if ".layers.1." in name}


def test_looks_are_at_the_model_as_it_will_talk(llama: Base, tmp_path: Path):
    """Without dropout, also after steps with it; and the best look is at the weights that are kept."""
    options = replace(
        OPTIONS,
        lora=LoraOptions(rank=4, dropout=0.9),
        objective=Objective(),
        most_tokens=100,  # so that each dialogue stands alone
        most_steps=4,
        learning_rate=3e-2,
    )
    made = trained(llama, tmp_path, options)
    encoder = Encoder(llama.tokenizer, llama.control_tokens)
    with torch.no_grad():
        losses = [
            -log_probs_of(made.model, as_inputs(pack([encoder.encode(each).only(())])))[0].mean().item()
            for each in HELD_OUT
        ]
    [best] = [look for look in made.course.looks if look.step == made.course.best]
    assert best.loss == pytest.approx(sum(losses) / len(losses), rel=1e-5)
    assert best.loss != pytest.approx(made.course.looks[0].loss, rel=1e-3)


def test_good_replies_come_to_be_preferred(llama: Base, tmp_path: Path):
    """What all of it is for."""
    options = replace(OPTIONS, objective=replace(ALL_TERMS, preference="orpo"), epochs=6, learning_rate=1e-2)
    looks = trained(llama, tmp_path, options).course.looks
    assert looks[-1].preferred == 1.0 > looks[0].preferred


def test_it_ends_when_it_gets_no_better_and_keeps_the_best(llama: Base, tmp_path: Path):
    """Weights of the best look, not of the last; patience counts across a break."""
    options = replace(OPTIONS, policy="all", learning_rate=1.0, check_every=1, patience=3)
    folder = tmp_path / "whole"
    made = trained(llama, folder, options)
    losses = [each.loss for each in made.course.looks]
    best = losses.index(min(losses[1:]), 1)  # without that from before the training
    assert made.course.best == best == len(losses) - 1 - 3
    assert made.course.steps[-1].number == best + 3 < made.course.steps[-1].total
    with pytest.raises(KeyboardInterrupt):
        trained(llama, tmp_path / "broken", options, on_step=breaking_off(best + 2))
    assert_same(trained(llama, tmp_path / "broken", options, resume=True), made)
    again = train(  # the first look is at the weights that were kept
        replace(llama, model=made.model),
        LEARNED,
        HELD_OUT,
        replace(options, most_steps=1, objective=Objective()),
        folder=tmp_path / "look",
    )
    assert again.course.looks[0].terms["lm"] == pytest.approx(made.course.looks[best].terms["lm"])


def poisoning(base: Base, at: int) -> Callable[[Step], None]:
    """One weight becomes no number after a step."""

    def on_step(step: Step) -> None:
        if step.number == at:
            with torch.no_grad():
                next(base.model.parameters())[:, 0] = math.nan

    return on_step


@pytest.mark.parametrize("at", [5, 6])
def test_a_loss_that_is_no_number_ends_it(llama: Base, tmp_path: Path, at: int):
    """In training or at a look; the last good checkpoint stays and can be resumed from."""
    options = replace(OPTIONS, policy="all")
    fresh = open_base(f"transformers:{llama.name}")
    watch = Watch(on_step=poisoning(fresh, at))
    with pytest.raises(
        ModelError, match=rf"loss is nan after {at} steps.*good weights are in .*checkpoint-4"
    ):
        train(fresh, LEARNED, HELD_OUT, options, folder=tmp_path / "sick", watch=watch)
    assert sorted(path.name for path in (tmp_path / "sick").iterdir()) == [
        "checkpoint-2",
        "checkpoint-4",
    ] or ([path.name for path in (tmp_path / "sick").iterdir()] == ["checkpoint-4"])
    assert_same(
        trained(llama, tmp_path / "sick", options, resume=True), trained(llama, tmp_path / "whole", options)
    )


def test_a_learning_rate_beyond_reason_ends_in_an_error_that_says_so(llama: Base, tmp_path: Path):
    """The usual cause."""
    options = replace(OPTIONS, policy="all", learning_rate=1e30, warm_up=0, objective=Objective())
    with pytest.raises(ModelError, match=r"There is no checkpoint yet\. A lower --learning-rate"):
        trained(llama, tmp_path, options)


def test_a_full_disk_is_an_error_and_earlier_checkpoints_stay_good(llama: Base, tmp_path: Path):
    """Free some space, go on, and it ends as it would have."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(step: Step) -> None:
        if step.number == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))

    try:
        with pytest.raises(InputError, match=r"checkpoint cannot be written: .* go on with --resume"):
            trained(llama, tmp_path / "full", on_step=fill)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (tmp_path / "full" / "checkpoint-4").is_dir()  # half of it
    assert_same(trained(llama, tmp_path / "full", resume=True), trained(llama, tmp_path / "whole"))


def test_an_unfinished_training_is_not_overwritten(llama: Base, tmp_path: Path):
    """Nor gone on with by other data, other held-out dialogues, or other options."""
    with pytest.raises(KeyboardInterrupt):
        trained(llama, tmp_path, on_step=breaking_off(3))
    with pytest.raises(InputError, match="holds a training already"):
        trained(llama, tmp_path)

    def resumed(learned: Sequence[Dialogue], held_out: Sequence[Dialogue], options: Options) -> Course:
        fresh = open_base(f"transformers:{llama.name}")
        return train(fresh, learned, held_out, options, folder=tmp_path, resume=True).course

    with pytest.raises(InputError, match=r"other data or options \(learning_rate, seed\)"):
        trained(llama, tmp_path, replace(OPTIONS, seed=1, learning_rate=1e-4), resume=True)
    with pytest.raises(InputError, match=r"\(dialogues\)"):
        resumed(LEARNED[:-1], HELD_OUT, OPTIONS)
    with pytest.raises(InputError, match=r"\(held-out dialogues\)"):
        resumed(LEARNED, HELD_OUT[:-1], OPTIONS)
    assert resumed(LEARNED, HELD_OUT, replace(OPTIONS, patience=98, threads=1)).steps[0].number == 1


def test_a_step_takes_the_mean_over_its_sequences(llama: Base, tmp_path: Path):
    """Five sequences, three a step: thirds in the first step, halves in the second."""
    options = replace(
        OPTIONS,
        policy="top:1",
        objective=Objective(),
        epochs=1,
        sequences_per_step=3,
        learning_rate=1e-12,
        clip=1e9,
    )
    fresh = open_base(f"transformers:{llama.name}")
    watched = fresh.model.model.layers[1].mlp.down_proj.weight
    sums: list[torch.Tensor] = []
    watched.register_post_accumulate_grad_hook(lambda each: sums.append(each.grad.clone()))
    read: list[Inputs] = []
    fresh.model.register_forward_pre_hook(
        lambda _, __, given: read.append(given["input_ids"]) if torch.is_grad_enabled() else None,
        with_kwargs=True,
    )
    told = [dialogue("Hi.", f"It is {n}, dear. " * (1 + n), system=f"You are {n}.") for n in range(5)]
    course = train(fresh, told, HELD_OUT, options, folder=tmp_path).course
    assert len(course.steps) == 2
    assert len(sums) == len(read) == 5

    def gradient(ids: torch.Tensor) -> torch.Tensor:
        encoder = Encoder(llama.tokenizer, llama.control_tokens)
        [inputs] = [
            made
            for each in told
            if (made := as_inputs(pack([encoder.encode(each)]))).tensors["input_ids"].equal(ids)
        ]
        mean = -log_probs_of(llama.model.eval(), inputs)[0].mean()
        return torch.autograd.grad(mean, llama.model.model.layers[1].mlp.down_proj.weight)[0]

    by_hand = [gradient(ids) for ids in read]
    torch.testing.assert_close(sums[2], sum(by_hand[:3]) / 3, atol=1e-6, rtol=1e-3)
    torch.testing.assert_close(sums[4], sum(by_hand[3:]) / 2, atol=1e-6, rtol=1e-3)


@pytest.mark.parametrize("policy", ["adapters", "all"])
def test_checkpointed_gradients_are_the_same(llama: Base, tmp_path: Path, policy: str):
    """Less memory, and no other weights."""
    options = replace(OPTIONS, policy=policy, lora=LoraOptions(rank=4, dropout=0), most_steps=4)
    plain = trained(llama, tmp_path / "plain", options)
    spared = trained(llama, tmp_path / "spared", replace(options, gradient_checkpointing=True))
    for one, other in zip(plain.course.steps, spared.course.steps, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-5)
    theirs = weights(spared.model)
    for name, each in weights(plain.model).items():
        torch.testing.assert_close(each, theirs[name], atol=1e-4, rtol=1e-3)


def test_half_precision_trains_weights_of_full_precision(llama: Base, tmp_path: Path):
    """Small steps would be lost in bfloat16."""
    made = trained(llama, tmp_path, replace(OPTIONS, half=True, most_steps=3))
    assert {each.dtype for each in made.model.parameters()} == {torch.float32}
    assert made.course.looks[0].loss == pytest.approx(made.course.steps[0].loss, rel=0.05)
    out = made.model(input_ids=torch.tensor([[5, 6, 7]])).logits
    assert out.dtype == torch.float32  # and no autocast is left behind
    assert torch.equal(out, made.model(input_ids=torch.tensor([[5, 6, 7, 8]])).logits[:, :3]) or (
        torch.allclose(out, made.model(input_ids=torch.tensor([[5, 6, 7, 8]])).logits[:, :3], atol=1e-5)
    )


def test_it_is_silent(llama: Base, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    """The command line has a bar of its own; a library that is used by another program prints nothing."""
    trained(llama, tmp_path, replace(OPTIONS, most_steps=2))
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "")


TWO_PROCESSES = """
import json, os, sys
from dataclasses import replace
from pathlib import Path
import roleagent.tuning.trainer as trainer
from roleagent.tuning.bases import open_base
from tests.tuning import test_trainer as tests

read, measured, plain = [], [], trainer.logits_of

def recording(model, inputs):
    import torch
    (read if torch.is_grad_enabled() else measured).append([each.id for each in inputs.packed.dialogues])
    return plain(model, inputs)

trainer.logits_of = recording
model, out = sys.argv[1:]
told = []
made = tests.trained(
    open_base(f"transformers:{model}"), Path(out) / "folder", tests.SHARED,
    on_step=lambda step: told.append(step.number),
)
rank = os.environ["RANK"]
(Path(out) / f"{rank}.json").write_text(json.dumps({
    "read": read, "measured": measured, "told": told, "leads": made.leads,
    "steps": [[each.number, each.loss] for each in made.course.steps],
    "looks": [each.loss for each in made.course.looks],
    "tokens": made.course.num_tokens,
    "weights": sum(float(each.detach().double().abs().sum()) for each in made.model.parameters()),
}))
"""
SHARED = replace(
    OPTIONS, lora=LoraOptions(rank=4, dropout=0), objective=Objective(safe=0.5, preference="dpo"), epochs=1
)


@pytest.mark.slow
def test_two_processes_share_the_sequences(llama: Base, tmp_path: Path):
    """As on several GPUs: each reads every other one, and together they take the steps of one process.

    `accelerate launch` starts GPU processes with the same launcher; on CPUs it starts only one.
    """
    script = tmp_path / "script.py"
    script.write_text(TWO_PROCESSES)
    root = Path(__file__).parents[2]
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    subprocess.run(
        [*launch, str(script), llama.name, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(root), "ACCELERATE_USE_CPU": "true"},
        cwd=root,
        check=True,
        timeout=110,
    )
    first, second = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in "01")
    alone = trained(llama, tmp_path / "alone", SHARED)
    assert first["read"]
    assert second["read"]
    mine, theirs = ({id for sequence in each["read"] for id in sequence} for each in (first, second))
    assert mine | theirs == {each.id for each in LEARNED}
    assert not mine & theirs
    assert (first["leads"], second["leads"], alone.leads) == (True, False, True)
    assert first["weights"] == second["weights"]
    assert first["looks"] == second["looks"] == pytest.approx([each.loss for each in alone.course.looks])
    assert first["steps"] == second["steps"]
    assert [loss for _, loss in first["steps"]] == pytest.approx([each.loss for each in alone.course.steps])
    assert first["tokens"] == alone.course.num_tokens
    assert (first["told"], second["told"]) == ([number for number, _ in first["steps"]], [])
