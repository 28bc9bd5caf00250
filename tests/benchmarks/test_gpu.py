"""The GPU's measurements: every part comes to something, and both ways write equally many tokens."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import torch

from benchmarks import gpu
from benchmarks.gpu import PARTS, Part, Result, Setting, flat, headline, run, table
from benchmarks.gpu_chat import Load, compare, personas
from benchmarks.gpu_models import SHAPES, OneModel, make_network, make_tokenizer
from benchmarks.gpu_training import Step, quantize, train_lora
from roleagent.errors import ModelUnavailableError
from roleagent.models.checkpoint import shared_checkpoint

CHATS = ("text_1", "text_8", "text_64", "personas_64", "pictures_1", "pictures_8")


@pytest.fixture
def setting() -> Setting:
    return Setting(
        size="tiny",
        device="cpu",
        seed=0,
        num_tokens=4,
        num_rounds=1,
        num_steps=1,
        train_rows=2,
        train_width=16,
    )


@pytest.fixture
def models() -> OneModel:
    return OneModel("tiny", device="cpu", seed=0)


def part(name: str, *, cost_s: float = 1, **options: object) -> Part:
    """A part that measures nothing but itself."""
    return Part(name=name, model="text", cost_s=cost_s, **{"measure": lambda m, s: {"n": 1}, **options})


@pytest.mark.slow
@pytest.mark.skipif(torch.cuda.is_available(), reason="this is what happens without CUDA")
def test_without_cuda_all_parts_run_on_tiny_models(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """The same code as on a GPU; nobody may take the figures for a GPU's."""
    assert gpu.main(["--quick", "--json", str(tmp_path / "gpu.json")]) == 0
    figures = json.loads((tmp_path / "gpu.json").read_text())
    printed = capsys.readouterr().out
    assert "NO CUDA DEVICE" in printed
    assert printed.splitlines()[-1].endswith("no statement about a GPU")
    for each in PARTS:
        status = figures[f"{each.name}_status"]
        assert status == "measured" or (status == "skipped" and figures[f"{each.name}_reason"]), each.name
    for name in CHATS:
        assert figures[f"{name}_num_tokens"] == 8 * figures[f"{name}_rows"]
        assert figures[f"{name}_tokens_per_s_ratio"] > 0
        assert figures[f"{name}_first_token_ratio"] > 0
    assert figures["personas_64_rows"] == figures["text_64_rows"] == 64
    assert figures["lora_trained_weights"] == figures["lora_checkpointing_trained_weights"] > 0


def test_parts_beyond_the_budget_are_skipped_with_a_reason(setting: Setting) -> None:
    """A run on a rented machine ends when it was to end."""
    parts = [part("first"), part("dear", cost_s=1000), part("cheap")]
    results = run(parts, setting, budget_s=100, began=time.perf_counter())
    assert [result.status for result in results] == ["measured", "skipped", "measured"]
    assert re.fullmatch(r"may take \d{4,} s, and \d+ s are left", results[1].reason)
    late = run(parts, setting, budget_s=100, began=time.perf_counter() - 200)
    assert [result.status for result in late] == ["skipped"] * 3


def test_a_slow_machine_is_expected_to_stay_slow(setting: Setting) -> None:
    """The costs are a large GPU's."""
    parts = [part("first", cost_s=1e-9), part("next", cost_s=1)]
    results = run(parts, setting, budget_s=1000, began=time.perf_counter())
    assert results[1].status == "skipped"


def test_a_part_that_fails_says_why_and_the_next_one_runs(setting: Setting) -> None:
    """Out of memory at batch 64 must not cost the rest of the run."""

    def break_down(models: OneModel, setting: Setting) -> dict:
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate 20 GiB.")

    results = run(
        [part("large", measure=break_down), part("next")], setting, budget_s=100, began=time.perf_counter()
    )
    assert results[0].status == "failed"
    assert results[0].reason == "OutOfMemoryError: CUDA out of memory. Tried to allocate 20 GiB."
    assert results[1].status == "measured"
    assert "failed: OutOfMemoryError" in table(results[:1])
    assert flat(results)["large_reason"] == results[0].reason


def test_a_missing_package_is_named_with_the_extra_that_has_it(setting: Setting) -> None:
    """And a part that needs CUDA does not try without."""
    parts = [part("quantised", needs=("bitsandbytes_of_nobody",)), part("cuda", needs_cuda=True)]
    results = run(parts, setting, budget_s=100, began=time.perf_counter())
    assert results[0].reason == "bitsandbytes_of_nobody not installed: pip install 'roleagent[train]'"
    assert results[1].reason == "needs CUDA"


def test_the_headline_needs_no_figure() -> None:
    """If the budget was too short for any."""
    results = [Result(name="text_1", status="skipped", reason="may take long", figures={})]
    setting = Setting(
        size="7b",
        device="cuda",
        seed=0,
        num_tokens=1,
        num_rounds=3,
        num_steps=1,
        train_rows=1,
        train_width=1,
    )
    assert headline(results, setting).endswith("by batch: not measured; n=3, 7b, on CUDA")


def test_the_models_have_the_size_of_those_they_stand_for() -> None:
    """Qwen2.5-7B has 7.62 billion weights, LLaVA-1.5-7B 7.06 billion; meta tensors take no memory."""
    tokenizer = make_tokenizer(2048)
    with torch.device("meta"):
        sizes = {
            kind: sum(weight.numel() for weight in make_network(shape, tokenizer)[0].parameters())
            for kind, shape in SHAPES["7b"].items()
        }
    assert sizes["text"] == 7_615_616_512
    assert sizes["pictures"] == pytest.approx(7.06e9, rel=0.002)


def test_every_token_of_a_vocabulary_of_full_size_is_a_word() -> None:
    """Random weights write any of them, and an answer without text would be an error."""
    tokenizer = make_tokenizer(32064)
    assert len(tokenizer) == 32064
    special = set(tokenizer.all_special_ids)
    assert all(tokenizer.decode([token]) for token in range(0, 32064, 7) if token not in special)
    text = "You were born in a small town. 你好"
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_both_ways_write_exactly_as_many_tokens_as_asked_for(models: OneModel) -> None:
    """Else their rates could not be compared; here with prompts of different lengths, padded."""
    torch.nn.init.zeros_(models.get("text").model.lm_head.weight)  # its likeliest token is the padding
    load = Load(held_as=models.held_as, prompts=personas(3), num_tokens=5, num_rounds=1)
    figures = compare(load)
    assert (figures["rows"], figures["num_tokens"]) == (3, 15)
    assert figures["batches"] == "3"
    models.release()
    with pytest.raises(ModelUnavailableError, match="held in memory"):
        shared_checkpoint(load.held_as, device="auto", dtype="auto")


def test_all_personas_differ() -> None:
    """Otherwise one would not see what padding costs."""
    systems = [messages[0].text for messages in personas(64)]
    assert len(set(systems)) == 64
    assert len({len(text.split()) for text in systems}) > 8


@pytest.mark.parametrize("checkpointing", [True, False])
def test_training_leaves_the_model_as_it_was(models: OneModel, checkpointing: bool) -> None:
    """The next part talks through the same weights."""
    model = models.get("text").model
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    step = Step(rows=2, width=16, num_steps=1, checkpointing=checkpointing)
    figures = train_lora(model, step, seed=0)
    # rank 16 × (in + out) of q, k, v, o and of gate, up, down, in 2 layers
    assert figures["trained_weights"] == 2 * 16 * (2 * (64 + 64) + 2 * (64 + 32) + 3 * (64 + 128))
    assert figures["num_tokens"] == 32
    after = model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert not model.training
    models.release()


def test_all_linear_layers_but_the_last_are_held_in_4_bits(
    models: OneModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stand-in for bitsandbytes, whose layers need CUDA: what is replaced, and what is kept."""

    class Linear4bit(torch.nn.Linear):
        def __init__(self, width: int, height: int, *, compute_dtype: object, quant_type: str, **rest):
            super().__init__(width, height, **rest)
            self.quant_type = quant_type

    class Params4bit(torch.nn.Parameter):
        def __new__(cls, data: torch.Tensor, requires_grad: bool, quant_type: str) -> Params4bit:
            return torch.Tensor._make_subclass(cls, data, requires_grad)

    fake = ModuleType("bitsandbytes")
    fake.nn = SimpleNamespace(Linear4bit=Linear4bit, Params4bit=Params4bit)
    monkeypatch.setitem(sys.modules, "bitsandbytes", fake)
    model = models.get("text").model
    before = dict(model.state_dict())
    quantize(model)
    linear = {name for name, layer in model.named_modules() if isinstance(layer, torch.nn.Linear)}
    small = {name for name, layer in model.named_modules() if isinstance(layer, Linear4bit)}
    assert linear - small == {"lm_head"}
    assert len(small) == 2 * 7
    assert all(torch.equal(before[name], weight) for name, weight in model.state_dict().items())
    models.release()
