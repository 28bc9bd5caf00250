"""What is needed to train, and what is trained on what."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from roleagent.errors import ConfigurationError, InputError, ModelError
from roleagent.tuning.bases import Base, open_base
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.jobs import fingerprint_of
from roleagent.tuning.objective import Objective
from roleagent.tuning.options import LoraOptions, Options
from roleagent.tuning.training import train
from tests.tuning.tiny_models import dialogue, numbers

pytestmark = pytest.mark.xdist_group("torch")

OPTIONS = Options(lora=LoraOptions(rank=2), epochs=1, most_steps=1, most_tokens=300, half=False)


def opened(base: Base) -> Base:
    return open_base(f"transformers:{base.name}")


def test_nothing_to_learn_or_to_stop_on(llama: Base, tmp_path: Path):
    """Both are needed."""
    for learned, held_out in (([], numbers(0, 1)), (numbers(0, 1), [])):
        with pytest.raises(InputError, match="There is nothing to learn from"):
            train(llama, learned, held_out, OPTIONS, folder=tmp_path)
    with pytest.raises(InputError, match=r"nothing to learn from.*, all with pictures"):
        train(llama, numbers(0, 1), numbers(1, 1), replace(OPTIONS, policy="projector"), folder=tmp_path)


def test_dialogues_that_are_too_long_are_left_out_and_counted(llama: Base, tmp_path: Path):
    """Silently fewer data would be blamed on the model."""
    long = dialogue("Hi.", "It goes on. " * 99)
    course = train(opened(llama), [*numbers(0, 2), long], numbers(5, 1), OPTIONS, folder=tmp_path).course
    assert course.num_left_out == 1
    with pytest.raises(InputError, match=r"All 1 dialogues are longer than 300 tokens; the shortest has \d+"):
        train(opened(llama), [long], numbers(5, 1), OPTIONS, folder=tmp_path / "other")


def test_held_out_dialogues_without_anything_to_measure(llama: Base, tmp_path: Path):
    """Its best weights could not be told from the worst."""
    options = replace(OPTIONS, objective=Objective(lm=0, safe=1))
    with pytest.raises(InputError, match="finds nothing to measure in the held-out dialogues"):
        train(opened(llama), numbers(0, 2, twins=True), numbers(5, 1), options, folder=tmp_path)


def test_a_model_that_mixes_up_branches_is_not_trained(
    llama: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The loss would fall, and the model would be ruined."""
    monkeypatch.setattr("roleagent.tuning.trainer.mixes_branches", lambda *_: True)
    with pytest.raises(ModelError, match="mixes up dialogues that stand in one sequence"):
        train(opened(llama), numbers(0, 2), numbers(5, 1), OPTIONS, folder=tmp_path)
    alone = replace(OPTIONS, most_tokens=100)  # no sequence branches
    assert train(opened(llama), numbers(0, 2), numbers(5, 1), alone, folder=tmp_path).course.steps


def test_layers_that_a_model_does_not_have(llama: Base, tmp_path: Path):
    """Named by the user."""
    options = replace(OPTIONS, lora=LoraOptions(rank=2, targets=("c_attn",)))
    with pytest.raises(ConfigurationError, match=r"There is no adapter for .*c_attn"):
        train(opened(llama), numbers(0, 2), numbers(5, 1), options, folder=tmp_path)


def test_adapters_of_some_layers_and_of_all(llama: Base, tmp_path: Path):
    """By default every linear layer but the head."""
    some = replace(OPTIONS, lora=LoraOptions(rank=2, targets=("q_proj", "v_proj")))
    made = train(opened(llama), numbers(0, 2), numbers(5, 1), some, folder=tmp_path / "some")
    assert made.course.num_trained == 2 * 2 * ((32 + 32) + (32 + 16))  # layers · rank · (in + out)
    made = train(opened(llama), numbers(0, 2), numbers(5, 1), OPTIONS, folder=tmp_path / "all")
    names = {name for name, each in made.model.named_parameters() if each.requires_grad}
    assert len(names) == 2 * 7 * 2
    assert not any("lm_head" in name or "embed" in name for name in names)


def test_adapters_of_a_model_that_sees_are_for_text(tmp_path: Path):
    """What reads pictures stays as it is."""
    from roleagent.testing.models import build_tiny_llava

    base = open_base(f"transformers:{build_tiny_llava(tmp_path / 'llava')}")
    made = train(base, numbers(0, 2), numbers(5, 1), OPTIONS, folder=tmp_path / "folder")
    names = [name for name, each in made.model.named_parameters() if each.requires_grad]
    assert len(names) == 2 * 7 * 2
    assert all("language_model" in name for name in names)


def test_the_same_seed_trains_the_same_weights(llama: Base, tmp_path: Path):
    """And another seed others."""
    options = replace(OPTIONS, most_steps=3, sequences_per_step=1)

    def made(name: str, seed: int) -> list[torch.Tensor]:
        model = train(
            *(opened(llama), numbers(0, 8), numbers(9, 2), replace(options, seed=seed)),
            folder=tmp_path / name,
        ).model
        return [each.detach() for each in model.parameters() if each.requires_grad]

    first, again, other = made("first", 0), made("again", 0), made("other", 1)
    assert all(map(torch.equal, first, again))
    assert not any(map(torch.equal, first, other))


def test_a_fingerprint_is_of_all_that_makes_a_training(llama: Base):
    """Order included; not of what may change on the way."""
    learned, held_out = numbers(0, 3), numbers(5, 2)

    def of(learned: list[Dialogue], options: Options = OPTIONS) -> dict[str, object]:
        return fingerprint_of("tiny", learned, held_out, options)

    assert of(learned) == of(numbers(0, 3), replace(OPTIONS, patience=9, threads=2, device="cuda"))
    assert of(learned) != of(learned[::-1])
    assert of(learned) != of(learned, replace(OPTIONS, objective=Objective(con=1)))


@pytest.mark.slow
def test_without_the_extra_it_says_what_to_install(llama: Base, tmp_path: Path):
    """The libraries that train are not part of the basic installation."""
    script = """
import sys
from pathlib import Path
sys.modules["accelerate"] = None
sys.modules["peft"] = None
from roleagent.tuning.bases import open_base
from roleagent.tuning.options import Options
from roleagent.tuning.training import train
from tests.tuning.tiny_models import numbers
for policy in ("adapters", "all"):
    try:
        train(open_base(f"transformers:{sys.argv[1]}"), numbers(0, 2), numbers(5, 1), Options(policy=policy),
              folder=Path(sys.argv[2]))
    except Exception as error:
        print(type(error).__name__, error)
"""
    root = Path(__file__).parents[2]
    told = subprocess.run(
        [sys.executable, "-c", script, llama.name, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert [line.split()[0] for line in told] == ["MissingExtraError", "MissingExtraError"]
    assert all("pip install 'roleagent[train]'" in line for line in told)
