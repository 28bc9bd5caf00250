"""What a training starts from: a checkpoint, a GGUF file, and what cannot be trained."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from roleagent import weights
from roleagent.errors import ConfigurationError, ModelError, ModelNotFoundError, ModelUnavailableError
from roleagent.testing.models import build_tiny_llava, build_tiny_text_model
from roleagent.tuning.bases import Base, gguf_of, open_base
from roleagent.tuning.encoding import Encoder
from roleagent.tuning.packing import pack
from roleagent.tuning.scoring import as_inputs, log_probs_of, mixes_branches
from tests.tuning.tiny_models import dialogue, numbers

pytestmark = pytest.mark.xdist_group("torch")


def test_a_checkpoint(llama: Base, capfd: pytest.CaptureFixture[str]):
    """In float32 on a CPU, without a key-value cache, and without a word."""
    base = open_base(f"transformers:{llama.name}", device="cpu")
    assert (base.name, base.gguf, base.sees) == (llama.name, None, False)
    assert {each.dtype for each in base.model.parameters()} == {torch.float32}
    assert base.model.config.use_cache is False
    assert "<|im_end|>" in base.control_tokens.markers
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "")


def test_a_checkpoint_that_sees(tmp_path: Path):
    """Its processor has the chat template; the tokenizer is the processor's."""
    base = open_base(f"transformers:{build_tiny_llava(tmp_path)}")
    assert base.sees
    assert base.tokenizer is base.processor.tokenizer
    assert type(base.model).__name__ == "LlavaForConditionalGeneration"


def test_a_model_that_is_not_here(tmp_path: Path):
    """Nothing is downloaded, and the error says what was looked for."""
    with pytest.raises(ModelUnavailableError, match="none' cannot be opened as a transformers checkpoint"):
        open_base(f"transformers:{tmp_path / 'none'}")
    with pytest.raises(ModelUnavailableError, match=r"none\.gguf' is no file"):
        open_base(f"llama-cpp:{tmp_path / 'none.gguf'}")
    with pytest.raises(ModelUnavailableError, match=r"none\.gguf' is no file"):
        open_base(str(tmp_path / "none.gguf"))
    with pytest.raises(ModelNotFoundError):
        open_base("llama-cpp:no-such-model")


def test_an_entry_that_does_not_talk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The catalogue has weights of many kinds."""
    monkeypatch.setattr(weights, "local_path", lambda _: tmp_path)
    with pytest.raises(ConfigurationError, match="'minilm-l6' is no language model"):
        open_base("minilm-l6")


def test_a_model_without_a_chat_template(tmp_path: Path):
    """A model that only continues texts has no turns to learn."""
    build_tiny_text_model(tmp_path)
    for path in tmp_path.glob("chat_template*"):
        path.unlink()
    config = json.loads((tmp_path / "tokenizer_config.json").read_text())
    config.pop("chat_template", None)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="has no chat template, so it cannot learn to chat"):
        open_base(f"transformers:{tmp_path}")


def test_a_checkpoint_without_some_weights(llama: Base, tmp_path: Path):
    """The library would fill in random ones, and the training would begin with a broken model."""
    from safetensors.torch import load_file, save_file

    shutil.copytree(llama.name, tmp_path / "lacking")
    path = tmp_path / "lacking" / "model.safetensors"
    kept = load_file(path)
    del kept["model.layers.1.mlp.up_proj.weight"]
    save_file(kept, path, metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"it lacks 1 weights, such as 'model\.layers\.1\.mlp\.up_proj"):
        open_base(f"transformers:{tmp_path / 'lacking'}")


def test_a_damaged_checkpoint(llama: Base, tmp_path: Path):
    """Half a download."""
    shutil.copytree(llama.name, tmp_path / "half")
    path = tmp_path / "half" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises((ModelError, ModelUnavailableError), match="half"):
        open_base(f"transformers:{tmp_path / 'half'}")


def test_what_is_no_gguf_file(tmp_path: Path):
    """Only its name says so."""
    (tmp_path / "text.gguf").write_text("Once upon a time")
    with pytest.raises(ModelError, match=r"transformers cannot read .*text\.gguf"):
        open_base(str(tmp_path / "text.gguf"))


def test_names_of_gguf_files(tmp_path: Path):
    """With and without the prefix of the back end; a checkpoint is none."""
    path = tmp_path / "own.gguf"
    path.touch()
    assert gguf_of(str(path)) == gguf_of(f"llama-cpp:{path}") == ("own", path)
    assert gguf_of(f"transformers:{tmp_path}") is None
    assert gguf_of(str(tmp_path)) is None


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_four_bit_needs_a_gpu(llama: Base):
    """Said before anything is loaded."""
    with pytest.raises(ConfigurationError, match=r"4-bit training \(QLoRA\) needs a CUDA GPU.*'cpu' is none"):
        open_base(f"transformers:{llama.name}", quantise=True)
    with pytest.raises(ConfigurationError, match="There is no CUDA GPU here"):
        open_base(f"transformers:{llama.name}", quantise=True, device="cuda")


def test_a_device_that_does_not_exist(llama: Base):
    """A typo is no model's fault."""
    with pytest.raises(ConfigurationError, match="There is no device 'gpu'"):
        open_base(f"transformers:{llama.name}", device="gpu")


@pytest.fixture(scope="module")
def smollm() -> Base:
    if not weights.is_present("smollm2-135m"):
        pytest.skip("smollm2-135m is not here: roleagent models pull smollm2-135m")
    return open_base("smollm2-135m", device="cpu")


@pytest.mark.slow
def test_a_gguf_file_is_dequantised(smollm: Base, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    """It can be saved and opened again, which a model that is read from such a file refuses."""
    assert smollm.gguf == weights.local_path("smollm2-135m")
    assert smollm.name == "smollm2-135m"
    assert "<|im_end|>" in smollm.control_tokens.markers
    smollm.model.save_pretrained(tmp_path)
    smollm.tokenizer.save_pretrained(tmp_path)
    capfd.readouterr()
    again = open_base(f"transformers:{tmp_path}", device="cpu")
    assert capfd.readouterr().err == ""
    ids = torch.tensor([smollm.tokenizer("The capital of France is")["input_ids"]])
    with torch.no_grad():
        one, other = (each.model.eval()(input_ids=ids).logits[0, -1] for each in (smollm, again))
    assert torch.equal(one, other)
    assert smollm.tokenizer.decode(one.argmax()).strip() == "Paris"


@pytest.mark.slow
def test_dialogues_of_a_real_model_are_as_likely_together_as_apart(smollm: Base):
    """And its tokens are those of the whole text, as it reads them when it talks."""
    encoder = Encoder(smollm.tokenizer, smollm.control_tokens)
    told = dialogue("Hi.", "Good day.", "你好？", "你好！", "And?", " No more.", learn=(1, 3))
    encoded = encoder.encode(told)
    read: list[dict[str, Any]] = [{"role": each.role, "content": each.text} for each in told.messages]
    whole = smollm.tokenizer.apply_chat_template(read, tokenize=True, return_dict=True)["input_ids"]
    [newline] = smollm.tokenizer("\n")["input_ids"]
    assert [*(token for piece in encoded.pieces for token in piece), newline] == whole
    both = [encoded, *(encoder.encode(each) for each in numbers(1, 3, twins=True))]
    with torch.no_grad():
        inputs = as_inputs(pack(both, num_others=1))
        assert not mixes_branches(smollm.model.eval(), inputs)
        together = log_probs_of(smollm.model, inputs)[:3]
        apart = log_probs_of(smollm.model, as_inputs(pack([encoded])))
    for one, other in zip(together, apart, strict=True):
        torch.testing.assert_close(one, other, atol=1e-3, rtol=1e-3)


def test_a_mistyped_name_is_told_at_once():
    """And not after five tries to reach a hub."""
    with pytest.raises(ModelNotFoundError, match="Did you mean 'smollm2-135m'"):
        open_base("smolm2-135m")
