"""Tiny models to train, and dialogues to train them on."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from roleagent.testing.models import build_tiny_text_model
from roleagent.tuning.bases import Base, open_base
from roleagent.tuning.dialogues import Dialogue, Fault, Message, Rejected

CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] "
    "+ '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def with_template(directory: Path, template: str) -> Path:
    """A directory of `build_tiny_text_model` with another chat template, whose marks are control tokens."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(directory)
    tokenizer.chat_template = template
    tokenizer.save_pretrained(directory)
    return directory


def tiny_llama(directory: Path, template: str = CHAT_TEMPLATE) -> Base:
    """A Llama of 2 layers with a chat template, opened for training."""
    return open_base(f"transformers:{with_template(build_tiny_text_model(directory), template)}")


def tiny_qwen2(directory: Path) -> Base:
    """A Qwen2 of 2 layers with a chat template, opened for training."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    with_template(build_tiny_text_model(directory), CHAT_TEMPLATE)
    told = json.loads((directory / "config.json").read_text())
    kept = ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")
    config = Qwen2Config(
        **{name: told[name] for name in kept}, num_key_value_heads=2, tie_word_embeddings=True
    )
    with torch.random.fork_rng():
        torch.manual_seed(1)
        Qwen2ForCausalLM(config).save_pretrained(directory)
    return open_base(f"transformers:{directory}")


def dialogue(
    *texts: str,
    system: str = "You are Ada.",
    rejected: tuple[tuple[str, Fault], ...] = (),
    learn: tuple[int, ...] = (),
    grounded: bool = False,
    kind: str = "talk",
) -> Dialogue:
    """A dialogue of a user and Ada in turn; `learn` has the places of texts that are learned too."""
    messages = [Message(role="system", text=system)] if system else []
    for number, text in enumerate(texts):
        role = "assistant" if number % 2 else "user"
        messages.append(Message(role=role, text=text, learn=number in learn))
    return Dialogue(
        messages=tuple(messages),
        rejected=tuple(Rejected(text=text, fault=fault) for text, fault in rejected),
        grounded=grounded,
        kind=kind,
    )


def numbers(first: int, count: int, *, twins: bool = False) -> list[Dialogue]:
    """Dialogues about numbers; with `twins` they have replies of all faults to reject."""
    rejected: tuple[tuple[str, Fault], ...] = (
        ("It is zero, dear.", "contradiction"),
        ("As an AI I know no numbers.", "voice"),
        ("Go and ask your mother.", "safety"),
    )
    return [
        dialogue(f"What is {n}?", f"It is {n}, dear.", rejected=rejected if twins else (), grounded=twins)
        for n in range(first, first + count)
    ]
