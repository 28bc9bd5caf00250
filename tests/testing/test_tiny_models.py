"""Tiny models: the true classes from real files, the same from the same seed."""

from pathlib import Path

import pytest

from roleagent.testing.models import build_tiny_llava, build_tiny_text_model

pytestmark = pytest.mark.slow


def test_directories_open_like_any_checkpoint(tmp_path: Path) -> None:
    """Whatever reads a downloaded model reads these."""
    from transformers import AutoConfig, AutoProcessor, AutoTokenizer

    text, llava = build_tiny_text_model(tmp_path / "text"), build_tiny_llava(tmp_path / "llava")
    assert AutoConfig.from_pretrained(text).architectures == ["LlamaForCausalLM"]
    assert AutoConfig.from_pretrained(llava).architectures == ["LlavaForConditionalGeneration"]
    assert AutoProcessor.from_pretrained(llava).image_token == "<image>"
    tokenizer = AutoTokenizer.from_pretrained(text)
    line = "Good evening, 福尔摩斯!"
    assert tokenizer.decode(tokenizer(line)["input_ids"]) == line
    assert sum(file.stat().st_size for file in llava.iterdir()) < 1_000_000


def test_a_seed_gives_the_same_weights_and_leaves_the_generator_alone(tmp_path: Path) -> None:
    """Tests that compare answers must find the same model every time."""
    import torch

    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    one = build_tiny_text_model(tmp_path / "1", seed=1) / "model.safetensors"
    same = build_tiny_text_model(tmp_path / "2", seed=1) / "model.safetensors"
    other = build_tiny_text_model(tmp_path / "3", seed=2) / "model.safetensors"
    assert one.read_bytes() == same.read_bytes() != other.read_bytes()
    assert torch.equal(torch.rand(1), expected)
