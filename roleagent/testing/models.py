"""Tiny models of the true architectures, built on the spot with random weights.

They answer nonsense, but through the same classes, files and calls as the real ones: a directory made here
opens with `transformers:DIRECTORY` like any download. Building one takes a second or two and needs no
network.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaProcessor, PreTrainedTokenizerFast

_IMAGE_SIZE = 28
_PATCH_SIZE = 14
_NUM_PATCHES = (_IMAGE_SIZE // _PATCH_SIZE) ** 2
_SHAPE_FIELDS = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "max_position_embeddings",
    "pad_token_id",
    "bos_token_id",
    "eos_token_id",
)
_SPECIAL_TOKENS = ("<pad>", "<s>", "</s>", "<image>")
_CORPUS = (
    "The detective looked at the picture on the wall and said nothing for a while.",
    "user: Good evening. assistant: Good evening, my dear friend. system: Stay yourself.",
    "0 1 2 3 4 5 6 7 8 9 yes no red green blue one two three",
    "你好，我是福尔摩斯。今天天气怎么样？",
)
_TEXT_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
)
_IMAGE_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] + ': ' }}"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for block in message['content'] %}"
    "{% if block['type'] == 'image' %}{{ '<image>\\n' }}{% else %}{{ block['text'] }}{% endif %}"
    "{% endfor %}{% endif %}{{ '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
)


def build_tiny_text_model(
    directory: Path, *, architecture: Literal["llama", "qwen2"] = "llama", spread: float = 0.02, seed: int = 0
) -> Path:
    """Write a model of 2 layers and width 32, with its tokenizer, as safetensors; return the directory.

    Args:
        directory: made if it is not there.
        architecture: whose classes to use.
        spread: standard deviation of the weights; above 0.1, the model prefers some tokens clearly.
        seed: of the weights.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    tokenizer = _tokenizer(_TEXT_TEMPLATE)
    shape = _text_config(len(tokenizer)).to_dict()
    config = AutoConfig.for_model(architecture, **{name: shape[name] for name in _SHAPE_FIELDS})
    config.initializer_range = spread
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    model.save_pretrained(directory)
    tokenizer.save_pretrained(directory)
    return directory


def build_tiny_llava(directory: Path, *, seed: int = 0) -> Path:
    """Write a LLaVA (CLIP on a Llama, 28 × 28 pixels) with its processor; return the directory."""
    import torch
    from transformers import LlavaConfig, LlavaForConditionalGeneration

    processor = _llava_processor()
    config = LlavaConfig(
        vision_config=_vision_config(),
        text_config=_text_config(len(processor.tokenizer)),
        image_token_index=processor.tokenizer.convert_tokens_to_ids("<image>"),
        image_seq_length=_NUM_PATCHES,
        vision_feature_select_strategy="default",
        vision_feature_layer=-2,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = LlavaForConditionalGeneration(config)
    model.save_pretrained(directory)
    processor.save_pretrained(directory)
    return directory


def _tokenizer(chat_template: str) -> PreTrainedTokenizerFast:
    """A byte-level BPE trained on a few lines; it can encode any text, Chinese too."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=list(_SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_CORPUS, trainer)
    pad, begin, end, _ = _SPECIAL_TOKENS
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token=begin,
        eos_token=end,
        pad_token=pad,
        chat_template=chat_template,
    )


def _llava_processor() -> LlavaProcessor:
    from transformers import LlavaProcessor
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    return LlavaProcessor(  # type: ignore[no-untyped-call]
        image_processor=CLIPImageProcessorPil(
            size={"shortest_edge": _IMAGE_SIZE}, crop_size={"height": _IMAGE_SIZE, "width": _IMAGE_SIZE}
        ),
        tokenizer=_tokenizer(_IMAGE_TEMPLATE),
        patch_size=_PATCH_SIZE,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,  # the class token, which "default" drops again
        chat_template=_IMAGE_TEMPLATE,
    )


def _text_config(vocab_size: int) -> LlamaConfig:
    from transformers import LlamaConfig

    return LlamaConfig(
        vocab_size=vocab_size,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        pad_token_id=_SPECIAL_TOKENS.index("<pad>"),
        bos_token_id=_SPECIAL_TOKENS.index("<s>"),
        eos_token_id=_SPECIAL_TOKENS.index("</s>"),
    )


def _vision_config() -> CLIPVisionConfig:
    from transformers import CLIPVisionConfig

    return CLIPVisionConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=_IMAGE_SIZE,
        patch_size=_PATCH_SIZE,
        projection_dim=32,
    )
