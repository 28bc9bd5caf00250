"""An adapter converted for llama.cpp says what it says in torch, or is refused."""

import json
from functools import partial
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
import torch
from transformers import PreTrainedTokenizerFast

from roleagent import weights
from roleagent.errors import ModelError
from roleagent.models import gguf_adapter
from roleagent.models.adapters import CONFIG, WEIGHTS
from roleagent.models.background import Run
from roleagent.models.base_shape import BaseShape, Heads, shape_of_gguf
from roleagent.models.checkpoint_adapters import without_noise
from roleagent.models.engine import Engine
from roleagent.models.gguf_adapter import permuted, write_gguf_adapter
from roleagent.testing.adapters import build_tiny_adapter, build_tiny_gguf
from roleagent.testing.models import build_tiny_text_model

SAID = (
    "Good evening. 你好",
    "0 1 2 3",
    "The detective looked at the wall.",
    "yes no",
    "red green blue",
    "今天",
)
TOLERANCE = 0.1  # of a log-probability: llama.cpp keeps 16-bit keys and values


@pytest.fixture(scope="module", params=["llama", "qwen2"])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same tiny model as a checkpoint and as a GGUF file."""
    folder = tmp_path_factory.mktemp(request.param)
    checkpoint = build_tiny_text_model(folder / "base", architecture=request.param, spread=0.3)
    return checkpoint, build_tiny_gguf(checkpoint, folder / "base.gguf")


def by_llama_cpp(base: Path, adapter: Path | None) -> list[dict[int, float]]:
    """The log-probabilities of the likeliest first tokens of each prompt; none where it stops at once."""
    engine = Engine(base, num_ctx=256, num_threads=1)
    rows: list[dict[int, float]] = []
    for text in SAID:
        rows.append({})
        request = {"messages": [{"role": "user", "content": text}], "max_tokens": 1, "temperature": 0}

        def take(chunk: dict, found: dict[int, float]) -> None:
            for choice in chunk["choices"]:
                for token in (choice.get("logprobs") or {}).get("content") or ():
                    found.update({each["id"]: each["logprob"] for each in token["top_logprobs"]})

        engine.run(
            {**request, "logprobs": True, "top_logprobs": 20},
            partial(take, found=rows[-1]),
            Run(),
            adapter=adapter,
        )
    engine.close()
    return rows


def by_torch(checkpoint: Path, adapter: Path | None) -> list[torch.Tensor]:
    """The log-probabilities of all first tokens for each prompt."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    tokenizer = PreTrainedTokenizerFast.from_pretrained(checkpoint)
    model = AutoModelForCausalLM.from_pretrained(checkpoint)
    with without_noise():
        model = PeftModel.from_pretrained(model, adapter).eval() if adapter else model.eval()
    with torch.inference_mode():
        return [
            model(**tokenizer(prompt(tokenizer, text), return_tensors="pt", add_special_tokens=False))
            .logits[0, -1]
            .float()
            .log_softmax(-1)
            for text in SAID
        ]


def prompt(tokenizer: PreTrainedTokenizerFast, text: str) -> str:
    message = [{"role": "user", "content": text}]
    return tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)


def gaps(found: list[dict[int, float]], expected: list[torch.Tensor]) -> list[float]:
    assert len(list(filter(None, found))) >= 3
    return [
        abs(logprob - row[token].item())
        for tokens, row in zip(found, expected, strict=True)
        for token, logprob in tokens.items()
    ]


def largest_gap(found: list[dict[int, float]], expected: list[torch.Tensor]) -> float:
    return max(gaps(found, expected))


def convert(adapter: Path, base: Path, out: Path, **options: bool) -> Path:
    shape, heads = shape_of_gguf(base)
    return write_gguf_adapter(adapter, out, shape=shape, heads=heads, **options)


@pytest.mark.parametrize("settings", [{}, {"use_rslora": True}, {"target_modules": ["q_proj", "k_proj"]}])
def test_llama_cpp_and_torch_agree_under_an_adapter(base, tmp_path: Path, settings: dict) -> None:
    """With and without it, on the twenty likeliest tokens; the adapter changes far more than they differ."""
    checkpoint, gguf = base
    folder = build_tiny_adapter(checkpoint, tmp_path / "a", name="a", **settings).folder
    plain, adapted = by_torch(checkpoint, None), by_torch(checkpoint, folder)
    assert max((a - b).abs().max().item() for a, b in zip(plain, adapted, strict=True)) > 10 * TOLERANCE
    assert largest_gap(by_llama_cpp(gguf, None), plain) < TOLERANCE
    file = convert(folder, gguf, tmp_path / "a.gguf")
    assert largest_gap(by_llama_cpp(gguf, file), adapted) < TOLERANCE
    assert largest_gap(by_llama_cpp(gguf, convert(folder, gguf, file, half=True)), adapted) < TOLERANCE
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


@pytest.mark.slow
def test_llama_cpp_and_torch_agree_about_a_real_model_with_an_adapter(tmp_path: Path) -> None:
    """As nearly as without one: llama.cpp rounds activations to 8 bits where weights are quantised."""
    from roleagent.tuning.bases import open_base

    if not weights.is_present("smollm2-135m"):
        pytest.skip("smollm2-135m is not here: roleagent models pull smollm2-135m")
    base = open_base("smollm2-135m", device="cpu")
    assert base.gguf is not None
    base.model.save_pretrained(tmp_path / "base")
    base.tokenizer.save_pretrained(tmp_path / "base")
    folder = build_tiny_adapter(tmp_path / "base", tmp_path / "a", name="a", spread=0.05).folder
    plain, adapted = by_torch(tmp_path / "base", None), by_torch(tmp_path / "base", folder)
    by_adapter = by_llama_cpp(base.gguf, convert(folder, base.gguf, tmp_path / "a.gguf"))
    without = fmean(gaps(by_llama_cpp(base.gguf, None), plain))
    assert without < TOLERANCE
    assert fmean(gaps(by_adapter, adapted)) < without + 0.05
    assert fmean(gaps(by_adapter, plain)) > 3 * TOLERANCE


def test_the_rows_of_llama_have_to_be_put_in_order(base, tmp_path: Path, monkeypatch) -> None:
    """Left as they are, a Llama says something else, and a Qwen the same."""
    checkpoint, gguf = base
    folder = build_tiny_adapter(
        checkpoint, tmp_path / "a", name="a", target_modules=["q_proj", "k_proj"], spread=0.6
    ).folder
    monkeypatch.setattr(gguf_adapter, "_PERMUTED", {})
    file = convert(folder, gguf, tmp_path / "a.gguf")
    gap = largest_gap(by_llama_cpp(gguf, file), by_torch(checkpoint, folder))
    if checkpoint.parent.name.startswith("llama"):
        assert gap > 3 * TOLERANCE
    else:
        assert gap < TOLERANCE


def test_permuted_is_what_the_rotary_embedding_needs() -> None:
    """Of a head with rows 0 1 2 3, 0 turns with 2 and 1 with 3."""
    rows = np.arange(16.0).reshape(8, 2)
    assert permuted(rows, 2)[:, 0].tolist() == [0, 4, 2, 6, 8, 12, 10, 14]


SHAPE, HEADS = (
    BaseShape(architecture="llama", hidden_size=32, num_layers=2, vocab_size=400),
    Heads(num_heads=4, num_kv_heads=2),
)


@pytest.mark.filterwarnings("ignore:Setting `save_embedding_layers`:UserWarning")
@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"use_dora": True}, "DoRA"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
        ({"bias": "lora_only"}, "trained biases"),
        ({"target_modules": ["embed_tokens"]}, "no LoRA weight of a layer"),
        ({"rank_pattern": {"q_proj": 2}}, "rank_pattern"),
    ],
)
def test_what_gguf_cannot_hold_is_refused(tiny_text: Path, tmp_path: Path, settings: dict, told: str) -> None:
    """Half an adapter would be worse than none."""
    folder = build_tiny_adapter(tiny_text, tmp_path / "a", name="a", **settings).folder
    with pytest.raises(ModelError, match=told) as caught:
        write_gguf_adapter(folder, tmp_path / "a.gguf", shape=SHAPE, heads=HEADS)
    assert "transformers:NAME" in str(caught.value)
    assert list(tmp_path.glob("*.gguf")) == []


def test_an_unknown_architecture_a_layer_too_many_and_damage_are_told(
    tiny_text: Path, tmp_path: Path
) -> None:
    """Each with the place."""
    folder = build_tiny_adapter(tiny_text, tmp_path / "a", name="a").folder
    out = tmp_path / "a.gguf"
    with pytest.raises(ModelError, match=r"'gpt2' cannot be turned.*Known: llama, qwen2"):
        write_gguf_adapter(folder, out, shape=SHAPE.model_copy(update={"architecture": "gpt2"}), heads=HEADS)
    with pytest.raises(ModelError, match=r"layers\.1\..* 1 layers"):
        write_gguf_adapter(folder, out, shape=SHAPE.model_copy(update={"num_layers": 1}), heads=HEADS)
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps({**config, "peft_type": "IA3"}))
    with pytest.raises(ModelError, match="the method 'IA3'"):
        write_gguf_adapter(folder, out, shape=SHAPE, heads=HEADS)
    (folder / CONFIG).write_text("{")
    with pytest.raises(ModelError, match="cannot be read as peft's configuration"):
        write_gguf_adapter(folder, out, shape=SHAPE, heads=HEADS)
    (folder / CONFIG).write_text(json.dumps(config))
    (folder / WEIGHTS).write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="cannot be read as weights"):
        write_gguf_adapter(folder, out, shape=SHAPE, heads=HEADS)
