"""Tiny guards of the true architectures: random weights, and templates that take what the real ones do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    DebertaV2Config,
    DebertaV2ForSequenceClassification,
    Gemma2Config,
    Gemma2ForCausalLM,
    GraniteMoeConfig,
    GraniteMoeForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

TEMPLATES = {
    "granite": "<s>Risk: {{ guardian_config['risk_name'] }}. Text: {{ messages[0]['content'] }}</s> Answer: ",
    "llama_guard": "<s>Is there unsafe content? {{ messages[0]['content'][0]['text'] }}</s>{{ '\n\n' }}",
    "shieldgemma": "<s>Human Question: {{ messages[0]['content'] | trim }} Principle: {{ guideline }}</s>",
}
_CORPUS = ["yes no Yes No safe unsafe Safe Unsafe\n\nS1 S10"] * 20
_SIZE = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "max_position_embeddings": 2048,
}


def tokenizer(template: str | None = None) -> PreTrainedTokenizerFast:
    """A byte-level BPE that knows the words of the verdicts as tokens."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<pad>", "<s>", "</s>", "[CLS]"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(_CORPUS, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token="<s>", eos_token="</s>", pad_token="<pad>", chat_template=template
    )


def build_guard(directory: Path, family: str) -> Path:
    """Write a guard that answers with a word."""
    made = tokenizer(TEMPLATES[family])
    size: dict[str, Any] = {
        **_SIZE,
        "vocab_size": len(made),
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    with torch.random.fork_rng():
        torch.manual_seed(0)
        if family == "granite":
            model = GraniteMoeForCausalLM(
                GraniteMoeConfig(**size, num_key_value_heads=1, num_local_experts=2, num_experts_per_tok=1)
            )
        elif family == "llama_guard":
            model = LlamaForCausalLM(LlamaConfig(**size, num_key_value_heads=1))
        else:
            model = Gemma2ForCausalLM(Gemma2Config(**size, num_key_value_heads=1, head_dim=8))
    return _written(directory, model, made)


def build_classifier(directory: Path, labels: list[str], *, several: bool) -> Path:
    """Write a BERT with labels of which several may hold, or a DeBERTa of which one does."""
    made = tokenizer()
    told: dict[str, Any] = {
        **_SIZE,
        "vocab_size": len(made),
        "pad_token_id": 0,
        "id2label": dict(enumerate(labels)),
        "label2id": {label: place for place, label in enumerate(labels)},
    }
    with torch.random.fork_rng():
        torch.manual_seed(0)
        if several:
            model = BertForSequenceClassification(
                BertConfig(**told, problem_type="multi_label_classification")
            )
        else:
            model = DebertaV2ForSequenceClassification(DebertaV2Config(**told))
    return _written(directory, model, made)


def _written(directory: Path, model: Any, made: PreTrainedTokenizerFast) -> Path:
    model.save_pretrained(directory)
    made.save_pretrained(directory)
    return directory
